r"""Dense active material: model ``dense_active``.

.. math::
   \frac{\partial s}{\partial t} = \nabla\cdot(D_g \nabla s), \qquad
   \nabla\cdot(\sigma_s \nabla\phi_s) = 0

with a chemical diffusivity that is isotropic, or in every grain g transversely
isotropic about the c-axis of its crystal,
:math:`D_g = R_g\,\mathrm{diag}(D_{ab}, D_{ab}, D_c)\,R_g^T` (paper B). Boundaries
of grains are perfect, or resist by

.. math:: J\cdot n = k_{gb}\, c_{max}\, (s^+ - s^-)

Charge transfer happens on the surface only, see
:mod:`fem_cell.interfaces.butler_volmer`; nothing passes cracks and pores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import ufl

from fem_cell.laws.crystal import Array, layered_tensor
from fem_cell.laws.expressions import Expression
from fem_cell.laws.transport import ohmic_current
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.model import Region
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY, Balances


@dataclass(frozen=True, slots=True)
class DenseActive:
    """A crystal or a dense layer of active material.

    Attributes:
        material: Its properties.
        orientations: Rotation matrix of every grain by its number, see
            :mod:`fem_cell.laws.crystal`; a phase that is one crystal has the number zero.
        grain_boundary_transfer: k_gb, m/s; ``None`` for perfect boundaries.
    """

    material: ActiveMaterial
    orientations: Mapping[int, Array] = field(default_factory=lambda: {0: np.eye(3)})
    grain_boundary_transfer: float | None = None

    kinds = (STOICHIOMETRY, ELECTRODE_POTENTIAL)
    electrolyte_name = None
    surface_fraction = 1.0
    particle = None

    @property
    def jumps_between_grains(self) -> frozenset[str]:
        """The stoichiometry, where boundaries resist."""
        return frozenset({STOICHIOMETRY} if self.grain_boundary_transfer is not None else ())

    @property
    def charge_density(self) -> float:
        """F c_max, C/m^3."""
        return self.material.charge_density

    @property
    def one_c_current_density(self) -> float:
        """Current of a rate of 1C per volume, A/m^3."""
        return self.material("one_c_specific_current") * self.active_mass_density

    @property
    def active_mass_density(self) -> float:
        """Density of the crystal, kg/m^3."""
        return self.material("density")

    def initial(self, kind: str, stoichiometry: float) -> float:
        """Uniform stoichiometry at its open-circuit potential."""
        return (
            stoichiometry
            if kind == STOICHIOMETRY
            else float(self.material.open_circuit(stoichiometry))
        )

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Diffusion of lithium and conduction of electrons."""
        s, phi = region[STOICHIOMETRY], region[ELECTRODE_POTENTIAL]
        charge = region.constant(self.charge_density)
        flux = -charge * self._diffusivity(region) * ufl.grad(s.value)
        current = ohmic_current(
            region.constant(self.material("electronic_conductivity")), phi.value
        )
        balances.add(s, charge * s.rate * s.test * region.dx)
        balances.add(s, -ufl.inner(flux, ufl.grad(s.test)) * region.dx)
        balances.add(phi, -ufl.inner(current, ufl.grad(phi.test)) * region.dx)
        if self.grain_boundary_transfer is not None and region.grain_boundaries is not None:
            transfer = charge * region.constant(self.grain_boundary_transfer)
            passing = transfer * (s.value("+") - s.value("-"))
            balances.add(s, passing * (s.test("+") - s.test("-")) * region.grain_boundaries)

    def _diffusivity(self, region: Region) -> Expression:
        if self.material.sheet.has("diffusivity"):
            return region.constant(self.material("diffusivity"))
        within, across = self.material("diffusivity_ab"), self.material("diffusivity_c")
        return region.by_grain(
            {g: layered_tensor(r, within, across) for g, r in self.orientations.items()}
        )

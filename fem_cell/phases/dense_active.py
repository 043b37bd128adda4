r"""Dense active material: model ``dense_active``.

.. math::
   \frac{\partial s}{\partial t} = \nabla\cdot(D \nabla s), \qquad
   \nabla\cdot(\sigma_s \nabla\phi_s) = 0

with a chemical diffusivity D that is isotropic or transversely isotropic about
the crystal's c-axis, :math:`D = D_{ab}(I - c c^T) + D_c\, c c^T` (paper B).
Charge transfer happens on its surface only, see
:mod:`fem_cell.interfaces.butler_volmer`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl

from fem_cell.laws.expressions import Expression
from fem_cell.laws.transport import ohmic_current, tensor_about_axis
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.model import Region
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY, Balances


@dataclass(frozen=True, slots=True)
class DenseActive:
    """A crystal or a dense layer of active material.

    Attributes:
        material: Its properties.
        c_axis: Direction of the crystal's c-axis, any length.
    """

    material: ActiveMaterial
    c_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)

    kinds = (STOICHIOMETRY, ELECTRODE_POTENTIAL)
    electrolyte_name = None
    surface_fraction = 1.0
    particle = None

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

    def _diffusivity(self, region: Region) -> Expression:
        if self.material.sheet.has("diffusivity"):
            return region.constant(self.material("diffusivity"))
        axis = np.asarray(self.c_axis, dtype=float)
        unit = ufl.as_vector([region.constant(x) for x in axis / np.linalg.norm(axis)])
        across = region.constant(self.material("diffusivity_ab"))
        along = region.constant(self.material("diffusivity_c"))
        return tensor_about_axis(across, along, unit)

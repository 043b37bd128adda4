r"""Dense active material: model ``dense_active``.

.. math::
   \frac{\partial s}{\partial t} + \nabla\cdot j = 0, \qquad j = -D_g \nabla s, \qquad
   \nabla\cdot(\sigma_s \nabla\phi_s) = 0

with a chemical diffusivity that is isotropic, or in every grain g transversely
isotropic about the c-axis of its crystal,
:math:`D_g = R_g\,\mathrm{diag}(D_{ab}, D_{ab}, D_c)\,R_g^T` (paper B), and if its data sheet
says so varies with s by one factor. Boundaries of grains are perfect, or resist by

.. math:: j\cdot n = k_{gb}\, (s^+ - s^-)

If stress acts back, with p the work of stress and m(s) from
:mod:`fem_cell.laws.chemomechanics`, lithium follows its full chemical potential:

.. math::
   j = -D_g (\nabla s - m(s) \nabla p), \qquad
   j\cdot n = k_{gb}\, [s^+ - s^- - m(\bar s)(p^+ - p^-)], \qquad
   \bar s = \tfrac12 (s^+ + s^-)

so that no current flows across a boundary of grains in equilibrium, where s jumps (but for
terms of third order in the jump).
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
from fem_cell.laws.profile import Profile
from fem_cell.laws.transport import ohmic_current, ohmic_heat
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.model import Region
from fem_cell.power import ELECTRONS, GRAIN_BOUNDARIES, LITHIUM_DIFFUSION, Power
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY, Balances


@dataclass(frozen=True, slots=True)
class DenseActive:
    """A crystal or a dense layer of active material.

    Attributes:
        material: Its properties.
        orientations: Rotation matrix of every grain by its number, see
            :mod:`fem_cell.laws.crystal`; a phase that is one crystal has the number zero.
        grain_boundary_transfer: k_gb, m/s; ``None`` for perfect boundaries.
        feels_stress: Whether stress acts back on its lithium.
    """

    material: ActiveMaterial
    orientations: Mapping[int, Array] = field(default_factory=lambda: {0: np.eye(3)})
    grain_boundary_transfer: float | None = None
    feels_stress: bool = False

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
        diffusivity = self._diffusivity(region)
        flux = -charge * diffusivity * ufl.grad(s.value)
        sigma = region.constant(self.material("electronic_conductivity"))
        current = ohmic_current(sigma, phi.value)
        balances.add(s, charge * s.rate * s.test * region.dx)
        balances.add(s, -ufl.inner(flux, ufl.grad(s.test)) * region.dx)
        balances.add(phi, -ufl.inner(current, ufl.grad(phi.test)) * region.dx)
        if self.grain_boundary_transfer is not None and region.grain_boundaries is not None:
            transfer = charge * region.constant(self.grain_boundary_transfer)
            passing = transfer * (s.value("+") - s.value("-"))
            balances.add(s, passing * (s.test("+") - s.test("-")) * region.grain_boundaries)
        if region.stress_work is not None:
            self._add_drift(balances, region, charge * diffusivity)
        heat = ohmic_heat(sigma, phi.value)
        balances.powers.append(Power(region.name, ELECTRONS, heat, region.dx))
        balances.powers += self._diffusion_powers(region, charge * diffusivity)

    def _diffusion_powers(self, region: Region, conductance: Expression) -> list[Power]:
        """Fluxes times differences of the equilibrium potential; ``conductance`` is F c_max D."""
        s, work = region[STOICHIOMETRY].value, region.stress_work
        p = work.at(s) if work else None
        flux = conductance * ufl.grad(s)
        force = self.material.open_circuit.slope(s) * ufl.grad(s)
        if p is not None:
            response = self.material.response_to_work(s, region)
            flux = flux - response * conductance * ufl.grad(p)
            force = force + ufl.grad(p) / region.constant(self.charge_density)
        lost = -ufl.inner(flux, force)
        middle = region.dx(metadata={"quadrature_degree": 1})
        powers = [Power(region.name, LITHIUM_DIFFUSION, lost, middle)]
        if self.grain_boundary_transfer is not None and region.grain_boundaries is not None:
            passing = self._passing(region, p)
            potential = self.material.equilibrium_potential(s, p, region)
            lost = -passing * (potential("+") - potential("-"))
            powers.append(Power(region.name, GRAIN_BOUNDARIES, lost, region.grain_boundaries))
        return powers

    def _passing(self, region: Region, p: Expression | None) -> Expression:
        """Current density of lithium across boundaries of grains, A/m^2."""
        s = region[STOICHIOMETRY].value
        transfer = region.constant(self.charge_density * float(self.grain_boundary_transfer or 0))
        jump = s("+") - s("-")
        if p is not None:
            mean = (s("+") + s("-")) / 2
            jump = jump - self.material.response_to_work(mean, region) * (p("+") - p("-"))
        return transfer * jump

    def _add_drift(self, balances: Balances, region: Region, conductance: Expression) -> None:
        """What the gradient of the work of stress drives; ``conductance`` is F c_max D."""
        work, s = region.stress_work, region[STOICHIOMETRY]
        if work is None:
            return
        p = work.at(s.value)
        drift = self.material.response_to_work(s.value, region) * conductance * ufl.grad(p)
        balances.add(s, -ufl.inner(drift, ufl.grad(s.test)) * region.dx)
        if self.grain_boundary_transfer is None or region.grain_boundaries is None:
            return
        mean = (s.value("+") + s.value("-")) / 2
        transfer = region.constant(self.charge_density * self.grain_boundary_transfer)
        passing = transfer * self.material.response_to_work(mean, region) * (p("+") - p("-"))
        balances.add(s, -passing * (s.test("+") - s.test("-")) * region.grain_boundaries)

    def _diffusivity(self, region: Region) -> Expression:
        """D of every grain, m^2/s, times what the data sheet says of its change with s."""
        sheet = self.material.sheet
        if not sheet.has("diffusivity_profile"):
            return self._reference_diffusivity(region)
        factor = Profile.from_law(sheet.law("diffusivity_profile"))
        return factor(region[STOICHIOMETRY].value) * self._reference_diffusivity(region)

    def _reference_diffusivity(self, region: Region) -> Expression:
        if self.material.sheet.has("diffusivity"):
            return region.constant(self.material("diffusivity"))
        within, across = self.material("diffusivity_ab"), self.material("diffusivity_c")
        return region.by_grain(
            {g: layered_tensor(r, within, across) for g, r in self.orientations.items()}
        )

r"""Layer of free lithium, held by a Li-B skeleton or by nothing: model ``boron_skeleton``.

Homogenised (no fibre is resolved). The unknown is the lithium fraction phi, the volume of free
lithium per volume of the layer as it was made; lithium in the skeleton and free lithium beside it
are taken to exchange at once, so that the sink of free lithium inside is what diffusion to the
electrolyte takes away:

.. math::
   \frac{F}{\Omega}\frac{\partial\varphi}{\partial t}
     = \nabla\cdot\Bigl(\frac{F}{\Omega} D_s \nabla\psi\Bigr), \qquad
   \frac{F}{\Omega} D_s \nabla\psi\cdot n = -i_n \text{ at the electrolyte}, \qquad
   \nabla\cdot(\sigma_s\nabla\phi_s) = 0

psi is the lithium within the pores: what lies on top of full pores stays where it is until there
is room. Thickness, porosity and potential follow from phi by :mod:`fem_cell.laws.lithium_host`.
Charge transfer happens where the layer meets an electrolyte
(:mod:`fem_cell.interfaces.lithium_transfer`). Lithium is supplied by diffusion and by creep:

.. math:: D_s = D(T) + k(P_{Li}, T)\, L^2, \qquad
          \chi = \chi_0 + (1 - \chi_0) \frac{k L^2}{D_s}

with the rate k at which pores close under the pressure in the lithium and the thickness L: creep
brings lithium over L in the time 1/k and leaves no pores behind, diffusion leaves pores. A skeleton
carries the stack pressure until it collapses, so that :math:`P_{Li} = 0`, and chi_0 is how much
it settles; without one lithium carries all of it, and chi_0 = 0 (science of paper C). The current
that supply can sustain, :math:`F D_s \varphi_0/(\Omega L)`, is a scale, no prediction:
neither the nucleation of voids nor that of dendrites is in it. Changes of the geometry are small:
gradients are taken in the layer as it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import ufl

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.lithium_host import LithiumHost, pore_closing_rate
from fem_cell.laws.transport import ohmic_current
from fem_cell.materials import DataSheet
from fem_cell.phases.model import Region
from fem_cell.unknowns import ELECTRODE_POTENTIAL, LITHIUM_FRACTION, Balances


@dataclass(frozen=True, slots=True)
class BoronSkeleton:
    """A layer of lithium with or without a skeleton.

    Attributes:
        host: Volumes and potential.
        sheet: Its data sheet, overrides applied.
        temperature: K.
        pressure: Stack pressure, Pa.
        diffusivity: D, m^2/s.
        creep_supply: k L^2, m^2/s.
    """

    host: LithiumHost
    sheet: DataSheet
    temperature: float
    pressure: float
    diffusivity: float
    creep_supply: float

    kinds = (LITHIUM_FRACTION, ELECTRODE_POTENTIAL)
    jumps_between_grains = frozenset[str]()
    electrolyte_name = None

    @classmethod
    def from_sheet(
        cls, sheet: DataSheet, temperature: float, pressure: float, thickness: float
    ) -> BoronSkeleton:
        """Take the properties from a data sheet.

        Args:
            sheet: Of a ``lithium_host``.
            temperature: K.
            pressure: Stack pressure, Pa.
            thickness: L, m.
        """
        host = host_of(sheet, temperature)
        diffusivity = sheet.value("diffusivity", temperature)
        if host.skeleton > 0.0:
            return cls(host, sheet, temperature, pressure, diffusivity, 0.0)
        rate = pore_closing_rate(
            pressure,
            sheet.value("creep_rate", temperature),
            sheet.value("creep_stress", temperature),
            sheet.value("creep_exponent", temperature),
        )
        creep = rate * thickness**2
        left = 1.0 - host.settling
        settling = host.settling + left * creep / (diffusivity + creep)
        host = replace(host, settling=settling)
        return cls(host, sheet, temperature, pressure, diffusivity, creep)

    @property
    def charge_density(self) -> float:
        """F/Omega of lithium metal, C/m^3."""
        return FARADAY / self.sheet.value("lithium_molar_volume", self.temperature)

    @property
    def electronic_conductivity(self) -> float:
        """sigma_s, S/m."""
        return self.sheet.value("electronic_conductivity", self.temperature)

    def sustained_current_density(self, thickness: float) -> float:
        """F D_s phi_0/(Omega L), the scale of the current that supply can sustain, A/m^2."""
        supply = self.diffusivity + self.creep_supply
        return self.charge_density * supply * self.host.lithium / thickness

    def initial(self, kind: str, stoichiometry: float) -> float:
        """As made, at the potential of lithium."""
        phi = self.host.lithium
        return phi if kind == LITHIUM_FRACTION else float(self.host.potential(phi))

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Storage and supply of lithium, conduction of electrons."""
        phi, potential = region[LITHIUM_FRACTION], region[ELECTRODE_POTENTIAL]
        charge = region.constant(self.charge_density)
        supply = region.constant(self.charge_density * (self.diffusivity + self.creep_supply))
        # lithium on plain lithium is lithium: only a skeleton tells what lies on top of it
        mobile = self.host.in_pores(phi.value) if self.host.skeleton > 0.0 else phi.value
        current = ohmic_current(region.constant(self.electronic_conductivity), potential.value)
        balances.add(phi, charge * phi.rate * phi.test * region.dx)
        balances.add(phi, supply * ufl.inner(ufl.grad(mobile), ufl.grad(phi.test)) * region.dx)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)


def host_of(sheet: DataSheet, temperature: float | None = None) -> LithiumHost:
    """Volumes and strengths of a data sheet; the settling is that of the skeleton."""
    return LithiumHost(
        lithium=sheet.value("lithium_fraction", temperature),
        skeleton=sheet.value("skeleton_fraction", temperature),
        settling=sheet.value("settling", temperature),
        skeleton_potential=sheet.value("skeleton_potential", temperature),
        skeleton_strength=sheet.value("skeleton_strength", temperature),
    )

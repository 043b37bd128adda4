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

psi is the lithium within the pores, a field of its own that follows phi vertex by vertex,
:math:`\psi_i = \min(\varphi_i, \varphi_f)`: what lies on top of full pores stays where it is until
there is room. Without a skeleton lithium on lithium is lithium, and phi diffuses. Thickness,
porosity and potential follow by :mod:`fem_cell.laws.lithium_host`; the supply D_s by diffusion
and creep is that of :mod:`fem_cell.materials.lithium_layer`. Charge transfer happens where the
layer meets an electrolyte (:mod:`fem_cell.interfaces.lithium_transfer`). Neither the nucleation
of voids nor that of dendrites is in it. Changes of the geometry are small: gradients are taken
in the layer as it was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import ufl

from fem_cell.laws.lithium_host import LithiumHost
from fem_cell.laws.transport import ohmic_current, ohmic_heat
from fem_cell.materials import DataSheet
from fem_cell.materials.lithium_layer import LithiumLayer
from fem_cell.phases.model import AT_VERTICES, Region
from fem_cell.power import ELECTRONS, Power, Vertices
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    Balances,
    NodalReaction,
)

HOUR = 3600.0
"""s; makes a current of a volume of lithium, for a residual in the units of all others."""


@dataclass(frozen=True, slots=True)
class BoronSkeleton:
    """A layer of lithium with or without a skeleton.

    Attributes:
        layer: Volumes, potential and supply under its conditions.
        sheet: Its data sheet, overrides applied.
        temperature: K.
        pressure: Stack pressure, Pa.
    """

    layer: LithiumLayer
    sheet: DataSheet
    temperature: float
    pressure: float

    kinds = (LITHIUM_FRACTION, LITHIUM_IN_PORES, ELECTRODE_POTENTIAL)
    jumps_between_grains = frozenset[str]()
    electrolyte_name = None

    @property
    def host(self) -> LithiumHost:
        """Volumes and potential."""
        return self.layer.host

    @property
    def charge_density(self) -> float:
        """F/Omega of lithium metal, C/m^3."""
        return self.layer.charge_density

    @property
    def electronic_conductivity(self) -> float:
        """sigma_s, S/m."""
        return self.sheet.value("electronic_conductivity", self.temperature)

    def initial(self, kind: str, stoichiometry: float) -> float:
        """As made, at the potential of lithium."""
        phi = self.host.lithium
        return {
            LITHIUM_FRACTION: phi,
            LITHIUM_IN_PORES: float(self.host.in_pores(phi)),
            ELECTRODE_POTENTIAL: float(self.host.potential(phi)),
        }[kind]

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Storage and supply of lithium, filling of pores, conduction of electrons."""
        phi, psi = region[LITHIUM_FRACTION], region[LITHIUM_IN_PORES]
        potential = region[ELECTRODE_POTENTIAL]
        charge = region.constant(self.charge_density)
        supply = region.constant(self.charge_density * self.layer.supply)
        mobile = psi if self.host.skeleton > 0.0 else phi
        sigma = region.constant(self.electronic_conductivity)
        current = ohmic_current(sigma, potential.value)
        heat = ohmic_heat(sigma, potential.value)
        balances.powers.append(Power(region.name, ELECTRONS, heat, region.dx))
        # at the vertices: what lies on top of one must not draw lithium from those beside it
        vertices = region.dx.reconstruct(metadata=AT_VERTICES)
        balances.add(phi, charge * phi.rate * phi.test * vertices)
        balances.add(
            phi, supply * ufl.inner(ufl.grad(mobile.value), ufl.grad(phi.test)) * region.dx
        )
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)
        filling = charge / HOUR * (psi.value - self.host.in_pores(phi.value))
        balances.reactions.append(NodalReaction(Vertices(psi, region.dx), filling, [(psi, 1.0)]))

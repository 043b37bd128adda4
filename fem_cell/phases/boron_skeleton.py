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
there is room. Thickness, porosity and potential follow by :mod:`fem_cell.laws.lithium_host`, the
diffusivity D_s and the pressure in the lithium from :mod:`fem_cell.materials.lithium_layer`.

Where lithium carries pressure, creep closes pores (:mod:`fem_cell.laws.pore_closing`, g), and where
no skeleton holds it, the layer of the volume :math:`V = 1 + \epsilon` moves after the lithium that
has gone, with its pores and evenly over the thickness:

.. math::
   \frac{\partial e}{\partial t} = V g(p/V) + \nabla\cdot q, \qquad q = -M \nabla V, \qquad
   \frac{\partial\varphi}{\partial t} = \nabla\cdot\Bigl(D_s \nabla\varphi
       - \frac{\varphi}{V} q\Bigr)

So voids grow at an electrolyte by what is stripped beyond the supply of diffusion and of creep, and
close at rest; the share in contact is what they leave. Charge transfer happens where the
layer meets an electrolyte (:mod:`fem_cell.interfaces.lithium_transfer`). Neither the nucleation
of voids nor that of dendrites is in it. Changes of the geometry are small: gradients are taken
in the layer as it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import ufl
from dolfinx import fem

from fem_cell.laws.expressions import Expression, positive
from fem_cell.laws.lithium_host import VANISHED, LithiumHost
from fem_cell.laws.transport import ohmic_current, ohmic_heat
from fem_cell.materials import DataSheet
from fem_cell.materials.lithium_layer import LithiumLayer
from fem_cell.phases.model import AT_VERTICES, Region
from fem_cell.power import ELECTRONS, Power, Vertices
from fem_cell.unknowns import (
    COMPACTION,
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

    jumps_between_grains = frozenset[str]()
    electrolyte_name = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of unknown it carries."""
        compaction = (COMPACTION,) if self.layer.is_compacted else ()
        return (LITHIUM_FRACTION, LITHIUM_IN_PORES, *compaction, ELECTRODE_POTENTIAL)

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
            COMPACTION: 0.0,
            ELECTRODE_POTENTIAL: float(self.host.potential(phi)),
        }[kind]

    @staticmethod
    def compaction(region: Region) -> Expression:
        """E; zero where nothing closes pores."""
        found = region.unknowns.get(COMPACTION)
        return found.value if found else 0.0

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Storage and supply of lithium, filling of pores, conduction of electrons."""
        phi, psi = region[LITHIUM_FRACTION], region[LITHIUM_IN_PORES]
        potential = region[ELECTRODE_POTENTIAL]
        charge = region.constant(self.charge_density)
        supply = region.constant(self.charge_density * self.layer.diffusivity)
        sigma = region.constant(self.electronic_conductivity)
        current = ohmic_current(sigma, potential.value)
        heat = ohmic_heat(sigma, potential.value)
        balances.powers.append(Power(region.name, ELECTRONS, heat, region.dx))
        # at the vertices: what lies on top of one must not draw lithium from those beside it
        vertices = region.dx.reconstruct(metadata=AT_VERTICES)
        balances.add(phi, charge * phi.rate * phi.test * vertices)
        balances.add(phi, supply * ufl.inner(ufl.grad(psi.value), ufl.grad(phi.test)) * region.dx)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)
        filling = (
            charge / HOUR * (psi.value - self.host.in_pores(phi.value, self.compaction(region)))
        )
        balances.reactions.append(NodalReaction(Vertices(psi, region.dx), filling, [(psi, 1.0)]))
        if self.layer.is_compacted:
            self._add_compaction(balances, region, charge)

    def _add_compaction(self, balances: Balances, region: Region, charge: fem.Constant) -> None:
        """Pores that close, and a layer that moves."""
        phi, psi, e = region[LITHIUM_FRACTION], region[LITHIUM_IN_PORES], region[COMPACTION]
        vertices = region.dx.reconstruct(metadata=AT_VERTICES)
        balances.add(e, charge * e.rate * e.test * vertices)
        volume = self.host.stretch(psi.value, e.value)
        law = self.layer.closing
        closing = replace(law, rate=region.constant(law.rate))
        lost = volume * closing.loss(self.host.porosity(psi.value, e.value))
        balances.reactions.append(NodalReaction(Vertices(e, region.dx), -charge * lost, [(e, 1.0)]))
        if self.layer.mobility > 0.0:
            q = -region.constant(self.charge_density * self.layer.mobility) * ufl.grad(volume)
            share = phi.value / positive(volume, VANISHED)
            balances.add(e, ufl.inner(q, ufl.grad(e.test)) * region.dx)
            balances.add(phi, -share * ufl.inner(q, ufl.grad(phi.test)) * region.dx)

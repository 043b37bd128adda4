r"""Volumes in a layer of free lithium, with or without a skeleton that holds it.

Everything is counted per volume of the layer as it was made (reference volume). With the
lithium fraction :math:`\varphi`, the skeleton :math:`\varphi_{sk}`, pores p and the change of
volume :math:`\epsilon`

.. math:: \varphi + \varphi_{sk} + p = 1 + \epsilon

A share chi of the lithium that leaves the pores shows as lost thickness (the layer settles), the
rest as pores, of which creep closes e in the course of time
(:mod:`fem_cell.laws.pore_closing`); lithium comes back in the same way until the pores are full,
and what comes then lies on top and adds to the thickness with all of its volume:

.. math::
   \psi = \min(\varphi, \varphi_f), \quad \varphi_f = \varphi_0 + \frac{p_0 - e}{1 - \chi}, \quad
   p = p_0 - (1 - \chi)(\psi - \varphi_0) - e, \quad
   \epsilon = \chi (\psi - \varphi_0) - e + (\varphi - \psi)

Without a skeleton nothing lies on top: the layer swells at once, :math:`\psi = \varphi` and e
falls. The porosity is that of the layer without what lies on top,
:math:`p / (1 + \chi(\psi - \varphi_0) - e)`; where the layer ends, one minus it is the share in
contact (Delesse's principle).
Free lithium is at 0 V however much there is of it; the emptied skeleton is at U_sk:

.. math:: U = U_{sk} \exp(-\varphi / w) \quad (\varphi > 0), \qquad
          U = U_{sk} (1 - \varphi / w) \quad (\varphi \le 0)

The stripped skeleton collapses under the pressure of :mod:`fem_cell.laws.crushing`, with the share
of the volume that is solid.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.laws.crushing import crushing_pressure
from fem_cell.laws.expressions import Expression, exp, positive, where

EXHAUSTION_WIDTH = 0.005
"""w, share of the volume: lithium below some times this is hard to get."""

FILLING_WIDTH = 1e-4
"""The corner of min(phi, phi_f) is rounded over this, so that Newton's method passes it."""

VANISHED = 1e-6
"""Volume over which that of a layer that goes to nothing is kept positive."""


@dataclass(frozen=True, slots=True)
class LithiumHost:
    """A layer of lithium as it was made.

    Attributes:
        lithium: phi_0, volume fraction of free lithium.
        skeleton: phi_sk, volume fraction of the skeleton; zero for plain lithium.
        settling: chi, share of removed lithium that shows as lost thickness, 0 to 1.
        skeleton_potential: U_sk against lithium, V.
        skeleton_strength: sigma_s of the skeleton's solid, Pa.
    """

    lithium: float
    skeleton: float
    settling: float
    skeleton_potential: float
    skeleton_strength: float

    @property
    def initial_porosity(self) -> float:
        """p_0."""
        return 1.0 - self.lithium - self.skeleton

    @property
    def full(self) -> float:
        """phi_f before anything has been compacted; infinite for a layer that keeps no pores."""
        return float(self.capacity(0.0))

    def capacity(self, e: Expression) -> Expression:
        """phi_f, where the pores are full."""
        pores = max(self.initial_porosity, 0.0)
        if self.skeleton == 0.0 or (pores > 0.0 and self.settling == 1.0):
            return float("inf")
        if pores == 0.0:
            return self.lithium
        return self.lithium + (pores - e) / (1.0 - self.settling)

    def in_pores(self, phi: Expression, e: Expression = 0.0) -> Expression:
        """Psi, what is within the layer."""
        if self.full == float("inf"):
            return phi
        full = self.capacity(e)
        return full - positive(full - phi, FILLING_WIDTH)

    def pores(self, psi: Expression, e: Expression = 0.0) -> Expression:
        """P per reference volume."""
        return self.initial_porosity - (1 - self.settling) * (psi - self.lithium) - e

    def stretch(self, psi: Expression, e: Expression = 0.0) -> Expression:
        """Volume of the layer without what lies on top, per reference volume."""
        return 1 + self.settling * (psi - self.lithium) - e

    def porosity(self, psi: Expression, e: Expression = 0.0) -> Expression:
        """Pores over volume of the layer."""
        return self.pores(psi, e) / positive(self.stretch(psi, e), VANISHED)

    def contact(self, psi: Expression, e: Expression = 0.0) -> Expression:
        """Share of a cut face that is solid."""
        return 1 - positive(self.porosity(psi, e), VANISHED)

    def potential(self, phi: Expression) -> Expression:
        """U, V; strictly decreasing."""
        scaled = phi / EXHAUSTION_WIDTH
        above = where(scaled, 0.0, 0.0, scaled)
        below = where(scaled, 0.0, -scaled, 0.0)
        return self.skeleton_potential * (exp(-above) + below)

    def collapse_pressure(self, psi: Expression, e: Expression = 0.0) -> Expression:
        """sigma_cr, Pa; zero without a skeleton."""
        if self.skeleton == 0.0:
            return 0.0 * psi
        solid = positive(self.contact(psi, e), FILLING_WIDTH)
        return crushing_pressure(self.skeleton_strength, solid)

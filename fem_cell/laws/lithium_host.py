r"""Volumes in a layer of free lithium, with or without a skeleton that holds it.

Everything is counted per volume of the layer as it was made (reference volume). With the
lithium fraction :math:`\varphi`, the skeleton :math:`\varphi_{sk}`, pores p and the change of
volume :math:`\epsilon`

.. math:: \varphi + \varphi_{sk} + p = 1 + \epsilon

A share chi of the lithium that leaves the pores shows as lost thickness (the layer settles), the
rest as pores; it comes back in the same way until the pores are full, and what comes then lies on
top and adds to the thickness with all of its volume:

.. math::
   \psi = \min(\varphi, \varphi_f), \quad \varphi_f = \varphi_0 + \frac{p_0}{1 - \chi}, \quad
   p = p_0 - (1 - \chi)(\psi - \varphi_0), \quad
   \epsilon = \chi (\psi - \varphi_0) + (\varphi - \psi)

The porosity is that of the layer without what lies on top, :math:`p / (1 + \chi(\psi -
\varphi_0))`; where the layer ends, one minus it is the share in contact (Delesse's principle).
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
        """phi_f, where the pores are full; infinite for a layer that keeps none."""
        pores = max(self.initial_porosity, 0.0)
        if pores == 0.0 or self.settling == 1.0:
            return self.lithium if pores == 0.0 else float("inf")
        return self.lithium + pores / (1.0 - self.settling)

    def in_pores(self, phi: Expression) -> Expression:
        """Psi, what is within the layer."""
        if self.full == float("inf"):
            return phi
        return self.full - positive(self.full - phi, FILLING_WIDTH)

    def pores(self, psi: Expression) -> Expression:
        """P per reference volume."""
        return self.initial_porosity - (1 - self.settling) * (psi - self.lithium)

    def stretch(self, psi: Expression) -> Expression:
        """Volume of the layer without what lies on top, per reference volume."""
        return 1 + self.settling * (psi - self.lithium)

    def porosity(self, psi: Expression) -> Expression:
        """Pores over volume of the layer."""
        return self.pores(psi) / self.stretch(psi)

    def contact(self, psi: Expression) -> Expression:
        """Share of a cut face that is solid."""
        return 1 - self.porosity(psi)

    def potential(self, phi: Expression) -> Expression:
        """U, V; strictly decreasing."""
        scaled = phi / EXHAUSTION_WIDTH
        above = where(scaled, 0.0, 0.0, scaled)
        below = where(scaled, 0.0, -scaled, 0.0)
        return self.skeleton_potential * (exp(-above) + below)

    def collapse_pressure(self, psi: Expression) -> Expression:
        """sigma_cr, Pa; zero without a skeleton."""
        if self.skeleton == 0.0:
            return 0.0 * psi
        solid = positive(self.contact(psi), FILLING_WIDTH)
        return crushing_pressure(self.skeleton_strength, solid)


def pore_closing_rate(
    pressure: float, creep_rate: float, creep_stress: float, creep_exponent: float
) -> float:
    r"""Rate at which a material that creeps closes its pores under pressure, 1/s.

    .. math:: k = \tfrac32\, \dot\epsilon_0 \Bigl(\frac{3 P}{2 n \sigma_0}\Bigr)^n

    A hollow sphere with a small pore in a material with :math:`\dot\epsilon = \dot\epsilon_0
    (\sigma/\sigma_0)^n` (Wilkinson and Ashby, Acta Metall. 23, 1277 (1975), in the limit of no
    porosity).

    Args:
        pressure: P, Pa.
        creep_rate: Rate at sigma_0, 1/s.
        creep_stress: sigma_0, Pa.
        creep_exponent: n.
    """
    drive = 3.0 * pressure / (2.0 * creep_exponent * creep_stress)
    return float(1.5 * creep_rate * drive**creep_exponent)

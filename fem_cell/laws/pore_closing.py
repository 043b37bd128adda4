r"""Pores that close by creep under pressure.

A hollow sphere of a material with :math:`\dot\epsilon = \dot\epsilon_0 (\sigma/\sigma_0)^m`, of
which a share f is hollow, under the pressure P on its outside and none within (Wilkinson and Ashby,
Acta Metall. 23, 1277 (1975)):

.. math::
   -\dot V_p = \frac{k}{(1 - f^{1/m})^m} V_p, \qquad
   k = \tfrac32\, \dot\epsilon_0 \Bigl(\frac{3 P}{2 m \sigma_0}\Bigr)^m

Where little is left around the pores the stress in it is :math:`\tfrac32 P/(1 - f)`: a contact that
has shrunk recovers the faster, and is lost only where voids grow faster still. In a cell nothing
closes faster than within :data:`AT_ONCE`, and what is fuller than full swells as fast.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.laws.expressions import Expression, positive

AT_ONCE = 0.05
"""s; in it lithium diffuses less far than any mesh resolves."""

ROUNDING_WIDTH = 1e-8
"""Porosity over which the corner between closing and swelling is rounded."""

THINNEST = 1e-6
"""Smallest :math:`1 - f^{1/m}`."""


@dataclass(frozen=True, slots=True)
class PoreClosing:
    """The law at one pressure and temperature.

    Attributes:
        rate: k, 1/s; a number, or a constant of a form.
        exponent: m.
    """

    rate: Expression
    exponent: float

    def wall(self, porosity: Expression) -> Expression:
        """(1 - f^(1/m))^m, by which the wall of a pore slows its closing; f is positive."""
        return positive(1 - porosity ** (1 / self.exponent), THINNEST) ** self.exponent

    def relative_rate(self, porosity: Expression) -> Expression:
        """Rate at which pores lose their volume, 1/s; ``porosity`` f is positive."""
        return self.rate / (self.rate * AT_ONCE + self.wall(porosity))

    def loss(self, porosity: Expression) -> Expression:
        """Volume lost per volume and time, 1/s; negative where a layer is too full."""
        pores = positive(porosity, ROUNDING_WIDTH)
        too_full = positive(-porosity, ROUNDING_WIDTH)
        return self.relative_rate(pores) * pores - too_full / AT_ONCE


def pore_closing_rate(
    pressure: float, creep_rate: float, creep_stress: float, creep_exponent: float
) -> float:
    r"""K, 1/s.

    Args:
        pressure: P, Pa.
        creep_rate: Rate at sigma_0, 1/s.
        creep_stress: sigma_0, Pa.
        creep_exponent: m.
    """
    drive = 3.0 * pressure / (2.0 * creep_exponent * creep_stress)
    return float(1.5 * creep_rate * drive**creep_exponent)

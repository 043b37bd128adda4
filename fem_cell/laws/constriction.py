r"""Constriction of a current to the spots where a face touches an electrolyte.

.. math:: R_c = \frac{\ell\sqrt\pi}{4\kappa} \frac{(1 - \sqrt{c})^{3/2}}{\sqrt c}

per area of the face, with one round spot in every square of the period l and the share c in
contact: Holm's resistance :math:`1/(4 a \kappa)` of a disc, times what its column leaves of it
(Cooper, Mikic and Yovanovich, Int. J. Heat Mass Transfer 12, 279 (1969)). Lithium is a metal, so
that only the electrolyte counts.
"""

from __future__ import annotations

from math import pi

from fem_cell.laws.expressions import Expression, positive, sqrt

WIDTH = 1e-6
"""Over which the end of the law at full contact is rounded."""


def constriction_of_spots(contact: Expression) -> Expression:
    r"""R_c times the share in contact over :math:`\ell\sqrt\pi/(4\kappa)`: that of the spots' area.

    Args:
        contact: c, positive.
    """
    root = sqrt(contact)
    return root * positive(1 - root, WIDTH) ** 1.5


def column_resistance(period: float, conductivity: float) -> float:
    r""":math:`\ell\sqrt\pi/(4\kappa)`, ohm m^2, of a period (m) and a conductivity (S/m)."""
    return period * pi**0.5 / (4.0 * conductivity)

r"""Charge transfer by the Butler-Volmer law, symmetric (:math:`\alpha = 1/2`).

.. math::
   i_n = 2 i_0 \sinh\frac{F \eta}{2RT}, \qquad
   \eta = \phi_s - \phi_e - U - i_n R_f

i_n > 0 oxidises the electrode: lithium leaves it for the electrolyte. The
exchange current density of an insertion material is

.. math::
   i_0 = i_{0,ref}\; 2\sqrt{s (1 - s)}\; \sqrt{c_e / c_{ref}}

which is :math:`F k \sqrt{c_e c_s (c_{max} - c_s)}` with
:math:`i_{0,ref} = F k c_{max} \sqrt{c_{ref}} / 2`; without a salt (single-ion
conductor) the last factor is one. Newman and Thomas-Alyea, Electrochemical
Systems, ch. 8; Doyle, Fuller and Newman 1993.
"""

from __future__ import annotations

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.expressions import (
    Expression,
    cosh,
    exp,
    extended_ln,
    ln,
    positive,
    sinh,
    sqrt,
    where,
)

OCCUPANCY_WIDTH = 1e-5
"""s(1-s) is smoothed over this width, so that i_0 stays finite at empty and full."""

DEPLETION = 1e-5
"""c_e/c_ref below which the logarithm of the salt concentration goes on along its tangent. The
exchange current, and with it a reaction that takes lithium from the electrolyte, then falls
off exponentially, so salt cannot fall below zero by more than some multiples of this."""

_OVERFLOW = 40.0
_FILM_ITERATIONS = 6


def occupancy(s: Expression) -> Expression:
    """``2 sqrt(s (1 - s))``, one at half full, smooth and positive beyond 0 and 1."""
    return 2 * sqrt(positive(s * (1 - s), OCCUPANCY_WIDTH))


def salt_activity(ratio: Expression) -> Expression:
    """``sqrt(c_e / c_ref)``, smooth and positive through depletion."""
    return exp(0.5 * extended_ln(ratio, DEPLETION))


def bounded_sinh(x: Expression) -> Expression:
    """sinh(x), continued along its tangent beyond 40 so that it cannot overflow."""
    inside = where(x, -_OVERFLOW, -_OVERFLOW, where(x, _OVERFLOW, x, _OVERFLOW))
    return sinh(inside) + cosh(inside) * (x - inside)


def butler_volmer(
    exchange_current_density: Expression,
    driving_force: Expression,
    film_resistance: Expression,
    temperature: Expression,
    has_film: bool,
) -> Expression:
    """Current density i_n across an interface, A/m^2.

    Args:
        exchange_current_density: i_0, A/m^2.
        driving_force: phi_s - phi_e - U, V.
        film_resistance: R_f, ohm m^2.
        temperature: T, K.
        has_film: Whether R_f can differ from zero; without a film the law is
            explicit, with one it is solved for the overpotential.

    Returns:
        i_n, A/m^2; positive where lithium leaves the electrode.
    """
    thermal = 2 * GAS_CONSTANT * temperature / FARADAY
    x = driving_force / thermal
    if not has_film:
        return 2 * exchange_current_density * bounded_sinh(x)
    ratio = 2 * exchange_current_density * film_resistance / thermal
    return 2 * exchange_current_density * bounded_sinh(overpotential_behind_film(x, ratio))


def overpotential_behind_film(x: Expression, ratio: Expression) -> Expression:
    r"""Solve :math:`w + r \sinh w = x` for w, the share of x that drives the reaction.

    Newton's method from :math:`\min(x, \mathrm{arsinh}(x/r))`, which bounds the
    root from above and is off by less than one, so the iterates fall onto the
    root monotonically. A fixed number of steps keeps the law differentiable.
    """
    floor = positive(ratio, 1e-12)
    magnitude = sqrt(x * x + 1e-24)
    bound = ln(magnitude / floor + sqrt((magnitude / floor) ** 2 + 1))
    w = where(magnitude, bound, magnitude, bound)
    for _ in range(_FILM_ITERATIONS):
        w = w - (w + floor * bounded_sinh(w) - magnitude) / (1 + floor * cosh(w))
    return w * x / magnitude

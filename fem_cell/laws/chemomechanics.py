r"""What stress does to lithium in a solid that swells: potential and driving force.

With the free energy per volume
:math:`c_{max} g(s) + \tfrac12 \varepsilon_{el} : C : \varepsilon_{el}`,
:math:`\varepsilon_{el} = \varepsilon - \beta (s - s_0)` and :math:`\mu_0 = g' = -F U(s)` against
lithium, the chemical potential and what follows from it at interfaces are

.. math::
   \mu = \mu_0(s) - \frac{p}{c_{max}}, \qquad p = \beta : \sigma, \qquad
   U_{eq} = -\frac{\mu}{F} = U(s) + \frac{p}{F c_{max}}

(Larche and Cahn 1973; Bower, Guduru and Sethuraman 2011). p is the work that stress does when
lithium is inserted, J/m^3 per unit of stoichiometry. A flux along :math:`-\nabla\mu` whose
chemical diffusivity is D without stress is

.. math::
   \frac{J}{c_{max}} = -D \nabla s + m(s)\, D\nabla p, \qquad
   m(s) = \frac{1}{F c_{max} |dU/ds|} = \frac{s}{R T \theta\, c_{max}}, \qquad
   \theta = -\frac{F}{RT} s \frac{dU}{ds}

theta is the thermodynamic factor. On plateaus of the curve, where fits of U(s) say
little about it, it is kept above one, its value in an ideal dilute solution.
"""

from __future__ import annotations

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.expressions import Expression, positive
from fem_cell.laws.open_circuit import OpenCircuitPotential

FACTOR_WIDTH = 0.05
"""The thermodynamic factor bends to one over this width: at four it is changed by 0.02 %."""


def thermodynamic_factor(
    curve: OpenCircuitPotential, s: Expression, temperature: Expression
) -> Expression:
    """Theta, 1: -(F/RT) s dU/ds, smoothly kept above one.

    Args:
        curve: U(s), V.
        s: Stoichiometry.
        temperature: T, K.
    """
    plain = -FARADAY / (GAS_CONSTANT * temperature) * s * curve.slope(s)
    return 1 + positive(plain - 1, FACTOR_WIDTH)


def response_to_work(
    curve: OpenCircuitPotential, s: Expression, temperature: Expression, c_max: Expression
) -> Expression:
    """m(s) = s / (R T theta c_max): stoichiometry that a work p is worth, m^3/J.

    Args:
        curve: U(s), V.
        s: Stoichiometry.
        temperature: T, K.
        c_max: Maximum concentration, mol/m^3.
    """
    factor = thermodynamic_factor(curve, s, temperature)
    return s / (GAS_CONSTANT * temperature * factor * c_max)

"""Elementary functions that take UFL expressions and NumPy values alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from ufl.core.expr import Expr

Expression = Any
"""A UFL expression, a float or a NumPy array."""


def _is_ufl(x: Expression) -> bool:
    return isinstance(x, Expr)


def exp(x: Expression) -> Expression:
    """Exponential function."""
    return ufl.exp(x) if _is_ufl(x) else np.exp(x)


def tanh(x: Expression) -> Expression:
    """Hyperbolic tangent."""
    return ufl.tanh(x) if _is_ufl(x) else np.tanh(x)


def sinh(x: Expression) -> Expression:
    """Hyperbolic sine."""
    return ufl.sinh(x) if _is_ufl(x) else np.sinh(x)


def cosh(x: Expression) -> Expression:
    """Hyperbolic cosine."""
    return ufl.cosh(x) if _is_ufl(x) else np.cosh(x)


def sqrt(x: Expression) -> Expression:
    """Square root."""
    return ufl.sqrt(x) if _is_ufl(x) else np.sqrt(x)


def ln(x: Expression) -> Expression:
    """Natural logarithm."""
    return ufl.ln(x) if _is_ufl(x) else np.log(x)


def where(less: Expression, than: Expression, yes: Expression, no: Expression) -> Expression:
    """``yes`` where ``less < than``, ``no`` elsewhere."""
    if _is_ufl(less) or _is_ufl(than):
        return ufl.conditional(ufl.lt(less, than), yes, no)
    return np.where(less < than, yes, no)


def positive(x: Expression, width: Expression) -> Expression:
    r"""A smooth, monotone, strictly positive stand-in for :math:`\max(x, 0)`.

    .. math:: p(x) = \tfrac12 \left( x + \sqrt{x^2 + 4 w^2} \right)

    It differs from x by about :math:`w^2/x` where x is much larger than w, and
    tends to zero like :math:`w^2/|x|` below. The form for negative x avoids
    the cancellation of the two terms.
    """
    root = sqrt(x * x + 4 * width * width)
    return where(x, 0.0, 2 * width * width / (root - x), 0.5 * (x + root))


def extended_ln(x: Expression, edge: Expression) -> Expression:
    """Natural logarithm, continued along its tangent below ``edge``; monotone and C1."""
    inside = where(x, edge, edge, x)
    return ln(inside) + (x - inside) / edge

r"""Open-circuit potential of an insertion material against lithium.

.. math::
   U(s) = U_0 - \sum_i a_i \tanh[b_i (s - c_i)] - \sum_j A_j \exp[-r_j (1 - s)]

s is the stoichiometry c/c_max of the crystal, U in volts (science data: own
fits to published tables, see the data sheets). Outside its range of validity
[s_lo, s_hi] the curve goes on along its tangent: it stays strictly decreasing
and once continuously differentiable, and Newton's iterates that step beyond
empty or full find their way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.optimize import brentq

from fem_cell.laws.expressions import Expression, cosh, exp, tanh, where


@dataclass(frozen=True, slots=True)
class OpenCircuitPotential:
    """The curve of one material; calling it gives volts.

    Attributes:
        offset: U_0, V.
        steps: Triples (a_i / V, b_i, c_i).
        edges: Pairs (A_j / V, r_j).
        valid: Range [s_lo, s_hi] of stoichiometry covered by the data.
    """

    offset: float
    steps: tuple[tuple[float, float, float], ...]
    edges: tuple[tuple[float, float], ...]
    valid: tuple[float, float]

    @classmethod
    def from_law(cls, law: Mapping[str, Any]) -> OpenCircuitPotential:
        """Build the curve from the ``tanh_sum`` law of a data sheet."""
        return cls(
            float(law["offset"]),
            tuple(zip(law["a"], law["b"], law["c"], strict=True)),
            tuple(zip(law["edge_amplitude"], law["edge_rate"], strict=True)),
            (float(law["valid"][0]), float(law["valid"][1])),
        )

    def __call__(self, s: Expression) -> Expression:
        """U(s) in volts, continued along the tangents outside the valid range."""
        low, high = self.valid
        inside = self._inside(s)
        slope = where(s, low, float(self.slope(low)), float(self.slope(high)))
        return self._fit(inside) + slope * (s - inside)

    def slope(self, s: Expression) -> Expression:
        """dU/ds in volts; outside the valid range that at its end."""
        s = self._inside(s)
        tanh_part = sum(a * b / cosh(b * (s - c)) ** 2 for a, b, c in self.steps)
        edge_part = sum(a * r * exp(-r * (1 - s)) for a, r in self.edges)
        return -tanh_part - edge_part

    def stoichiometry(self, potential: float) -> float:
        """The stoichiometry whose open-circuit potential is given.

        Args:
            potential: Volts against lithium.

        Raises:
            ValueError: The potential is outside the curve's valid range.
        """
        low, high = self.valid
        top, bottom = float(self(low)), float(self(high))
        if not bottom <= potential <= top:
            raise ValueError(
                f"{potential:.4f} V is outside the open-circuit curve, which covers "
                f"{bottom:.4f} V to {top:.4f} V"
            )
        return float(brentq(lambda s: float(self(s)) - potential, low, high, xtol=1e-14))

    def _inside(self, s: Expression) -> Expression:
        low, high = self.valid
        return where(s, low, low, where(s, high, s, high))

    def _fit(self, s: Expression) -> Expression:
        tanh_part = sum(a * tanh(b * (s - c)) for a, b, c in self.steps)
        edge_part = sum(a * exp(-r * (1 - s)) for a, r in self.edges)
        return self.offset - tanh_part - edge_part

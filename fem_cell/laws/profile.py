r"""A factor that varies with stoichiometry, such as that of a diffusivity.

.. math::
   \ln f(s) = \ln f_k + \frac{s - s_k}{s_{k+1} - s_k} \ln\frac{f_{k+1}}{f_k},
   \qquad s_k \le s \le s_{k+1}

and constant beyond the first and the last point. Measured diffusivities change by decades, so
their logarithm is what is interpolated, and no value between the points can be negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fem_cell.laws.expressions import Expression, exp, where


@dataclass(frozen=True, slots=True)
class Profile:
    """Points (s, f) with rising s; calling it gives f.

    Attributes:
        points: At least two.
    """

    points: tuple[tuple[float, float], ...]

    @classmethod
    def from_law(cls, law: Mapping[str, Any]) -> Profile:
        """Build it from the ``log_linear`` law of a data sheet."""
        return cls(tuple(zip(law["stoichiometry"], law["factor"], strict=True)))

    def __call__(self, s: Expression) -> Expression:
        """f(s), 1."""
        logarithm = float(np.log(self.points[0][1]))
        for (low, before), (high, after) in pairwise(self.points):
            way = where(s, low, low, where(s, high, s, high)) - low
            logarithm = logarithm + way * float(np.log(after / before) / (high - low))
        return exp(logarithm)

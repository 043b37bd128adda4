"""How well a mean is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import stdev


def half_width(values: Sequence[float]) -> float | None:
    r"""Half of the 95 % confidence interval of a mean, :math:`t_{0.975,n-1} s/\sqrt{n}`.

    Args:
        values: Independent, of the same normal distribution.

    Returns:
        In the unit of the values; ``None`` for fewer than two of them.
    """
    from scipy.stats import t

    count = len(values)
    if count < 2:
        return None
    return float(t.ppf(0.975, count - 1)) * stdev(values) / math.sqrt(count)

"""Which value a phase must have for an effective property to reach a target."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from fem_cell.analysis.resolved.body import ResolvedBody
from fem_cell.analysis.resolved.conditions import MIXED, PERIODIC
from fem_cell.analysis.resolved.sample import KEYS, properties_of
from fem_cell.materials import DataSheet

ENOUGH = 1e-3
"""Relative deviation from the target."""
EVALUATIONS = 12
FARTHEST = 1e4
"""Factor by which the value may differ from that of the data sheet."""


def needed_value(
    body: ResolvedBody,
    sheets: Mapping[str, DataSheet],
    temperature: float,
    name: str,
    phase: str,
    target: float,
) -> float | None:
    """Value of a phase with which a property meets its target. Collective.

    By periodic conditions if the body is periodic, by mixed ones else.

    Args:
        body: The piece.
        sheets: Data sheets of its phases.
        temperature: K.
        name: Of the property; for ``stiffness`` both are Young's moduli.
        phase: Whose value is sought.
        target: Of the property, SI.

    Returns:
        The value, SI; ``None`` if none within a factor of :data:`FARTHEST` does.
    """
    key, condition = KEYS[name], PERIODIC if body.periodic else MIXED
    start = sheets[phase].value(key, temperature)

    def property_with(value: float) -> float:
        entry = sheets[phase].entry(key)
        at_reference = value * entry.number / start
        changed = sheets[phase].with_value(key, at_reference)
        own = {**sheets, phase: changed}
        return float(properties_of(body, own, temperature, [name], [condition])[0]["value"])

    return _solve(property_with, start, target)


def _solve(function: Callable[[float], float], start: float, target: float) -> float | None:
    """Secant steps in the logarithms, in which a mixture is nearly a straight line."""
    x, y = [0.0], [math.log(function(start) / target)]
    slope = 0.5
    for _ in range(EVALUATIONS):
        if abs(y[-1]) < ENOUGH:
            return start * math.exp(x[-1])
        x.append(x[-1] - y[-1] / slope)
        if abs(x[-1]) > math.log(FARTHEST):
            return None
        y.append(math.log(function(start * math.exp(x[-1])) / target))
        slope = max((y[-1] - y[-2]) / (x[-1] - x[-2]), 1e-3)
    return None

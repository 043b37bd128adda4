"""Solve for the one value of a paper's cases that is calibrated."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fem_cell.case import load_case
from fem_cell.errors import SolverError
from fem_cell.log import LOGGER
from fem_cell.reproduction.paper import Calibration
from fem_cell.sweep import Point, Sweep
from fem_cell.sweep.results import outcome
from fem_cell.sweep.runner import run_sweep
from fem_cell.sweep.settings import folder_name, setting

TOLERANCE = 1e-3
"""Relative deviation from the target at which the search ends."""
_ITERATIONS = 8


def secant(function: Callable[[float], float], wanted: float, start: float) -> tuple[float, float]:
    """Solve ``function(x) = wanted`` for a function that is nearly proportional to x.

    Args:
        function: What is evaluated; expensive.
        wanted: Its value at the solution.
        start: A first guess.

    Returns:
        x and the function there.

    Raises:
        SolverError: No solution to :data:`TOLERANCE` after a few evaluations.
    """
    x, y = start, function(start)
    before = (0.0, 0.0)
    for _ in range(_ITERATIONS):
        if abs(y / wanted - 1.0) <= TOLERANCE:
            return x, y
        slope = (y - before[1]) / (x - before[0])
        before = (x, y)
        x = x + (wanted - y) / slope
        y = function(x)
    raise SolverError(f"no value found: {x:g} gives {y:g}, {wanted:g} is wanted")


def calibrate(sweep: Sweep, calibration: Calibration, out: Path) -> tuple[float, float]:
    """Run a case until it delivers what its target says.

    Args:
        sweep: The cases of the paper.
        calibration: What is solved for.
        out: Folder of the runs.

    Returns:
        The value, rounded to four digits, and the capacity in mAh/cm^2.
    """
    base = sweep.point(calibration.point)

    def capacity(value: float) -> float:
        text = setting(calibration.key, float(f"{value:.4g}"))
        settings = (*base.settings, text)
        case = load_case(sweep.case, settings, smoke=sweep.smoke)
        point = Point(text, settings, {}, case, out / folder_name(text))
        run_sweep(replace(sweep, points=(point,), out=out), jobs=1, retry=True)
        found = float(outcome(point).steps[-1]["capacity_mAh_cm2"])
        LOGGER.info("%s: %.4f mAh/cm2, %g is wanted", text, found, calibration.capacity)
        return found

    value, found = secant(capacity, calibration.capacity, present(base, calibration.key))
    return float(f"{value:.4g}"), found


def present(point: Point, key: str) -> float:
    """The value of a key in the effective case of a point."""
    document = tomllib.loads(point.case.effective_toml())
    for name in key.split("."):
        document = document[name]
    return float(document)  # type: ignore[arg-type]

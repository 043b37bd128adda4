"""Voltage and current over time, voltage over capacity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.pictures.folder import TIME, VOLTAGE, Array, NothingToShow, ResultsFolder
from fem_cell.output.pictures.sheet import FAINT, INK, new_figure, save_figure

CAPACITY = "Areal Capacity / mAh.cm-2"
CURRENT_DENSITY = "Current Density / mA.cm-2"
STEP = "Step Count / 1"
LINE = "#1f5f8b"
LABELLED_STEPS = 8


def draw_voltage(results: ResultsFolder, path: Path) -> None:
    """Draw the curves of a run.

    Raises:
        NothingToShow: There is no time series yet.
    """
    table = results.table
    if TIME not in table or VOLTAGE not in table or table[TIME].size < 2:
        raise NothingToShow("timeseries.csv is missing or has no rows yet")
    figure = new_figure(9.0, 4.0)
    grid = figure.add_gridspec(
        2,
        2,
        height_ratios=(3, 1),
        left=0.1,
        right=0.98,
        top=0.88,
        bottom=0.13,
        hspace=0.12,
        wspace=0.22,
    )
    _over_time(figure, grid, table)
    if CAPACITY in table:
        _over_capacity(figure.add_subplot(grid[:, 1]), table)
    figure.suptitle(results.title, fontsize=11, color=INK)
    save_figure(figure, path)


def _over_time(figure: Any, grid: Any, table: dict[str, Array]) -> None:
    scale, unit = time_unit(float(table[TIME][-1]))
    times = table[TIME] / scale
    upper = figure.add_subplot(grid[0, 0])
    upper.plot(times, table[VOLTAGE], color=LINE, lw=1.6)
    upper.set_ylabel("voltage / V", color=INK)
    upper.tick_params(labelbottom=False)
    style(upper)
    lower = figure.add_subplot(grid[1, 0], sharex=upper)
    if CURRENT_DENSITY in table:
        lower.plot(times, table[CURRENT_DENSITY], color="#b5542b", lw=1.4)
    lower.axhline(0.0, color=FAINT, lw=0.6)
    lower.set_ylabel("current /\nmA cm$^{-2}$", color=INK)
    lower.set_xlabel(f"time / {unit}", color=INK)
    style(lower)
    figure.align_ylabels([upper, lower])


def _over_capacity(axes: Any, table: dict[str, Array]) -> None:
    from matplotlib import colormaps

    steps = table.get(STEP, np.ones_like(table[TIME]))
    numbers = [
        n for n in np.unique(steps[np.isfinite(steps)]) if np.ptp(table[CAPACITY][steps == n]) > 0
    ]
    colours = colormaps["viridis"](np.linspace(0.1, 0.85, max(len(numbers), 1)))
    for number, colour in zip(numbers, colours, strict=False):
        rows = steps == number
        axes.plot(
            table[CAPACITY][rows],
            table[VOLTAGE][rows],
            lw=1.6,
            color=colour if len(numbers) > 1 else LINE,
            label=f"step {number:g}",
        )
    if 1 < len(numbers) <= LABELLED_STEPS:
        axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("areal capacity of the step / mAh cm$^{-2}$", color=INK)
    axes.set_ylabel("voltage / V", color=INK)
    style(axes)


def time_unit(longest: float) -> tuple[float, str]:
    """Seconds in the unit that suits a time, and its name."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if longest >= 2 * size:
            return size, unit
    return 1.0, "s"


def style(axes: Any) -> None:
    """Light frame and grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=8.5)
    axes.grid(color="#e6e6e6", lw=0.6)
    axes.set_axisbelow(True)

"""Layers of free lithium: fraction through the layer, porosity and thickness over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.pictures.curves import LINE, style, time_unit
from fem_cell.output.pictures.folder import (
    TIME,
    NothingToShow,
    ResultsFolder,
    show_time,
    spread,
)
from fem_cell.output.pictures.sheet import INK, new_figure, save_figure

FRACTION = "lithium_in_pores [1]"
PROFILES = 7
MICRO = "\N{MICRO SIGN}m"


def layers_of(results: ResultsFolder) -> dict[str, str]:
    """Columns of the porosity of layers of free lithium, by the name of the layer."""
    columns = {name: f"{name.title()} Porosity / 1" for name in results.snapshots}
    return {name: column for name, column in columns.items() if column in results.table}


def draw_layers(results: ResultsFolder, path: Path) -> None:
    """Draw every layer of free lithium of a run, a row each."""
    columns = layers_of(results)
    figure = new_figure(10.0, 3.2 * len(columns))
    figure.set_layout_engine("constrained")
    rows = figure.subplots(len(columns), 3, squeeze=False)
    for name, (profile, porosity, thickness) in zip(columns, rows, strict=True):
        draw_profiles(results, name, profile)
        _over_time(results, columns[name], 100.0, f"porosity of {name} / %", porosity)
        column = f"{name.title()} Thickness Change / um"
        _over_time(results, column, 1.0, f"change of thickness / {MICRO}", thickness)
    figure.suptitle(results.title, fontsize=11, color=INK)
    save_figure(figure, path)


def draw_profiles(results: ResultsFolder, name: str, axes: Any) -> None:
    """Draw lithium in pores over the height, at some times.

    Raises:
        NothingToShow: There are no snapshots of it.
    """
    from matplotlib import colormaps

    chosen = spread(results.snapshots[name], PROFILES)
    colours = colormaps["viridis"](np.linspace(0.0, 0.9, len(chosen)))
    for snapshot, colour in zip(chosen, colours, strict=True):
        grid = results.read(name, snapshot)
        if FRACTION not in grid.point_data:
            raise NothingToShow(f"no {FRACTION} in series '{name}'")
        height = np.asarray(grid.points)[:, 2]
        order = np.argsort(height)
        values = np.asarray(grid.point_data[FRACTION])[order]
        axes.plot(height[order], values, color=colour, lw=1.4, label=show_time(snapshot.time))
    axes.set_xlabel(f"height / {MICRO}", color=INK)
    axes.set_ylabel("lithium per volume as made / 1", color=INK)
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    style(axes)


def _over_time(results: ResultsFolder, column: str, scale: float, label: str, axes: Any) -> None:
    times = results.table[TIME]
    size, unit = time_unit(float(times[-1]))
    axes.plot(times / size, scale * results.table[column], color=LINE, lw=1.6)
    axes.set_xlabel(f"time / {unit}", color=INK)
    axes.set_ylabel(label, color=INK)
    style(axes)

"""The map of a sweep over one or two keys: capacity at every combination of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.pictures.sheet import FAINT, INK, new_figure, save_figure
from fem_cell.sweep.plan import Point, Sweep
from fem_cell.sweep.results import Outcome, outcome
from fem_cell.sweep.settings import label

QUANTITY = "capacity_mAh_g"
LABEL = "capacity of the last step / mAh g$^{-1}$"
COLOURS = "cividis"
"""Reads the same with any colour vision, and in print."""

CELL = (0.8, 0.5)
"""Width and height of a cell, inches."""

ROOM = (1.6, 1.2)
"""Around the cells of a map, inches."""

LEAST_WIDTH = 5.0
"""That a title has room in, inches."""

BRIGHT = 0.6
"""Share of the scale from which dark text is read better."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Keys of a map and their values.

    Attributes:
        keys: One or two; the last one goes across.
        rows: Values of the first of two keys, a single empty text for one.
        columns: Values of the last key.
    """

    keys: list[str]
    rows: list[str]
    columns: list[str]

    @classmethod
    def of(cls, points: Sequence[Point]) -> _Grid | None:
        """Of the points of a sweep; ``None`` unless one or two keys vary."""
        keys = list(points[0].varied) if points else []
        if not 1 <= len(keys) <= 2:
            return None
        columns, rows = _values(points, keys[-1]), _values(points, keys[0])
        return cls(keys, rows if len(keys) == 2 else [""], columns)

    def place(self, point: Point) -> tuple[int, int]:
        """Row and column of a point."""
        row = self.rows.index(point.varied[self.keys[0]]) if len(self.keys) == 2 else 0
        return row, self.columns.index(point.varied[self.keys[-1]])

    def label(self, ax: Any) -> None:
        """Write keys and values on the axes of a map."""
        across, ticks = shortened(self.columns)
        ax.set_xticks(range(len(self.columns)), ticks, fontsize=8)
        ax.set_xlabel(f"{self.keys[-1]}\n{across}", fontsize=8, color=INK)
        up, ticks = shortened(self.rows)
        ax.set_yticks(range(len(self.rows)), ticks, fontsize=8)
        if len(self.keys) == 2:
            ax.set_ylabel(f"{self.keys[0]}\n{up}", fontsize=8, color=INK)


def draw_map(sweep: Sweep, path: Path) -> bool:
    """Draw a map for every named point of a sweep, one beside the other.

    Args:
        sweep: The sweep; its results are taken as they are now.
        path: The PNG file.

    Returns:
        False, and nothing is drawn, for a sweep over no key or more than two, or without results.
    """
    grid = _Grid.of(sweep.points)
    found = {point.name: outcome(point) for point in sweep.points}
    if grid is None or not any(_capacity(now) is not None for now in found.values()):
        return False
    groups: dict[str, list[Point]] = {}
    for point in sweep.points:
        groups.setdefault(_base_name(point), []).append(point)
    width = max(len(groups) * len(grid.columns) * CELL[0] + ROOM[0], LEAST_WIDTH)
    figure = new_figure(width, len(grid.rows) * CELL[1] + ROOM[1])
    figure.set_layout_engine("constrained")
    axes = figure.subplots(1, len(groups), squeeze=False)[0]
    maps = [_map(points, found, grid) for points in groups.values()]
    limits = float(np.nanmin(maps)), float(np.nanmax(maps))
    for ax, (name, points), values in zip(axes, groups.items(), maps, strict=True):
        image = _draw(ax, values, limits)
        ax.set_title(name, fontsize=9, color=INK)
        grid.label(ax)
        _mark_missing(ax, points, found, grid)
    bar = figure.colorbar(image, ax=axes, shrink=0.9)
    bar.set_label(LABEL, fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=8, colors=INK, length=2)
    bar.outline.set_visible(False)
    save_figure(figure, path)
    return True


def shortened(values: Sequence[str]) -> tuple[str, list[str]]:
    """What texts have in common, and the words in which they differ.

    >>> shortened(["Discharge at 1C until 2.7 V", "Discharge at C/5 until 2.7 V"])
    ('Discharge at ... until 2.7 V', ['1C', 'C/5'])
    """
    words = [value.split() for value in values]
    if len(values) < 2 or len({len(line) for line in words}) > 1:
        return "", list(values)
    differs = [len(set(column)) > 1 for column in zip(*words, strict=True)]
    if all(differs):
        return "", list(values)
    common = [word if not change else "..." for word, change in zip(words[0], differs, strict=True)]
    return " ".join(common), [
        " ".join(word for word, change in zip(line, differs, strict=True) if change)
        for line in words
    ]


def _base_name(point: Point) -> str:
    """Name of a point without the values of the grid."""
    return point.name.removesuffix(label(point.varied)).rstrip(", ")


def _values(points: Sequence[Point], key: str) -> list[str]:
    return list(dict.fromkeys(point.varied[key] for point in points))


def _capacity(now: Outcome) -> float | None:
    return now.steps[-1].get(QUANTITY) if now.finished and now.steps else None


def _map(points: Sequence[Point], found: dict[str, Outcome], grid: _Grid) -> np.ndarray:
    """Capacities, shape (rows, columns); not a number where there is none."""
    values = np.full((len(grid.rows), len(grid.columns)), np.nan)
    for point in points:
        capacity = _capacity(found[point.name])
        values[grid.place(point)] = np.nan if capacity is None else capacity
    return values


def _draw(ax: Any, values: np.ndarray, limits: tuple[float, float]) -> Any:
    low, high = limits
    image = ax.imshow(values, cmap=COLOURS, vmin=low, vmax=high, origin="lower", aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = value > low + BRIGHT * (high - low)
            colour = INK if dark else "white"
            ax.text(column, row, f"{value:.4g}", ha="center", va="center", color=colour, fontsize=8)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, colors=INK)
    return image


def _mark_missing(ax: Any, points: Sequence[Point], found: dict[str, Outcome], grid: _Grid) -> None:
    for point in points:
        if _capacity(found[point.name]) is None:
            row, column = grid.place(point)
            status = found[point.name].status
            ax.text(column, row, status, ha="center", va="center", color=FAINT, fontsize=7)

"""Rendered images arranged on a sheet, with captions and one colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from fem_cell.output.pictures.render import Image, Scale

INK = "#222222"
FAINT = "#777777"
CHARACTERS = 11
"""Of a row's label per inch."""

_HEIGHT = 2.9
_DPI = 150


@dataclass(frozen=True, slots=True)
class Panel:
    """One image of a sheet; without an image its caption stands in the place."""

    image: Image | None
    caption: str


def new_figure(width: float, height: float) -> Any:
    """A white matplotlib figure without a window, inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DPI, facecolor="white")


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure; it appears whole."""
    beside = path.with_name(f".{path.name}.part")
    figure.savefig(beside, format="png", facecolor="white")
    beside.replace(path)


def save_sheet(
    path: Path,
    rows: Sequence[tuple[str, Sequence[Panel]]],
    scale: Scale,
    label: str,
    title: str,
    note: str,
) -> None:
    """Write a sheet of panels.

    Args:
        path: The PNG file.
        rows: Label of each row (may be empty) and its panels.
        scale: Of the colour bar.
        label: Of the colour bar, with the unit.
        title: Above everything.
        note: Small print below.
    """
    column, row = _panel_size(rows)
    rows = [(fill(name, int(row * CHARACTERS)) if name else "", panels) for name, panels in rows]
    lines = max(name.count("\n") + 1 if name else 0 for name, _ in rows)
    margin = 0.15 + 0.18 * lines
    columns = max(len(panels) for _, panels in rows)
    width = max(columns * column + margin + 0.1, 5.0)
    height = len(rows) * row + (1.42 if title else 1.1)
    figure = new_figure(width, height)
    room = {
        "left": margin / width,
        "right": 1 - 0.1 / width,
        "top": 1 - (0.62 if title else 0.3) / height,
        "bottom": 0.85 / height,
        "wspace": 0.04,
        "hspace": 0.35 / row,
    }
    axes = figure.subplots(len(rows), columns, squeeze=False, gridspec_kw=room)
    for (name, panels), line in zip(rows, axes, strict=True):
        _fill_row(name, panels, line)
    figure.text(0.5, 1 - 0.12 / height, title, ha="center", va="top", fontsize=11, color=INK)
    if note:
        figure.text(0.99, 0.05 / height, note, ha="right", va="bottom", fontsize=7, color=FAINT)
    bar = figure.add_axes((0.5 - 1.75 / width, 0.6 / height, 3.5 / width, 0.12 / height))
    add_colour_bar(figure, bar, scale, label)
    save_figure(figure, path)


def _panel_size(rows: Sequence[tuple[str, Sequence[Panel]]]) -> tuple[float, float]:
    """Width and height of a panel with its caption, inches."""
    shapes = [p.image.shape for _, panels in rows for p in panels if p.image is not None]
    ratio = max((shape[1] / shape[0] for shape in shapes), default=1.0)
    column = min(max(_HEIGHT * ratio, 1.3), 3.2)
    return column, column / ratio + 0.35


def add_colour_bar(figure: Any, axes: Any, scale: Scale, label: str) -> None:
    """A horizontal colour bar in given axes."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    mappable = ScalarMappable(Normalize(scale.low, scale.high), scale.colours)
    bar = figure.colorbar(mappable, cax=axes, orientation="horizontal")
    bar.set_label(label, fontsize=9, color=INK, labelpad=2)
    bar.ax.tick_params(labelsize=8, colors=INK, length=2, pad=2)
    bar.outline.set_visible(False)


def _fill_row(name: str, panels: Sequence[Panel], line: Sequence[Any]) -> None:
    for axes in line:
        axes.set_axis_off()
    for panel, axes in zip(panels, line, strict=False):
        if panel.image is None:
            axes.text(0.5, 0.5, panel.caption, ha="center", va="center", fontsize=9, color=FAINT)
            continue
        axes.imshow(panel.image, interpolation="antialiased")
        axes.set_title(panel.caption, fontsize=9, color=INK, pad=3)
    if name:
        line[0].text(
            -0.04,
            0.5,
            name,
            transform=line[0].transAxes,
            rotation=90,
            ha="right",
            va="center",
            multialignment="center",
            fontsize=9.5,
            color=INK,
        )

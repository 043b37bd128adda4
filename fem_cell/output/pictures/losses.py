"""Where the power goes, over time and by cycle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.pictures.curves import style, time_unit
from fem_cell.output.pictures.folder import (
    TIME,
    Array,
    NothingToShow,
    ResultsFolder,
    read_columns,
)
from fem_cell.output.pictures.sheet import INK, new_figure, save_figure

POWER = " / mW.cm-2"
NO_LOSS = ("Terminal", "Reversible", "Unaccounted")
STORED = "Stored "
MUTED = ("#332288", "#88ccee", "#117733", "#ddcc77", "#cc6677", "#44aa99", "#882255", "#999933",
         "#aa4499", "#bbbbbb")  # fmt: skip
"""Paul Tol's muted colours."""
SEPARATE = {"edgecolor": "white", "linewidth": 0.3}
LEAST_SHARE = 0.005
"""Of the energy lost; what is less goes into one area."""


def draw_losses(results: ResultsFolder, path: Path) -> None:
    """Stack the losses over time.

    Raises:
        NothingToShow: There is no ``losses.csv``, or nothing was lost.
    """
    table = read_columns(results.path / "losses.csv")
    if TIME not in table or table[TIME].size < 2:
        raise NothingToShow("losses.csv is missing or has no rows yet")
    losses = {
        name.removesuffix(POWER): np.maximum(values, 0.0)
        for name, values in table.items()
        if name.endswith(POWER) and not name.startswith((*NO_LOSS, STORED))
    }
    scale, unit = time_unit(float(table[TIME][-1]))
    shown = _largest(losses, table[TIME])
    figure = new_figure(9.0, 4.2)
    axes = figure.add_axes((0.08, 0.13, 0.66, 0.75))
    colours = source_colours(len(shown))
    axes.stackplot(
        table[TIME] / scale, *shown.values(), labels=list(shown), colors=colours, **SEPARATE
    )
    stored = sum(values for name, values in table.items() if name.startswith(STORED))
    axes.plot(table[TIME] / scale, stored, color=INK, lw=0.9, ls="--", label="stored (returned)")
    axes.set_xlim(table[TIME][0] / scale, table[TIME][-1] / scale)
    # the instant in which double layers are charged would leave no room for all else
    usual = float(np.median(np.sum(list(losses.values()), axis=0)))
    axes.set_ylim(bottom=max(axes.get_ylim()[0], -0.5 * usual))
    axes.set_xlabel(f"time / {unit}", color=INK)
    axes.set_ylabel("power / mW cm$^{-2}$", color=INK)
    style(axes)
    _legend(figure, axes)
    figure.suptitle(f"{results.title}: where the power goes", fontsize=11, color=INK)
    save_figure(figure, path)


def draw_cycles(results: ResultsFolder, path: Path) -> None:
    """Capacity, efficiencies and losses over the cycles.

    Raises:
        NothingToShow: No cycle was closed.
    """
    table = read_columns(results.path / "cycles.csv")
    cycle = table.get("Cycle Count / 1")
    if cycle is None or cycle.size < 2:
        raise NothingToShow("cycles.csv is missing or has fewer than two cycles")
    figure = new_figure(9.0, 6.4)
    capacity, efficiency, losses = (
        figure.add_axes((0.09, bottom, 0.65, 0.25)) for bottom in (0.66, 0.37, 0.08)
    )
    for name, mark in (("Charge", "^"), ("Discharge", "v")):
        values = table[f"{name} Areal Capacity / mAh.cm-2"]
        capacity.plot(cycle, values, mark, ms=3.5, label=name.lower())
    capacity.set_ylabel("capacity /\nmAh cm$^{-2}$", color=INK)
    for name, mark in (("Coulombic", "o"), ("Energy", "s")):
        values = table[f"{name} Efficiency / %"]
        efficiency.plot(cycle, values, mark, ms=3.5, label=f"{name} efficiency")
    efficiency.set_ylabel("efficiency / %", color=INK)
    ending = " Loss / mWh.cm-2"
    parts = {n.removesuffix(ending): v for n, v in table.items() if n.endswith(ending)}
    shown = _largest(parts, cycle)
    colours = source_colours(len(shown))
    losses.stackplot(cycle, *shown.values(), labels=list(shown), colors=colours, **SEPARATE)
    losses.set_ylabel("energy lost /\nmWh cm$^{-2}$", color=INK)
    losses.set_xlabel("cycle", color=INK)
    for axes in (capacity, efficiency, losses):
        style(axes)
        axes.set_xlim(cycle[0] - 0.5, cycle[-1] + 0.5)
        _legend(figure, axes)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(results.title, fontsize=11, color=INK)
    save_figure(figure, path)


def source_colours(count: int) -> list[str]:
    """Colours that neighbours in a stack can be told apart by, also by the colour-blind."""
    return [MUTED[i % len(MUTED)] for i in range(count)]


def _largest(parts: dict[str, Array], x: Array) -> dict[str, Array]:
    """The parts by size, the smallest ones together."""
    sizes = {name: float(np.trapezoid(values, x)) for name, values in parts.items()}
    whole = sum(sizes.values())
    if whole <= 0.0:
        raise NothingToShow("nothing was lost")
    order = sorted(parts, key=lambda name: -sizes[name])
    shown = {name: parts[name] for name in order if sizes[name] >= LEAST_SHARE * whole}
    rest = [parts[name] for name in order if name not in shown]
    return shown | ({"All Other": np.sum(rest, axis=0)} if rest else {})


def _legend(figure: Any, axes: Any) -> None:
    """Beside the axes, in the order of a stack."""
    handles, labels = axes.get_legend_handles_labels()
    corner = (1.02, 0.5)
    axes.legend(
        handles[::-1],
        [label.lower().replace("_", " ") for label in labels[::-1]],
        frameon=False,
        fontsize=8,
        loc="center left",
        bbox_to_anchor=corner,
        labelcolor=INK,
    )

"""Anodes under pressure: pores over time, load over pressure, and stress in a cut.

``python -m fem_cell.output.pictures.pressing RESULTS`` draws what ``fem-cell press`` left there.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.log import LOGGER
from fem_cell.output.apart import run_apart
from fem_cell.output.pictures.curves import style
from fem_cell.output.pictures.launch import TIME_LIMIT
from fem_cell.output.pictures.render import Part, Scale, frame_of, pyvista, render
from fem_cell.output.pictures.sheet import INK, Panel, new_figure, save_figure, save_sheet

COLOURS = {"as_given": "#1f5f8b", "unbroken": "#7fb2d6", "plain": "#b5542b"}
NAMES = {"as_given": "as given", "unbroken": "unbreakable", "plain": "plain lithium"}
MEGA, CELSIUS = 1e-6, 273.15
SHOWN = "von_mises_stress [MPa]"

Row = Mapping[str, Any]


def make_pressing_pictures(results: Path) -> None:
    """Draw in a process of its own; what goes wrong is logged."""
    well, _ = run_apart(__name__, [str(results)], "drawing pictures", TIME_LIMIT)
    if well:
        LOGGER.info("pictures: %s", results / "pictures")


def draw(results: Path) -> None:
    """Draw all pictures of a results folder."""
    content = json.loads((results / "press.json").read_text())
    rows = [row for row in content["rows"] if row["variant"] in COLOURS]
    target = results / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    if not rows:
        return
    _curves(results, rows, content["title"], target / "pressing.png")
    _cuts(results, rows, content["title"], target / "stress_under_pressure.png")


def _stem(row: Row) -> str:
    return f"{row['variant']}-{row['temperature']:.2f}K-{row['asked'] * MEGA:g}MPa"


def _warm(row: Row) -> str:
    return f"{row['temperature'] - CELSIUS:.4g} °C"


def _curves(results: Path, rows: Sequence[Row], title: str, path: Path) -> None:
    figure = new_figure(9.0, 3.6)
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2)
    hottest = max(row["temperature"] for row in rows)
    for row in (row for row in rows if row["temperature"] == hottest):
        with (results / "fields" / f"{_stem(row)}.csv").open(newline="") as file:
            history = list(csv.DictReader(file))
        times, pores = (np.array([float(h[key]) for h in history]) for key in ("time", "porosity"))
        dim = 0.35 + 0.65 * row["asked"] / max(r["asked"] for r in rows)
        label = f"{NAMES[row['variant']]}, {row['asked'] * MEGA:g} MPa"
        left.semilogx(times, 100 * pores, color=COLOURS[row["variant"]], alpha=dim, label=label)
    left.set_title(_warm({"temperature": hottest}), fontsize=9, color=INK)
    _label(left, "time / s", "porosity / %")
    for number, temperature in enumerate(sorted({row["temperature"] for row in rows})):
        for variant, colour in COLOURS.items():
            here = [r for r in rows if (r["variant"], r["temperature"]) == (variant, temperature)]
            if not here:
                continue
            points = np.array([(r["pressure"] * MEGA, r["face_pressure"] * MEGA) for r in here]).T
            label = f"{NAMES[variant]}, {_warm(here[0])}"
            right.plot(*points, "os"[number % 2] + "-", color=colour, ms=4, label=label)
    _label(right, "stack pressure / MPa", "pressure of lithium at the face / MPa")
    figure.suptitle(title, fontsize=11, color=INK)
    save_figure(figure, path)


def _label(axes: Any, across: str, up: str) -> None:
    axes.set_xlabel(across, color=INK)
    axes.set_ylabel(up, color=INK)
    axes.legend(frameon=False, fontsize=7)
    style(axes)


def _cuts(results: Path, rows: Sequence[Row], title: str, path: Path) -> None:
    """Equivalent stress in the half behind a cut, under the largest pressure."""
    most = max(row["asked"] for row in rows)
    shown = [row for row in rows if row["asked"] == most]
    parts = []
    for row in shown:
        grid = pyvista().read(results / "fields" / f"{_stem(row)}.pvtu")
        half = grid.clip(normal="-y", origin=grid.center, crinkle=True)
        parts.append(Part(half.extract_surface(algorithm="dataset_surface"), SHOWN))
    largest = [float(np.percentile(part.surface[SHOWN], 98)) for part in parts]
    scale, frame = Scale(0.0, max(largest), "viridis"), frame_of(parts)
    panels = [
        Panel(render([part], scale, frame), f"{NAMES[row['variant']]}, {_warm(row)}")
        for part, row in zip(parts, shown, strict=True)
    ]
    note = "cut open; at the end of the hold, or where it ended early"
    save_sheet(
        path,
        [("", panels)],
        scale,
        "equivalent stress / MPa",
        f"{title}, {most * MEGA:g} MPa",
        note,
    )


def main(arguments: list[str]) -> int:
    """Draw one results folder."""
    draw(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Several results beside each other: a table of their steps, and their voltage curves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.experiments.spectra import FILE as SPECTRA_FILE
from fem_cell.experiments.spectra import read_spectra
from fem_cell.output.files import replace_text
from fem_cell.output.pictures.beside import draw_beside
from fem_cell.output.pictures.curves import CAPACITY, STEP, style, time_unit
from fem_cell.output.pictures.folder import TIME, VOLTAGE, ResultsFolder
from fem_cell.output.pictures.impedance import draw_spectra
from fem_cell.output.pictures.sheet import INK, new_figure, save_figure

TABLE, CURVES, SPECTRA = "table.txt", "voltage.png", "impedance.png"
COLUMNS = (
    ("capacity_mAh_cm2", "mAh/cm2", ".3f"),
    ("capacity_mAh_g", "mAh/g", ".1f"),
    ("energy_Wh_kg", "Wh/kg", ".1f"),
    ("mean_voltage_V", "mean V", ".3f"),
    ("duration_s", "duration s", ".0f"),
)


def compare(results: list[Path], out: Path) -> str:
    """Compare results folders. Not collective.

    Writes ``table.txt``, where a result has a time series ``voltage.png``, where one has
    measured an impedance ``impedance.png`` with the last spectrum of each, and maps of the
    fields that two results have, on one scale each.

    Args:
        results: Results folders, finished or not.
        out: Folder of table and curves; made if there is none.

    Returns:
        The table: a line per protocol step of every result, with capacity,
        energy, mean voltage, duration and the reason of its end; the wall time
        and the state of the run stand in its first line.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = _names(results)
    lines = [["result", "step", *(title for _, title, _ in COLUMNS), "ended by", "wall time s"]]
    for name, path in zip(names, results, strict=True):
        lines += _rows(name, path)
    table = _align(lines)
    replace_text(out / TABLE, table + "\n")
    folders = {n: ResultsFolder(p) for n, p in zip(names, results, strict=True)}
    curves = {n: f.table for n, f in folders.items() if f.table.get(TIME, np.empty(0)).size > 1}
    if curves:
        _draw(curves, out / CURVES)
    spectra = [
        (name, read_spectra(path / SPECTRA_FILE)[-1])
        for name, path in zip(names, results, strict=True)
        if (path / SPECTRA_FILE).is_file()
    ]
    if spectra:
        draw_spectra(spectra, out / SPECTRA, "Last spectrum of every result")
    named = dict(zip(names, results, strict=True))
    if sum(bool(folder.snapshots) for folder in folders.values()) > 1:
        draw_beside(named, out)
    return table


def _names(results: Sequence[Path]) -> list[str]:
    """The folders' names, with as many parents as it takes to tell them apart."""
    parts = [path.resolve().parts for path in results]
    for depth in range(1, max(map(len, parts), default=1) + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(set(parts)):
            break
    return names


def _rows(name: str, path: Path) -> list[list[str]]:
    steps = _read(path / "summary.json").get("steps") or []
    run = _read(path / "run.json")
    seconds = run.get("wall_time_s", {}).get("total")
    wall = f"{seconds:.0f}" if isinstance(seconds, int | float) else "-"
    status = str(run.get("status", "no run.json"))
    rows = []
    for step in steps:
        numbers = [_show(step.get(key), form) for key, _, form in COLUMNS]
        rows.append([name, step.get("text", ""), *numbers, step.get("end_reason", ""), ""])
    if status != "finished" or not rows:
        empty = ["-"] * len(COLUMNS)
        rows.append([name, f"({status})", *empty, run.get("end_reason", ""), ""])
    rows[0][-1] = wall
    for row in rows[1:]:
        row[0] = ""
    return rows


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _show(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) else "-"


def _align(lines: list[list[str]]) -> str:
    """Columns of equal width; numbers to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    numeric = range(2, 2 + len(COLUMNS))
    rows = [
        "  ".join(
            text.rjust(width) if i in numeric or i == len(widths) - 1 else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([rows[0], "-" * max(map(len, rows)), *rows[1:]])


def _draw(curves: dict[str, dict[str, Any]], path: Path) -> None:
    """Voltage over time and over the capacity of each step."""
    from matplotlib import colormaps

    figure = new_figure(9.0, 3.9)
    over_time, over_capacity = figure.subplots(1, 2, sharey=True)
    longest = max(float(table[TIME][-1]) for table in curves.values())
    scale, unit = time_unit(longest)
    colours = colormaps["viridis"](np.linspace(0.05, 0.88, len(curves)))
    # dashes let a curve be seen that lies under another one
    dashes = cycle(("-", "--", "-.", ":"))
    for (name, table), colour, dash in zip(curves.items(), colours, dashes, strict=False):
        over_time.plot(
            table[TIME] / scale, table[VOLTAGE], color=colour, ls=dash, lw=1.5, label=name
        )
        steps = table.get(STEP, np.ones_like(table[TIME]))
        for number in np.unique(steps):
            rows = steps == number
            over_capacity.plot(
                table[CAPACITY][rows], table[VOLTAGE][rows], color=colour, ls=dash, lw=1.5
            )
    over_time.set(xlabel=f"time / {unit}", ylabel="voltage / V")
    over_capacity.set(xlabel="areal capacity of the step / mAh cm$^{-2}$")
    for axes in (over_time, over_capacity):
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        style(axes)
    figure.tight_layout(rect=(0, 0.1 if len(curves) > 1 else 0, 1, 1))
    if len(curves) > 1:
        figure.legend(loc="lower center", ncols=min(len(curves), 4), frameon=False, fontsize=8.5)
    save_figure(figure, path)

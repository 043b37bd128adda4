"""Titrations and voltammograms as laboratories draw them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from fem_cell.output.pictures.curves import CURRENT_DENSITY, LINE, STEP, style
from fem_cell.output.pictures.folder import (
    VOLTAGE,
    NothingToShow,
    ResultsFolder,
    read_columns,
)
from fem_cell.output.pictures.sheet import FAINT, INK, new_figure, save_figure

AREAS = {
    "Footprint": ("#cc6677", "o"),
    "Particles": ("#ddaa33", "s"),
    "Reacting Surface": (LINE, "^"),
}
CAPACITY = "Areal Capacity / mAh.cm-2"


def draw_titration(results: ResultsFolder, path: Path) -> None:
    """Open-circuit points, jumps and pseudo-diffusivities.

    Raises:
        NothingToShow: There are no complete pulses.
    """
    table = read_columns(results.path / "gitt.csv")
    if not table or not table[CAPACITY].size:
        raise NothingToShow("gitt.csv is missing or has no rows yet")
    facts = json.loads((results.path / "gitt.json").read_text())
    figure = new_figure(9.0, 4.2)
    left, lower, right = (
        figure.add_axes(box)
        for box in ((0.08, 0.45, 0.38, 0.42), (0.08, 0.13, 0.38, 0.24), (0.57, 0.13, 0.4, 0.74))
    )
    passed = np.abs(table[CAPACITY])
    left.plot(passed, table["Open-Circuit Voltage / V"], "o-", color=LINE, ms=3.5, lw=1.0)
    left.set_ylabel("open-circuit\nvoltage / V", color=INK)
    left.tick_params(labelbottom=False)
    lower.plot(passed, table["IR Drop / mV"], "o-", color=INK, ms=3, lw=0.9)
    lower.set_ylabel("IR drop / mV", color=INK)
    lower.set_ylim(0.0, 1.2 * float(table["IR Drop / mV"].max()))
    for name, (colour, mark) in AREAS.items():
        values = table.get(f"Diffusivity By {name} / cm2.s-1")
        if values is not None:
            right.semilogy(passed, values, f"{mark}-", color=colour, ms=3.5, lw=1.0,
                           label=f"formula, area: {name.lower()}")  # fmt: skip
    used = 1e4 * facts["diffusivity_used_m2_s"]
    right.axhline(used, color=INK, ls="--", lw=1.2, label="used")
    ideal = used * facts["formula_over_diffusivity_of_an_ideal_body"]
    right.axhline(ideal, color=FAINT, ls=":", lw=1.4, label="formula on an ideal body")
    right.set_ylabel("diffusivity / cm$^2$ s$^{-1}$", color=INK)
    right.legend(frameon=False, fontsize=7.5, labelcolor=INK)
    for axes in (left, lower, right):
        style(axes)
    for axes in (lower, right):
        axes.set_xlabel("charge passed / mAh cm$^{-2}$", color=INK)
    figure.align_ylabels([left, lower])
    figure.suptitle(results.title, fontsize=11, color=INK)
    save_figure(figure, path)


def draw_voltammogram(results: ResultsFolder, path: Path) -> None:
    """Current over voltage, the last cycle of every scan rate, with its peaks.

    Raises:
        NothingToShow: There are no peaks.
    """
    from matplotlib import colormaps

    peaks = read_columns(results.path / "voltammetry.csv")
    if not peaks or not peaks[STEP].size:
        raise NothingToShow("voltammetry.csv is missing or has no rows yet")
    rates = np.abs(peaks["Scan Rate / mV.s-1"])
    all_rates = np.unique(rates)
    colours = colormaps["viridis"](np.linspace(0.1, 0.85, all_rates.size))
    figure = new_figure(7.0, 4.4)
    axes = figure.add_axes((0.11, 0.13, 0.85, 0.75))
    steps = results.table[STEP]
    for rate, colour in zip(all_rates, colours, strict=True):
        axes.plot([], [], color=colour, label=f"{rate:.3g} mV s$^{{-1}}$")
        for side in (-1, 1):
            own = (rates == rate) & (np.sign(peaks["Scan Rate / mV.s-1"]) == side)
            if not own.any():
                continue
            last = peaks[STEP][own].max()
            rows = steps == last
            voltage, current = results.table[VOLTAGE][rows], results.table[CURRENT_DENSITY][rows]
            axes.plot(voltage, current, color=colour, lw=1.4)
            at = own & (peaks[STEP] == last)
            axes.plot(peaks["Peak Voltage / V"][at], peaks["Peak Current Density / mA.cm-2"][at],
                      "o", ms=3.5, color=colour)  # fmt: skip
    axes.axhline(0.0, color=FAINT, lw=0.6)
    axes.set_xlabel("voltage / V", color=INK)
    axes.set_ylabel("current / mA cm$^{-2}$", color=INK)
    axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    style(axes)
    figure.suptitle(results.title, fontsize=11, color=INK)
    save_figure(figure, path)

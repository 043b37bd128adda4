"""Impedance spectra and relaxation times as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.experiments.relaxation_times import RelaxationTimes
from fem_cell.experiments.spectra import (
    FILE,
    RESISTANCES_FILE,
    MeasuredSpectrum,
    read_resistances,
    read_spectra,
)
from fem_cell.output.pictures.curves import style
from fem_cell.output.pictures.folder import ResultsFolder
from fem_cell.output.pictures.losses import source_colours
from fem_cell.output.pictures.sheet import INK, new_figure, save_figure

LABELLED = 8
"""Spectra in a legend; of more, the first, the last and some between are named."""

LEAST_RESISTANCE = 1e-3
"""Of the largest part; what is always less is not drawn."""

SHOWN = {"ohm.cm2": "$\\Omega$ cm$^2$", "ohm": "$\\Omega$"}

Curves = Sequence[tuple[str, MeasuredSpectrum]]


def draw_impedance(results: ResultsFolder, path: Path) -> None:
    """Draw all spectra of a run."""
    spectra = read_spectra(results.path / FILE)
    draw_spectra([(s.label, s) for s in spectra], path, results.title)


def draw_resistances(results: ResultsFolder, path: Path) -> None:
    """Stack the parts of Re Z of the last spectrum at rest over frequency."""
    number, (frequency, parts) = list(read_resistances(results.path / RESISTANCES_FILE).items())[-1]
    largest = max(float(values.max()) for values in parts.values())
    shown = {
        name: np.maximum(values, 0.0)
        for name, values in parts.items()
        if values.max() >= LEAST_RESISTANCE * largest
    }
    figure = new_figure(9.0, 4.2)
    axes = figure.add_axes((0.08, 0.13, 0.62, 0.75))
    colours = source_colours(len(shown))
    axes.stackplot(frequency, *shown.values(), labels=list(shown), colors=colours)
    axes.set_xscale("log")
    axes.set_xlim(frequency.max(), frequency.min())
    axes.set_xlabel("frequency / Hz", color=INK)
    axes.set_ylabel(f"Re Z / {SHOWN['ohm.cm2']}", color=INK)
    style(axes)
    handles, names = axes.get_legend_handles_labels()
    names = [name.replace("_", " ") for name in names]
    figure.legend(
        handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(0.71, 0.5),
        frameon=False, fontsize=8,
    )  # fmt: skip
    title = f"{results.title}: what Re Z consists of, measurement {number}"
    figure.suptitle(title, fontsize=11, color=INK)
    save_figure(figure, path)


def draw_spectra(curves: Curves, path: Path, title: str) -> None:
    """Nyquist plot, magnitude and phase of some spectra.

    Args:
        curves: Names and spectra, all in one unit.
        path: The PNG file.
        title: Above them.
    """
    figure = new_figure(10.0, 4.6)
    grid = figure.add_gridspec(
        2, 2, left=0.08, right=0.98, top=0.9, bottom=_foot(len(curves)), hspace=0.15, wspace=0.22
    )
    nyquist = figure.add_subplot(grid[:, 0])
    size = figure.add_subplot(grid[0, 1])
    phase = figure.add_subplot(grid[1, 1], sharex=size)
    unit = SHOWN[curves[0][1].unit]
    for (name, spectrum), colour in zip(curves, _colours(len(curves)), strict=True):
        f, z = spectrum.frequency, spectrum.impedance
        look = {"color": colour, "lw": 1.3, "marker": "o", "ms": 2.2}
        nyquist.plot(z.real, -z.imag, label=name, **look)
        size.loglog(f, np.abs(z), **look)
        phase.semilogx(f, -np.degrees(np.angle(z)), **look)
    _equal_axes(nyquist)
    nyquist.set_xlabel(f"Re Z / {unit}", color=INK)
    nyquist.set_ylabel(f"$-$Im Z / {unit}", color=INK)
    size.set_ylabel(f"|Z| / {unit}", color=INK)
    size.tick_params(labelbottom=False)
    phase.set_ylabel("$-$phase / degrees", color=INK)
    phase.set_xlabel("frequency / Hz", color=INK)
    for axes in (nyquist, size, phase):
        style(axes)
    figure.align_ylabels([size, phase])
    _legend(figure, *nyquist.get_legend_handles_labels())
    figure.suptitle(title, fontsize=11, color=INK)
    save_figure(figure, path)


def draw_relaxation_times(
    found: Mapping[str, RelaxationTimes], unit: str, path: Path, title: str
) -> None:
    """Distributions over the time constant, peaks marked.

    Args:
        found: By the name of the spectrum.
        unit: ``"ohm.cm2"`` or ``"ohm"``.
        path: The PNG file.
        title: Above them.
    """
    figure = new_figure(7.5, 4.4)
    foot = _foot(len(found))
    axes = figure.add_axes((0.1, foot, 0.87, 0.9 - foot))
    for (name, times), colour in zip(found.items(), _colours(len(found)), strict=True):
        axes.semilogx(times.tau, times.distribution, color=colour, lw=1.5, label=name)
        for peak in times.peaks:
            height = np.interp(np.log(peak.time_constant), np.log(times.tau), times.distribution)
            axes.plot(peak.time_constant, height, "o", ms=3.5, color=colour)
    axes.set_xlabel("time constant / s", color=INK)
    axes.set_ylabel(f"$\\gamma$ / {SHOWN[unit]}", color=INK)
    axes.set_ylim(bottom=0.0)
    style(axes)
    _legend(figure, *axes.get_legend_handles_labels())
    figure.suptitle(title, fontsize=11, color=INK)
    save_figure(figure, path)


def draw_relaxation_map(
    found: Sequence[RelaxationTimes], spectra: Sequence[MeasuredSpectrum], path: Path, title: str
) -> None:
    """The distribution as a colour over time constant and the course of the measurements.

    Args:
        found: Distributions on one grid of time constants.
        spectra: What they belong to.
        path: The PNG file.
        title: Above them.
    """
    figure = new_figure(8.0, 4.6)
    axes = figure.add_axes((0.1, 0.12, 0.62, 0.7))
    count = np.arange(len(found))
    values = np.array([times.distribution for times in found])
    bottom = max(float(values.max()) * 1e-3, 1e-30)
    shade = axes.pcolormesh(
        found[0].tau,
        count + 1,
        np.log10(np.maximum(values, bottom)),
        cmap="magma",
        shading="nearest",
    )
    axes.set_xscale("log")
    axes.set_xlabel("time constant / s", color=INK)
    axes.set_ylabel("measurement", color=INK)
    axes.invert_yaxis()
    beside = figure.add_axes((0.74, 0.12, 0.1, 0.7), sharey=axes)
    beside.plot([s.voltage for s in spectra], count + 1, "o-", ms=3, lw=1.2, color="#1f5f8b")
    beside.tick_params(labelleft=False, labelsize=8)
    beside.set_xlabel("voltage / V", color="#1f5f8b")
    filling = [s.stoichiometry for s in spectra]
    if np.isfinite(filling).all():
        above = beside.twiny()
        above.plot(filling, count + 1, "s--", ms=2.5, lw=1.0, color="#b5542b")
        above.set_xlabel("stoichiometry", color="#b5542b", fontsize=8)
        above.tick_params(labelsize=8)
    bar = figure.colorbar(shade, cax=figure.add_axes((0.88, 0.12, 0.02, 0.7)))
    bar.set_label(f"log$_{{10}}$ $\\gamma$ / {SHOWN[spectra[0].unit]}", color=INK)
    figure.suptitle(title, fontsize=11, color=INK)
    save_figure(figure, path)


def _colours(count: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](np.linspace(0.05, 0.88, count))


def _foot(count: int) -> float:
    """Room for labels, and for a legend if there is one, as a share of the height."""
    return 0.25 if count > 1 else 0.14


def _equal_axes(axes: Any) -> None:
    """One ohm as long upwards as sideways."""
    axes.set_aspect("equal", adjustable="datalim")
    axes.locator_params(nbins=6)
    axes.axhline(0.0, color="#777777", lw=0.6)


def _legend(figure: Any, handles: Sequence[Any], names: Sequence[str]) -> None:
    if len(names) < 2:
        return
    chosen = np.unique(
        np.linspace(0, len(names) - 1, min(len(names), LABELLED)).round().astype(int)
    )
    figure.legend(
        [handles[k] for k in chosen],
        [names[k] for k in chosen],
        loc="lower center",
        ncols=4,
        frameon=False,
        fontsize=8,
    )

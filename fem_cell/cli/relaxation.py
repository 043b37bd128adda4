"""``fem-cell relaxation``: relaxation times of computed or measured spectra."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_cell.errors import Fault, InputError
from fem_cell.experiments.relaxation_times import RelaxationTimes, relaxation_times
from fem_cell.experiments.spectra import FILE, MeasuredSpectrum, read_spectra
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_text

PEAKS, CURVES = "relaxation_peaks.csv", "relaxation_times.csv"

FEWEST_FOR_A_MAP = 3


def command(options: argparse.Namespace) -> int:
    """Evaluate every spectrum, write tables and pictures."""
    source: Path = options.spectra
    path = source / FILE if source.is_dir() else source
    if not path.is_file():
        what = f"there is no {path}"
        remedy = f"give a CSV file of spectra, or a results folder that holds {FILE}"
        raise InputError([Fault("SPECTRA", what, remedy)])
    out = options.out or (source if source.is_dir() else Path("results") / source.stem)
    spectra = read_spectra(path)
    found = [relaxation_times(s.frequency, s.impedance) for s in spectra]
    out.mkdir(parents=True, exist_ok=True)
    table = peak_table(spectra, found)
    replace_text(out / PEAKS, table)
    replace_text(out / CURVES, _curves(spectra, found))
    print(_as_text(table))
    for picture in _draw(spectra, found, out, _title(source)):
        LOGGER.info("%s", picture)
    LOGGER.info("%s, %s", out / PEAKS, out / CURVES)
    return 0


def _title(source: Path) -> str:
    from fem_cell.output.pictures.folder import ResultsFolder

    return ResultsFolder(source).title if source.is_dir() else source.stem


def peak_table(spectra: list[MeasuredSpectrum], found: list[RelaxationTimes]) -> str:
    """A CSV table: one row per peak, and one for what has no time constant."""
    unit = spectra[0].unit
    rows = [
        "Measurement Count / 1,Voltage / V,Stoichiometry / 1,Part,Time Constant / s,"
        f"Resistance / {unit},Inside Window / 1,Weight / 1,Largest Residual / 1"
    ]
    for spectrum, times in zip(spectra, found, strict=True):
        head = f"{spectrum.number},{spectrum.voltage:.6g},{spectrum.stoichiometry:.6g}"
        tail = f"{times.weight:.3g},{times.residual:.3g}"
        rows.append(f"{head},series,0,{times.resistance:.6g},1,{tail}")
        for k, peak in enumerate(times.peaks, start=1):
            values = f"{peak.time_constant:.4g},{peak.resistance:.6g},{int(peak.inside)}"
            rows.append(f"{head},peak {k},{values},{tail}")
    return "\n".join(rows) + "\n"


def _curves(spectra: list[MeasuredSpectrum], found: list[RelaxationTimes]) -> str:
    rows = [f"Measurement Count / 1,Time Constant / s,Distribution / {spectra[0].unit}"]
    for spectrum, times in zip(spectra, found, strict=True):
        pairs = zip(times.tau, times.distribution, strict=True)
        rows += [f"{spectrum.number},{tau:.6g},{gamma:.6g}" for tau, gamma in pairs]
    return "\n".join(rows) + "\n"


def _as_text(table: str) -> str:
    """The table with columns of equal width."""
    rows = [line.split(",") for line in table.splitlines()]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _draw(
    spectra: list[MeasuredSpectrum], found: list[RelaxationTimes], out: Path, title: str
) -> list[Path]:
    from fem_cell.output.pictures.impedance import (
        draw_relaxation_map,
        draw_relaxation_times,
        draw_spectra,
    )

    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    names = [f"{s.number}: {s.label}" for s in spectra]
    drawn = [folder / "impedance.png", folder / "relaxation_times.png"]
    draw_spectra(list(zip(names, spectra, strict=True)), drawn[0], title)
    draw_relaxation_times(dict(zip(names, found, strict=True)), spectra[0].unit, drawn[1], title)
    grids = {tuple(times.tau) for times in found}
    if len(found) >= FEWEST_FOR_A_MAP and len(grids) == 1:
        drawn.append(folder / "relaxation_map.png")
        draw_relaxation_map(found, spectra, drawn[-1], title)
    return drawn

"""Tables of impedance spectra: ``impedance.csv`` of a run, and what others have measured."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fem_cell.errors import Fault, InputError

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

MEASUREMENT = "Measurement Count / 1"
STEP = "Step Count / 1"
CYCLE = "Cycle Count / 1"
TIME = "Test Time / s"
CURRENT_DENSITY = "Current Density / mA.cm-2"
VOLTAGE = "Voltage / V"
STOICHIOMETRY = "Stoichiometry / 1"
FREQUENCY = "Frequency / Hz"
REAL, IMAGINARY = "Real Impedance / ohm.cm2", "Imaginary Impedance / ohm.cm2"
REAL_OHM, IMAGINARY_OHM = "Real Impedance / ohm", "Imaginary Impedance / ohm"
RESIDUAL = "Kramers-Kronig Residual / 1"
ITERATIONS = "Linear Iterations / 1"
COLUMNS = (
    MEASUREMENT, STEP, CYCLE, TIME, CURRENT_DENSITY, VOLTAGE, STOICHIOMETRY,
    FREQUENCY, REAL, IMAGINARY, REAL_OHM, IMAGINARY_OHM, RESIDUAL, ITERATIONS,
)  # fmt: skip
"""Of ``impedance.csv``."""

FILE = "impedance.csv"

PART, RESISTANCE = "Part", "Resistance / ohm.cm2"
RESISTANCE_COLUMNS = (MEASUREMENT, STEP, FREQUENCY, PART, RESISTANCE)
"""Of ``resistances.csv``."""

RESISTANCES_FILE = "resistances.csv"

_HOW_TO = (
    f"name the columns '{FREQUENCY}', '{REAL_OHM}' and '{IMAGINARY_OHM}' "
    "(or ohm.cm2), or give three columns without names in this order"
)


@dataclass(frozen=True, slots=True)
class MeasuredSpectrum:
    """One spectrum and the state it belongs to.

    Attributes:
        frequency: Hz, from high to low.
        impedance: Z, in ``unit``.
        unit: ``"ohm.cm2"`` or ``"ohm"``.
        number: Of the measurement, from one.
        time: s; nan if it is not known, like the rest.
        current_density: mA/cm^2.
        voltage: V.
        stoichiometry: Mean of the active material.
    """

    frequency: Array
    impedance: Complex
    unit: str
    number: int = 1
    time: float = float("nan")
    current_density: float = float("nan")
    voltage: float = float("nan")
    stoichiometry: float = float("nan")

    @property
    def label(self) -> str:
        """What tells it from others."""
        if np.isnan(self.voltage):
            return f"spectrum {self.number}"
        return f"{self.voltage:.3f} V" + (
            "" if np.isnan(self.stoichiometry) else f", s = {self.stoichiometry:.3f}"
        )


def read_spectra(path: Path) -> list[MeasuredSpectrum]:
    """All spectra of a table.

    Args:
        path: A CSV file: ``impedance.csv``, one with its labels for frequency and impedance, or
            one with frequency (Hz), real and imaginary part (ohm) in three columns.

    Raises:
        InputError: It is not such a table.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"cannot be read: {error}") from None
    if not rows:
        raise _wrong(path, "is empty")
    head = [cell.strip() for cell in rows[0]]
    named = _number(head[0]) is None
    labels = head if named else [FREQUENCY, REAL_OHM, IMAGINARY_OHM]
    unit = "ohm.cm2" if REAL in labels else "ohm"
    needed = (FREQUENCY, REAL, IMAGINARY) if unit == "ohm.cm2" else (
        FREQUENCY, REAL_OHM, IMAGINARY_OHM
    )  # fmt: skip
    missing = [label for label in needed if label not in labels]
    if missing:
        raise _wrong(path, f"has no column '{missing[0]}'")
    table = _columns(path, rows[1:] if named else rows, labels)
    numbers = table.get(MEASUREMENT, np.ones_like(table[FREQUENCY]))
    found = [_spectrum(table, numbers == n, needed, unit, int(n)) for n in np.unique(numbers)]
    for spectrum in found:
        _check(path, spectrum)
    return found


def read_resistances(path: Path) -> dict[int, tuple[Array, dict[str, Array]]]:
    """``resistances.csv``: by number of the measurement, frequencies (Hz) and parts (ohm cm^2)."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for number in dict.fromkeys(row[MEASUREMENT] for row in rows):
        mine = [row for row in rows if row[MEASUREMENT] == number]
        names = list(dict.fromkeys(row[PART] for row in mine))
        values = np.array([float(row[RESISTANCE]) for row in mine]).reshape(-1, len(names))
        frequency = np.array([float(row[FREQUENCY]) for row in mine[:: len(names)]])
        found[int(number)] = frequency, dict(zip(names, values.T, strict=True))
    return found


def _columns(path: Path, rows: list[list[str]], labels: list[str]) -> dict[str, Array]:
    values = []
    for line, row in enumerate(rows, start=1):
        numbers = [_number(cell) for cell in row[: len(labels)]]
        if len(numbers) < len(labels) or any(number is None for number in numbers):
            raise _wrong(path, f"row {line} of the numbers is {','.join(row)!r}")
        values.append(numbers)
    table = np.array(values, dtype=float).reshape(-1, len(labels))
    return {label: table[:, k] for k, label in enumerate(labels)}


def _spectrum(
    table: dict[str, Array], rows: Array, labels: tuple[str, str, str], unit: str, number: int
) -> MeasuredSpectrum:
    frequency, real, imaginary = (table[label][rows] for label in labels)
    order = np.argsort(-frequency)

    def first(label: str) -> float:
        return float(table[label][rows][0]) if label in table else float("nan")

    return MeasuredSpectrum(
        frequency[order],
        (real + 1j * imaginary)[order],
        unit,
        number,
        *(first(label) for label in (TIME, CURRENT_DENSITY, VOLTAGE, STOICHIOMETRY)),
    )


def _check(path: Path, spectrum: MeasuredSpectrum) -> None:
    frequency, impedance = spectrum.frequency, spectrum.impedance
    if frequency.size < 5:
        raise _wrong(path, f"spectrum {spectrum.number} has {frequency.size} frequencies, 5 needed")
    if not (frequency > 0).all() or (np.diff(frequency) == 0).any():
        raise _wrong(
            path, f"spectrum {spectrum.number} has frequencies that are zero or twice there"
        )
    if impedance.real.min() <= 0 and impedance.real.max() <= 0:
        raise _wrong(path, f"the real part of spectrum {spectrum.number} is nowhere positive")
    if impedance.imag.mean() > 0:
        problem = f"the imaginary part of spectrum {spectrum.number} is positive"
        raise _wrong(path, f"{problem}: is it -Im Z? Im Z is needed")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _wrong(path: Path, problem: str) -> InputError:
    return InputError([Fault(str(path), problem, _HOW_TO)])

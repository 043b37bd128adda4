"""Measurements of impedance in a run: ``impedance.csv`` and, at rest, ``resistances.csv``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.errors import InputError, Interrupted
from fem_cell.experiments.impedance import Spectrum, measure_impedance
from fem_cell.experiments.kramers_kronig import can_be_checked, kramers_kronig_residual
from fem_cell.experiments.losses import UNACCOUNTED
from fem_cell.experiments.resistances import REST, ResistanceMeter
from fem_cell.experiments.spectra import (
    COLUMNS,
    FILE,
    MEASUREMENT,
    RESISTANCE_COLUMNS,
    RESISTANCES_FILE,
    STEP,
)
from fem_cell.log import LOGGER
from fem_cell.output.files import damaged, replace_text
from fem_cell.parallel import on_root
from fem_cell.protocol import Step
from fem_cell.run.recorder import Recorder
from fem_cell.solver.integrator import Integrator

OHM_M2_TO_OHM_CM2 = 1e4


@dataclass(slots=True)
class StepTable:
    """A CSV file with the number of the step in one column; rank 0 writes it.

    Attributes:
        file: Its name.
        columns: Their labels.
        rows: What stands below them, on every rank.
    """

    file: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)

    def begin(self, out: Path, finished: int, comm: MPI.Comm) -> None:
        """Keep the rows of the finished steps. Collective.

        Raises:
            InputError: The file is damaged.
        """
        path = out / self.file

        def kept() -> list[list[str]]:
            if not path.is_file():
                return []
            with path.open(newline="", encoding="utf-8") as file:
                try:
                    rows = [row for row in csv.DictReader(file) if int(row[STEP]) <= finished]
                    return [[row[label] for label in self.columns] for row in rows]
                except (KeyError, TypeError, ValueError) as error:
                    raise InputError([damaged(path, error)]) from None

        self.rows = on_root(comm, kept)
        on_root(comm, lambda: self.write(out) if self.rows else path.unlink(missing_ok=True))

    def write(self, out: Path) -> None:
        """Replace the file, if there is anything to write (local)."""
        if self.rows:
            lines = [self.columns, *self.rows]
            replace_text(out / self.file, "".join(",".join(row) + "\n" for row in lines))


@dataclass(slots=True)
class Impedance:
    """Measures the impedance of a run's cell; all methods are collective.

    Attributes:
        out: Results folder; the table appears with the first measurement.
        integrator: Has the state.
        recorder: Knows how full the cell is.
        nominal: What areal quantities refer to.
    """

    out: Path
    integrator: Integrator
    recorder: Recorder
    nominal: Nominal
    _spectra: StepTable = field(default_factory=lambda: StepTable(FILE, COLUMNS))
    _resistances: StepTable = field(
        default_factory=lambda: StepTable(RESISTANCES_FILE, RESISTANCE_COLUMNS)
    )
    _most_iterations: int = 0

    def begin(self, finished: int) -> None:
        """Start anew, or keep what was measured in the steps finished before a resumption."""
        comm = self.recorder.system.comm
        for table in (self._spectra, self._resistances):
            table.begin(self.out, finished, comm)

    def measure(self, step: Step, number: int, proceed: Callable[[float], bool]) -> dict[str, Any]:
        """Measure at the present state; no time passes.

        Args:
            step: The protocol line.
            number: Of the step, from one.
            proceed: Told before every frequency which share is done; says whether to go on.

        Returns:
            What ``summary.json`` shows of it.

        Raises:
            Interrupted: ``proceed`` said no; nothing is recorded then.
            SolverError: A linear system is not solved.
        """
        if step.frequencies is None:
            raise ValueError(f"'{step.text}' is not a measurement")
        frequencies, integrator = step.frequencies.values(), self.integrator
        state = self._describe(step, number)
        meter = self._meter()
        spectrum = measure_impedance(
            integrator.system,
            integrator.state,
            frequencies,
            integrator.solver.direct,
            lambda done: proceed(done / len(frequencies)),
            meter,
        )
        if spectrum is None:
            raise Interrupted("a measurement was stopped")
        self._most_iterations = max(self._most_iterations, *spectrum.iterations)
        summary = self._record(state, spectrum)
        if meter is None or spectrum.resistances is None:
            return summary
        return summary | {"resistances_ohm_cm2": self._split(state, meter.names, spectrum)}

    def totals(self) -> dict[str, int]:
        """What ``run.json`` shows of all measurements."""
        return {"measurements": self._count(), "most_linear_iterations": self._most_iterations}

    def _meter(self) -> ResistanceMeter | None:
        """Splits the resistance of a cell at rest. Loads the state into the fields."""
        system, state = self.integrator.system, self.integrator.state
        system.load(state)
        if abs(system.currents()[0]) > REST * system.cell.current_scale:
            return None
        return ResistanceMeter(self.recorder.losses, state)

    def _split(
        self, state: list[str], names: Sequence[str], spectrum: Spectrum
    ) -> dict[str, float]:
        """Record the resistances; those at the lowest frequency."""
        areal = np.asarray(spectrum.resistances) * self.nominal.footprint * OHM_M2_TO_OHM_CM2
        real = spectrum.impedance.real * self.nominal.footprint * OHM_M2_TO_OHM_CM2
        # of phases and interfaces that do not tell where their power goes
        areal = np.column_stack([areal, real - areal.sum(axis=1)])
        names = [*names, UNACCOUNTED]
        for f, parts in zip(spectrum.frequency, areal, strict=True):
            for name, value in zip(names, parts, strict=True):
                self._resistances.rows.append([*state[:2], f"{f:.10g}", name, f"{value:.8g}"])
        on_root(self.recorder.system.comm, lambda: self._resistances.write(self.out))
        lowest = areal[int(np.argmin(spectrum.frequency))]
        return dict(zip(names, lowest.tolist(), strict=True))

    def _count(self) -> int:
        rows = self._spectra.rows
        return int(rows[-1][COLUMNS.index(MEASUREMENT)]) if rows else 0

    def _describe(self, step: Step, number: int) -> list[str]:
        """The columns that are the same for all frequencies."""
        system, state = self.integrator.system, self.integrator.state
        system.load(state)
        density = system.currents()[0] / self.nominal.footprint / 10.0
        filling = self.recorder.stoichiometry()
        values = (self.integrator.time, density, system.voltage(state), filling)
        return [str(self._count() + 1), str(number), str(step.cycle), *(f"{x:.9g}" for x in values)]

    def _record(self, state: list[str], spectrum: Spectrum) -> dict[str, Any]:
        areal = spectrum.impedance * self.nominal.footprint * OHM_M2_TO_OHM_CM2
        residual = np.full(areal.size, np.nan)
        if checked := can_be_checked(spectrum.frequency):
            residual = kramers_kronig_residual(spectrum.frequency, areal)
        found = spectrum.frequency, areal, spectrum.impedance, residual, spectrum.iterations
        for f, z, ohm, left, count in zip(*found, strict=True):
            values = (f, z.real, z.imag, ohm.real, ohm.imag)
            numbers = [*(f"{x:.10g}" for x in values), f"{left:.3g}", str(count)]
            self._spectra.rows.append([*state, *numbers])
        on_root(self.recorder.system.comm, lambda: self._spectra.write(self.out))
        high, low = int(np.argmax(spectrum.frequency)), int(np.argmin(spectrum.frequency))
        summary = {
            "measurement": self._count(),
            "highest_frequency_Hz": float(spectrum.frequency[high]),
            "lowest_frequency_Hz": float(spectrum.frequency[low]),
            "real_at_highest_ohm_cm2": float(areal[high].real),
            "real_at_lowest_ohm_cm2": float(areal[low].real),
        }
        if checked:
            summary["kramers_kronig_residual"] = float(residual.max())
        LOGGER.info(
            "impedance %d: Re Z %.4g ohm cm2 at %.3g Hz, %.4g at %.3g Hz",
            summary["measurement"],
            summary["real_at_highest_ohm_cm2"],
            summary["highest_frequency_Hz"],
            summary["real_at_lowest_ohm_cm2"],
            summary["lowest_frequency_Hz"],
        )
        return summary

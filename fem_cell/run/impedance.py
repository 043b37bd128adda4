"""Measurements of impedance in a run, and their table ``impedance.csv``."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.errors import Interrupted
from fem_cell.experiments.impedance import Spectrum, measure_impedance
from fem_cell.experiments.kramers_kronig import kramers_kronig_residual
from fem_cell.experiments.spectra import COLUMNS, FILE, MEASUREMENT, STEP
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_text
from fem_cell.protocol import Step
from fem_cell.run.recorder import Recorder
from fem_cell.solver.integrator import Integrator

OHM_M2_TO_OHM_CM2 = 1e4

FEWEST_TO_CHECK = 8
"""Frequencies of a spectrum whose residual of Kramers and Kronig says anything."""


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
    _rows: list[list[str]] = field(default_factory=list)
    _most_iterations: int = 0

    def begin(self, finished: int) -> None:
        """Start anew, or keep what was measured in the steps finished before a resumption."""
        path = self.out / FILE
        if self.recorder.system.comm.rank == 0 and path.is_file():
            with path.open(newline="") as file:
                rows = [row for row in csv.DictReader(file) if int(row[STEP]) <= finished]
            self._rows = [[row[label] for label in COLUMNS] for row in rows]
            path.unlink()
            if self._rows:
                self._write()
        self._rows = self.recorder.system.comm.bcast(self._rows)

    def measure(
        self, step: Step, number: int, proceed: Callable[[float], bool]
    ) -> dict[str, float]:
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
        spectrum = measure_impedance(
            integrator.system,
            integrator.state,
            frequencies,
            integrator.solver.direct,
            lambda done: proceed(done / len(frequencies)),
        )
        if spectrum is None:
            raise Interrupted("a measurement was stopped")
        self._most_iterations = max(self._most_iterations, *spectrum.iterations)
        return self._record(state, spectrum)

    def totals(self) -> dict[str, int]:
        """What ``run.json`` shows of all measurements."""
        return {"measurements": self._count(), "most_linear_iterations": self._most_iterations}

    def _count(self) -> int:
        return int(self._rows[-1][COLUMNS.index(MEASUREMENT)]) if self._rows else 0

    def _describe(self, step: Step, number: int) -> list[str]:
        """The columns that are the same for all frequencies."""
        system, state = self.integrator.system, self.integrator.state
        system.load(state)
        density = system.currents()[0] / self.nominal.footprint / 10.0
        filling = 1.0 - self.recorder.state_of_charge()
        values = (self.integrator.time, density, system.voltage(state), filling)
        return [str(self._count() + 1), str(number), str(step.cycle), *(f"{x:.9g}" for x in values)]

    def _record(self, state: list[str], spectrum: Spectrum) -> dict[str, float]:
        areal = spectrum.impedance * self.nominal.footprint * OHM_M2_TO_OHM_CM2
        residual = np.full(areal.size, np.nan)
        if areal.size >= FEWEST_TO_CHECK:
            residual = kramers_kronig_residual(spectrum.frequency, areal)
        found = spectrum.frequency, areal, spectrum.impedance, residual, spectrum.iterations
        for f, z, ohm, left, count in zip(*found, strict=True):
            values = (f, z.real, z.imag, ohm.real, ohm.imag)
            numbers = [*(f"{x:.10g}" for x in values), f"{left:.3g}", str(count)]
            self._rows.append([*state, *numbers])
        if MPI.COMM_WORLD.rank == 0:
            self._write()
        high, low = int(np.argmax(spectrum.frequency)), int(np.argmin(spectrum.frequency))
        summary = {
            "measurement": self._count(),
            "highest_frequency_Hz": float(spectrum.frequency[high]),
            "lowest_frequency_Hz": float(spectrum.frequency[low]),
            "real_at_highest_ohm_cm2": float(areal[high].real),
            "real_at_lowest_ohm_cm2": float(areal[low].real),
        }
        if areal.size >= FEWEST_TO_CHECK:
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

    def _write(self) -> None:
        lines = [COLUMNS, *self._rows]
        replace_text(self.out / FILE, "".join(",".join(row) + "\n" for row in lines))

"""Keeps what a run has reached: checkpoints to go on from, and counts in ``run.json``.

All methods are collective.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from pathlib import Path

from petsc4py import PETSc

from fem_cell.errors import OutputError
from fem_cell.log import LOGGER
from fem_cell.output import checkpoint
from fem_cell.output.generations import Progress
from fem_cell.run.position import Position
from fem_cell.run.record import RunRecord
from fem_cell.run.recorder import Recorder
from fem_cell.run.summary import Summary
from fem_cell.solver.history import History
from fem_cell.solver.integrator import Integrator

RECORD_EVERY = 5.0
"""Wall time between updates of run.json, s."""


@dataclass(slots=True)
class Keeper:
    """Writes checkpoints and counts.

    Attributes:
        folder: Of the checkpoints.
        fingerprint: Of the mesh file.
        integrator: Where the run is in time.
        recorder: What the series hold.
        summary: Steps that are done.
        record: ``run.json``.
        noted: Time of the last state in the series, s.
    """

    folder: Path
    fingerprint: str
    integrator: Integrator
    recorder: Recorder
    summary: Summary
    record: RunRecord
    noted: float = 0.0
    _saved: float = field(default_factory=clock.monotonic)
    _recorded: float = 0.0
    _earlier: dict[str, int] = field(default_factory=dict)

    def restore(self) -> tuple[Progress, History | None]:
        """Load the newest checkpoint into the state of the integrator."""
        begin, history = checkpoint.restore(
            self.folder, self.integrator.system, self.integrator.state, self.fingerprint
        )
        self.integrator.time = self.noted = begin.time
        self._earlier = begin.counters
        return begin, history

    def save(self, at: Position, history: History | None, state: PETSc.Vec | None = None) -> None:
        """Write a checkpoint; without a history, of the beginning of a step."""
        self._saved = clock.monotonic()
        progress = at.progress(
            self.integrator.time,
            history is not None,
            self.recorder.rows,
            self.fingerprint,
            self.summary.steps,
            self.counters(),
        )
        present = self.integrator.state if state is None else state
        checkpoint.save(self.folder, self.integrator.system, present, history, progress)

    def save_if_due(self, at: Position, every: float, state: PETSc.Vec) -> None:
        """Write a checkpoint in the middle of a step if the last one is older than ``every``."""
        due = clock.monotonic() - self._saved > every
        if self.integrator.system.comm.bcast(due):
            self.save(at, self.integrator.history(), state)

    def abandon(self, at: Position) -> None:
        """Keep the last good state, if it is in the series; else an older one stays."""
        history = self.integrator.history()
        try:
            if history is None or self.noted == self.integrator.time:
                self.save(at, history)
        except OutputError as error:
            LOGGER.warning("no new checkpoint: %s", error)
        self.count()
        if self.record.comm.rank == 0:
            LOGGER.error("the last good state is in %s", self.folder)

    def counters(self) -> dict[str, int]:
        """Work done so far, that before a resumption included."""
        now = self.integrator.work_done()
        return {key: count + self._earlier.get(key, 0) for key, count in now.items()}

    def count(self) -> None:
        """Put work and balances into the record."""
        self.record.update(
            **self.counters(),
            lithium_balance_error=self.recorder.inventory.lithium_error,
            charge_balance_error=self.recorder.inventory.charge_error,
            energy_balance_error=self.summary.energy_error(),
        )

    def refresh(self) -> None:
        """Write the record with counts, every few seconds."""
        if clock.monotonic() - self._recorded > RECORD_EVERY:
            self._recorded = clock.monotonic()
            self.count()
            self.record.write()

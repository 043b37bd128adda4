"""Keeps the tables of experiments up to date while a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fem_cell.build import Nominal
from fem_cell.cell import Cell
from fem_cell.experiments import cycles, gitt, voltammetry
from fem_cell.log import LOGGER
from fem_cell.output.pictures.folder import read_columns
from fem_cell.protocol import Step
from fem_cell.protocol.blocks import GITT


@dataclass(slots=True)
class Experiments:
    """Evaluates finished steps, on rank 0, from the files of the run.

    Being made from what is on disk, the tables go on after a resumption as if nothing had
    happened.

    Attributes:
        out: Results folder.
        protocol: The steps.
        sample: What titrations are evaluated with.
        writes: Whether this is the rank that writes.
    """

    out: Path
    protocol: Sequence[Step]
    sample: gitt.Sample | None
    writes: bool
    _warned: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, out: Path, protocol: Sequence[Step], cell: Cell, nominal: Nominal) -> Experiments:
        """Collective."""
        titrates = any(step.experiment == GITT for step in protocol)
        sample = gitt.Sample.of(cell, nominal) if titrates else None
        return cls(out, protocol, sample, cell.mesh.comm.rank == 0)

    def finished(self, step: Step, entries: Sequence[dict[str, Any]]) -> None:
        """A step is finished; ``entries`` are those of ``summary.json``. Not collective."""
        if not self.writes:
            return
        if step.experiment == GITT and step.kind == "rest":
            self._titrate(entries)
        elif step.kind == "sweep":
            numbers = [int(entry["step"]) for entry in entries]
            table = read_columns(self.out / "timeseries.csv")
            if found := voltammetry.peaks(self.protocol, numbers, table):
                voltammetry.write(self.out, found)
        if step.repeated and (rows := cycles.table(self.protocol, entries)):
            cycles.write(self.out / cycles.FILE, rows)

    def _titrate(self, entries: Sequence[dict[str, Any]]) -> None:
        if self.sample is None:
            return
        table = read_columns(self.out / "timeseries.csv")
        if not (found := gitt.pulses(self.protocol, entries, table)):
            return
        for problem in gitt.write(self.out, found, self.sample):
            if problem not in self._warned:
                LOGGER.warning("GITT: %s", problem)
                self._warned.add(problem)

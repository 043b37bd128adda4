"""Where in its protocol a run is, and what it has gathered of the present step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from fem_cell.output.generations import Progress
from fem_cell.protocol import Step
from fem_cell.run.protocol import Start
from fem_cell.run.summary import StepSummary
from fem_cell.solver.system import System


@dataclass(slots=True)
class Position:
    """The present step of a protocol.

    Attributes:
        protocol: All steps.
        index: Of the present one; their number when all are done.
        start: Where it started.
        voltage: When it started, V.
        gathered: For its summary.
        duration: The longest it can take, s; zero before it has begun.
    """

    protocol: Sequence[Step]
    index: int
    start: Start
    voltage: float
    gathered: StepSummary
    duration: float = 0.0

    @classmethod
    def at(
        cls,
        protocol: Sequence[Step],
        index: int,
        time: float,
        system: System,
        state: PETSc.Vec,
        parts: int,
    ) -> Position:
        """The beginning of a step. Collective.

        Args:
            protocol: All steps.
            index: Of the step.
            time: s.
            system: Whose state.
            state: The state it starts from.
            parts: Number of parts that the power is split into.
        """
        start, gone = Start(time, system.charge(state)), index >= len(protocol)
        text, cycle = ("", 0) if gone else (protocol[index].text, protocol[index].cycle)
        gathered = StepSummary(text, start, index + 1, cycle, np.zeros(parts))
        return cls(protocol, index, start, system.voltage(state), gathered)

    @property
    def step(self) -> Step:
        """The present step."""
        return self.protocol[self.index]

    @property
    def is_over(self) -> bool:
        """Whether all steps are done."""
        return self.index >= len(self.protocol)

    def take_up(self, progress: Progress) -> None:
        """Be in the middle of the step, where a checkpoint was written."""
        self.start = self.gathered.start = Start(progress.step_time, progress.step_charge)
        self.voltage, self.duration = progress.step_voltage, progress.duration
        self.gathered.energies = np.array(progress.energies)
        if progress.powers is not None:
            self.gathered.last = progress.time, np.array(progress.powers)

    def progress(
        self,
        time: float,
        begun: bool,
        rows: int,
        fingerprint: str,
        done: list[dict[str, object]],
        counters: dict[str, int],
    ) -> Progress:
        """What a checkpoint says of it.

        Args:
            time: s.
            begun: Whether the present step has; the next one may still be changed.
            rows: Of the time series so far.
            fingerprint: Of the mesh file.
            done: Entries of ``summary.json``.
            counters: Work done so far.
        """
        last = self.gathered.last
        return Progress(
            time=time,
            step=self.index,
            step_time=self.start.time,
            step_charge=self.start.charge,
            step_voltage=self.voltage,
            duration=self.duration,
            energies=self.gathered.energies.tolist(),
            powers=last[1].tolist() if last else None,
            rows=rows,
            fingerprint=fingerprint,
            protocol=[step.text for step in self.protocol[: self.index + begun]],
            done=done,
            times=[time],
            counters=counters,
        )

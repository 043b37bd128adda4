"""Requests to stop early: signals and the limit of wall time."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from types import FrameType

from mpi4py import MPI

from fem_cell.signals import remembered


def _largest(a: tuple[int, int], b: tuple[int, int], datatype: object) -> tuple[int, int]:
    return max(a[0], b[0]), max(a[1], b[1])


_LARGEST = MPI.Op.Create(_largest, commute=True)


@dataclass(slots=True)
class StopRequest:
    """Collects requests to stop and answers for all ranks alike.

    Attributes:
        comm: Ranks that stop together.
        max_wall_time: s; ``None`` for no limit.
    """

    comm: MPI.Comm
    max_wall_time: float | None = None
    _signal: int = 0
    _start: float = field(default_factory=time.monotonic)

    def listen(self) -> None:
        """Take SIGTERM, SIGINT and SIGUSR1 as requests; a second SIGINT ends at once.

        mpirun forwards SIGUSR1 to its ranks; on the others it kills them.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, self._on_signal)
        self._signal = self._signal or remembered()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._signal == signal.SIGINT == number:
            raise KeyboardInterrupt
        self._signal = number

    def reason(self) -> str | None:
        """Why to stop now, the same answer on every rank. Collective."""
        over = (
            self.comm.rank == 0
            and self.max_wall_time is not None
            and time.monotonic() - self._start >= self.max_wall_time
        )
        signalled, timed_out = self.comm.allreduce((self._signal, int(over)), op=_LARGEST)
        if signalled:
            return f"signal {signal.Signals(signalled).name}"
        return "wall-time limit" if timed_out else None

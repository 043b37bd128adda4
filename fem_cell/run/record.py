"""``run.json``: what a run is, how it went and how it ended."""

from __future__ import annotations

import datetime
import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpi4py import MPI

from fem_cell import __version__
from fem_cell.errors import InputError, origin
from fem_cell.log import LOGGER
from fem_cell.output.files import read_json, replace_json

WRITING = 0.5
"""s; in which rank 0 has finished a file that it is writing."""


def now() -> str:
    """The present time, ISO 8601 with zone."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Versions of what the result depends on."""
    import dolfinx
    import gmsh
    import numpy
    from petsc4py import PETSc

    return {
        "fem_cell": __version__,
        "dolfinx": dolfinx.__version__,
        "petsc": ".".join(map(str, PETSc.Sys.getVersion())),
        "gmsh": gmsh.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "mpi": MPI.Get_library_version().split("\n")[0].strip("\x00 ,"),
    }


def peak_memory_mb(comm: MPI.Comm) -> float:
    """Sum over ranks of their largest resident memory, MB. Collective."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(comm.allreduce(kilobytes) / 1024.0)


@dataclass(slots=True)
class RunRecord:
    """Collects the content of ``run.json``; only rank 0 writes it.

    Attributes:
        path: The file.
        comm: Ranks of the run.
        content: What is written.
    """

    path: Path
    comm: MPI.Comm
    content: dict[str, Any] = field(default_factory=dict)
    _stages: dict[str, float] = field(default_factory=dict)
    _start: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Note where and when the run starts."""
        self.content = {
            "status": "running",
            "end_reason": "",
            "versions": versions(),
            "ranks": self.comm.size,
            "threads_per_rank": os.environ.get("OMP_NUM_THREADS", ""),
            "started": now(),
            "finished": "",
        }
        self.write()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of the run."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + time.monotonic() - start

    def update(self, **content: Any) -> None:
        """Add or change entries."""
        self.content.update(content)

    def write(self) -> None:
        """Replace the file; other ranks do nothing."""
        self.content["wall_time_s"] = {
            "total": round(time.monotonic() - self._start, 3),
            **{name: round(seconds, 3) for name, seconds in self._stages.items()},
        }
        if self.comm.rank == 0 and not self._failed_elsewhere():
            self._replace()

    def _failed_elsewhere(self) -> bool:
        """Whether another rank has noted the end of this run, and this one does not know yet."""
        if self.comm.size == 1 or self.content["status"] != "running":
            return False
        try:
            found = read_json(self.path)
        except (OSError, InputError):
            return False
        mine = found.get("started") == self.content["started"]
        return mine and found.get("status") == "failed"

    def _replace(self) -> None:
        """What does not say so here does so in the series and the checkpoint: only warn."""
        try:
            replace_json(self.path, self.content)
        except OSError as error:
            LOGGER.warning("%s cannot be written: %s", self.path, error.strerror)

    def fail(self, error: BaseException) -> None:
        """Note an unexpected end; not collective, any rank may be the one that knows.

        Rank 0, which may be writing at this moment, does not write over it again.
        """
        error = origin(error)
        self.content.update(
            status="failed", end_reason=f"{type(error).__name__}: {error}", finished=now()
        )
        self._replace()
        if self.comm.rank:
            time.sleep(WRITING)
            self._replace()

    def finish(self, status: str, reason: str) -> None:
        """Note how the run ended. Collective."""
        self.content.update(
            status=status,
            end_reason=reason,
            finished=now(),
            peak_memory_MB=round(peak_memory_mb(self.comm), 1),
        )
        self.write()

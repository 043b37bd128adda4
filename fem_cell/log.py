"""One logger for all messages: rank 0 speaks, other ranks only warn."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

LOGGER = logging.getLogger("fem_cell")

# set by Open MPI, PMIx, MPICH and Slurm; the first of them that exists is the rank
_RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")
# a batch script has SLURM_NTASKS too, and is no rank; only what srun starts has this one of Slurm
_SIZE_VARIABLES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS")

TERMINAL = "FEM_CELL_TERMINAL"
"""Set by ``fem-cell run -n``: 1 if its output is a terminal, else 0."""


def rank_from_environment() -> int:
    """Rank of this process before MPI is started; 0 outside mpirun and srun."""
    return next((int(os.environ[v]) for v in _RANK_VARIABLES if v in os.environ), 0)


def ranks_from_environment() -> int:
    """Ranks that mpirun or srun say they have started; 1 outside of them."""
    sizes = (os.environ.get(name, "") for name in _SIZE_VARIABLES)
    return next((int(size) for size in sizes if size.isdigit()), 1)


def under_mpi() -> bool:
    """Whether mpirun or srun started this process as one of several ranks."""
    names = ("OMPI_COMM_WORLD_RANK", "PMI_RANK")
    return any(name in os.environ for name in names) or ranks_from_environment() > 1


def on_terminal() -> bool:
    """Whether messages go to a terminal.

    mpirun gives its ranks a pseudo-terminal wherever its own output goes, so under MPI only
    the process that started mpirun knows.
    """
    if under_mpi():
        return os.environ.get(TERMINAL) == "1"
    return sys.stdout.isatty()


class _Terminal(logging.StreamHandler):  # type: ignore[type-arg]
    """A terminal or a pipe whose reader may go: a run goes on without."""

    def handleError(self, record: logging.LogRecord) -> None:
        """From now on say nothing, also not what is still in the buffer, if nobody reads."""
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
        else:
            super().handleError(record)


def set_up(quiet: bool) -> None:
    """Send messages to the terminal: all of rank 0, warnings of the others."""
    rank = rank_from_environment()
    handler = _Terminal(sys.stderr if rank else sys.stdout)
    prefix = f"[rank {rank}] " if rank else ""
    handler.setFormatter(logging.Formatter(f"{prefix}%(message)s"))
    handler.setLevel(logging.WARNING if quiet or rank else logging.INFO)
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


class _File(logging.FileHandler):
    """A file that may be lost: a disk that is full is reported by what matters more."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing."""


def add_file(path: Path) -> None:
    """Keep rank 0's messages in a file, too."""
    if rank_from_environment() != 0:
        return
    handler = _File(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)

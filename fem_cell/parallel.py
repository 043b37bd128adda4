"""Errors of single ranks, which all ranks must know of.

A rank that cannot write must not leave the others waiting in the next collective call, so what
goes wrong on one of them is raised on all. All other explained errors follow from what every rank
knows; if one rank should meet such an error alone it is a defect, and unexpected like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fem_cell.errors import Fault, FemCellError, InputError, OutputError
from fem_cell.log import ranks_from_environment

if TYPE_CHECKING:
    from mpi4py import MPI

PATIENCE = 60.0
"""s; for which a rank with an error waits for the others to have one."""

_meeting: list[MPI.Comm] = []
"""All ranks, on a communicator of its own: the others may be in any collective call."""


class AloneError(Exception):
    """One rank has met an error that the others know nothing of."""


def prepare_meeting(comm: MPI.Comm) -> None:
    """Let :func:`agree_on` know who there is. Collective."""
    if not _meeting and comm.size > 1:
        _meeting.append(comm.Dup())


def agree_on(error: FemCellError) -> None:
    """Go on with an error only if all ranks have one, before anything else collective.

    Raises:
        AloneError: The others have not come in time.
    """
    if not _meeting:
        return
    arrived, end = _meeting[0].Ibarrier(), time.monotonic() + PATIENCE
    while not arrived.Test():
        if time.monotonic() > end:
            raise AloneError(f"the other ranks go on: {error}") from error
        time.sleep(0.01)


@contextmanager
def together() -> Iterator[None]:
    """Let errors out only if all ranks have one. Collective if there is one.

    Raises:
        AloneError: As :func:`agree_on`.
    """
    try:
        yield
    except FemCellError as error:
        agree_on(error)
        raise


def check_ranks(comm: MPI.Comm) -> None:
    """Check that the ranks know of each other; otherwise each would run all of the case.

    Raises:
        InputError: Several were started, and MPI sees one.
    """
    started = ranks_from_environment()
    if started > 1 == comm.size:
        problem = f"{started} ranks were started, but MPI sees only one"
        remedy = "start them with the mpirun of this MPI, or with srun --mpi=pmix if Slurm has it"
        raise InputError([Fault("mpirun or srun", problem, remedy)])


def on_root[T](comm: MPI.Comm, action: Callable[[], T]) -> T:
    """Do something on rank 0; its result, or its error, on every rank. Collective.

    Raises:
        FemCellError: What the action raised; an ``OSError`` becomes an :class:`OutputError`.
    """
    result, error = _attempt(action) if comm.rank == 0 else (None, None)
    result, error = comm.bcast((result, error))
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def on_all_ranks[T](comm: MPI.Comm, action: Callable[[], T]) -> T:
    """Do something on every rank; if that fails on one, its error on all. Collective.

    Raises:
        FemCellError: As for :func:`on_root`.
    """
    result, error = _attempt(action)
    for other in comm.allgather(error):
        if other is not None:
            raise other
    return result  # type: ignore[return-value]


def _attempt[T](action: Callable[[], T]) -> tuple[T | None, FemCellError | None]:
    try:
        return action(), None
    except FemCellError as error:
        return None, error
    except OSError as error:
        return None, OutputError.of(error)

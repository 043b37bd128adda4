"""Actions of single ranks whose failure all ranks must know of.

A rank that cannot write must not leave the others waiting in the next collective call, so what
goes wrong on one of them is raised on all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fem_cell.errors import Fault, FemCellError, InputError, OutputError
from fem_cell.log import ranks_from_environment

if TYPE_CHECKING:
    from mpi4py import MPI


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

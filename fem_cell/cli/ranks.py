"""Start of what computes: ranks that know of each other, PETSc with the options of the user."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fem_cell.compiled_forms import share_cache
from fem_cell.environment import check_environment
from fem_cell.log import LOGGER, rank_from_environment
from fem_cell.parallel import check_ranks, prepare_meeting

if TYPE_CHECKING:
    from mpi4py import MPI


def begin(petsc: Sequence[str]) -> MPI.Comm:
    """Load the finite element libraries; all ranks. Collective.

    Args:
        petsc: PETSc options as the user gave them.

    Raises:
        InputError: A library is missing or too old, or the ranks do not know of each other.
    """
    check_environment()
    import petsc4py

    petsc4py.init(["fem-cell", *petsc])
    # PETSc would end a run with an error of its own when who reads its messages has gone
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    check_ranks(comm)
    prepare_meeting(comm)
    share_cache(comm.rank == 0)
    return comm


def warn_of_unused(petsc: Sequence[str]) -> None:
    """Name the PETSc options that nothing has asked for; most likely they are misspelt."""
    from petsc4py import PETSc

    known = PETSc.Options()
    names = [name for name in petsc if re.match(r"-[A-Za-z]", name)]
    for name in names if rank_from_environment() == 0 else ():
        if not known.used(name[1:]):
            LOGGER.warning(
                "PETSc option %s had no effect: is it spelt right? Those of fem_cell's solvers "
                "start with -fem_cell_",
                name,
            )

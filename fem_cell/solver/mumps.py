"""Factorisation by MUMPS with as much working space as it takes.

MUMPS allocates by an estimate. On several ranks, which take parts of the matrix as they become
free, the estimate may be too small, by more in some runs than in others; the factorisation then
has failed on all ranks, and is done again with more.
"""

from __future__ import annotations

from collections.abc import Sequence

from petsc4py import PETSc

from fem_cell.log import LOGGER

WORKING_SPACE = "mat_mumps_icntl_14"
SPACES = (200, 800, 3200)
"""Per cent of working space that MUMPS takes beyond its estimate, tried in turn."""
OUT_OF_SPACE = (-8, -9, -11, -14, -15, -17, -20)
"""States of MUMPS that more working space mends."""


def set_up(
    solver: PETSc.PC | PETSc.KSP, matrix: PETSc.Mat, spaces: Sequence[int] | None = None
) -> None:
    """Set up a solver for a matrix; where MUMPS factorises, with enough space. Collective.

    What was enough is where the next solver with this prefix begins. With the last of the spaces
    the factorisation may still have failed, see :func:`state`.

    Args:
        solver: With its options prefix and its types.
        matrix: What it solves with.
        spaces: Per cent beyond the estimate; :data:`SPACES` if ``None``. The user's choice takes
            the place of the first.
    """
    tried = spaces or SPACES
    if not _factorises(solver):
        tried = (0,)
    options = PETSc.Options(solver.getOptionsPrefix())
    for number, space in enumerate(tried):
        if space and (number or not options.hasName(WORKING_SPACE)):
            options.setValue(WORKING_SPACE, space)
        solver.setOperators(matrix)
        solver.setUp()
        if state(solver)[0] not in OUT_OF_SPACE or space == tried[-1]:
            return
        LOGGER.debug("MUMPS ran out of working space: %d %% more", space)
        solver.reset()  # MUMPS refuses to go on with a factorisation that failed


def state(solver: PETSc.PC | PETSc.KSP) -> tuple[int, int]:
    """What a factorisation says of itself, INFOG(1) and (2); zeros if it is not MUMPS's."""
    if not _factorises(solver):
        return 0, 0
    factor = _pc(solver).getFactorMatrix()
    return factor.getMumpsInfog(1), factor.getMumpsInfog(2)


def _factorises(solver: PETSc.PC | PETSc.KSP) -> bool:
    """Whether MUMPS does, for all that the user's options say."""
    pc = _pc(solver)
    return pc.getType() in ("lu", "cholesky") and pc.getFactorSolverType() == "mumps"


def _pc(solver: PETSc.PC | PETSc.KSP) -> PETSc.PC:
    return solver if isinstance(solver, PETSc.PC) else solver.getPC()

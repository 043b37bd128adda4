"""Linear systems of one step: conjugate gradients with a preconditioner that is kept for long.

Up to :data:`DIRECT_LIMIT` unknowns MUMPS factorises the tangent of some iteration, which then
serves those that follow until they take too many conjugate gradients; beyond, smoothed aggregation
from the rigid motions is set up each time. PETSc options have the prefix ``fem_cell_flow_``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.mechanics.preconditioner import MULTIGRID
from fem_cell.mechanics.rigid import near_null_space
from fem_cell.mechanics.viscoplastic.supports import Supports
from fem_cell.solver.blocks import set_default
from fem_cell.solver.garbage import free_dropped
from fem_cell.solver.mumps import set_up

PREFIX = "fem_cell_flow_"
DIRECT_LIMIT = 150_000
"""Unknowns up to which tangents are factorised."""
WORN = 60
"""Conjugate gradients after which it is made anew; it costs as much as about a hundred."""
TOLERANCE = 1e-3
"""Relative residual; Newton's method corrects what it leaves."""
MAX_ITERATIONS = 1000

SPACES = (100, 400, 1600)
"""Per cent of space that MUMPS takes beyond its estimate, tried in turn."""


class TangentSolver:
    r"""Solves :math:`T^T A T\, d = r` with tangents A that change step by step.

    T leaves out what is held and gives all nodes under a platen the motion of the first of them.

    Attributes:
        iterations: Conjugate gradients so far.
        renewals: How often the preconditioner was made.
        ties: T.
    """

    def __init__(self, V: fem.FunctionSpace, supports: Supports) -> None:
        """Set up. Collective.

        Args:
            V: Displacements.
            supports: What is held and tied.
        """
        self.iterations = self.renewals = 0
        self.ties, unknown = _ties(V, supports)
        self._left_out = _ones(self.ties, ~unknown)
        self._direct = V.dofmap.index_map.size_global * 3 <= DIRECT_LIMIT
        self._rigid = near_null_space(V)
        self._worn = True
        self._matrix: PETSc.Mat | None = None
        self._kept: PETSc.Mat | None = None
        self._ksp = PETSc.KSP().create(V.mesh.comm)
        self._ksp.setOptionsPrefix(PREFIX)
        self._ksp.setType("cg")
        self._ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        self._ksp.setTolerances(rtol=TOLERANCE, atol=0.0, max_it=MAX_ITERATIONS)
        pc = self._ksp.getPC()
        pc.setType("cholesky" if self._direct else "gamg")
        if self._direct:
            pc.setFactorSolverType("mumps")
        else:
            set_default(PREFIX, **MULTIGRID)
        self._ksp.setFromOptions()

    def prepare(self, tangent: PETSc.Mat) -> None:
        """Take another tangent; it is copied. Collective."""
        if self._matrix is not None and self._matrix is not self._kept:
            self._matrix.destroy()
        free_dropped(tangent, self.ties)
        matrix = tangent.ptap(self.ties)
        diagonal = tangent.getDiagonal().sum() / tangent.getSize()[0]
        different = PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN
        matrix.axpy(diagonal, self._left_out, structure=different)
        matrix.setBlockSize(3)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        matrix.setNearNullSpace(self._rigid)
        self._matrix = matrix
        if self._worn or not self._direct or self._kept is None:
            self._renew()
        else:
            self._ksp.setOperators(self._matrix, self._kept)

    def solve(self, forces: PETSc.Vec, displacement: PETSc.Vec) -> None:
        """Displacement T d to nodal forces that act on what is free. Collective.

        Raises:
            SolverError: The iteration failed, with a fresh preconditioner too.
        """
        right, found = forces.duplicate(), forces.duplicate()
        self.ties.multTranspose(forces, right)
        self._ksp.solve(right, found)
        count = self._ksp.getIterationNumber()
        self.iterations += count
        self._worn = count > WORN
        if self._ksp.getConvergedReason() <= 0 and self._kept is not self._matrix:
            self._renew()
            self._ksp.solve(right, found)
        if (reason := self._ksp.getConvergedReason()) <= 0:
            raise SolverError(
                f"the linear solver failed (PETSc reason {reason}, {count} iterations)"
            )
        self.ties.mult(found, displacement)

    def _renew(self) -> None:
        if self._kept is not None and self._kept is not self._matrix:
            self._kept.destroy()
        self._kept = self._matrix
        set_up(self._ksp, self._kept, SPACES)
        self._worn = False
        self.renewals += 1


def _ties(V: fem.FunctionSpace, supports: Supports) -> tuple[PETSc.Mat, npt.NDArray[np.bool_]]:
    """T, and which owned components are unknowns."""
    comm, index_map = V.mesh.comm, V.dofmap.index_map
    low, count = 3 * index_map.local_range[0], 3 * index_map.size_local
    rows = np.arange(low, low + count)
    tied = supports.pressed.ravel() & ~supports.held.ravel()
    mine = rows[tied]
    first = comm.allreduce(int(mine[0]) if mine.size else 3 * index_map.size_global, op=MPI.MIN)
    columns = np.where(tied, first, rows)
    kept = ~supports.held.ravel()
    starts = np.concatenate([[0], np.cumsum(kept)])
    size = (count, 3 * index_map.size_global)
    T = _rows(size, starts, columns[kept], comm)
    return T, kept & (~tied | (rows == first))


def _ones(like: PETSc.Mat, where: npt.NDArray[np.bool_]) -> PETSc.Mat:
    """Ones on some places of the diagonal, nothing elsewhere."""
    rows = np.flatnonzero(where) + like.getOwnershipRange()[0]
    starts = np.concatenate([[0], np.cumsum(where)])
    return _rows(like.getSizes()[0], starts, rows, like.comm)


def _rows(
    size: tuple[int, int], starts: npt.ArrayLike, columns: npt.ArrayLike, comm: object
) -> PETSc.Mat:
    """A square matrix of ones."""
    index = (np.asarray(starts, PETSc.IntType), np.asarray(columns, PETSc.IntType))
    csr = (*index, np.ones(len(index[1])))
    return PETSc.Mat().createAIJ((size, size), csr=csr, comm=comm)

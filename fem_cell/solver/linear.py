r"""Linear solvers for the reduced Jacobian.

Small systems are factorised (MUMPS). Large ones are solved by flexible GMRES
with the preconditioner of :mod:`fem_cell.solver.blocks`.

PETSc options have the prefix ``fem_cell_``.
"""

from __future__ import annotations

from petsc4py import PETSc

from fem_cell.solver.blocks import PREFIX, BlockPreconditioner
from fem_cell.solver.system import System

DIRECT_SOLVER_LIMIT = 20_000
"""Macro unknowns up to which ``auto`` factorises."""

RESCUE_LIMIT = 300_000
"""Macro unknowns up to which a failed iteration is replaced by a factorisation. At the very
end of a discharge, where salt is gone and sites are full, iterations may stall."""

MAX_ITERATIONS = 60
"""Of the iterative solver; it usually needs eight."""

LINEAR_TOLERANCE = 1e-6
"""Relative residual of the iterative solver."""


class CondensedSolver:
    """A PETSc preconditioner that solves the full system by its reduced one.

    Attributes:
        iterations: Linear iterations so far.
        solves: Linear systems so far.
        rescues: Systems that were factorised because the iteration failed.
    """

    def __init__(self, system: System, method: str) -> None:
        """Create the inner solver.

        Args:
            system: Provides the reduced matrix and the elimination.
            method: ``"direct"``, ``"iterative"`` or ``"auto"``.
        """
        self.system = system
        size = system.matrix.getSize()[0]
        self.direct = method == "direct" or (method == "auto" and size <= DIRECT_SOLVER_LIMIT)
        self.iterations = 0
        self.solves = 0
        self.rescues = 0
        self._rhs = system.matrix.createVecLeft()
        self._solution = system.matrix.createVecRight()
        self.ksp = PETSc.KSP().create(system.comm)
        self.ksp.setOptionsPrefix(PREFIX)
        self.ksp.setOperators(system.matrix)
        (self._set_direct if self.direct else self._set_iterative)(self.ksp)
        self.ksp.setFromOptions()

    # -- called by PETSc ---------------------------------------------------

    def setUp(self, pc: PETSc.PC) -> None:
        """Renew the factorisation or the preconditioner."""
        self.ksp.setOperators(self.system.matrix)
        self.ksp.setUp()
        if not self.direct:
            self._blocks.complete(self.ksp)

    def apply(self, pc: PETSc.PC, rows: PETSc.Vec, update: PETSc.Vec) -> None:
        """Solve the full linear system for one right-hand side."""
        self.system.condense(rows, self._rhs)
        self.ksp.solve(self._rhs, self._solution)
        self.solves += 1
        self.iterations += self.ksp.getIterationNumber()
        if self.ksp.getConvergedReason() < 0 and not self._rescue():
            update.set(float("nan"))  # makes Newton fail, so the step is tried smaller
            if self.direct:
                self.ksp.reset()  # MUMPS refuses to go on with a factorisation that failed
            return
        self.system.recover(rows, self._solution, update)

    def _rescue(self) -> bool:
        """Factorise where the iteration failed, if the system is small enough for that."""
        if self.direct or self.system.matrix.getSize()[0] > RESCUE_LIMIT:
            return False
        self.rescues += 1
        ksp = PETSc.KSP().create(self.system.comm)
        ksp.setOptionsPrefix(f"{PREFIX}rescue_")
        ksp.setOperators(self.system.matrix)
        self._set_direct(ksp)
        ksp.setFromOptions()
        ksp.solve(self._rhs, self._solution)
        solved = ksp.getConvergedReason() > 0
        ksp.destroy()
        return bool(solved)

    # -- set-up -------------------------------------------------------------

    def _set_direct(self, ksp: PETSc.KSP) -> None:
        ksp.setType("preonly")
        pc = ksp.getPC()
        pc.setType("lu")
        pc.setFactorSolverType("mumps")

    def _set_iterative(self, ksp: PETSc.KSP) -> None:
        ksp.setType("fgmres")
        ksp.setTolerances(rtol=LINEAR_TOLERANCE, max_it=MAX_ITERATIONS)
        ksp.setGMRESRestart(MAX_ITERATIONS)
        self._blocks = BlockPreconditioner(self.system)
        self._blocks.configure(ksp)

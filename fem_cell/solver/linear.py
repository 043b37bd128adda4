r"""Linear solvers for the reduced Jacobian.

Small systems are factorised (MUMPS). Large ones are solved by flexible GMRES
with the preconditioner of :mod:`fem_cell.solver.blocks`.

PETSc options have the prefix ``fem_cell_``.
"""

from __future__ import annotations

from petsc4py import PETSc

from fem_cell.solver.blocks import PREFIX, BlockPreconditioner
from fem_cell.solver.mumps import set_up
from fem_cell.solver.system import System

DIRECT_SOLVER_LIMIT = 20_000
"""Macro unknowns up to which ``auto`` factorises."""

RESCUE_LIMIT = 300_000
"""Macro unknowns up to which an iteration that fails again and again is replaced by a
factorisation."""

FAILURES_BEFORE_RESCUE = 3
"""Since a nonlinear solve succeeded. The first ones only make the time step smaller, which
costs less; after that all systems are factorised until a nonlinear solve succeeds."""

MAX_ITERATIONS = 60
"""Of the iterative solver; it usually needs eight."""

LINEAR_TOLERANCE = 1e-4
"""Relative residual of the iterative solver: less than Newton's method leaves by itself."""

SPACES = (20, 200, 800)
"""Per cent of working space that MUMPS takes beyond its estimate, tried in turn: little at first,
for factors may be large here."""

AGEING = 1.5
"""Within a nonlinear solve, a preconditioner serves until it needs so many times the
iterations it needed when new."""


class CondensedSolver:
    """A PETSc preconditioner that solves the full system by its reduced one.

    Attributes:
        iterations: Linear iterations so far.
        solves: Linear systems so far.
        rescues: Systems that were factorised because the iteration failed.
        renewals: Preconditioners set up so far.
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
        self.renewals = 0
        self._new = False
        self._failures = 0
        self._ahead = True
        self._latest = self._when_new = 0
        self._rhs = system.matrix.createVecLeft()
        self._solution = system.matrix.createVecRight()
        self.ksp = PETSc.KSP().create(system.comm)
        self.ksp.setOptionsPrefix(PREFIX)
        self.ksp.setOperators(system.matrix)
        (self._set_direct if self.direct else self._set_iterative)(self.ksp)
        self.ksp.setFromOptions()

    def expect_change(self) -> None:
        """The matrix is about to change much: the next preconditioner shall be made anew."""
        self._ahead = True

    def note_convergence(self) -> None:
        """A nonlinear solve has succeeded: what failed before does not count any more."""
        self._failures = 0

    # -- called by PETSc ---------------------------------------------------

    def setUp(self, pc: PETSc.PC) -> None:
        """Take over the matrix; renew the preconditioner if the old one has become poor."""
        worn = self._latest > AGEING * max(self._when_new, 1)
        self._prepare(renew=self.direct or self._ahead or worn)
        self._ahead = False

    def apply(self, pc: PETSc.PC, rows: PETSc.Vec, update: PETSc.Vec) -> None:
        """Solve the full linear system for one right-hand side."""
        self.system.condense(rows, self._rhs)
        self.solves += 1
        if not (self._rescue() if self._is_hopeless() else self._iterate()):
            self._failures += 1
            self._ahead = True
            update.set(float("nan"))  # makes Newton fail, so the step is tried smaller
            if self.direct:
                self.ksp.reset()  # MUMPS refuses to go on with a factorisation that failed
            return
        self.system.recover(rows, self._solution, update)

    def _iterate(self) -> bool:
        """Solve, with a new preconditioner if the old one fails; whether that worked."""
        old, solved = not self._new, self._solve()
        if solved or not old:
            return solved
        self._prepare(renew=True)
        return self._solve()

    def _is_hopeless(self) -> bool:
        """Whether iterations have kept failing and the system is small enough to factorise."""
        small = self.system.matrix.getSize()[0] <= RESCUE_LIMIT
        return not self.direct and small and self._failures >= FAILURES_BEFORE_RESCUE

    def _prepare(self, renew: bool) -> None:
        self._new = renew
        self.ksp.getPC().setReusePreconditioner(not renew)
        set_up(self.ksp, self.system.matrix, SPACES)
        if not self.direct:
            self._blocks.complete(self.ksp)

    def _solve(self) -> bool:
        """Solve the reduced system; whether that worked."""
        self.ksp.solve(self._rhs, self._solution)
        self._latest = self.ksp.getIterationNumber()
        self.iterations += self._latest
        if self._new:
            self._when_new = self._latest
            self.renewals += 1
            self._new = False
        return bool(self.ksp.getConvergedReason() > 0)

    def _rescue(self) -> bool:
        """Factorise instead of iterating; whether that worked."""
        self.rescues += 1
        ksp = PETSc.KSP().create(self.system.comm)
        ksp.setOptionsPrefix(f"{PREFIX}rescue_")
        self._set_direct(ksp)
        ksp.setFromOptions()
        set_up(ksp, self.system.matrix, SPACES)
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

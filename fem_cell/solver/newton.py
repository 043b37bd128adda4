r"""Newton's method with a stopping rule in the units of the unknowns.

Iteration k changes the state by :math:`\delta_k`, measured in multiples of the
tolerance of each unknown (maximum norm). The observed contraction
:math:`\theta = \delta_k/\delta_{k-1}` bounds what is left, and Newton stops when

.. math:: \min\Bigl(\delta_k, \frac{\theta}{1-\theta}\,\delta_k\Bigr) \le 1

(Deuflhard, Newton Methods for Nonlinear Problems, sec. 2.1). Residual norms
hardly enter: they mix units and sizes of cells. Fields that come from another model are
renewed in between (:mod:`fem_cell.solver.coupling`), and balances are made exact at the end
(:mod:`fem_cell.solver.conservation`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.solver.backtracking import Backtracking
from fem_cell.solver.blocks import PREFIX
from fem_cell.solver.conservation import Conservation
from fem_cell.solver.coupling import MAX_RENEWALS, Turns
from fem_cell.solver.limiter import StepLimiter
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.relaxation import Relaxation
from fem_cell.solver.system import System
from fem_cell.unknowns import Unknown

STOICHIOMETRY_TOLERANCE = 1e-5
"""Also of the relative salt concentration, 1."""

POTENTIAL_TOLERANCE = 1e-5
"""V."""

RESIDUAL_TOLERANCE = 1e-4
"""Norm of the residual over the cell's current scale: that share of an overpotential of 0.1 V is
as much as the tolerance of potentials. Its sums over the balances are removed afterwards."""

ROUNDING = 1e-6
"""An update of this share of its tolerance is rounding, whatever residual it leaves: on
fine meshes of good conductors the residual may not fall that far."""

LARGE_UPDATE = 0.01
"""Of a potential (V) or a stoichiometry: then the old preconditioner is not used again."""

HOPELESS_RESIDUAL = 1e5
"""Beyond this the step is tried smaller instead."""

MAX_ITERATIONS = 12

OnSolved = Callable[[PETSc.Vec], None]


class FullMatrix:
    """The full Jacobian as PETSc sees it: an operator that is only ever solved with."""

    def mult(self, mat: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Not needed: the solver eliminates the inner unknowns first."""
        raise NotImplementedError("the full Jacobian is only available through its solver")


@dataclass(slots=True)
class Newton:
    """Configures SNES objects to solve a cell's systems and counts their work.

    Attributes:
        system: What is solved.
        solver: The linear solver they share.
        iterations: Newton iterations so far.
        turns: Renews what comes from another model; ``None`` without one.
        trouble: Why that model had no solution when it was asked last, or nothing.
        backtracking: Shortens what makes the residual grow.
    """

    system: System
    solver: CondensedSolver
    turns: Turns | None = None
    iterations: int = 0
    trouble: str = ""
    backtracking: Backtracking = field(init=False)
    _conservation: Conservation = field(init=False)
    _last: float = field(default=0.0)
    _contraction: float = field(default=1.0)
    _since: int = field(default=0)
    _limit_of_iterations: int = field(default=MAX_ITERATIONS)
    _snes: PETSc.SNES | None = field(default=None)
    _hook: object = field(default=None)
    _on_solved: OnSolved | None = field(default=None)
    _scale: PETSc.Vec = field(init=False)
    _scaled: PETSc.Vec = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the weights of the stopping rule."""
        self.backtracking = Backtracking(
            self.system, StepLimiter(self.system), Relaxation(self.system)
        )
        self._conservation = Conservation(self.system)
        self._scale = self.system.weights(1 / STOICHIOMETRY_TOLERANCE, 1 / POTENTIAL_TOLERANCE)
        if self.system.comm.rank == 0:
            self._scale.array[-1] = 0.0  # the charge follows from the rest
        self._scaled = self._scale.duplicate()

    def matrix(self) -> PETSc.Mat:
        """A matrix object for SNES, TS and KSP to carry around."""
        size = (self.system.local_size, PETSc.DETERMINE)
        mat = PETSc.Mat().createPython((size, size), FullMatrix(), comm=self.system.comm)
        mat.setUp()
        return mat

    def configure(
        self,
        snes: PETSc.SNES,
        max_iterations: int = MAX_ITERATIONS,
        hopeless_residual: float = HOPELESS_RESIDUAL,
        on_solved: OnSolved | None = None,
    ) -> None:
        """Make a SNES use this stopping rule and the condensed linear solver.

        Args:
            snes: What is configured.
            max_iterations: Beyond which it has failed; counted anew after every renewal of
                what comes from another model.
            hopeless_residual: The same.
            on_solved: Called with every solution.
        """
        snes.setType("newtonls")
        self._limit_of_iterations = max_iterations
        rounds = 1 + MAX_RENEWALS if self.turns else 1
        # without stol = 0 PETSc takes an update for converged whose residual is not a number,
        # by the norm of an update before it
        snes.setTolerances(stol=0.0, max_it=max_iterations * rounds)
        snes.setDivergenceTolerance(hopeless_residual)
        snes.setConvergenceTest(self._test)
        snes.getLineSearch().setType("basic")

        self._on_solved = on_solved
        self._snes, self._hook = snes, self._limit  # kept: PETSc only borrows the hook
        snes.setLineSearchPreCheck(self._hook)
        ksp = snes.getKSP()
        # options for the solver of the reduced system must not reach this one
        ksp.setOptionsPrefix(f"{PREFIX}outer_")
        ksp.setType("preonly")
        pc = ksp.getPC()
        pc.setType("python")
        pc.setPythonContext(self.solver)

    def destroy(self, solver: PETSc.SNES | PETSc.TS) -> None:
        """Destroy the SNES configured last, or the TS around it. Collective."""
        self._snes = self._hook = self._on_solved = None
        solver.destroy()
        # Python drops objects at different times on different ranks; PETSc collects them
        gc.collect()
        PETSc.garbage_cleanup(self.system.comm)

    def _limit(self, state: PETSc.Vec, update: PETSc.Vec) -> None:
        """Change an update before it is made."""
        largest = self._measure(update) * POTENTIAL_TOLERANCE
        self.backtracking.limit_update(self._snes, state, update, largest)

    def _test(
        self, snes: PETSc.SNES, iteration: int, norms: tuple[float, float, float]
    ) -> PETSc.SNES.ConvergedReason:
        reason = PETSc.SNES.ConvergedReason
        if not np.isfinite(norms[2]):
            return reason.DIVERGED_FNORM_NAN
        if norms[2] > snes.getDivergenceTolerance():
            return reason.DIVERGED_DTOL
        if iteration == 0:
            self._last, self._contraction, self._since = np.inf, 1.0, 0
            self.solver.expect_change()
            return reason.ITERATING if self._begin_turns(snes) else reason.DIVERGED_INNER
        self.iterations += 1
        change = self._measure(snes.getSolutionUpdate())
        if not np.isfinite(change) or change > 1e12:
            return reason.DIVERGED_DTOL
        if self._has_settled(change, norms[2]):
            try:
                agreed = self._take_turn(snes, iteration)
            except SolverError as error:
                self.trouble = str(error)
                return reason.DIVERGED_INNER
            if agreed and self._conservation.correct(snes, self._measure):
                self.solver.note_convergence()
                if self._on_solved:
                    self._on_solved(snes.getSolution())
                return reason.CONVERGED_SNORM_RELATIVE
        if iteration - self._since >= self._limit_of_iterations:
            return reason.DIVERGED_MAX_IT
        return reason.ITERATING

    def _begin_turns(self, snes: PETSc.SNES) -> bool:
        """Guess what comes from another model for the first guess; whether that worked."""
        self.trouble = ""
        if self.turns is None:
            return True
        self.system.load(snes.getSolution())
        try:
            self.turns.begin()
        except SolverError as error:
            self.trouble = str(error)
            return False
        snes.computeFunction(snes.getSolution(), snes.getFunction()[0])
        return True

    def _take_turn(self, snes: PETSc.SNES, iteration: int) -> bool:
        """Whether the iterate agrees with the other model, if there is one; renews its fields.

        Raises:
            SolverError: The other model has no solution.
        """
        if self.turns is None or self.turns.are_over:
            return True
        if self.turns.are_endless:
            raise SolverError("the cell and what it is coupled to come to no agreement")
        self.system.load(snes.getSolution())
        agreed = self.turns.take()
        snes.computeFunction(snes.getSolution(), snes.getFunction()[0])
        # the next change is a new one; with Jacobians as fresh as before it shrinks as fast
        self._since, self._last = iteration, np.inf
        return agreed

    def _has_settled(self, change: float, residual: float) -> bool:
        """Whether what is left to change does not matter."""
        if change * POTENTIAL_TOLERANCE > LARGE_UPDATE:
            self.solver.expect_change()
        if self.backtracking.shortened:  # says nothing about what is left
            self._last, self._contraction = np.inf, 1.0
            return False
        if np.isfinite(self._last):
            self._contraction = change / self._last
        contraction, self._last = self._contraction, change
        left = change * contraction / (1 - contraction) if contraction < 1 else change
        return min(change, left) <= 1.0 and _negligible(residual, change)

    def _measure(self, update: PETSc.Vec) -> float:
        """Largest entry in multiples of its tolerance; nan if any is not finite. Collective.

        MPI's maximum loses what is not a number on some ranks, and need not be the same on all.
        """
        self._scaled.pointwiseMult(update, self._scale)
        mine = float(np.abs(self._scaled.array_r).max(initial=0.0))
        largest = self.system.comm.allreduce(mine if np.isfinite(mine) else np.inf, MPI.MAX)
        return float(largest) if np.isfinite(largest) else float("nan")

    def explain_trouble(self) -> str:
        """What another model said last, to end a message with."""
        return f": {self.trouble}" if self.trouble else ""

    def worst_unknown(self) -> str:
        """Field and place of the largest last update. Collective."""
        scaled = np.abs(self._scaled.array_r)
        scaled = np.where(np.isfinite(scaled), scaled, np.inf)
        candidates = []
        for unknown, block in zip(self.system.cell.unknowns, self.system.blocks, strict=True):
            part = scaled[block.slice]
            if part.size:
                k = int(part.argmax())
                candidates.append((float(part[k]), unknown.name, _place(unknown, k)))
        everyone = [c for some in self.system.comm.allgather(candidates) for c in some]
        _, name, place = max(everyone)
        return f"{name} at {place}"


def _negligible(residual: float, change: float) -> bool:
    """Whether a residual is small, or as small as rounding lets it be."""
    return residual <= RESIDUAL_TOLERANCE or change <= ROUNDING


def _place(unknown: Unknown, node: int) -> str:
    if unknown.sub_mesh is None:
        return "the terminal"
    x = unknown.value.function_space.tabulate_dof_coordinates()[node] * 1e6
    return f"({x[0]:.2f}, {x[1]:.2f}, {x[2]:.2f}) um"

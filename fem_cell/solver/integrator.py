r"""Time integration of one protocol step by PETSc TS.

A step begins with a short one that makes the potentials fit the new current
(:mod:`fem_cell.solver.consistent`). Then BDF of order two with error control goes on until an
event fires or the time is over. The local error is controlled in stoichiometry and relative
salt, and in potentials, which move far where open-circuit curves are steep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from petsc4py import PETSc

from fem_cell.errors import FemCellError, SolverError
from fem_cell.parallel import agree_on
from fem_cell.solver.blocks import PREFIX, set_default
from fem_cell.solver.consistent import ConsistentStart
from fem_cell.solver.coupling import Coupling, Turns
from fem_cell.solver.error_control import SAFETY, SETTLING, ErrorControl
from fem_cell.solver.foresight import Foresight
from fem_cell.solver.garbage import free_dropped
from fem_cell.solver.history import History, Outlook, Replay
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.newton import Newton
from fem_cell.solver.predictor import Predictor
from fem_cell.solver.steps import Accepted, Counters, Event, OnAccepted, StepResult
from fem_cell.solver.system import System

MAX_FAILURES = 1_000
"""Failures of Newton's method in one protocol step before it is given up."""

SHORTEST_STEP = 1e-9
"""s"""

LONGEST_STEP = 1e9
"""s"""

MAX_REJECTIONS = 20
"""Rejected attempts in a row before the step is given up."""


@dataclass(slots=True)
class Integrator:
    """Advances the state of a cell through one protocol step after another.

    Attributes:
        system: The equations.
        state: Present state.
        time: Present time, s.
        tolerance: Error allowed per step in stoichiometry and relative salt.
        max_step: Largest time step, s; ``None`` for no limit.
        coupling: Renews what the cell takes from another model; ``None`` without one.
        drive: Sets what changes with time, called with the time before equations are evaluated.
    """

    system: System
    state: PETSc.Vec
    solver: CondensedSolver
    tolerance: float
    max_step: float | None = None
    coupling: Coupling | None = None
    drive: Callable[[float], None] | None = None
    time: float = 0.0
    counters: Counters = field(default_factory=Counters)
    newton: Newton = field(init=False)
    _next_step: float = 0.0
    _predictor: Predictor = field(init=False)
    _foresight: Foresight = field(default_factory=Foresight)
    _control: ErrorControl = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what all steps share."""
        turns = Turns(self.coupling) if self.coupling else None
        self.newton = Newton(self.system, self.solver, turns)
        self._predictor = Predictor(self.newton.backtracking)
        self._control = ErrorControl(self.system, self.tolerance)

    def work_done(self) -> dict[str, int]:
        """Steps and iterations so far, by their names in ``run.json``."""
        newton, solver = self.newton, self.solver
        counts = asdict(self.counters) | {
            "newton_iterations": newton.iterations,
            "linear_iterations": solver.iterations,
            "linear_rescues": solver.rescues,
            "preconditioners": solver.renewals,
            "newton_cuts": newton.backtracking.cuts,
        }
        return counts | ({"coupling_iterations": newton.turns.renewals} if newton.turns else {})

    def make_consistent(self, duration: float = float("inf")) -> None:
        """One short backward Euler step. Collective.

        Args:
            duration: Of the protocol step, s.

        Raises:
            SolverError: No potentials carry the imposed current.
        """
        start = ConsistentStart(self.system, self.newton, self.drive)
        self.time = start.advance(self.state, self.time, duration)
        self.system.load(self.state)

    # -- time stepping --------------------------------------------------------

    def advance(
        self,
        until: float | None,
        events: Sequence[Event],
        first_step: float,
        on_accepted: OnAccepted,
        history: History | None = None,
    ) -> StepResult:
        """Integrate until an event, a time or a request to stop. Collective.

        Args:
            until: Last time of the step, s; ``None`` for no limit.
            events: What else ends it.
            first_step: First time step, s.
            on_accepted: Called after every accepted step.
            history: Course of the step so far, if it is resumed; ``first_step`` does not
                matter then.

        Raises:
            SolverError: Steps fail however small they are made.
        """
        fired: list[str] = []
        self._foresight.reset()
        ts = self._make_ts(until)
        replay = None
        if history:
            replay = self._recall(ts, history)
        else:
            voltage = self.system.voltage(self.state)
            self._control.begin(self.time, SETTLING * first_step, voltage)
            self._predictor.reset()
            self._predictor.accept(self.time, self.state)
            self._next_step = first_step
            ts.setTimeStep(first_step)
        if events:
            self._watch(ts, events, fired)
        stopped, failures = self._follow(ts, events, on_accepted, until, replay)
        ts.setFromOptions()
        ts.solve(self.state)
        reason = ts.getConvergedReason()
        self.time = ts.getTime()
        self.counters.rejected_steps += ts.getStepRejections()
        step = ts.getTimeStep()
        self.newton.destroy(ts)
        self.system.load(self.state)
        if failures:
            raise failures[0]
        if reason < 0:
            raise SolverError(self._explain_failure(step))
        if fired:
            return StepResult(fired[0], self.time)
        return StepResult("stopped" if stopped else "time", self.time)

    def forget(self) -> None:
        """The protocol step is over."""
        self._predictor.reset()

    def history(self) -> History | None:
        """Course of the present protocol step; ``None`` between steps.

        Its vectors are those the integrator goes on with.
        """
        predictor, control = self._predictor, self._control
        if not predictor.states:
            return None
        outlook = Outlook(
            self._next_step, control.began, control.settled, *self._foresight.remembered()
        )
        return History(predictor.states, predictor.stage, predictor.beyond, outlook)

    def _recall(self, ts: PETSc.TS, history: History) -> Replay | None:
        """Remember the course of a step; what will teach it to TS, if there is anything to."""
        # the longest step may have been changed before the run is resumed
        self._next_step = min(history.outlook.next_step, self.max_step or LONGEST_STEP)
        history = replace(history, outlook=replace(history.outlook, next_step=self._next_step))
        self._predictor.restore(history)
        replay = Replay(history)
        if replay.goes_on:
            replay.begin(ts, self.state, self._control.weights)
            return replay
        ts.setTimeStep(self._next_step)
        self._resume(history)
        return None

    def _resume(self, history: History) -> None:
        """From here on steps are new."""
        self._control.restore(history)
        self._foresight.restore(history.outlook)

    def _make_ts(self, until: float | None) -> PETSc.TS:
        ts = PETSc.TS().create(self.system.comm)
        ts.setOptionsPrefix(PREFIX)
        ts.setProblemType(PETSc.TS.ProblemType.NONLINEAR)
        ts.setEquationType(PETSc.TS.EquationType.DAE_IMPLICIT_INDEX1)
        ts.setType("bdf")
        matrix = self.newton.matrix()
        ts.setIFunction(self._ifunction, self.state.duplicate())
        ts.setIJacobian(self._ijacobian, matrix, matrix)
        self._configure(ts)
        ts.setTolerances(rtol=0.0, atol=self._control.weights)
        ts.setTime(self.time)
        ts.setMaxTime(until if until is not None else 1e30)
        ts.setExactFinalTime(PETSc.TS.ExactFinalTime.MATCHSTEP)
        ts.setMaxSteps(10**9)
        ts.setMaxSNESFailures(MAX_FAILURES)
        ts.setStepLimits(SHORTEST_STEP, self.max_step or LONGEST_STEP)
        ts.setMaxStepRejections(MAX_REJECTIONS)
        ts.setErrorIfStepFails(False)
        set_default(
            PREFIX,
            ts_bdf_order=2,
            ts_adapt_type="basic",
            ts_adapt_clip="0.1,2.0",
            ts_adapt_safety=SAFETY,
        )
        return ts

    def _configure(self, ts: PETSc.TS) -> None:
        """Have the nonlinear systems of a TS solved."""
        snes = ts.getSNES()
        self.newton.configure(snes, on_solved=self._predictor.solved)
        snes.setInitialGuess(
            lambda snes, x: self._predictor.guess(snes, ts.getTime() + ts.getTimeStep(), x)
        )

    def _watch(self, ts: PETSc.TS, events: Sequence[Event], fired: list[str]) -> None:
        def indicate(ts: PETSc.TS, t: float, state: PETSc.Vec, values: np.ndarray) -> None:
            self.system.load(state)
            for k, event in enumerate(events):
                values[k] = event.indicator(t, state)
            self._foresight.see(t, values)

        def after(
            ts: PETSc.TS, which: np.ndarray, t: float, state: PETSc.Vec, forward: bool
        ) -> None:
            fired.extend(events[int(k)].name for k in which)

        down = [-1] * len(events)
        ts.setEventHandler(down, [True] * len(events), indicate, after)
        ts.setEventTolerances(vtol=[event.tolerance for event in events])

    def _follow(
        self,
        ts: PETSc.TS,
        events: Sequence[Event],
        on_accepted: OnAccepted,
        until: float | None,
        replay: Replay | None,
    ) -> tuple[list[bool], list[FemCellError]]:
        """Act after every step; what will say whether to stop, and why it failed."""
        stopped: list[bool] = []
        failures: list[FemCellError] = []
        between = self.state.duplicate()

        def at(time: float) -> PETSc.Vec:
            ts.interpolate(time, between)
            return between

        def after_step(ts: PETSc.TS) -> None:
            if ts.getConvergedReason() < 0:
                return  # TS calls also after a step that has failed for good
            if replay and replay.goes_on:
                replay.accept(ts, self._control.weights)
                if not replay.goes_on:
                    self._configure(ts)
                    self._resume(replay.history)
                return
            before, self.time = self.time, ts.getTime()
            self.counters.accepted_steps += 1
            state = ts.getSolution()
            self._control.accept(self.time, self.system.voltage(state))
            self._predictor.accept(self.time, state)
            told = (event.time_left(state) for event in events if event.time_left)
            self._foresight.shorten(ts, min(told, default=np.inf))
            self._next_step = ts.getTimeStep()
            free_dropped(state)
            if failures or stopped:
                return
            try:
                if on_accepted(Accepted(self.time, self.time - before, state, at)):
                    stopped.append(True)
            except FemCellError as error:  # PETSc would make it an error of its own
                agree_on(error)
                failures.append(error)
            if failures or stopped:
                ts.setConvergedReason(PETSc.TS.ConvergedReason.CONVERGED_USER)
            elif until is not None and until - self.time < SHORTEST_STEP:
                # rounding has left a rest that no step can be made of
                ts.setConvergedReason(PETSc.TS.ConvergedReason.CONVERGED_TIME)

        ts.setPostStep(after_step)
        return stopped, failures

    def _ifunction(
        self, ts: PETSc.TS, t: float, u: PETSc.Vec, rate: PETSc.Vec, f: PETSc.Vec
    ) -> None:
        if self.drive:
            self.drive(t)
        self.system.residual(u, rate, f)

    def _ijacobian(
        self,
        ts: PETSc.TS,
        t: float,
        u: PETSc.Vec,
        rate: PETSc.Vec,
        shift: float,
        j: PETSc.Mat,
        p: PETSc.Mat,
    ) -> None:
        self.system.assemble(u, rate, shift)
        p.assemble()

    def _explain_failure(self, step: float) -> str:
        return (
            f"the solver could not go on at {self.time:.6g} s: the time step fell to "
            f"{step:.3g} s and Newton still failed; it changed "
            f"{self.newton.worst_unknown()} most{self.newton.explain_trouble()}"
        )

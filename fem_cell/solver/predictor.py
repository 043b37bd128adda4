r"""First guess of Newton's method from the states already accepted.

TS leaves the iterate of a failed attempt as the guess of the next, smaller one,
which then fails too. This predictor starts every attempt anew, from the
polynomial through the last (at most three) accepted states. If a longer attempt has been
solved and then rejected, its solution takes the place of the oldest: then the guess lies
between two solutions, which is much better than to run ahead of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from petsc4py import PETSc

from fem_cell.solver.backtracking import Backtracking
from fem_cell.solver.history import KEPT, History

POINTS = 3
"""That a guess goes through."""


@dataclass(slots=True)
class Predictor:
    """The latest accepted states.

    Attributes:
        backtracking: Keeps a guess from a residual that Newton's method cannot reduce.
        states: With their times, newest first.
        stage: State in the middle of the first time step, as long as its start is remembered.
        beyond: Time and solution of a longer attempt.
    """

    backtracking: Backtracking
    states: list[tuple[float, PETSc.Vec]] = field(default_factory=list)
    stage: PETSc.Vec | None = None
    beyond: tuple[float, PETSc.Vec] | None = None
    _target: float = 0.0
    _solved: list[PETSc.Vec] = field(default_factory=list)

    def reset(self) -> None:
        """Forget everything: the state is about to jump."""
        self.states.clear()
        self.stage = self.beyond = None
        self._solved.clear()

    def restore(self, history: History) -> None:
        """Remember what an earlier run did."""
        self.reset()
        self.states.extend(history.states)
        self.stage, self.beyond = history.stage, history.beyond

    def accept(self, time: float, state: PETSc.Vec) -> None:
        """Remember a state."""
        if len(self.states) == 1 and len(self._solved) == 2:
            self.stage = self._solved[0]
        if len(self.states) == KEPT:
            oldest, self.stage = self.states.pop()[1], None
        else:
            oldest = state.duplicate()
        state.copy(oldest)
        self.states.insert(0, (time, oldest))
        self._solved.clear()
        if self.beyond and self.beyond[0] <= time:
            self.beyond = None

    def solved(self, state: PETSc.Vec) -> None:
        """Remember the solution at the time of the last guess, which may yet be rejected."""
        if not self.states:
            return
        solution = state.copy()
        self.beyond = (self._target, solution)
        if len(self.states) == 1:  # the first step is solved in its middle and at its end
            self._solved = [*self._solved[-1:], solution]

    def _points(self, time: float) -> list[tuple[float, PETSc.Vec]]:
        """Times and states that a guess goes through."""
        if self.beyond and self.beyond[0] > time:
            return [self.beyond, *self.states[: POINTS - 1]]
        return self.states[:POINTS]

    def guess(self, snes: PETSc.SNES, time: float, state: PETSc.Vec) -> None:
        """Overwrite a state by the extrapolation to ``time``, if there is anything to go by.

        Collective.
        """
        if not self.states:
            return
        self._target = time
        points = self._points(time)
        times = [t for t, _ in points]
        weights = []
        for i, ti in enumerate(times):
            weight = 1.0
            for j, tj in enumerate(times):
                if j != i:
                    weight *= (time - tj) / (ti - tj)
            weights.append(weight)
        state.set(0.0)
        state.maxpy(weights, [vec for _, vec in points])
        accepted = self.states[0][1]
        self.backtracking.limit_guess(snes, accepted, state)

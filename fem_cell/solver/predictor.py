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

POINTS = 3


@dataclass(slots=True)
class Predictor:
    """The latest accepted states with their times, newest first.

    Attributes:
        backtracking: Keeps a guess from a residual that Newton's method cannot reduce.
    """

    backtracking: Backtracking
    _history: list[tuple[float, PETSc.Vec]] = field(default_factory=list)
    _target: float = 0.0
    _beyond: tuple[float, PETSc.Vec] | None = None

    def reset(self) -> None:
        """Forget everything: the state is about to jump."""
        self._history.clear()
        self._beyond = None

    def accept(self, time: float, state: PETSc.Vec) -> None:
        """Remember a state."""
        oldest = self._history.pop()[1] if len(self._history) == POINTS else state.duplicate()
        state.copy(oldest)
        self._history.insert(0, (time, oldest))
        if self._beyond and self._beyond[0] <= time:
            self._beyond = None

    def solved(self, state: PETSc.Vec) -> None:
        """Remember the solution at the time of the last guess, which may yet be rejected."""
        if self._history:
            self._beyond = (self._target, state.copy())

    def _points(self, time: float) -> list[tuple[float, PETSc.Vec]]:
        """Times and states that a guess goes through."""
        if self._beyond and self._beyond[0] > time:
            return [self._beyond, *self._history[: POINTS - 1]]
        return self._history

    def guess(self, snes: PETSc.SNES, time: float, state: PETSc.Vec) -> None:
        """Overwrite a state by the extrapolation to ``time``, if there is anything to go by.

        Collective.
        """
        if not self._history:
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
        accepted = self._history[0][1]
        self.backtracking.limit_guess(snes, accepted, state)

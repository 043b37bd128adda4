r"""First guess of Newton's method from the states already accepted.

TS leaves the iterate of a failed attempt as the guess of the next, smaller one,
which then fails too. This predictor starts every attempt anew, from the
polynomial through the last (at most three) accepted states.
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

    def reset(self) -> None:
        """Forget everything: the state is about to jump."""
        self._history.clear()

    def accept(self, time: float, state: PETSc.Vec) -> None:
        """Remember a state."""
        oldest = self._history.pop()[1] if len(self._history) == POINTS else state.duplicate()
        state.copy(oldest)
        self._history.insert(0, (time, oldest))

    def guess(self, snes: PETSc.SNES, time: float, state: PETSc.Vec) -> None:
        """Overwrite a state by the extrapolation to ``time``, if there is anything to go by.

        Collective.
        """
        if not self._history:
            return
        times = [t for t, _ in self._history]
        weights = []
        for i, ti in enumerate(times):
            weight = 1.0
            for j, tj in enumerate(times):
                if j != i:
                    weight *= (time - tj) / (ti - tj)
            weights.append(weight)
        state.set(0.0)
        state.maxpy(weights, [vec for _, vec in self._history])
        accepted = self._history[0][1]
        self.backtracking.limit_guess(snes, accepted, state)

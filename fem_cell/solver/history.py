"""What the time integration of a protocol step remembers, and how a TS learns it again.

A multistep method, the choice of its step and the first guess of Newton's method go by
former states. A run that is resumed from the last state alone would start anew with a step
of first order and take other steps from there. So all of it is kept, and handed to a new TS
by going through the last steps once more, with their lengths and their solutions given:
neither Newton's method nor the error control is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from petsc4py import PETSc

KEPT = 4
"""States: BDF of order two looks at three of them, the step before brings a TS to the first."""


UNLIMITED = 1e30
"""Error that is allowed in steps that are given."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the choice of the next time step goes by, besides the states.

    Attributes:
        next_step: s, that was chosen already.
        began: When the protocol step began, s.
        settled: From when on the terminal's potential is controlled, s.
        proposed: Time step that TS proposed last, s.
        event_time: When the indicators of events were seen last, s; absent without events.
        indicators: Their values.
    """

    next_step: float
    began: float
    settled: float
    proposed: float = 0.0
    event_time: float | None = None
    indicators: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The course of a protocol step that goes on.

    Attributes:
        states: The latest states with their times (s), newest first; at most :data:`KEPT`.
        stage: State in the middle of the first time step; absent once that step is forgotten.
        beyond: Time and solution of a longer step that was rejected, if it is still ahead.
        outlook: The rest.
    """

    states: list[tuple[float, PETSc.Vec]]
    stage: PETSc.Vec | None
    beyond: tuple[float, PETSc.Vec] | None
    outlook: Outlook

    @property
    def first(self) -> tuple[float, PETSc.Vec]:
        """The oldest state and its time."""
        return self.states[-1]


@dataclass(slots=True)
class Replay:
    """Takes a TS through the steps of a history; all methods are collective.

    Attributes:
        history: Its steps.
    """

    history: History
    _solutions: list[PETSc.Vec] = field(init=False)
    _steps: list[float] = field(init=False)
    _weights: PETSc.Vec | None = None

    def __post_init__(self) -> None:
        """List what TS will ask for: in its first step also the state half-way."""
        states = self.history.states[::-1]
        self._steps = [_step(a, b) for (a, _), (b, _) in pairwise(states)]
        self._solutions = [state for _, state in states[1:]]
        if self._solutions:
            self._solutions.insert(0, self.history.stage or self._solutions[0])

    @property
    def goes_on(self) -> bool:
        """Whether there are steps left."""
        return bool(self._steps)

    def begin(self, ts: PETSc.TS, state: PETSc.Vec, weights: PETSc.Vec) -> None:
        """Put a TS where the history starts, and have it accept what it is given.

        Args:
            ts: Configured for the step.
            state: That it will integrate.
            weights: Tolerances of its error control, infinite meanwhile.
        """
        time, first = self.history.first
        first.copy(state)
        ts.setTime(time)
        ts.setTimeStep(self._steps[0])
        self._weights = weights.copy()
        weights.set(UNLIMITED)
        snes = ts.getSNES()
        snes.setInitialGuess(lambda snes, x: self._solutions.pop(0).copy(x))
        snes.setConvergenceTest(lambda snes, iteration, norms: _GIVEN)

    def accept(self, ts: PETSc.TS, weights: PETSc.Vec) -> None:
        """TS has taken a step: set the next one."""
        self._steps.pop(0)
        ts.setTimeStep(self._steps[0] if self._steps else self.history.outlook.next_step)
        if not self._steps and self._weights:
            self._weights.copy(weights)


_GIVEN = PETSc.SNES.ConvergedReason.CONVERGED_ITS


def _step(start: float, end: float) -> float:
    """The step that leads from one time exactly to another."""
    step = end - start
    if start + step != end:
        step = float(np.nextafter(step, np.inf if start + step < end else -np.inf))
    return step

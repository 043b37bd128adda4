r"""Anticipates shrinking time steps and events.

From the error of a step the controller of TS works out the step it would have liked, H_n, and
takes it next. Where a discharge ends the voltage falls ever faster, H shrinks from step to
step, and every second step would be rejected. So a shrinking H is extrapolated by its trend,

.. math:: h_{n+1} = H_n \min(1, H_n / H_{n-1})

the idea of predictive control (Gustafsson 1994), which needs no step more than it saves.

Nor does a step go beyond the event that ends the protocol step, as far as the indicators of
events, extrapolated along a line, can tell. A voltage that falls ever faster passes its limit a
little before the end of that step, so that the event is found at once. A step that went far
beyond would have to solve for a state that is of no use and hard to find: an empty cell. Where
more is known of an event than its course so far, it is taken into account as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.solver.history import Outlook

Array = npt.NDArray[np.float64]

SMALLEST_SHARE = 0.3
"""Of the step that TS proposes."""


@dataclass(slots=True)
class Foresight:
    """Remembers what TS proposed last, and the indicators of events."""

    _proposed: float = 0.0
    _seen: tuple[float, Array] | None = None
    _accepted: tuple[float, Array] | None = None

    def reset(self) -> None:
        """A new protocol step begins."""
        self._proposed = 0.0
        self._seen = self._accepted = None

    def restore(self, outlook: Outlook) -> None:
        """Remember what an earlier run saw last."""
        self._proposed = outlook.proposed
        if outlook.event_time is not None:
            self._accepted = (outlook.event_time, np.array(outlook.indicators))

    def remembered(self) -> tuple[float, float | None, tuple[float, ...]]:
        """The last three attributes of an :class:`Outlook`."""
        if self._accepted is None:
            return self._proposed, None, ()
        time, indicators = self._accepted
        return self._proposed, time, tuple(indicators.tolist())

    def see(self, time: float, indicators: Array) -> None:
        """Note the indicators of events at a time that may yet be rejected."""
        self._seen = (time, indicators.copy())

    def shorten(self, ts: PETSc.TS, latest: float) -> None:
        """Shorten the next step of a TS that has accepted one.

        Args:
            ts: Whose step.
            latest: Time until an event at the latest, s.
        """
        proposed = ts.getTimeStep()
        share = proposed / self._proposed if self._proposed > 0.0 else 1.0
        self._proposed = proposed
        step = proposed * min(max(share, SMALLEST_SHARE), 1.0)
        ts.setTimeStep(min(step, latest, self._time_left()))

    def _time_left(self) -> float:
        """Until the first indicator vanishes along a line through its last two values, s."""
        before, now = self._accepted, self._seen
        self._accepted = now
        if before is None or now is None or now[0] <= before[0]:
            return np.inf
        falling = np.maximum((before[1] - now[1]) / (now[0] - before[0]), 0.0)
        ahead = (now[1] > 0.0) & (falling > 0.0)
        return float((now[1][ahead] / falling[ahead]).min(initial=np.inf))

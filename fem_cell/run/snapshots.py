"""When fields are written: at fractions of a step, at given times and states, at its ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fem_cell.case.tables import OutputTable


@dataclass(slots=True)
class Schedule:
    """The times at which fields are due during one protocol step.

    Attributes:
        times: Still to come, ascending, s since the start of the run.
        start: Of the step, s.
        end: When it ends at the latest, s.
        every: Interval of further times, s; ``None`` for none.
    """

    times: list[float] = field(default_factory=list)
    start: float = 0.0
    end: float = 0.0
    every: float | None = None
    _count: int = 1

    @classmethod
    def of_step(cls, start: float, duration: float, wishes: OutputTable) -> Schedule:
        """Collect the times of one step.

        Args:
            start: Of the step, s.
            duration: Longest it can take, s.
            wishes: What the case asks for; its ``snapshots`` count both ends.
        """
        end = start + duration
        times = {t for t in wishes.fields_at if start < t <= end}
        if wishes.snapshots > 2:
            times.update(np.linspace(start, end, wishes.snapshots)[1:-1].tolist())
        return cls(sorted(times), start, end, wishes.fields_every)

    def due(self, time: float) -> list[float]:
        """Times that have come by ``time``; each is returned once."""
        come = [t for t in self.times if t <= time]
        self.times = self.times[len(come) :]
        if self.every:
            while (t := self.start + self._count * self.every) <= time and t < self.end:
                come.append(t)
                self._count += 1
        return sorted(set(come))


def crossings(
    levels: Sequence[float], before: tuple[float, float], now: tuple[float, float]
) -> list[float]:
    """When a quantity that changes linearly with time takes given values.

    Args:
        levels: The values.
        before: Time (s) and value at the beginning; a level met there is not counted.
        now: The same at the end, where it is.

    Returns:
        The times, ascending.
    """
    (t0, s0), (t1, s1) = before, now
    passed = [s for s in levels if min(s0, s1) <= s <= max(s0, s1) and s != s0]
    return sorted(t0 + (t1 - t0) * (s - s0) / (s1 - s0) for s in passed)

"""When fields are written: at fractions of a step, at given times, at its ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Schedule:
    """The times at which fields are due during one protocol step.

    Attributes:
        times: Still to come, ascending, s since the start of the run.
    """

    times: list[float] = field(default_factory=list)

    @classmethod
    def of_step(
        cls,
        start: float,
        duration: float,
        snapshots: int,
        every: float | None,
        at: list[float],
    ) -> Schedule:
        """Collect the times of one step.

        Args:
            start: Of the step, s.
            duration: Longest it can take, s.
            snapshots: How many to spread evenly over it, both ends counted.
            every: Interval of further ones, s.
            at: Further times, s since the start of the run.
        """
        end = start + duration
        times = {t for t in at if start < t <= end}
        if snapshots > 2:
            times.update(np.linspace(start, end, snapshots)[1:-1].tolist())
        if every is not None:
            times.update(np.arange(start + every, end, every).tolist())
        return cls(sorted(times))

    def due(self, time: float) -> list[float]:
        """Times that have come by ``time``; each is returned once."""
        come = [t for t in self.times if t <= time]
        self.times = self.times[len(come) :]
        return come

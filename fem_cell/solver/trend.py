r"""Anticipates shrinking time steps.

From the error of a step the controller of TS works out the step it would have liked, H_n, and
takes it next. Where a discharge ends the voltage falls ever faster, H shrinks from step to
step, and every second step would be rejected. So a shrinking H is extrapolated by its trend,

.. math:: h_{n+1} = H_n \min(1, H_n / H_{n-1})

the idea of predictive control (Gustafsson 1994), which needs no step more than it saves.
"""

from __future__ import annotations

from dataclasses import dataclass

from petsc4py import PETSc

SMALLEST_SHARE = 0.3
"""Of the step that TS proposes."""


@dataclass(slots=True)
class StepTrend:
    """Remembers what TS proposed last.

    Attributes:
        proposed: H of the step before, s; zero if there is none.
    """

    proposed: float = 0.0

    def reset(self) -> None:
        """A new protocol step begins."""
        self.proposed = 0.0

    def apply(self, ts: PETSc.TS) -> None:
        """Shorten the next step of a TS that has accepted one."""
        proposed = ts.getTimeStep()
        if 0.0 < proposed < self.proposed:
            share = max(proposed / self.proposed, SMALLEST_SHARE)
            ts.setTimeStep(share * proposed)
        self.proposed = proposed

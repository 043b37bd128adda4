"""What goes into a protocol step of the integrator and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from petsc4py import PETSc


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ends a step: a function of the state that crosses zero.

    Attributes:
        name: What is reported as the reason of the end.
        indicator: Positive before the event, negative after; state loaded.
        tolerance: Size of the indicator that counts as zero.
        time_left: Until the event at the latest, s, as far as can be told from a state.
    """

    name: str
    indicator: Callable[[float, PETSc.Vec], float]
    tolerance: float
    time_left: Callable[[PETSc.Vec], float] | None = None


@dataclass(slots=True)
class Counters:
    """Work done so far."""

    accepted_steps: int = 0
    rejected_steps: int = 0


@dataclass(slots=True)
class StepResult:
    """How a step ended.

    Attributes:
        reason: Name of the event, or ``"time"``, or ``"stopped"``.
        time: When, s since the start of the run.
    """

    reason: str
    time: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted time step.

    Attributes:
        time: s.
        step: Its length, s.
        state: The state at ``time``.
        at: The state at an earlier time of this step, by the integrator's polynomial.
    """

    time: float
    step: float
    state: PETSc.Vec
    at: Callable[[float], PETSc.Vec]


OnAccepted = Callable[[Accepted], bool]
"""Called after every accepted step; true asks to stop."""

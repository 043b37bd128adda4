"""A voltage that moves at a constant rate, as in cyclic voltammetry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_cell.cell import Control
from fem_cell.protocol import Step

RESOLUTION = 4e-3
"""V; the voltage moves by no more in a time step, so that peaks of the current are resolved."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A straight line of the voltage over time.

    Attributes:
        begin: When it starts, s.
        start: V.
        target: V.
        rate: V/s, positive.
        limit: Name of its end.
    """

    begin: float
    start: float
    target: float
    rate: float
    limit: str

    @classmethod
    def of(cls, step: Step, time: float, voltage: float) -> Ramp | None:
        """Of a sweep, from the present time (s) and voltage (V); ``None`` for other steps."""
        if step.kind != "sweep" or step.value is None:
            return None
        (end,) = (limit for limit in step.until if limit.kind == "voltage")
        return cls(time, voltage, end.value, step.value.value, f"voltage {end.text}")

    @property
    def end(self) -> float:
        """When it arrives, s."""
        return self.begin + abs(self.target - self.start) / self.rate

    @property
    def longest_step(self) -> float:
        """Time step that still resolves peaks, s."""
        return RESOLUTION / self.rate

    def voltage(self, time: float) -> float:
        """V(t); constant before and after."""
        way = np.sign(self.target - self.start) * self.rate * (time - self.begin)
        low, high = sorted((self.start, self.target))
        return float(np.clip(self.start + way, low, high))

    def drive(self, control: Control, time: float) -> None:
        """Make the terminal impose the voltage of a time."""
        control.set_voltage(self.voltage(time))

"""The steps of a protocol as plain data: what is imposed, and what ends it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

CurrentUnit = Literal["C", "A/m^2", "A"]
"""C-rate, current per footprint, or current of the whole modelled cell."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What a step imposes.

    Attributes:
        value: Magnitude, in ``unit``.
        unit: ``"C"`` (C-rate), ``"A/m^2"`` (per footprint), ``"A"``, ``"V"`` or ``"V/s"``.
    """

    value: float
    unit: Literal["C", "A/m^2", "A", "V", "V/s"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends a step.

    Attributes:
        kind: ``"voltage"``, ``"current"``, ``"capacity"`` or ``"time"``.
        value: In ``unit``; a current is a magnitude, a capacity counts from the step's start.
        unit: ``"V"``; ``"C"`` (C-rate), ``"A/m^2"`` or ``"A"``; ``"A*s/m^2"`` (per footprint),
            ``"A*s/kg"`` (per mass of active material) or ``"A*s"``; ``"s"``.
        text: As it was written, e.g. ``"2.7 V"``; the name of the event that ends the step.
    """

    kind: Literal["voltage", "current", "capacity", "time"]
    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Frequencies of a spectrum, evenly spread on a logarithmic scale.

    Attributes:
        first: Hz, where the measurement starts.
        last: Hz, where it ends.
        count: How many, both ends included.
    """

    first: float
    last: float
    count: int

    @classmethod
    def per_decade(cls, first: float, last: float, density: int) -> Frequencies:
        """So many in every decade."""
        return cls(first, last, 1 + math.ceil(density * abs(math.log10(last / first)) - 1e-9))

    def values(self) -> list[float]:
        """All of them, Hz."""
        ratio = self.last / self.first
        return [self.first * ratio ** (k / (self.count - 1)) for k in range(self.count)]


@dataclass(frozen=True, slots=True)
class Leave:
    """What ends a whole block of steps.

    Attributes:
        limit: Text of the voltage limit.
        to: Index of the step that follows the block.
    """

    limit: str
    to: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol.

    Attributes:
        kind: ``"current"``, ``"voltage"``, ``"sweep"`` (a voltage that moves) or ``"rest"``: what
            is imposed; or ``"impedance"``: a measurement at the state that is reached, which
            takes no time.
        direction: +1 charge, -1 discharge, 0 else.
        value: What is imposed; ``None`` at rest.
        until: The limits; the one that is met first ends the step.
        text: The line of the case file.
        cycle: Number of the cycle it belongs to, from 1; a pass through an outermost
            ``repeat`` block is a cycle.
        repeated: Whether it stands in such a block.
        leaves: What ends the blocks around it.
        experiment: ``"gitt"`` in a titration; empty else.
        frequencies: Of a measurement.
    """

    kind: Literal["current", "voltage", "sweep", "rest", "impedance"]
    direction: Literal[1, -1, 0]
    value: Amount | None
    until: tuple[Limit, ...]
    text: str
    cycle: int
    repeated: bool = False
    leaves: tuple[Leave, ...] = ()
    experiment: str = ""
    frequencies: Frequencies | None = None

"""Targets of a paper and what a result says about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

CONTRADICTION = 2.0
"""Beyond this factor a value contradicts the paper's; nearer it only misses it."""


class Verdict(StrEnum):
    """What a result says about a target."""

    MET = "met"
    NOT_MET = "not met"
    CONTRADICTS = "contradicts"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"


class Role(StrEnum):
    """How our value came about."""

    GEOMETRY = "geometry"
    ARITHMETIC = "arithmetic"
    CALIBRATED = "calibrated"
    PREDICTED = "predicted"


class Criterion(Protocol):
    """Decides on a value."""

    def judge(self, ours: float) -> Verdict:
        """The verdict on a value."""

    def __str__(self) -> str:
        """The tolerance in words."""


@dataclass(frozen=True, slots=True)
class Within:
    """A value of the paper and the relative deviation that is accepted."""

    value: float
    tolerance: float

    def judge(self, ours: float) -> Verdict:
        """Met within the tolerance; contradicts beyond a factor of two."""
        ratio = ours / self.value
        if abs(ratio - 1.0) <= self.tolerance:
            return Verdict.MET
        far = not 1.0 / CONTRADICTION <= ratio <= CONTRADICTION
        return Verdict.CONTRADICTS if far else Verdict.NOT_MET

    def __str__(self) -> str:
        """For example ``10 %``."""
        return f"{100 * self.tolerance:g} %"


@dataclass(frozen=True, slots=True)
class WithinBy:
    """A value of the paper and the deviation that is accepted, in its unit."""

    value: float
    deviation: float
    unit: str = ""

    def judge(self, ours: float) -> Verdict:
        """Met within the deviation; contradicts beyond a factor of two."""
        if abs(ours - self.value) <= self.deviation:
            return Verdict.MET
        return Within(self.value, 0.0).judge(ours)

    def __str__(self) -> str:
        """For example ``3 mAh/g``."""
        return f"{self.deviation:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class WithinFactor:
    """A value of the paper that is good to a factor; beyond its square ours contradicts it."""

    value: float
    factor: float

    def judge(self, ours: float) -> Verdict:
        """Met within the factor; contradicts beyond its square."""
        off = max(ours / self.value, self.value / ours)
        if off <= self.factor:
            return Verdict.MET
        return Verdict.NOT_MET if off <= self.factor**2 else Verdict.CONTRADICTS

    def __str__(self) -> str:
        """For example ``factor 2``."""
        return f"factor {self.factor:g}"


@dataclass(frozen=True, slots=True)
class Above:
    """A statement that something is more than a limit; there is no near miss."""

    limit: float

    def judge(self, ours: float) -> Verdict:
        """Met above the limit, else the result contradicts the statement."""
        return Verdict.MET if ours > self.limit else Verdict.CONTRADICTS

    def __str__(self) -> str:
        """For example ``sign``."""
        return "sign"


@dataclass(frozen=True, slots=True)
class Below:
    """A statement that something is less than a limit; there is no near miss."""

    limit: float

    def judge(self, ours: float) -> Verdict:
        """Met below the limit, else the result contradicts the statement."""
        return Verdict.MET if ours < self.limit else Verdict.CONTRADICTS

    def __str__(self) -> str:
        """For example ``sign``."""
        return "sign"


@dataclass(frozen=True, slots=True)
class Finding:
    """A target and our value.

    Attributes:
        key: E.g. ``A2``.
        quantity: What is compared, with its unit.
        paper: The paper's value as text.
        criterion: Decides.
        role: How our value came about.
        ours: Our value; ``None`` if the case has no finished result.
        note: What else must be said.
        interval: Half of the 95 % confidence interval of our value, where it is a mean.
    """

    key: str
    quantity: str
    paper: str
    criterion: Criterion
    role: Role
    ours: float | None
    note: str = ""
    interval: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """What our value says about the target; nothing, if its interval meets it in part."""
        if self.ours is None:
            return Verdict.NOT_APPLICABLE
        ends = (self.ours - self.interval, self.ours + self.interval)
        met = {self.criterion.judge(value) is Verdict.MET for value in (self.ours, *ends)}
        return self.criterion.judge(self.ours) if len(met) == 1 else Verdict.UNDECIDED

    def as_row(self) -> dict[str, object]:
        """A row of the table of targets."""
        return {
            "target": self.key,
            "quantity": self.quantity,
            "paper": self.paper,
            "ours": "-" if self.ours is None else _short(self.ours) + self._interval(),
            "tolerance": str(self.criterion),
            "role": str(self.role),
            "verdict": str(self.verdict),
        }

    def as_json(self) -> dict[str, object]:
        """The same for machines, with all digits."""
        return self.as_row() | {
            "ours": self.ours,
            "interval": self.interval,
            "note": self.note,
        }

    def _interval(self) -> str:
        return f" +- {self.interval:.2g}" if self.interval else ""


def _short(value: float) -> str:
    """Three digits, four of thousands."""
    return f"{value:.4g}" if 1e3 <= abs(value) < 1e4 else f"{value:.3g}"

"""What a reproduction of a paper consists of."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fem_cell.case.derived import derive
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.verdict import Finding
from fem_cell.sweep import Sweep
from fem_cell.sweep.results import Outcome, outcome

KG_PER_M2_TO_MG_PER_CM2 = 100.0
EFFECTIVE, PRESSED = "effective.json", "press.json"


@dataclass(frozen=True, slots=True)
class Study:
    """What is resolved and no case: a sample or a pressing.

    Attributes:
        name: Of its folder.
        file: Relative to the folder of the shipped cases.
        settings: Changes of it, ``key.sub=value``.
        smoke: Whether it is part of a report in small sizes.
    """

    name: str
    file: str
    settings: tuple[str, ...] = ()
    smoke: bool = True

    def folder(self, sweep: Sweep) -> Path:
        """Where its results are, beside the cases of the report."""
        return sweep.out.parent / "samples" / self.name

    def belongs_to(self, sweep: Sweep) -> bool:
        """Whether it is part of a report in the sizes of its cases."""
        return self.smoke or not sweep.smoke


@dataclass(slots=True)
class Results:
    """Results of the cases of a paper, by the name of the case."""

    sweep: Sweep
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def outcome(self, name: str) -> Outcome:
        """What has become of a case."""
        if name not in self._outcomes:
            self._outcomes[name] = outcome(self.sweep.point(name))
        return self._outcomes[name]

    def last_step(self, name: str, key: str) -> float | None:
        """A number of the last step of the protocol; ``None`` without finished results."""
        now = self.outcome(name)
        return float(now.steps[-1][key]) if now.finished and now.steps else None

    def capacity(self, name: str) -> float | None:
        """Areal capacity, mAh/cm^2."""
        return self.last_step(name, "capacity_mAh_cm2")

    def specific(self, name: str) -> float | None:
        """Capacity per mass of active material, mAh/g."""
        return self.last_step(name, "capacity_mAh_g")

    def duration(self, name: str) -> float | None:
        """How long the last step took, s."""
        return self.last_step(name, "duration_s")

    def largest(self, name: str, column: str) -> float | None:
        """Largest value of a column of the time series; ``None`` without finished results."""
        return max(self.column(name, column), default=None)

    def least(self, name: str, column: str) -> float | None:
        """Least value of a column of the time series; ``None`` without finished results."""
        return min(self.column(name, column), default=None)

    def at_end(self, name: str, column: str, step: int) -> float | None:
        """Last value of a column in a step of the protocol; ``None`` without finished results."""
        values = zip(self.column(name, "Step Count / 1"), self.column(name, column), strict=True)
        return next((value for at, value in reversed(list(values)) if at == step), None)

    def column(self, name: str, column: str) -> list[float]:
        """A column of the time series; empty without finished results."""
        path = self.folder(name) / "timeseries.csv"
        if not self.outcome(name).finished or not path.is_file():
            return []
        with path.open(newline="") as file:
            return [float(row[column]) for row in csv.DictReader(file)]

    def ratio(self, name: str, reference: str) -> float | None:
        """Areal capacity over that of another case."""
        one, other = self.capacity(name), self.capacity(reference)
        return one / other if one is not None and other else None

    def loading(self, name: str) -> float:
        """Solid mass per footprint of a case, mg/cm^2; by its geometry, without a run."""
        mass = derive(self.sweep.point(name).case).areal_mass
        if mass is None:
            raise TypeError(f"the geometry script of '{name}' does not tell its sizes")
        return mass * KG_PER_M2_TO_MG_PER_CM2

    def folder(self, name: str) -> Path:
        """Results folder of a case."""
        return self.sweep.point(name).folder

    def effective(self, sample: Study) -> Mapping[str, Any] | None:
        """Effective properties of a sample (``effective.json``); ``None`` if there are none."""
        return self._read(sample, EFFECTIVE)

    def pressed(self, pressing: Study) -> Mapping[str, Any] | None:
        """Rows of a pressing (``press.json``); ``None`` if there are none."""
        return self._read(pressing, PRESSED)

    def _read(self, study: Study, file: str) -> Mapping[str, Any] | None:
        path = study.folder(self.sweep) / file
        if not path.is_file() or not study.belongs_to(self.sweep):
            return None
        return dict(json.loads(path.read_text()))

    def wall_time(self) -> float:
        """Sum of the wall times of all finished runs, s."""
        times = (self.outcome(point.name).wall_time for point in self.sweep.points)
        return sum(time for time in times if time)


@dataclass(frozen=True, slots=True)
class Calibration:
    """One value of the cases that is solved for.

    Attributes:
        key: Where it stands in the case file.
        point: The case that must meet the target.
        capacity: What it must deliver, mAh/cm^2.
        target: Name of the target it is calibrated on.
    """

    key: str
    point: str
    capacity: float
    target: str


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps of several cases at the same times.

    Attributes:
        file: Name of the picture.
        points: Cases, a row each.
        quantity: What is shown.
        times: s.
        caption: What it shows.
    """

    file: str
    points: tuple[str, ...]
    quantity: str
    times: tuple[float, ...]
    caption: str


class Paper(Protocol):
    """A paper whose results are reproduced."""

    @property
    def key(self) -> str:
        """Its letter."""

    @property
    def citation(self) -> str:
        """What it is and where it stands."""

    @property
    def cases(self) -> str:
        """The sweep of its cases, relative to the folder of the shipped cases."""

    @property
    def calibrations(self) -> Sequence[Calibration]:
        """The values that were solved for; all others are given."""

    @property
    def maps(self) -> Sequence[Maps]:
        """Pictures of cases side by side."""

    @property
    def studies(self) -> Sequence[Study]:
        """Samples and pressings that are reported."""

    def findings(self, results: Results) -> list[Finding]:
        """Our value for every target."""

    def sections(self, results: Results) -> list[Section]:
        """What else is reported: tables and what they mean in words."""

    def draw(self, results: Results, folder: Path) -> dict[str, str]:
        """Draw curves into a folder; file names with captions, those that could be drawn."""


def number(value: float | None, unit: str, digits: int = 3) -> str:
    """A value within a sentence."""
    return f"{value:.{digits}g} {unit}".strip() if value is not None else f"(not run) {unit}"


def percent(value: float | None) -> str:
    """A ratio within a sentence."""
    if value is None:
        return "(not run)"
    return f"{100 * value:.{0 if value >= 0.1 else 2}f} %"

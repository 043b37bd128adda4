"""What pictures need of a results folder."""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.output.collection import Snapshot, read_collection

Array = npt.NDArray[np.float64]

TIME, VOLTAGE = "Test Time / s", "Voltage / V"


class NothingToShow(Exception):
    """The results folder lacks what a picture shows; says what."""


@dataclass
class ResultsFolder:
    """A results folder, finished or of a run in progress.

    Attributes:
        path: The folder.
    """

    path: Path

    @cached_property
    def snapshots(self) -> dict[str, list[Snapshot]]:
        """Snapshots of every series that has some, in order of time."""
        found = {p.stem: read_collection(p) for p in sorted((self.path / "fields").glob("*.pvd"))}
        return {name: listed for name, listed in found.items() if listed}

    @cached_property
    def table(self) -> dict[str, Array]:
        """Columns of ``timeseries.csv``; empty without it."""
        return read_columns(self.path / "timeseries.csv")

    @cached_property
    def multiplicity(self) -> int:
        """How many of the computed piece make one periodic cell; one if unknown."""
        path = self.path / "mesh" / "mesh.json"
        if not path.is_file():
            return 1
        return int(json.loads(path.read_text()).get("multiplicity") or 1)

    @cached_property
    def title(self) -> str:
        """Title of the case, or the folder's name."""
        path = self.path / "case.toml"
        case = tomllib.loads(path.read_text()) if path.is_file() else {}
        title = str(case.get("title") or self.path.resolve().name)
        return title.replace("$", r"\$")  # which would begin a formula

    def without_snapshots(self) -> NothingToShow:
        """Why there is none."""
        fields = self.path / "fields"
        if any(fields.glob("*.bp")):
            return NothingToShow(f'{fields} holds VTX files; pictures need fields_format = "pvd"')
        return NothingToShow(f"no snapshots in {fields}")

    def read(self, series: str, snapshot: Snapshot) -> Any:
        """The grid of a snapshot."""
        from fem_cell.output.pictures.render import pyvista

        path = self.path / "fields" / snapshot.file
        if not path.is_file():
            raise NothingToShow(f"{path} of series '{series}' is missing")
        return pyvista().read(path)

    def voltage_at(self, time: float) -> float | None:
        """Voltage at a time, V; ``None`` without a time series."""
        times, voltages = self.table.get(TIME), self.table.get(VOLTAGE)
        if times is None or voltages is None or not times.size:
            return None
        return float(np.interp(time, times, voltages))


def read_columns(path: Path) -> dict[str, Array]:
    """Columns of a CSV file by their labels; empty without it."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        head, *rows = list(csv.reader(file)) or [[]]
    # the last row of a run in progress can be incomplete
    rows = [row for row in rows if len(row) == len(head)]
    columns = zip(*rows, strict=True) if rows else [()] * len(head)
    return {name: _numbers(column) for name, column in zip(head, columns, strict=True)}


def nearest_snapshot(snapshots: list[Snapshot], time: float) -> Snapshot:
    """The snapshot closest to a time."""
    return min(snapshots, key=lambda snapshot: abs(snapshot.time - time))


def spread(snapshots: list[Snapshot], count: int) -> list[Snapshot]:
    """At most ``count`` snapshots evenly spread over time, both ends included."""
    times = np.linspace(snapshots[0].time, snapshots[-1].time, count)
    chosen = [nearest_snapshot(snapshots, time) for time in times]
    shortest = 1e-3 * (snapshots[-1].time - snapshots[0].time)
    kept = chosen[:1]
    for snapshot in chosen[1:]:
        # the first state of a step stands beside the last one of the step before
        if snapshot.time - kept[-1].time > shortest:
            kept.append(snapshot)
    return kept


def show_time(seconds: float) -> str:
    """A time in the unit that reads best."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds >= 0.1 else "0 s"


def _numbers(column: tuple[str, ...]) -> Array:
    """A column as numbers; what is none (names) becomes nan."""

    def number(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            return float("nan")

    return np.array([number(text) for text in column])

"""``losses.csv``: the parts of the power at every recorded time, per footprint."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from fem_cell.output.files import replace_text
from fem_cell.output.series import CYCLE, STEP, TIME

UNIT = "mW.cm-2"
W_PER_M2_TO_MW_PER_CM2 = 0.1
FIXED = (TIME, STEP, CYCLE)

Array = npt.NDArray[np.float64]


def label(name: str) -> str:
    """The column of a part."""
    return f"{name.title()} / {UNIT}"


@dataclass(frozen=True, slots=True)
class LossSeries:
    """Appends rows; only rank 0 writes.

    Attributes:
        path: The CSV file.
        comm: Ranks of the run.
        names: Of the parts.
        footprint: Area that powers refer to, m^2.
    """

    path: Path
    comm: MPI.Comm
    names: tuple[str, ...]
    footprint: float

    def begin(self, resumed_at: float | None) -> None:
        """Start the file, or drop the rows after the time a run is resumed at."""
        if self.comm.rank != 0:
            return
        rows = [[*FIXED, *map(label, self.names)]]
        if resumed_at is not None and self.path.is_file():
            with self.path.open(newline="") as file:
                old = list(csv.reader(file))[1:]
            last = resumed_at * (1 + 1e-8)  # times are written with nine digits
            rows += [row for row in old if len(row) == len(rows[0]) and float(row[0]) <= last]
        replace_text(self.path, "".join(",".join(row) + "\n" for row in rows))

    def record(self, time: float, step: int, cycle: int, powers: Array) -> None:
        """Append a row of powers in W."""
        if self.comm.rank != 0:
            return
        values = powers / self.footprint * W_PER_M2_TO_MW_PER_CM2
        row = [f"{time:.9g}", str(step), str(cycle), *(f"{value:.9g}" for value in values)]
        with self.path.open("a") as file:
            file.write(",".join(row) + "\n")

"""``losses.csv``: the parts of the power at every recorded time, per footprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from fem_cell.output.rows import RowFile, written
from fem_cell.output.series import CYCLE, STEP, TIME

UNIT = "mW.cm-2"
W_PER_M2_TO_MW_PER_CM2 = 0.1
FIXED = (TIME, STEP, CYCLE)

Array = npt.NDArray[np.float64]


def label(name: str) -> str:
    """The column of a part."""
    return f"{name.title()} / {UNIT}"


@dataclass(slots=True)
class LossSeries:
    """Appends rows; all methods are collective.

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
    _file: RowFile = field(init=False)

    def __post_init__(self) -> None:
        """Name the columns."""
        labels = [*FIXED, *map(label, self.names)]
        self._file = RowFile(self.path, self.comm, labels)

    def begin(self, kept: int) -> None:
        """Start the file, or keep so many rows of it where a run is resumed.

        Raises:
            InputError: So many are not there.
            OutputError: It cannot be written.
        """
        self._file.begin(kept)

    def record(self, time: float, step: int, cycle: int, powers: Array) -> None:
        """Append a row of powers in W.

        Raises:
            OutputError: It cannot be written.
        """
        values = powers / self.footprint * W_PER_M2_TO_MW_PER_CM2
        self._file.append([written(time), str(step), str(cycle), *map(written, values)])

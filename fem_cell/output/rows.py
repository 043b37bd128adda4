"""Tables that grow by a row while a run goes on: CSV, one line for every recorded state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from mpi4py import MPI

from fem_cell.errors import Fault, InputError
from fem_cell.output.files import append_line, replace_text
from fem_cell.parallel import on_root


def written(value: float) -> str:
    """A number with digits enough to tell a resumed run from one that was not interrupted."""
    return f"{value:.12g}"


@dataclass(slots=True)
class RowFile:
    """A table on disk; only rank 0 writes, all methods are collective.

    Attributes:
        path: The CSV file.
        comm: Ranks of the run.
        labels: Of its columns.
        rows: Written so far.
    """

    path: Path
    comm: MPI.Comm
    labels: Sequence[str]
    rows: int = 0

    def begin(self, kept: int) -> None:
        """Start the file, or keep so many rows of it where a run is resumed.

        Raises:
            InputError: So many are not there.
            OutputError: It cannot be written.
        """
        on_root(self.comm, lambda: self._begin(kept))
        self.rows = kept

    def append(self, row: Sequence[str]) -> None:
        """Append a row that is complete on rank 0.

        Raises:
            OutputError: It cannot be written; the file is as it was then.
        """
        on_root(self.comm, lambda: append_line(self.path, ",".join(row)))
        self.rows += 1

    def _begin(self, kept: int) -> None:
        lines = [",".join(self.labels)]
        if kept:
            lines += _whole_rows(self.path, lines[0])[:kept]
        if len(lines) < 1 + kept:
            problem = f"{self.path} has {len(lines) - 1} of the {kept} rows up to the checkpoint"
            remedy = "put it back from a copy, or run without --resume"
            raise InputError([Fault("--resume", problem, remedy)])
        replace_text(self.path, "\n".join([*lines, ""]))


def _whole_rows(path: Path, header: str) -> list[str]:
    """The rows of a table, as they stand there; none if it has other columns."""
    if not path.is_file():
        return []
    first, *lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if first != header:
        return []
    count = len(header.split(","))
    return list(takewhile(lambda line: _is_row(line, count), lines[:-1]))


def _is_row(line: str, count: int) -> bool:
    values = line.split(",")
    if len(values) != count:
        return False
    try:
        [float(value) for value in values]
    except ValueError:
        return False
    return True

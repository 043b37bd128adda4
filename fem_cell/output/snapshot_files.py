"""Folders, pieces and indices of the snapshots of several series, in parallel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mpi4py import MPI

from fem_cell.output.collection import Snapshot, read_collection, write_collection
from fem_cell.output.vtu import Grid, write_piece, write_pieces_list
from fem_cell.parallel import on_all_ranks, on_root

SAME_TIME = 1e-8
"""s; snapshots closer than this are of the same time."""


@dataclass(slots=True)
class SnapshotFiles:
    """Writes snapshots whole: a reader finds complete files or none.

    All methods are collective; rank 0 keeps the indices.

    Attributes:
        folder: Folder of the indices; every series has a folder of its own in it.
        names: Of the series.
        comm: Ranks that write.
    """

    folder: Path
    names: Sequence[str]
    comm: MPI.Comm
    _listed: dict[str, list[Snapshot]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Read the indices that are there."""

        def read() -> None:
            self._listed = {name: read_collection(self._index(name)) for name in self.names}

        on_root(self.comm, read)

    def drop(self, after: float) -> None:
        """Remove the snapshots later than a time, s."""
        on_root(self.comm, lambda: self._drop(after))

    def write(self, time: float, step: int, grids: Mapping[str, Grid]) -> None:
        """Write one snapshot of every series; it replaces those of its time and later.

        Args:
            time: s.
            step: Number of the protocol step.
            grids: This rank's piece of every series, possibly without cells.

        Raises:
            OutputError: A rank cannot write; raised on all ranks.
        """
        on_root(self.comm, lambda: self._prepare(time))
        for name, grid in grids.items():
            self._write_series(name, time, step, grid)

    def close(self) -> None:
        """Nothing is left open."""

    def _prepare(self, time: float) -> None:
        """Make the folders, and room in the indices."""
        for name in self.names:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._drop(time - 2 * SAME_TIME)

    def _write_series(self, name: str, time: float, step: int, grid: Grid) -> None:
        number = self.comm.bcast(self._next_number(name) if self.comm.rank == 0 else None)
        stem = f"{name}_{number:04d}"
        piece = f"{stem}_r{self.comm.rank}.vtu"
        whole = {"TimeValue": float(time), "step": float(step)}

        def write_own() -> str | None:
            if not len(grid.cells):
                return None
            write_piece(self.folder / name / piece, grid, whole)
            return piece

        pieces = [p for p in self.comm.allgather(on_all_ranks(self.comm, write_own)) if p]
        if pieces:
            on_root(self.comm, lambda: self._list(name, time, stem, grid, pieces))

    def _list(self, name: str, time: float, stem: str, grid: Grid, pieces: list[str]) -> None:
        write_pieces_list(self.folder / name / f"{stem}.pvtu", grid, pieces)
        self._listed[name].append(Snapshot(time, f"{name}/{stem}.pvtu"))
        write_collection(self._index(name), self._listed[name])

    def _drop(self, after: float) -> None:
        for name, listed in self._listed.items():
            late = [s for s in listed if s.time > after + SAME_TIME]
            if not late:
                continue
            self._listed[name] = [s for s in listed if s not in late]
            write_collection(self._index(name), self._listed[name])
            for snapshot in late:
                path = self.folder / snapshot.file
                for file in (path, *path.parent.glob(f"{path.stem}_r*.vtu")):
                    file.unlink(missing_ok=True)

    def _next_number(self, name: str) -> int:
        listed = self._listed[name]
        return 1 + int(Path(listed[-1].file).stem.rsplit("_", 1)[1]) if listed else 0

    def _index(self, name: str) -> Path:
        return self.folder / f"{name}.pvd"

"""Snapshots of several series in VTX files, by ADIOS2: few files on any number of ranks.

In the folder of the fields::

    fields/cathode_0000.bp    all snapshots of a series that one run has written
    fields/cathode_0001.bp    those after it was resumed: nothing can be added to such a file

Of times that two files hold the later file is right: a run that was killed goes on from
before its last snapshots. A series is a mesh of its own, every rank's cells as they are given,
so that cells, points and numbers are those of the ``.vtu`` files; but a name stands once in a
file, and of data at points and in cells of one name those in cells, their means, are left out.
Read by ParaView's ADIOS2VTXReader, where ParaView was built with ADIOS2.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
from dolfinx import cpp, fem, mesh
from dolfinx.io import VTXMeshPolicy, VTXWriter
from mpi4py import MPI

from fem_cell.errors import OutputError
from fem_cell.output.snapshot_files import SAME_TIME
from fem_cell.output.vtu import TRIANGLE, Grid
from fem_cell.parallel import agree_on, on_all_ranks, on_root

ROOM = 2.0
"""Free space that is asked for, over the size of a snapshot."""

_NUMBER = re.compile(r"_(\d{4,})\.bp$")


@dataclass(slots=True)
class VtxFiles:
    """Writes snapshots; the same to its user as :class:`SnapshotFiles`. All is collective.

    Attributes:
        folder: Where the files are.
        comm: Ranks that write.
    """

    folder: Path
    comm: MPI.Comm
    _series: dict[str, _VtxSeries] = field(init=False, default_factory=dict)
    _last: float = field(init=False, default=-np.inf)
    _number: int | None = field(init=False, default=None)

    def drop(self, after: float) -> None:
        """Remove the files of earlier runs if nothing of them is kept.

        Args:
            after: s; if it is finite, the next files hide what is later.
        """
        if after == -np.inf:
            on_root(self.comm, self._remove)

    def write(self, time: float, step: int, grids: Mapping[str, Grid]) -> None:
        """Write one snapshot of every series, unless that of its time is there.

        Args:
            time: s.
            step: Number of the protocol step.
            grids: This rank's piece of every series, possibly without cells.

        Raises:
            OutputError: It cannot be written.
        """
        if time <= self._last + 2 * SAME_TIME:
            return
        if self._number is None:
            self._number = on_root(self.comm, self._next_number)
        for name, grid in grids.items():
            if size := self.comm.allreduce(_bytes(grid)):
                on_root(self.comm, partial(_check_room, self.folder, size))
                on_all_ranks(self.comm, partial(self._write_series, name, time, grid))
        self._last = time

    def close(self) -> None:
        """Close the files."""
        for series in self._series.values():
            series.writer.close()
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(series.writer._cpp_object))
        self._series.clear()

    def _write_series(self, name: str, time: float, grid: Grid) -> None:
        path = self.folder / f"{name}_{self._number:04d}.bp"
        try:
            if name not in self._series:
                self._series[name] = _VtxSeries.of(self.comm, path, grid)
            self._series[name].write(time, grid)
        except RuntimeError as error:
            found = OutputError(f"{path} cannot be written: {error}")
            agree_on(found)  # ADIOS2 leaves the others waiting for a rank that cannot write
            raise found from None

    def _next_number(self) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        found = [_NUMBER.search(path.name) for path in self.folder.glob("*.bp")]
        return 1 + max((int(match[1]) for match in found if match), default=-1)

    def _remove(self) -> None:
        for path in self.folder.glob("*.bp"):
            shutil.rmtree(path)


def _bytes(grid: Grid) -> int:
    """What a snapshot of a grid takes (local)."""
    arrays = [grid.points, grid.cells, *grid.point_data.values(), *grid.cell_data.values()]
    return sum(array.nbytes for array in arrays) if len(grid.cells) else 0


def _check_room(folder: Path, size: int) -> None:
    """Refuse in time what does not fit on the disk (local).

    Raises:
        OSError: It does not.
    """
    if shutil.disk_usage(folder).free < ROOM * size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


@dataclass(slots=True)
class _VtxSeries:
    """One file.

    Attributes:
        writer: Of the file.
        at_points: Functions of the point data, with the point of every degree of freedom.
        in_cells: Functions of the cell data, with the row of every degree of freedom.
    """

    writer: VTXWriter
    at_points: dict[str, _Carrier]
    in_cells: dict[str, _Carrier]

    @classmethod
    def of(cls, comm: MPI.Comm, path: Path, grid: Grid) -> _VtxSeries:
        """Make the mesh and open the file. Collective."""
        body = _mesh_of(comm, grid)
        nodes = body.geometry.dofmaps[0]
        points = np.asarray(body.geometry.input_global_indices)[nodes] - _first(comm, grid.points)
        rows = np.asarray(body.topology.original_cell_index)[:, None] - _first(comm, grid.cells)
        at_points = {
            name: _Carrier.of(body, ("Lagrange", 1), name, values, points)
            for name, values in grid.point_data.items()
        }
        in_cells = {
            name: _Carrier.of(body, ("DG", 0), name, values, rows)
            for name, values in grid.cell_data.items()
            if name not in at_points
        }
        # a file whose first function is constant in cells would have no usable points
        functions = [c.function for c in (*at_points.values(), *in_cells.values())]
        writer = VTXWriter(comm, path, functions, mesh_policy=VTXMeshPolicy.update)
        # close() lets go of it: after an error Python must not, since ADIOS2 ends the program if
        # it cannot write what is left
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer._cpp_object))
        return cls(writer, at_points, in_cells)

    def write(self, time: float, grid: Grid) -> None:
        """Add a snapshot. Collective."""
        for carriers, data in (
            (self.at_points, grid.point_data),
            (self.in_cells, grid.cell_data),
        ):
            for name, carrier in carriers.items():
                carrier.fill(data[name])
        self.writer.write(time)


@dataclass(slots=True)
class _Carrier:
    """A function that carries an array.

    Attributes:
        function: It has the name of the array.
        source: Row of the array behind every degree of freedom.
    """

    function: fem.Function
    source: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        body: mesh.Mesh,
        family: tuple[str, int],
        name: str,
        values: npt.NDArray[Any],
        rows: npt.NDArray[np.int64],
    ) -> _Carrier:
        """A function for arrays like ``values``; ``rows`` by cell and local number. Collective."""
        shape = values.shape[1:]
        space = fem.functionspace(body, (*family, shape) if shape else family)
        dofs = space.dofmap.list
        source = np.zeros(space.dofmap.index_map.size_local, dtype=np.int64)
        source[dofs.ravel()] = rows[: len(dofs)].ravel()
        return cls(fem.Function(space, name=name, dtype=np.float32), source)

    def fill(self, values: npt.NDArray[Any]) -> None:
        """Take the numbers of an array."""
        self.function.x.array[:] = values[self.source].ravel()


def _first(comm: MPI.Comm, rows: npt.NDArray[Any]) -> int:
    """How many rows the ranks before this one have. Collective."""
    return comm.exscan(len(rows)) or 0


def _mesh_of(comm: MPI.Comm, grid: Grid) -> mesh.Mesh:
    """A mesh of every rank's cells, which stay where they are and share no points. Collective."""
    shape = "triangle" if grid.cell_type == TRIANGLE else "tetrahedron"
    element = basix.ufl.element("Lagrange", shape, 1, shape=(3,), dtype=np.float32)
    corners = grid.cells.shape[1]

    def keep(comm: MPI.Comm, _parts: int, _types: Sequence[Any], cells: Sequence[Any]) -> Any:
        count = len(cells[0]) // corners
        here = np.full(count, comm.rank, dtype=np.int32)
        return cpp.graph.AdjacencyList_int32(here, np.arange(count + 1, dtype=np.int32))

    cells = np.asarray(grid.cells, dtype=np.int64) + _first(comm, grid.points)
    points = np.asarray(grid.points, dtype=np.float32)
    return mesh.create_mesh(comm, cells, element, points, partitioner=keep)

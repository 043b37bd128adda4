"""Unstructured grids in VTK's XML format, without VTK.

A rank writes its cells as one piece (``.vtu``, binary and compressed); one rank
writes the file that lists the pieces (``.pvtu``). Solver ranks thus need no
graphics library. Format: VTK file formats, XML, appended raw data.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import numpy.typing as npt

from fem_cell.output.files import replace_text

TRIANGLE = 5
TETRAHEDRON = 10
_NODES = {TRIANGLE: 3, TETRAHEDRON: 4}
_TYPES = {"f4": "Float32", "f8": "Float64", "i4": "Int32", "i8": "Int64", "u1": "UInt8"}
_HEADER = (
    '<?xml version="1.0"?>\n<VTKFile type="{}" version="1.0" byte_order="LittleEndian" '
    'header_type="UInt64" compressor="vtkZLibDataCompressor">\n'
)

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of one kind with their data.

    Attributes:
        points: Coordinates, shape (points, 3).
        cells: Point numbers, shape (cells, 3) or (cells, 4).
        cell_type: ``TRIANGLE`` or ``TETRAHEDRON``.
        point_data: Arrays by name, shape (points,) or (points, 3).
        cell_data: Arrays by name, shape (cells,) or (cells, 3).
    """

    points: Array
    cells: Array
    cell_type: int
    point_data: Mapping[str, Array] = field(default_factory=dict)
    cell_data: Mapping[str, Array] = field(default_factory=dict)


def write_piece(path: Path, grid: Grid, field_data: Mapping[str, float]) -> None:
    """Write a ``.vtu`` file; it appears whole. Not collective.

    Args:
        path: The file.
        grid: At least one cell.
        field_data: Numbers that belong to the whole grid, e.g. the time.
    """
    blocks = _Appended()
    count = len(grid.cells)
    ends = np.arange(1, count + 1, dtype=np.int64) * _NODES[grid.cell_type]
    kinds = np.full(count, grid.cell_type, dtype=np.uint8)
    whole = "".join(
        blocks.add(name, np.array([value]), 'NumberOfTuples="1"')
        for name, value in field_data.items()
    )
    at_points = "".join(blocks.add(name, array) for name, array in grid.point_data.items())
    in_cells = "".join(blocks.add(name, array) for name, array in grid.cell_data.items())
    points = blocks.add("Points", grid.points.astype(np.float32))
    topology = (
        blocks.add("connectivity", grid.cells.astype(np.int64).ravel())
        + blocks.add("offsets", ends)
        + blocks.add("types", kinds)
    )
    text = (
        _HEADER.format("UnstructuredGrid")
        + f"<UnstructuredGrid>\n<FieldData>\n{whole}</FieldData>\n"
        + f'<Piece NumberOfPoints="{len(grid.points)}" NumberOfCells="{count}">\n'
        + f"<PointData>\n{at_points}</PointData>\n<CellData>\n{in_cells}</CellData>\n"
        + f"<Points>\n{points}</Points>\n<Cells>\n{topology}</Cells>\n"
        + '</Piece>\n</UnstructuredGrid>\n<AppendedData encoding="raw">\n_'
    )
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(text.encode())
        file.writelines(blocks.chunks)
        file.write(b"\n</AppendedData>\n</VTKFile>\n")
    os.replace(beside, path)


def write_pieces_list(path: Path, grid: Grid, pieces: Sequence[str]) -> None:
    """Write the ``.pvtu`` file of several pieces. Not collective.

    Args:
        path: The file.
        grid: Any piece, also an empty one; gives names and types of the arrays.
        pieces: File names of the pieces, relative to the folder of ``path``.
    """
    at_points = "".join(_declare(n, a) for n, a in grid.point_data.items())
    in_cells = "".join(_declare(n, a) for n, a in grid.cell_data.items())
    sources = "".join(f"<Piece Source={quoteattr(name)}/>\n" for name in pieces)
    replace_text(
        path,
        _HEADER.format("PUnstructuredGrid")
        + '<PUnstructuredGrid GhostLevel="0">\n'
        + f"<PPointData>\n{at_points}</PPointData>\n<PCellData>\n{in_cells}</PCellData>\n"
        + '<PPoints>\n<PDataArray type="Float32" Name="Points" NumberOfComponents="3"/>\n'
        + f"</PPoints>\n{sources}</PUnstructuredGrid>\n</VTKFile>\n",
    )


class _Appended:
    """Compressed arrays at the end of a file, and the elements that refer to them."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._offset = 0

    def add(self, name: str, array: Array, attributes: str = "") -> str:
        raw = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        packed = zlib.compress(raw, 1)
        # one block: number of blocks, size of a block, size of a last partial one, packed size
        head = np.array([1, len(raw), 0, len(packed)], dtype="<u8").tobytes()
        element = _element("DataArray", name, array)
        self.chunks += [head, packed]
        here, self._offset = self._offset, self._offset + len(head) + len(packed)
        return f'{element} {attributes} format="appended" offset="{here}"/>\n'


def _declare(name: str, array: Array) -> str:
    return _element("PDataArray", name, array) + "/>\n"


def _element(tag: str, name: str, array: Array) -> str:
    kind = _TYPES[array.dtype.str[1:]]
    components = array.shape[1] if array.ndim > 1 else 1
    return f'<{tag} type="{kind}" Name={quoteattr(name)} NumberOfComponents="{components}"'

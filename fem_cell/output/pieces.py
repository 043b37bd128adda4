"""The cells of a phase and the triangles of a surface, as one rank shows them.

Every cell and every facet is shown by the one rank that owns it, so that nothing
appears twice. Points are numbered within the piece. All fields are continuous
and piecewise linear: a point takes its value from one degree of freedom. Cells
are drawn straight also where the mesh is of second order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx.mesh import Geometry

from fem_cell.mesh import MICROMETRE, CellMesh, Indices, SubMesh
from fem_cell.mesh.facets import FACET_VERTICES
from fem_cell.unknowns import Unknown

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """Geometry of one rank's share of a series.

    Attributes:
        points: Coordinates in micrometres, shape (points, 3).
        cells: Points of every tetrahedron or triangle, shape (cells, 4 or 3).
        parents: Cell of the parent mesh behind every row of ``cells``.
        local_vertices: Vertices of that parent cell, same shape as ``cells``.
    """

    points: Array
    cells: npt.NDArray[np.int64]
    parents: Indices
    local_vertices: npt.NDArray[np.int64]

    def sub_cells(self, sub: SubMesh) -> Indices:
        """Cells of a sub-mesh behind every row of ``cells``."""
        return np.asarray(sub.cell_map.sub_topology_to_topology(self.parents, True), np.int32)

    def dofs(self, unknown: Unknown) -> npt.NDArray[np.int64]:
        """Degree of freedom at every vertex of every cell, same shape as ``cells``.

        Args:
            unknown: A field that is present in all the parent cells.
        """
        if unknown.sub_mesh is None:
            raise TypeError(f"{unknown.name} is not a field")
        dofmap = unknown.value.function_space.dofmap.list
        rows = dofmap[self.sub_cells(unknown.sub_mesh)].astype(np.int64)
        return np.take_along_axis(rows, self.local_vertices, axis=1)

    def dof_of_point(self, unknown: Unknown) -> npt.NDArray[np.int64]:
        """Degree of freedom at every point."""
        numbers = np.zeros(len(self.points), dtype=np.int64)
        numbers[self.cells.ravel()] = self.dofs(unknown).ravel()
        return numbers

    @property
    def triangle_areas(self) -> Array:
        """Areas of the triangles of a surface, m^2."""
        a, b, c = (self.points[self.cells[:, i]] * MICROMETRE for i in range(3))
        return np.asarray(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1))


def phase_piece(mesh: CellMesh, phase: str, unknowns: Iterable[Unknown] = ()) -> Piece:
    """Tetrahedra of a phase that this rank owns.

    Args:
        mesh: The mesh.
        phase: Name of the phase.
        unknowns: What shall be shown; where one of them jumps, points are doubled.
    """
    cells = mesh.cells_of([phase], ghosts=False)
    corners = np.tile(np.arange(4), (len(cells), 1))
    split = [u.sub_mesh for u in unknowns if u.sub_mesh and u.sub_mesh.cuts]
    if not split:
        return _piece(mesh.mesh.geometry, cells, cells, corners)
    finest = max(split, key=lambda sub: len(sub.cuts))
    inside = finest.cell_map.sub_topology_to_topology(cells, True)
    return _piece(finest.mesh.geometry, inside, cells, corners)


def interface_piece(mesh: CellMesh, plus: str, minus: str) -> Piece:
    """Triangles between two phases, seen from the cells of ``minus``."""
    rows = mesh.interface(plus, minus).reshape(-1, 4)
    return _piece(mesh.mesh.geometry, rows[:, 2], rows[:, 2], FACET_VERTICES[rows[:, 3]])


def surface_piece(mesh: CellMesh, surface: str) -> Piece:
    """Triangles of a named exterior surface."""
    rows = mesh.surface_facets[surface].reshape(-1, 2)
    return _piece(mesh.mesh.geometry, rows[:, 0], rows[:, 0], FACET_VERTICES[rows[:, 1]])


def _piece(
    geometry: Geometry, own: Indices, parents: Indices, local_vertices: npt.NDArray[np.int64]
) -> Piece:
    """Points of some cells: ``own`` numbers them in the geometry, ``parents`` in the parent."""
    # the vertices of a cell come first among its nodes, whatever its order
    nodes = np.take_along_axis(
        geometry.dofmaps[0][own].astype(np.int64), local_vertices.astype(np.int64), axis=1
    )
    used, cells = np.unique(nodes, return_inverse=True)
    points = geometry.x[used] / MICROMETRE
    return Piece(points, cells.reshape(nodes.shape), parents, local_vertices)

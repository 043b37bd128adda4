"""Where cracks end inside a body: their fronts, and the outlines of voids.

A front is the set of edges at which a cut ends inside the body; where a crack runs into a free
surface, a pore or a symmetry plane it has no front. Fronts are small, so every rank knows all
of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fem_cell.mesh import CellMesh, Indices
from fem_cell.mesh.facets import FACET_VERTICES

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

EDGES = np.array([[0, 1], [1, 2], [2, 0]])
"""Vertices of the edges of a triangle."""


@dataclass(frozen=True, slots=True)
class Triangles:
    """Facets as all ranks know them, in the same order on any number of ranks.

    Attributes:
        vertices: Numbers in the mesh file, shape (n, 3).
        points: Their coordinates, m, shape (n, 3, 3).
    """

    vertices: Numbers
    points: Array


@dataclass(frozen=True, slots=True)
class Fronts:
    """Edges of all fronts.

    Attributes:
        ends: m, shape (n, 2, 3).
        outwards: Unit vector of every edge in the plane of the crack, away from it, (n, 3).
        normals: Of the crack's plane, (n, 3).
        crack: Number of the connected front every edge belongs to.
    """

    ends: Array
    outwards: Array
    normals: Array
    crack: Indices

    @property
    def middles(self) -> Array:
        """Middle of every edge, m, shape (n, 3)."""
        return np.asarray(self.ends.mean(axis=1))

    @property
    def lengths(self) -> Array:
        """Of every edge, m."""
        return np.asarray(np.linalg.norm(self.ends[:, 1] - self.ends[:, 0], axis=1))

    @property
    def count(self) -> int:
        """Number of connected fronts."""
        return int(self.crack.max(initial=-1)) + 1


def find_fronts(mesh: CellMesh, phases: Sequence[str], cuts: Sequence[str]) -> Fronts:
    """Fronts of cuts within the union of some phases. Collective."""
    rows = [mesh.cut(name).reshape(-1, 4)[:, :2] for name in cuts]
    crack = gather_triangles(mesh, np.vstack([np.zeros((0, 2), np.int32), *rows]))
    on_crack = np.unique(crack.vertices)
    outside = gather_triangles(mesh, _boundary_near(mesh, phases, on_crack))
    edges, first, count = _edges(crack.vertices)
    single = count == 1
    taken = _keys(_edges(outside.vertices)[0])
    single &= ~np.isin(_keys(edges), taken)
    return _fronts(crack, edges[single], first[single])


def gather_triangles(mesh: CellMesh, rows: Indices) -> Triangles:
    """Owned facets (cell, local facet) of all ranks, in one order for any ranks. Collective."""
    geometry = mesh.mesh.geometry
    cells, facets = rows.reshape(-1, 2).T
    nodes = np.take_along_axis(geometry.dofmaps[0][cells], FACET_VERTICES[facets], axis=1)
    numbers = _numbers(mesh, rows)
    vertices = np.vstack(mesh.comm.allgather(numbers))
    points = np.vstack(mesh.comm.allgather(geometry.x[nodes].reshape(-1, 3, 3)))
    inner = np.argsort(vertices, axis=1)
    vertices = np.take_along_axis(vertices, inner, axis=1)
    points = np.take_along_axis(points, inner[:, :, None], axis=1)
    order = np.lexsort(vertices.T)
    return Triangles(vertices[order], points[order])


def distance_from_edges(points: Array, ends: Array) -> Array:
    """Distance of points from edges, row by row.

    Args:
        points: Shape (n, 3), or (3,) for one point and many edges.
        ends: Shape (n, 2, 3).
    """
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    share = np.sum((points - start) * along, axis=1) / np.sum(along**2, axis=1)
    foot = start + np.clip(share, 0, 1)[:, None] * along
    return np.asarray(np.linalg.norm(points - foot, axis=1))


def outline(mesh: CellMesh, surfaces: Iterable[str]) -> Array:
    """Edges of the facets of named surfaces, such as those of pores, (n, 2, 3), m. Collective."""
    rows = [mesh.surface_facets[name].reshape(-1, 2) for name in surfaces]
    triangles = gather_triangles(mesh, np.vstack([np.zeros((0, 2), np.int32), *rows]))
    return triangles.points[:, EDGES].reshape(-1, 2, 3)


def _boundary_near(mesh: CellMesh, phases: Sequence[str], vertices: Numbers) -> Indices:
    """Owned facets with one cell in the phases, all but one vertex among those given (local)."""
    topology = mesh.mesh.topology
    cells = mesh.cells_of(phases, ghosts=True)
    inside = np.zeros(len(mesh.phase_of_cell), dtype=bool)
    inside[cells] = True
    links = topology.connectivity(2, 3)
    owned = topology.index_map(2).size_local
    offsets = links.offsets[: owned + 1]
    count = np.zeros(owned, dtype=np.int64)
    np.add.at(
        count, np.repeat(np.arange(owned), np.diff(offsets)), inside[links.array[: offsets[-1]]]
    )
    facet_of_cell = topology.connectivity(3, 2).array.reshape(-1, 4)[cells]
    is_boundary = np.zeros(
        topology.index_map(2).size_local + topology.index_map(2).num_ghosts, bool
    )
    is_boundary[:owned] = count == 1
    cell, local = np.nonzero(is_boundary[facet_of_cell])
    rows = np.column_stack([cells[cell], local]).astype(np.int32)
    near = np.isin(_numbers(mesh, rows), vertices).sum(axis=1) >= len(EDGES) - 1
    return rows[near]


def _numbers(mesh: CellMesh, rows: Indices) -> Numbers:
    """Numbers of the vertices of facets (cell, local facet), shape (n, 3) (local)."""
    cells, facets = rows.reshape(-1, 2).T
    corners = mesh.mesh.topology.connectivity(3, 0).array.reshape(-1, 4)[cells]
    return mesh.vertices[np.take_along_axis(corners, FACET_VERTICES[facets], axis=1)]


def _edges(vertices: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Edges of triangles with the index (3 triangle + edge) of one of them, and how often."""
    pairs = np.sort(vertices[:, EDGES].reshape(-1, 2), axis=1)
    return np.unique(pairs, axis=0, return_index=True, return_counts=True)


def _keys(edges: Numbers) -> Numbers:
    """One number for each edge."""
    return (edges[:, 0] << 32) + edges[:, 1]


def _fronts(crack: Triangles, edges: Numbers, first: Numbers) -> Fronts:
    triangle, side = np.divmod(first, len(EDGES))
    corners = crack.points[triangle]
    row = np.arange(len(first))
    ends = corners[row[:, None], EDGES[side]]
    opposite = corners[row, (side + 2) % 3]
    along = ends[:, 1] - ends[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    away = ends[:, 0] - opposite
    away -= np.einsum("ni,ni->n", away, along)[:, None] * along
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    names, numbers = np.unique(edges, return_inverse=True)
    links = numbers.reshape(-1, 2)
    graph = coo_array((np.ones(len(links)), links.T), shape=(names.size, names.size))
    label = connected_components(graph, directed=False)[1]
    number = label[links[:, 0]] if len(links) else np.zeros(0)
    return Fronts(ends, away, np.cross(along, away), np.asarray(number, dtype=np.int32))

"""Periodic meshes: cells on opposite sides are neighbours, coordinates stay where they are.

Nodes that a translation by a period takes to each other are twins, and one vertex of the topology
stands for all of them. The geometry keeps every node, so no cell is stretched across the box. All
spaces, sub-meshes and integrals over inner facets are then periodic by themselves: a grain, a
crack or an interface goes on behind a side as it does elsewhere.

DOLFINx numbers the nodes of a geometry by its topology. So the mesh is made twice with the same
cells on the same ranks, once from nodes and once from vertices, and put together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import cpp, mesh
from mpi4py import MPI
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script.periodic import PERIODS
from fem_cell.mesh.facets import FACET_VERTICES

Indices = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

CORNERS = 4
"""Vertices of a tetrahedron."""

EDGES = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])
"""Corners of the edges of a tetrahedron."""

REMEDY = "have both sides meshed alike: tie_sides() before meshing does it"

SAME = 1e-6
"""Distance that counts as none, over the largest side of the box."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Nodes for which the vertex of another one stands, the same on all ranks.

    Attributes:
        nodes: Their numbers in the mesh file, ascending.
        vertices: The nodes that stand for them.
        periods: Lengths of the box along x, y and z where it is periodic, zero elsewhere, in
            the unit of the mesh file.
    """

    nodes: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    vertices: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    periods: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def vertex_of(self, nodes: Numbers) -> Numbers:
        """The vertices of nodes: of most of them the node itself (local)."""
        if self.nodes.size == 0:
            return nodes
        at = np.minimum(np.searchsorted(self.nodes, nodes), self.nodes.size - 1)
        return np.where(self.nodes[at] == nodes, self.vertices[at], nodes)


def find_twins(gmsh: Any, comm: MPI.Comm) -> Twins:
    """Twins of the Gmsh model on rank 0, if it says that it is periodic. Collective.

    Raises:
        InputError: Nodes on opposite sides do not fit, or there are too few cells across for a
            vertex to tell its neighbours apart.
    """
    found: Twins | InputError | None = None
    if comm.rank == 0:
        try:
            found = _twins_of_model(gmsh)
        except InputError as error:
            found = error
    found = comm.bcast(found)
    if isinstance(found, InputError):
        raise found
    return found or Twins()


def _twins_of_model(gmsh: Any) -> Twins:
    if PERIODS not in gmsh.model.getAttributeNames():
        return Twins()
    x, y, z = map(float, gmsh.model.getAttribute(PERIODS))
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    points = coordinates.reshape(-1, 3)[np.argsort(tags)]
    pairs = np.vstack([_opposite(points, axis, p) for axis, p in enumerate((x, y, z)) if p])
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(tags), len(tags)))
    _, group = connected_components(graph, directed=False)
    vertex = np.unique(group, return_index=True)[1][group]
    cells = _corners(gmsh)
    _check_edges(cells, vertex, points)
    _check_facets(cells, vertex, points, (x, y, z))
    nodes = np.flatnonzero(vertex != np.arange(len(tags)))
    return Twins(nodes, vertex[nodes], (x, y, z))


def _opposite(points: Array, axis: int, period: float) -> Numbers:
    """Pairs of nodes on the two sides across an axis, shape (n, 2)."""
    near = SAME * float(np.ptp(points, axis=0).max())
    low = points[:, axis].min()
    first = np.flatnonzero(points[:, axis] < low + near)
    last = np.flatnonzero(points[:, axis] > low + period - near)
    back = points[last] - period * np.eye(3)[axis]
    apart, at = cKDTree(points[first]).query(back, distance_upper_bound=near)
    if len(first) != len(last) or not np.isfinite(apart).all():
        count = max(int(np.count_nonzero(~np.isfinite(apart))), abs(len(first) - len(last)))
        problem = f"{count} nodes on the periodic sides across {'xyz'[axis]} have no opposite"
        raise InputError([Fault("geometry.script", problem, REMEDY)])
    return np.column_stack([last, first[at]])


def _corners(gmsh: Any) -> Numbers:
    """Nodes at the corners of all cells, numbered from zero, shape (cells, 4)."""
    kinds, _, nodes = gmsh.model.mesh.getElements(3)
    per_cell = gmsh.model.mesh.getElementProperties(kinds[0])[3]
    return nodes[0].astype(np.int64).reshape(-1, per_cell)[:, :CORNERS] - 1


def _check_edges(cells: Numbers, vertex: Numbers, points: Array) -> None:
    """Two vertices may be joined by one edge only: else facets and edges of cells are confused."""
    ends = cells[:, EDGES].reshape(-1, 2)
    ordered = np.argsort(vertex[ends], axis=1)
    ends = np.take_along_axis(ends, ordered, axis=1)
    pairs, along = vertex[ends], points[ends[:, 1]] - points[ends[:, 0]]
    order = np.lexsort(pairs.T)
    same = (pairs[order][1:] == pairs[order][:-1]).all(axis=1)
    other = np.abs(np.diff(along[order], axis=0)).max(axis=1) > SAME * np.ptp(points, axis=0).max()
    if (same & other).any() or (pairs[:, 0] == pairs[:, 1]).any():
        problem = "the mesh is too coarse for periodic sides: cells meet their own neighbours twice"
        remedy = "have at least three cells across, with a smaller mesh_size"
        raise InputError([Fault("geometry.mesh_size", problem, remedy)])


def _check_facets(cells: Numbers, vertex: Numbers, points: Array, periods: Sequence[float]) -> None:
    """Every facet on a periodic side needs one on the opposite side, with the same vertices."""
    low, near = points.min(axis=0), SAME * np.ptp(points, axis=0).max()
    facets = cells[:, FACET_VERTICES].reshape(-1, 3)
    for axis, period in enumerate(periods):
        if not period:
            continue
        at = points[facets, axis] - low[axis]
        sides = [facets[(np.abs(at - place) < near).all(axis=1)] for place in (0.0, period)]
        first, last = (np.unique(np.sort(vertex[side], axis=1), axis=0) for side in sides)
        if first.shape != last.shape or (first != last).any():
            problem = (
                f"the periodic sides across {'xyz'[axis]} are not divided into the same facets"
            )
            raise InputError([Fault("geometry.script", problem, REMEDY)])


class PeriodicPartitioner:
    """Shares out cells like another partitioner, but sees neighbours across the sides.

    Attributes:
        cells: Vertices of all cells that this rank has handed over, shape (n, 4).
        homes: Ranks of each of them.
    """

    cells: Numbers
    homes: Any

    def __init__(self, inner: Callable[..., Any], twins: Twins) -> None:
        """Take the partitioner that decides, and the twins."""
        self._inner, self._twins = inner, twins

    def __call__(
        self, comm: Any, parts: int, kinds: Sequence[Any], cells: Sequence[Numbers]
    ) -> Any:
        """As :func:`dolfinx.mesh.create_mesh` calls it. Collective."""
        vertices = [self._twins.vertex_of(np.asarray(nodes)) for nodes in cells]
        self.cells = np.concatenate(vertices).reshape(-1, CORNERS)
        self.homes = self._inner(comm, parts, kinds, vertices)
        return self.homes

    def again(self, *_: object) -> Any:
        """The same once more."""
        return self.homes


def linear_mesh(
    comm: MPI.Comm, cells: Numbers, points: Array, partitioner: Callable[..., Any]
) -> mesh.Mesh:
    """A mesh of straight tetrahedra. Collective.

    Args:
        comm: Communicator.
        cells: Vertices of the cells of this rank, shape (n, 4).
        points: Coordinates, by number of the vertex, on the ranks in turn.
        partitioner: Where the cells go.
    """
    element = basix.ufl.element("Lagrange", "tetrahedron", 1, shape=(3,))
    return mesh.create_mesh(comm, cells, element, points, partitioner)


def put_together(vertices: mesh.Mesh, nodes: mesh.Mesh) -> tuple[mesh.Mesh, Indices]:
    """A mesh with the topology of one and the geometry of another. Collective.

    Args:
        vertices: Has the topology.
        nodes: Has the geometry; the same cells on the same ranks, ghosts included.

    Returns:
        The mesh, and for every local cell its number in ``nodes`` (and in ``vertices`` its own).
    """
    there = nodes.topology.original_cell_index
    order = np.argsort(there)
    here = order[np.searchsorted(there, vertices.topology.original_cell_index, sorter=order)]
    geometry = nodes.geometry
    cmap = geometry.cmaps[0]
    combined = mesh.create_geometry(
        geometry.index_map(),
        np.ascontiguousarray(geometry.dofmaps[0][here]),
        cmap,
        np.ascontiguousarray(geometry.x[:, :3]),
        geometry.input_global_indices,
    )
    element = basix.ufl.element(
        "Lagrange", "tetrahedron", cmap.degree, basix.LagrangeVariant(cmap.variant), shape=(3,)
    )
    both = cpp.mesh.Mesh_float64(vertices.comm, vertices.topology._cpp_object, combined._cpp_object)
    return mesh.Mesh(both, ufl.Mesh(element)), here.astype(np.int32)


def images(points: Array, periods: Sequence[float]) -> Array:
    """Points, shape (n, ..., 3), and after them all their copies a period aside."""
    steps = [(0.0, period, -period) if period else (0.0,) for period in periods]
    return np.concatenate([points + np.array(step) for step in product(*steps)])


def numbers_of_vertices(of: mesh.Mesh, corners: Numbers) -> Numbers:
    """Sort numbers of the corners of all local cells, shape (cells, 4), by local vertex."""
    index_map = of.topology.index_map(0)
    numbers = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int64)
    numbers[of.topology.connectivity(3, 0).array] = corners.ravel()
    return numbers

"""Meshes split along cuts, tied to the conforming mesh they come from.

A cut is a set of facets inside the mesh: cracks, boundaries of grains, patches without contact.
A field that may jump there lives on a copy of the mesh whose vertices on the cuts are doubled
(or more, where cuts meet), except at the fronts where a cut ends. The copy has the same cells,
cell by cell on the same ranks as the parent, and an entity map ties the two: so both sides of a
cut are neighbours in the parent, and a jump is an ordinary interior-facet integral there.
Where nothing jumps, nothing is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import cpp, mesh
from mpi4py import MPI
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fem_cell.mesh.facets import FACET_VERTICES
from fem_cell.mesh.periodic import Twins, linear_mesh, numbers_of_vertices, put_together

Indices = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

RANKS_TAG = 7411
"""MPI tag of the exchange of ghosts' ranks."""


@dataclass(frozen=True, slots=True)
class SerialMesh:
    """The whole mesh as rank 0 has read it; other ranks hold empty arrays.

    Attributes:
        points: Coordinates, m, shape (nodes, 3), in the order of the mesh file.
        cells: Nodes of every tetrahedron, shape (cells, 4).
        grains: Number of the grain of every cell.
        phases: Tag of the phase of every cell.
        triangles: Nodes of the facets of every named cut, shape (facets, 3).
    """

    points: Array
    cells: Numbers
    grains: Indices
    phases: Indices
    triangles: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class SplitMesh:
    """A copy of a mesh with split vertices.

    Attributes:
        mesh: The copy.
        parents: Cell of the parent behind every local cell, ghosts included.
        vertices: Number of every local vertex, ghosts included, the same for any distribution.
    """

    mesh: mesh.Mesh
    parents: Indices
    vertices: Numbers


def split_mesh(
    parent: mesh.Mesh,
    serial: SerialMesh,
    twins: Twins,
    phases: Sequence[int],
    cuts: Sequence[str],
    boundaries: Sequence[int],
) -> SplitMesh:
    """Copy a mesh, some phases of it split along cuts. Collective.

    Where a cut ends at another phase the vertex is split too: the field does not go on there.

    Args:
        parent: The conforming mesh, of first order, ghosted across facets.
        serial: The same on rank 0.
        twins: Nodes that are one vertex.
        phases: Tags of the phases that are split; others are copied as they are.
        cuts: Names of the cuts.
        boundaries: Tags of the phases whose grains are parted.
    """
    comm = parent.comm
    found = None
    if comm.rank == 0:
        cut = [serial.triangles[name] for name in cuts]
        cut += [_grain_boundaries(serial, phase, twins) for phase in boundaries]
        inside = serial.cells[np.isin(serial.phases, phases)]
        found = _split_nodes(inside, np.vstack(cut), twins, len(serial.points))
    split = comm.bcast(found)
    points = serial.points
    if comm.rank == 0:
        points = np.vstack([points, points[split.sources]])
    own = _owned_nodes(parent)
    copy = _distribute(parent, _relabel(own, split, split.nodes, own), points)
    labelled = copy
    if twins.nodes.size:
        vertices = _relabel(own, split, split.vertices, twins.vertex_of(own))
        labelled = _distribute(parent, vertices, points)
        copy, _ = put_together(labelled, copy)
    # rows were handed over in the order of the parent, so row numbers are its global cells
    parents = parent.topology.index_map(3).global_to_local(copy.topology.original_cell_index)
    geometry = labelled.geometry
    labels = geometry.input_global_indices[geometry.dofmaps[0]]
    return SplitMesh(copy, parents.astype(np.int32), numbers_of_vertices(copy, labels))


@dataclass(frozen=True, slots=True)
class _Split:
    """New numbers in the cells that touch a cut.

    Attributes:
        corners: Their nodes, shape (cells, 4).
        nodes: The new ones: a copy for each side of the cut.
        vertices: Likewise the vertices; they differ from the nodes on periodic sides only.
        sources: The node of which each new one is a copy.
    """

    corners: Numbers
    nodes: Numbers
    vertices: Numbers
    sources: Numbers


def _split_nodes(cells: Numbers, cut: Numbers, twins: Twins, count: int) -> _Split:
    """Split the vertices on a cut; every node of a new vertex is doubled too."""
    vertices = twins.vertex_of(cells)
    near, labels = split_corners(vertices, twins.vertex_of(cut), count)
    corners = cells[near]
    moved = labels != vertices[near]
    pairs = np.column_stack([corners[moved], labels[moved]])
    sides, number = np.unique(pairs, axis=0, return_inverse=True)
    nodes = corners.copy()
    nodes[moved] = count + number.ravel()
    return _Split(corners, nodes, labels, sides[:, 0])


def split_corners(cells: Numbers, cut: Numbers, nodes: int) -> tuple[Numbers, Numbers]:
    """Number the vertices on a cut anew, one number for each side.

    Corners of cells belong together if the cells share a facet that holds the vertex and is
    not on the cut. The first group of a vertex keeps its number.

    Args:
        cells: Vertices of every tetrahedron, shape (cells, 4).
        cut: Vertices of every facet on the cut, shape (facets, 3).
        nodes: Number of nodes; new vertices are numbered from here.

    Returns:
        Numbers of the cells that touch the cut (n,), and their new vertices (n, 4).
    """
    on_cut = np.zeros(nodes, dtype=bool)
    on_cut[cut.ravel()] = True
    touching = np.flatnonzero(on_cut[cells].any(axis=1))
    near = cells[touching]
    one, two, facets = _neighbours(near)
    open_facets = ~_contained(facets, np.sort(cut, axis=1))
    one, two, facets = one[open_facets], two[open_facets], facets[open_facets]
    pairs = []
    for vertex in facets.T:
        ends = [4 * c + np.argmax(near[c] == vertex[:, None], axis=1) for c in (one, two)]
        pairs.append(np.column_stack(ends)[on_cut[vertex]])
    links = np.vstack(pairs)
    graph = coo_array((np.ones(len(links)), links.T), shape=(near.size, near.size))
    _, group = connected_components(graph, directed=False)
    corners = near.ravel()
    _, first = np.unique(group, return_index=True)
    _, keepers = np.unique(corners[first], return_index=True)
    extra = np.setdiff1d(np.arange(first.size), keepers)
    extra = extra[on_cut[corners[first[extra]]]]
    number = corners[first].copy()
    number[extra] = nodes + np.arange(extra.size)
    return touching, number[group].reshape(near.shape)


def _grain_boundaries(serial: SerialMesh, phase: int, twins: Twins) -> Numbers:
    """Facets between different grains of a phase."""
    inside = serial.phases == phase
    one, two, facets = _neighbours(twins.vertex_of(serial.cells[inside]))
    grains = serial.grains[inside]
    return facets[grains[one] != grains[two]]


def _neighbours(cells: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Pairs of cells that share a facet, and its vertices in ascending order."""
    facets = np.sort(cells[:, FACET_VERTICES].reshape(-1, 3), axis=1)
    order = np.lexsort(facets.T)
    ordered = facets[order]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    return order[same] // 4, order[same + 1] // 4, ordered[same]


def _contained(wanted: Numbers, among: Numbers) -> npt.NDArray[np.bool_]:
    """Which rows occur among others."""
    _, number = np.unique(np.vstack([among, wanted]), axis=0, return_inverse=True)
    number = number.ravel()
    return np.isin(number[len(among) :], number[: len(among)])


def _owned_nodes(parent: mesh.Mesh) -> Numbers:
    """Numbers in the mesh file of the corners of every owned cell (local)."""
    own = parent.topology.index_map(3).size_local
    geometry = parent.geometry
    return geometry.input_global_indices[geometry.dofmaps[0][:own]].reshape(own, 4)


def _relabel(own: Numbers, split: _Split, labels: Numbers, otherwise: Numbers) -> Numbers:
    """Labels of the corners of cells that were split, something else of the others (local)."""
    table, new = _in_order(split.corners, labels)
    ascending = np.argsort(own, axis=1)
    mine = np.take_along_axis(own, ascending, axis=1)
    _, number = np.unique(np.vstack([table, mine]), axis=0, return_inverse=True)
    number = number.ravel()
    row_of = np.full(number.max(initial=-1) + 1, -1)
    row_of[number[: len(table)]] = np.arange(len(table))
    row = row_of[number[len(table) :]]
    touched = np.flatnonzero(row >= 0)
    result = otherwise.copy()
    changed = np.empty((len(touched), 4), dtype=np.int64)
    np.put_along_axis(changed, ascending[touched], new[row[touched]], axis=1)
    result[touched] = changed
    return result.astype(np.int64)


def _in_order(corners: Numbers, labels: Numbers) -> tuple[Numbers, Numbers]:
    """Rows of vertices in ascending order, their labels alike."""
    ascending = np.argsort(corners, axis=1)
    return (
        np.take_along_axis(corners, ascending, axis=1),
        np.take_along_axis(labels, ascending, axis=1),
    )


def _distribute(parent: mesh.Mesh, cells: Numbers, points: Array) -> mesh.Mesh:
    """Make a mesh of relabelled cells, every cell where its parent is. Collective."""
    mine = points if parent.comm.rank == 0 else np.zeros((0, 3))
    stay = _stay(parent.topology.index_map(3), parent.comm)
    return linear_mesh(parent.comm, cells, mine, stay)


def _stay(index_map: object, comm: MPI.Comm) -> Callable[..., object]:
    """A partitioner that leaves cells where they are and ghosts them like their parents."""
    ranks = index_map.index_to_dest_ranks(RANKS_TAG)  # type: ignore[attr-defined]
    size = index_map.size_local  # type: ignore[attr-defined]
    offsets = np.asarray(ranks.offsets)[: size + 1].astype(np.int64)
    ghosts = np.asarray(ranks.array)[: offsets[-1]]
    owner_first = np.insert(ghosts, offsets[:-1], comm.rank).astype(np.int32)
    starts = (offsets + np.arange(size + 1)).astype(np.int32)

    def partition(*_: object) -> object:
        return cpp.graph.AdjacencyList_int32(owner_first, starts)

    return partition

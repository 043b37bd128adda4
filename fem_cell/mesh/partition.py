"""Distribution of a mesh over ranks.

PT-Scotch serves large meshes. On some tens of cells per rank it may hang, so small meshes
are cut into bands: cells in the order of reverse Cuthill-McKee, shared out evenly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from dolfinx import cpp, mesh
from mpi4py import MPI
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

FEW_CELLS = 500
"""Per rank; below, bands are as good."""

FACETS_PER_CELL_PAIR = 2


def cell_partitioner(comm: MPI.Comm, cells: int) -> Callable[..., object]:
    """A partitioner for :func:`dolfinx.mesh.create_mesh` that ghosts across facets.

    Args:
        comm: Communicator over which the mesh is distributed.
        cells: Number of cells of the whole mesh, the same on all ranks.
    """
    ghosts = mesh.GhostMode.shared_facet
    if cells >= FEW_CELLS * comm.size:
        return mesh.create_cell_partitioner(ghosts, FACETS_PER_CELL_PAIR)
    return mesh.create_cell_partitioner(_bands, ghosts, FACETS_PER_CELL_PAIR)


def _bands(
    comm: object, parts: int, graph: cpp.graph.AdjacencyList_int64, ghosting: bool
) -> cpp.graph.AdjacencyList_int32:
    """Ranks of every cell: its own first, then those that see it as a ghost.

    All cells are on one rank here, which reads the mesh file; the others pass empty graphs.
    """
    offsets, links = np.asarray(graph.offsets), np.asarray(graph.array)
    count = len(offsets) - 1
    if count == 0:
        return cpp.graph.AdjacencyList_int32(np.zeros(0, np.int32), np.zeros(1, np.int32))
    adjacency = csr_array((np.ones(links.size), links, offsets), shape=(count, count))
    order = reverse_cuthill_mckee(adjacency, symmetric_mode=True)
    home = np.empty(count, dtype=np.int32)
    home[order] = np.arange(count) * parts // count
    cells = np.arange(count)
    beside = np.column_stack([np.repeat(cells, np.diff(offsets)), home[links]])
    ghosts = np.unique(beside[beside[:, 1] != home[beside[:, 0]]], axis=0)
    rows = np.vstack([np.column_stack([cells, home]), ghosts])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]  # the owner stays first
    ends = np.cumsum(np.bincount(rows[:, 0], minlength=count))
    return cpp.graph.AdjacencyList_int32(
        rows[:, 1].astype(np.int32), np.concatenate([[0], ends]).astype(np.int32)
    )

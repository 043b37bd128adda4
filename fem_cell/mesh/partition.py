"""Distribution of a mesh over ranks.

All cells are on one rank when the mesh has been read, so that rank shares them out alone: with
Scotch, or below some hundred cells per rank in bands, cells in the order of reverse
Cuthill-McKee. PT-Scotch, which DOLFINx would take, lets all ranks work on it and has been seen
to hang on small meshes; one rank needs no longer, and no message can be lost.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from dolfinx import cpp, graph, mesh
from mpi4py import MPI
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

FEW_CELLS = 500
"""Per rank; below, bands are as good."""

FACETS_PER_CELL_PAIR = 2

Homes = npt.NDArray[np.int32]


def cell_partitioner() -> Callable[..., object]:
    """A partitioner for :func:`dolfinx.mesh.create_mesh` that ghosts across facets.

    All cells have to be on one rank.
    """
    return mesh.create_cell_partitioner(
        _shared_out, mesh.GhostMode.shared_facet, FACETS_PER_CELL_PAIR
    )


def _shared_out(
    comm: object, parts: int, cells: cpp.graph.AdjacencyList_int64, ghosting: bool
) -> cpp.graph.AdjacencyList_int32:
    """Ranks of every cell: its own first, then those that see it as a ghost."""
    offsets, links = np.asarray(cells.offsets), np.asarray(cells.array)
    count = len(offsets) - 1
    if count == 0:  # not the rank that read the mesh
        return cpp.graph.AdjacencyList_int32(np.zeros(0, np.int32), np.zeros(1, np.int32))
    if count < FEW_CELLS * parts:
        home = _bands(offsets, links, parts)
    else:
        scotch = graph.partitioner_scotch()
        home = np.asarray(scotch(MPI.COMM_SELF, parts, cells, False).array)
    return _with_ghosts(home, offsets, links)


def _bands(offsets: npt.NDArray[np.int32], links: npt.NDArray[np.int64], parts: int) -> Homes:
    """Rank of every cell of a mesh with few of them."""
    count = len(offsets) - 1
    adjacency = csr_array((np.ones(links.size), links, offsets), shape=(count, count))
    home = np.empty(count, dtype=np.int32)
    home[reverse_cuthill_mckee(adjacency, symmetric_mode=True)] = np.arange(count) * parts // count
    return home


def _with_ghosts(
    home: Homes, offsets: npt.NDArray[np.int32], links: npt.NDArray[np.int64]
) -> cpp.graph.AdjacencyList_int32:
    """Every cell with its own rank first, then the ranks of its neighbours."""
    count = len(home)
    cells = np.arange(count)
    owner = np.repeat(cells, np.diff(offsets))
    foreign = home[links] != home[owner]
    ghosts = np.unique(np.column_stack([owner[foreign], home[links[foreign]]]), axis=0)
    rows = np.vstack([np.column_stack([cells, home]), ghosts])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]  # the owner stays first
    ends = np.cumsum(np.bincount(rows[:, 0], minlength=count))
    return cpp.graph.AdjacencyList_int32(
        rows[:, 1].astype(np.int32), np.concatenate([[0], ends]).astype(np.int32)
    )

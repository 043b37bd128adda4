"""Facets of a tetrahedral mesh as integration domains of DOLFINx take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import mesh

Indices = npt.NDArray[np.int32]

FACET_VERTICES = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
"""Vertices of the facets of the reference tetrahedron: facet i is opposite vertex i."""


def prepare(parent: mesh.Mesh) -> None:
    """Create the connectivities that facets need. Collective."""
    parent.topology.create_connectivity(2, 3)
    parent.topology.create_connectivity(3, 2)
    parent.topology.create_connectivity(3, 0)


def inner_facets(parent: mesh.Mesh) -> tuple[Indices, Indices]:
    """Owned facets between two cells, and these cells, shape (facets, 2).

    With ghosts across facets both cells are on the rank that owns the facet.
    """
    topology = parent.topology
    facet_to_cell = topology.connectivity(2, 3)
    offsets = facet_to_cell.offsets[: topology.index_map(2).size_local + 1]
    inner = np.flatnonzero(np.diff(offsets) == 2).astype(np.int32)
    cells = facet_to_cell.array[offsets[inner][:, None] + np.arange(2)]
    return inner, cells.astype(np.int32)


def rows(parent: mesh.Mesh, facets: Indices, cells: Indices) -> Indices:
    """Rows (cell, local facet) or (cell+, local facet+, cell-, local facet-), flattened.

    Args:
        parent: The mesh.
        facets: Facets, shape (n,).
        cells: Cells on them in the wanted order, shape (n, 1) or (n, 2).
    """
    cell_to_facet = parent.topology.connectivity(3, 2).array.reshape(-1, 4)
    local = np.argmax(cell_to_facet[cells] == facets[:, None, None], axis=2)
    return np.stack([cells, local], axis=2).astype(np.int32).ravel()

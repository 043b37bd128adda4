"""Volumes and centres of the cells of the parent mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem_cell.mesh import CellMesh

Array = npt.NDArray[np.float64]


def cell_corners(mesh: CellMesh) -> Array:
    """Vertices of all local cells, m, shape (cells, 4, 3) (local)."""
    geometry = mesh.mesh.geometry
    return np.asarray(geometry.x[geometry.dofmaps[0][:, :4]])


def cell_volumes(mesh: CellMesh) -> Array:
    """Volumes of all local cells taken as straight, m^3 (local)."""
    corners = cell_corners(mesh)
    edges = corners[:, 1:] - corners[:, :1]
    return np.asarray(np.abs(np.linalg.det(edges)) / 6)


def cell_centres(mesh: CellMesh) -> Array:
    """Centres of all local cells, m, shape (cells, 3) (local)."""
    return np.asarray(cell_corners(mesh).mean(axis=1))

"""Extruded meshes: prisms on triangles, each divided into three tetrahedra.

A prism is divided along the diagonals that start at the lower of two bottom corners in an order of
all of them, so that neighbours agree. With an order from place to place (by x, then by y) so do
opposite sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

PRISM, QUADRANGLE, TETRAHEDRON, TRIANGLE = 6, 3, 4, 2
"""Gmsh's numbers of these elements."""
SAME = 1e-9
"""Distance that counts as none, over the size of the model."""


def tetrahedra(bottom: Indices, top: Indices, points: Array) -> Indices:
    """Three tetrahedra of positive volume for each prism.

    Args:
        bottom: Corners of the lower triangles in ascending order, shape (n, 3).
        top: The corners above them.
        points: Coordinates by number of the corner.
    """
    a, b, c = bottom.T
    d, e, f = top.T
    rows = np.concatenate(
        [np.column_stack(cell) for cell in ((a, b, c, f), (a, b, e, f), (a, d, e, f))]
    )
    edges = points[rows[:, 1:]] - points[rows[:, :1]]
    turned = np.linalg.det(edges) < 0.0
    rows[turned, 2:] = rows[turned, 3:1:-1]
    return rows


def triangles(bottom: Indices, top: Indices) -> Indices:
    """Two triangles for each rectangle, along the same diagonals as the tetrahedra.

    Args:
        bottom: Ends of the lower sides in ascending order, shape (n, 2).
        top: The ends above them.
    """
    a, b = bottom.T
    c, d = top.T
    return np.concatenate((np.column_stack((a, b, d)), np.column_stack((a, d, c))))


def divide_prisms(gmsh: Any) -> None:
    """Divide the prisms of the current model, which is extruded along z, and their sides."""
    mesh = gmsh.model.mesh
    tags, coordinates, _ = mesh.getNodes()
    points = np.zeros((int(tags.max()) + 1, 3))
    points[tags.astype(np.int64)] = coordinates.reshape(-1, 3)
    steps = np.round(points / (SAME * np.ptp(points)))  # columns are columns in spite of rounding
    rank = np.argsort(np.lexsort((steps[:, 1], steps[:, 0])))
    for dim, kind, corners in ((3, PRISM, 3), (2, QUADRANGLE, 2)):
        for _, entity in gmsh.model.getEntities(dim):
            elements, nodes = mesh.getElementsByType(kind, entity)
            if not elements.size:
                continue
            rows = nodes.astype(np.int64).reshape(-1, 2 * corners)
            if dim == 2:
                rows = _from_below(rows, points)
            order = np.argsort(rank[rows[:, :corners]], axis=1)
            bottom = np.take_along_axis(rows[:, :corners], order, axis=1)
            top = np.take_along_axis(rows[:, corners:], order, axis=1)
            made = tetrahedra(bottom, top, points) if dim == 3 else triangles(bottom, top)
            mesh.removeElements(dim, entity, elements)
            mesh.addElementsByType(entity, TETRAHEDRON if dim == 3 else TRIANGLE, [], made.ravel())


def _from_below(quadrangles: Indices, points: Array) -> Indices:
    """Corners of upright rectangles: the two lower ones, then those above them."""
    rows = np.take_along_axis(
        quadrangles, np.argsort(points[quadrangles, 2], axis=1, kind="stable"), axis=1
    )
    apart = np.linalg.norm(points[rows[:, 2], :2] - points[rows[:, 0], :2], axis=1)
    along = np.linalg.norm(points[rows[:, 1], :2] - points[rows[:, 0], :2], axis=1)
    crossed = apart > 0.5 * along
    rows[crossed, 2:] = rows[crossed, 3:1:-1]
    return rows

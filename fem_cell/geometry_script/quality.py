"""Sizes and quality of the mesh in the current Gmsh model.

The quality measure of a tetrahedron is Gmsh's gamma, the radius of the inscribed over that of
the circumscribed sphere times three: 1 for a regular one, 0 for a flat one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script.groups import groups, inner_faces, phases
from fem_cell.geometry_script.script import Geometry

HISTOGRAM_BINS = 10
_CORNER_EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


def quality(gmsh: Any) -> dict[str, Any]:
    """Least, median and histogram of the quality of all tetrahedra.

    Raises:
        InputError: A cell is inverted (its Jacobian is not positive everywhere).
    """
    import numpy as np

    kinds, tags, _ = gmsh.model.mesh.getElements(3)
    del kinds
    cells = np.concatenate(tags)
    inverted = int(np.count_nonzero(gmsh.model.mesh.getElementQualities(cells, "minDetJac") <= 0))
    if inverted:
        remedy = "use a smaller mesh size at curved surfaces, or order = 1"
        raise InputError([Fault("geometry", f"{inverted} cells of the mesh are inverted", remedy)])
    gamma = gmsh.model.mesh.getElementQualities(cells, "gamma")
    counts, edges = np.histogram(gamma, bins=HISTOGRAM_BINS, range=(0.0, 1.0))
    return {
        "measure": "gamma",
        "minimum": float(gamma.min()),
        "percentile_1": float(np.percentile(gamma, 1)),
        "median": float(np.median(gamma)),
        "histogram": {"edges": [round(float(e), 3) for e in edges], "counts": counts.tolist()},
    }


def sizes(gmsh: Any, geometry: Geometry, length_unit: float) -> dict[str, Any]:
    """Numbers of nodes and cells, edge lengths, and volumes and areas against the exact ones.

    Args:
        gmsh: The Gmsh module with the meshed model.
        geometry: What the script knows exactly.
        length_unit: Metres in one unit of the model.

    Returns:
        Keys ``nodes``, ``vertices``, ``cells``, ``edge_length``, ``phases``, ``surfaces`` and
        ``interfaces``, lengths in m; parts of a phase (``cathode.1``, ...) count together.
    """
    volumes, surfaces = phases(gmsh), groups(gmsh, 2)
    tetrahedra, _, corner_nodes = _tetrahedra(gmsh)
    all_nodes = gmsh.model.mesh.getNodesByElementType(tetrahedra)[0]
    counts = {name: _count(gmsh, tags) for name, tags in volumes.items()}
    between = {}
    names = list(volumes)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            faces = inner_faces(gmsh, volumes[first], volumes[second])
            if faces:
                exact = geometry.interfaces.get(f"{first}-{second}")
                exact = exact or geometry.interfaces.get(f"{second}-{first}")
                between[f"{first}-{second}"] = _compare(
                    exact, _content(gmsh, 2, faces) * length_unit**2
                )
    return {
        "nodes": _distinct(all_nodes),
        "vertices": _distinct(corner_nodes),
        "cells": sum(counts.values()),
        "edge_length": _edge_lengths(gmsh, corner_nodes, length_unit),
        "phases": {
            name: {"cells": counts[name]}
            | _compare(geometry.volumes.get(name), _content(gmsh, 3, tags) * length_unit**3)
            for name, tags in volumes.items()
        },
        "surfaces": {
            name: _compare(geometry.areas.get(name), _content(gmsh, 2, tags) * length_unit**2)
            for name, tags in surfaces.items()
        },
        "interfaces": between,
    }


def grain_table(gmsh: Any, geometry: Geometry, length_unit: float) -> list[dict[str, Any]]:
    """Name, orientation, measured volume (m^3) and equivalent diameter (m) of each grain.

    The equivalent diameter is that of the ball of the same volume.
    """
    volumes, rows = groups(gmsh, 3), []
    for grain in geometry.grains:
        content = _content(gmsh, 3, volumes[grain.name]) * length_unit**3
        rows.append(
            {
                "name": grain.name,
                "orientation": [list(row) for row in grain.orientation],
                "centre": list(grain.centre),
                "cells": _count(gmsh, volumes[grain.name]),
                "exact_volume": grain.volume,
                "volume": content,
                "equivalent_diameter": (6.0 * content / math.pi) ** (1.0 / 3.0),
            }
        )
    return rows


def boundary_area(gmsh: Any, geometry: Geometry, length_unit: float) -> float:
    """Area of all faces between two grains, m^2."""
    volumes = groups(gmsh, 3)
    owner = {tag: grain.name for grain in geometry.grains for tag in volumes[grain.name]}
    between = [
        face
        for face in inner_faces(gmsh, owner, owner)
        if len({owner.get(int(v)) for v in gmsh.model.getAdjacencies(2, face)[0]} - {None}) == 2
    ]
    return _content(gmsh, 2, between) * length_unit**2


def _tetrahedra(gmsh: Any) -> tuple[int, Any, Any]:
    """Type, tags and corner nodes (one row of four per cell) of all tetrahedra."""
    kinds, tags, nodes = gmsh.model.mesh.getElements(3)
    names = {gmsh.model.mesh.getElementProperties(kind)[0] for kind in kinds}
    if len(kinds) != 1 or "Tetrahedron" not in next(iter(names)):
        problem = f"the mesh has cells of the kinds {', '.join(sorted(names)) or 'none'}"
        remedy = "build() has to give tetrahedra of one order only"
        raise InputError([Fault("geometry.script", problem, remedy)])
    per_cell = gmsh.model.mesh.getElementProperties(kinds[0])[3]
    return kinds[0], tags[0], nodes[0].reshape(-1, per_cell)[:, :4]


def _count(gmsh: Any, volumes: Iterable[int]) -> int:
    return sum(len(t) for v in volumes for t in gmsh.model.mesh.getElements(3, v)[1])


def _distinct(nodes: Any) -> int:
    import numpy as np

    return int(np.unique(nodes).size)


def _content(gmsh: Any, dim: int, entities: Iterable[int]) -> float:
    """Volume or area of the meshed entities, curved cells included (model units)."""
    total = 0.0
    for entity in entities:
        for kind in gmsh.model.mesh.getElementTypes(dim, entity):
            points, weights = gmsh.model.mesh.getIntegrationPoints(kind, "Gauss4")
            determinants = gmsh.model.mesh.getJacobians(kind, points, entity)[1]
            total += float((abs(determinants).reshape(-1, len(weights)) @ weights).sum())
    return total


def _compare(exact: float | None, meshed: float) -> dict[str, float | None]:
    error = None if exact is None else meshed / exact - 1.0
    return {"exact": exact, "mesh": meshed, "relative_error": error}


def _edge_lengths(gmsh: Any, corner_nodes: Any, length_unit: float) -> dict[str, float]:
    """Least, median and largest distance between the corners of a cell, m."""
    import numpy as np

    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    order = np.argsort(tags)
    rows = order[np.searchsorted(tags, corner_nodes, sorter=order)]
    x = coordinates.reshape(-1, 3)[rows]
    lengths = np.stack([np.linalg.norm(x[:, a] - x[:, b], axis=1) for a, b in _CORNER_EDGES])
    return {
        "minimum": float(lengths.min()) * length_unit,
        "median": float(np.median(lengths)) * length_unit,
        "maximum": float(lengths.max()) * length_unit,
    }

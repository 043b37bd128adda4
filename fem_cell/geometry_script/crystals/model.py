"""From a microstructure to the volumes, surfaces and nodes of the current Gmsh model."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_cell.geometry_script.crystals.cell_sizes import set_fields
from fem_cell.geometry_script.crystals.microstructure import Microstructure, microstructure
from fem_cell.geometry_script.crystals.slice import build_slice
from fem_cell.geometry_script.crystals.solid import build_solid, shortest_edge
from fem_cell.geometry_script.groups import name_group
from fem_cell.geometry_script.parameters import Values

SHORT = 0.15
"""An edge of the model shorter than this part of the smallest cells is a defect."""
ATTEMPTS = 8
"""Alternatives tried while there is such an edge."""


def fill_model(gmsh: Any, p: Values, phase: str, separator: str) -> None:
    """Make the named volumes and surfaces; a slice comes meshed, a solid with cell sizes.

    Cracks, pores and patches that are placed at random are placed anew if they leave edges too
    short to be meshed well; of several alternatives the best is taken.

    Args:
        gmsh: The Gmsh module.
        p: Parameters in SI.
        phase: Name of the crystals; a grain is the volume ``phase.number``.
        separator: Name of the separator.
    """
    best = (-1.0, 0)
    for attempt in range(ATTEMPTS):
        made, _ = microstructure(p, attempt)
        if made is None:
            continue
        shortest = _fill(gmsh, made, phase, separator)
        if shortest >= SHORT:
            return
        best = max(best, (shortest, -attempt))
    chosen, _ = microstructure(p, -best[1])
    assert chosen is not None  # attempt 0 is, or the parameters would have been refused
    _fill(gmsh, chosen, phase, separator)


def _fill(gmsh: Any, made: Microstructure, phase: str, separator: str) -> float:
    """Make the model; length of its shortest edge over the size of the smallest cells."""
    name = gmsh.model.getCurrent()
    gmsh.model.remove()
    gmsh.model.add(name)
    if made.is_slice:
        parts, shortest = build_slice(gmsh, made, set_fields)
    else:
        parts, shortest = build_solid(gmsh, made), shortest_edge(gmsh)
        set_fields(gmsh, parts, made)
    for number, volumes in enumerate(parts.grains, start=1):
        name_group(gmsh, 3, volumes, f"{phase}.{number}")
    name_group(gmsh, 3, parts.separator, separator)
    for surface, faces in parts.surfaces.items():
        name_group(gmsh, 2, faces, surface)
    return shortest / min(made.values["interface_size"], made.values["crack_size"])


def follow_roughness(gmsh: Any, made: Microstructure) -> None:
    """Move the nodes of the mesh with the rough interface."""
    if made.roughness is None:
        return
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    at = coordinates.reshape(-1, 3)
    moved = made.roughness.displacement(at[:, 0], at[:, 1], at[:, 2] - made.values["thickness"])
    at[:, 2] += moved
    for tag in np.flatnonzero(moved):
        gmsh.model.mesh.setNode(int(tags[tag]), at[tag], [])
    if not made.is_slice:
        gmsh.model.mesh.optimize("Relocate3D")

"""From a meshed network to the volumes and surfaces of the current Gmsh model."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.geometry_script.fibres.lattice import FACES, Indices
from fem_cell.geometry_script.fibres.structure import PHASES, Structure
from fem_cell.geometry_script.groups import name_group
from fem_cell.geometry_script.periodic import mark_periodic

SURFACES = ("x_low", "x_high", "y_low", "y_high", "z_low", "z_high")
"""Faces of the box, in the order of the lattice."""

_TRIANGLE, _TETRAHEDRON = 2, 4
"""Gmsh's numbers of these elements of first order."""

Facets = dict[tuple[int, int], Indices]


def fill_discrete(gmsh: Any, made: Structure, period: float = 0.0) -> None:
    """Put the cells, the faces between phases and the faces of the box into the model.

    Args:
        gmsh: The Gmsh module.
        made: The cells.
        period: Edge of the box if opposite faces are one; these have no names then.
    """
    between, outer = _facets(made)
    triangles = {("between", *key): nodes for key, nodes in between.items()}
    triangles |= {("box", *key): nodes for key, nodes in outer.items()}
    tags = {key: tag for tag, key in enumerate(triangles, start=1)}
    for tag in tags.values():
        gmsh.model.addDiscreteEntity(2, tag)
    present = [k for k in range(len(PHASES)) if (made.phase == k).any()]
    for phase in present:
        around = [tags["between", *key] for key in between if phase in key]
        around += [tags["box", *key] for key in outer if key[1] == phase]
        gmsh.model.addDiscreteEntity(3, phase + 1, around)
    numbers = np.arange(1, len(made.mesh.points) + 1)
    gmsh.model.mesh.addNodes(3, present[0] + 1, numbers, made.mesh.points.ravel())
    for key, nodes in triangles.items():
        gmsh.model.mesh.addElementsByType(tags[key], _TRIANGLE, [], nodes.ravel() + 1)
    for phase in present:
        nodes = made.mesh.cells[made.phase == phase]
        gmsh.model.mesh.addElementsByType(phase + 1, _TETRAHEDRON, [], nodes.ravel() + 1)
        name_group(gmsh, 3, [phase + 1], PHASES[phase])
    mark_periodic(gmsh, (period,) * 3)
    for face, name in enumerate(() if period else SURFACES):
        name_group(gmsh, 2, [tags["box", *key] for key in outer if key[0] == face], name)


def _facets(made: Structure) -> tuple[Facets, Facets]:
    """Triangles by the two phases beside them, and those of the box by face and phase."""
    cells = made.mesh.cells
    all_faces = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    phase = np.tile(made.phase, 4)
    order = np.lexsort(all_faces.T)
    all_faces, phase = all_faces[order], phase[order]
    same = (all_faces[1:] == all_faces[:-1]).all(axis=1)
    first = np.flatnonzero(same)
    pair = np.sort(np.stack((phase[first], phase[first + 1]), axis=1), axis=1)
    between = {}
    for a, b in combinations(range(len(PHASES)), 2):
        chosen = (pair == (a, b)).all(axis=1)
        if chosen.any():
            between[a, b] = all_faces[first[chosen]]
    alone = ~np.concatenate((same, [False])) & ~np.concatenate(([False], same))
    return between, _of_box(all_faces[alone], phase[alone], made.mesh.on)


def _of_box(faces: Indices, phase: npt.NDArray[np.int8], on: npt.NDArray[np.bool_]) -> Facets:
    found: Facets = {}
    for side in range(FACES):
        here = on[faces, side].all(axis=1)
        for number in range(len(PHASES)):
            chosen = here & (phase == number)
            if chosen.any():
                found[side, number] = faces[chosen]
    return found

"""From a network to OpenCASCADE solids whose faces the mesh follows; for tens of fibres.

Fibres are cylinders with flat ends here. All are fused to one solid, so that no face is left
inside the skeleton; the time that takes grows with the square of their number.
"""

from __future__ import annotations

import math
from typing import Any

from fem_cell.geometry_script.fibres.model import SURFACES
from fem_cell.geometry_script.fibres.network import Network
from fem_cell.geometry_script.fibres.segments import Segments
from fem_cell.geometry_script.fibres.structure import PHASES, Fit
from fem_cell.geometry_script.groups import name_group, outer_faces
from fem_cell.geometry_script.periodic import tie_sides

MOST_FIBRES = 60
"""Pieces of fibres in the box that are fused in about half a minute."""
AROUND = 10
"""Cells around a fibre; with fewer, facets of fibres that touch overlap."""
ON_FACE = 1e-6
"""Micrometres from a face of the box."""

Tags = list[tuple[int, int]]


def fill_solid(gmsh: Any, made: Network, fit: Fit) -> dict[str, float]:
    """Put solids of all phases into the model; their volume fractions.

    Args:
        gmsh: The Gmsh module.
        made: Fibres and pores.
        fit: Changes of their sizes.
    """
    occ, size = gmsh.model.occ, made.size
    box = [(3, occ.addBox(0, 0, 0, size, size, size))]
    fibres = _cylinders(occ, made, fit.offset)
    skeleton = occ.fuse(fibres[:1], fibres[1:])[0] if len(fibres) > 1 else fibres
    skeleton = occ.intersect(skeleton, box, removeTool=False)[0]
    balls: Tags = []
    if made.pores is not None:
        balls = [(3, occ.addSphere(*centre, fit.pore_radius)) for centre in made.pores.centres]
    _, origin = occ.fragment(box, [*skeleton, *balls])
    parts = _sorted(origin, len(skeleton))
    occ.synchronize()
    outside = [tag for tag in occ.getEntities(3) if tag not in origin[0]]
    gmsh.model.removeEntities(outside, recursive=True)
    volume = {}
    for name, tags in parts.items():
        name_group(gmsh, 3, tags, name)
        volume[name] = math.fsum(occ.getMass(3, tag) for tag in tags) / size**3
    if made.values["periodic"]:
        tie_sides(gmsh, (size,) * 3)
    else:
        _name_faces(gmsh, size)
    gmsh.option.setNumber("Mesh.MeshSizeMax", made.values["mesh_size"])
    gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", AROUND)
    return volume


def _cylinders(occ: Any, made: Network, offset: float) -> Tags:
    """Those that reach into the box, at full length."""
    fibres = made.fibres
    if not isinstance(fibres, Segments):
        raise TypeError("a random field has no solids")
    radius = fibres.radius + offset
    way = fibres.end - fibres.start
    return [
        (3, occ.addCylinder(*fibres.start[k], *way[k], radius[k]))
        for k in range(len(fibres))
        if len(fibres[k : k + 1].moved(radius[k]).clipped(made.size + 2 * radius[k]))
    ]


def _sorted(origin: list[Tags], skeletons: int) -> dict[str, list[int]]:
    """Volumes of the box by phase; a part of a fibre in a pore is skeleton."""
    within = [{tag for _, tag in tags} for tags in origin]
    box = within[0]
    skeleton = box & set().union(*within[1 : 1 + skeletons])
    pores = box & set().union(*within[1 + skeletons :]) - skeleton
    parts = (skeleton, box - skeleton - pores, pores)
    return {name: sorted(tags) for name, tags in zip(PHASES, parts, strict=True) if tags}


def _name_faces(gmsh: Any, size: float) -> None:
    named: dict[str, list[int]] = {name: [] for name in SURFACES}
    for face in outer_faces(gmsh):
        limits = gmsh.model.occ.getBoundingBox(2, face)
        for side, name in enumerate(SURFACES):
            at = size if side % 2 else 0.0
            if all(abs(limits[k] - at) < ON_FACE for k in (side // 2, side // 2 + 3)):
                named[name].append(face)
    for name, faces in named.items():
        name_group(gmsh, 2, faces, name)

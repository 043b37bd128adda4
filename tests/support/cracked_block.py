"""A geometry script: a periodic block of two grains with a crack between them, moved or not.

The grains lie on each other. The crack is a stripe in the plane between them, half as wide as the
block, through its depth. ``moved`` by one quarter of a period it ends at a side, by two it crosses
the sides; the mesh is the same.

Volumes: block.1, block.2. Surfaces: bottom, top, cracks.
"""

from __future__ import annotations

from typing import Any

from fem_cell.geometry_script import Geometry, Parameter, Values
from fem_cell.geometry_script.groups import lies_in_plane, name_group, outer_faces
from fem_cell.geometry_script.periodic import mark_periodic
from fem_cell.geometry_script.prisms import divide_prisms

PARAMETERS = (
    Parameter("moved", 0, None, "quarters of a period", minimum=0, maximum=3),
    Parameter("elements", 8, None, "along x and z; half as many along y", minimum=8),
)
WIDTH, DEPTH, HEIGHT = 8.0, 4.0, 8.0
"""um"""
MICRO = 1e6


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    return ("block.1", "block.2"), ("bottom", "top", "cracks")


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model."""
    import gmsh

    geo, n = gmsh.model.geo, p["elements"]
    base = _base(geo, n)
    between = []
    for number in (1, 2):
        made = [
            geo.extrude([(2, face)], 0, 0, HEIGHT / 2, [n // 2], recombine=True) for face in base
        ]
        base = [part[0][1] for part in made]
        between = between or base
        gmsh.model.geo.synchronize()
        name_group(gmsh, 3, [part[1][1] for part in made], f"block.{number}")
    for name, at in (("bottom", 0.0), ("top", HEIGHT)):
        name_group(gmsh, 2, [f for f in outer_faces(gmsh) if lies_in_plane(gmsh, f, at)], name)
    name_group(gmsh, 2, [between[(k + p["moved"]) % 4] for k in (1, 2)], "cracks")
    gmsh.model.mesh.generate(3)
    divide_prisms(gmsh)
    mark_periodic(gmsh, [WIDTH, DEPTH])
    area = WIDTH * DEPTH / MICRO**2
    height = HEIGHT / MICRO
    return Geometry({"block": area * height}, {}, area, {"block": height}, structured=True)


def _base(geo: Any, n: int) -> list[int]:
    """The bottom in four structured parts, side by side along x."""
    ends = [0.0, 0.25, 0.5, 0.75, 1.0]
    front, back = ([geo.addPoint(WIDTH * x, y, 0) for x in ends] for y in (0.0, DEPTH))
    across = [geo.addLine(a, b) for a, b in zip(front, back, strict=True)]
    for line in across:
        geo.mesh.setTransfiniteCurve(line, n // 2 + 1)
    faces = []
    for k in range(4):
        along = [geo.addLine(row[k], row[k + 1]) for row in (front, back)]
        for line in along:
            geo.mesh.setTransfiniteCurve(line, n // 4 + 1)
        loop = geo.addCurveLoop([along[0], across[k + 1], -along[1], -across[k]])
        faces.append(int(geo.addPlaneSurface([loop])))
        corners = [front[k], front[k + 1], back[k + 1], back[k]]
        geo.mesh.setTransfiniteSurface(faces[-1], "Left", corners)
    return faces

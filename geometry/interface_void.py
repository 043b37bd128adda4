"""A void between a lithium foil and the electrolyte pellet on it, one of a square lattice.

The void is half an ellipsoid in the lithium, its flat side on the pellet. The box is a quarter of
the cell of the lattice: the void sits in the corner at the origin, the sides are mirror planes.

Volumes: lithium, pellet, void. Surfaces: z_low, z_high, symmetry.
"""

from __future__ import annotations

import math
import sys

from fem_cell.errors import Fault
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.groups import lies_in_plane, name_group, outer_faces

# fmt: off
PARAMETERS = (
    Parameter("pitch", "20 um", "um", "distance of the voids", minimum=1e-3),
    Parameter("void_radius", "6 um", "um", "radius of the void on the pellet", minimum=1e-3),
    Parameter("void_depth", lambda p: p["void_radius"], "um", "its depth in the lithium; if not "
              "given, the radius", minimum=1e-3),
    Parameter("lithium_thickness", "20 um", "um", "thickness of the foil", minimum=1e-3),
    Parameter("pellet_thickness", "10 um", "um", "thickness of the electrolyte", minimum=1e-3),
    Parameter("mesh_size", "4 um", "um", "largest cells", minimum=1e-3),
    Parameter("rim_size", lambda p: p["mesh_size"] / 2, "um", "cells at the void; if not given, "
              "half of mesh_size", minimum=1e-3),
)
# fmt: on

MICRO = 1e6
GROWTH = 0.4
"""Growth of the cells per distance from the void."""
LARGEST = 0.95
"""Of the void over half of the pitch, and over the thickness of the lithium."""
PHASES = ("lithium", "pellet", "void")


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    del p
    return PHASES, ("z_low", "z_high", "symmetry")


def check(p: Values) -> list[Fault]:
    """A void that does not fit."""
    faults = []
    for key, room in (("void_radius", p["pitch"] / 2), ("void_depth", p["lithium_thickness"])):
        if p[key] > LARGEST * room:
            problem = f"{p[key] * MICRO:.4g} um leaves no lithium beside it"
            faults.append(Fault(key, problem, f'give "{LARGEST * room * MICRO:.4g} um" or less'))
    return faults


def exact(p: Values) -> Geometry:
    """Exact sizes (SI)."""
    half = p["pitch"] / 2
    area, radius = half**2, p["void_radius"]
    void = math.pi / 6 * radius**2 * p["void_depth"]
    heights = {"lithium": p["lithium_thickness"], "pellet": p["pellet_thickness"]}
    touching = 1 - math.pi / 4 * radius**2 / area
    return Geometry(
        volumes={
            "lithium": area * heights["lithium"] - void,
            "pellet": area * heights["pellet"],
            "void": void,
        },
        areas={"z_low": area, "z_high": area, "symmetry": 4 * half * sum(heights.values())},
        footprint=area,
        thickness=heights | {"void": p["void_depth"]},
        interfaces={"lithium-pellet": touching * area},
        notes=(f"lithium and pellet touch on {touching:.4g} of their face",),
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    occ = gmsh.model.occ
    half, face = p["pitch"] / 2 * MICRO, p["lithium_thickness"] * MICRO
    radius, depth, top = (p[k] * MICRO for k in ("void_radius", "void_depth", "pellet_thickness"))
    foil = occ.addBox(0, 0, 0, half, half, face)
    pellet = occ.addBox(0, 0, face, half, half, top)
    ball = occ.addSphere(0, 0, 0, 1)
    occ.affineTransform([(3, ball)], _place(radius, depth, face))
    void, _ = occ.intersect([(3, ball)], [(3, foil)], removeTool=False)
    lithium, _ = occ.cut([(3, foil)], void, removeTool=False)
    parts = occ.fragment(lithium, [*void, (3, pellet)])[1]
    occ.synchronize()
    for name, part in zip(("lithium", "void", "pellet"), parts, strict=True):
        name_group(gmsh, 3, [tag for _, tag in part], name)
    named: dict[str, list[int]] = {"z_low": [], "z_high": [], "symmetry": []}
    for surface in outer_faces(gmsh):
        ends = {"z_low": 0.0, "z_high": face + top}
        at = (name for name, height in ends.items() if lies_in_plane(gmsh, surface, height))
        named[next(at, "symmetry")].append(surface)
    for name, faces in named.items():
        name_group(gmsh, 2, faces, name)
    for source in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.MeshSize{source}", 0)
    fine, coarse = p["rim_size"] * MICRO, p["mesh_size"] * MICRO

    def size(x: float, y: float, z: float) -> float:
        away = max(math.dist((x, y, z), (0, 0, face)) - max(radius, depth), 0.0)
        return min(coarse, fine + GROWTH * away)

    gmsh.model.mesh.setSizeCallback(lambda dim, tag, x, y, z, lc: size(x, y, z))
    return exact(p)


def _place(radius: float, depth: float, face: float) -> list[float]:
    """Rows of the map of a unit ball to the void; its poles and its seam end up outside the box."""
    r = radius / math.sqrt(2)
    return [-r, 0, r, 0, -r, 0, -r, 0, 0, -depth, 0, face]


if __name__ == "__main__":
    sys.exit(main(__file__))

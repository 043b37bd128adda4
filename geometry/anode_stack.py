"""Anode under a solid electrolyte pellet, with a given map of where the two touch.

From the bottom (z = 0): collector, anode, pellet, and on it a foil or a second anode with its own
collector. The sides are mirror planes. Discs on the face between anode and pellet are patches of
contact, or voids in it; a disc lies inside the box, or its centre on a side or a corner (then the
mirrors complete it).

Volumes: anode, pellet, and counter_anode if the other side is one. Surfaces: anode_collector,
counter (the foil or the second collector), symmetry; no_contact (inner surface) if there are discs.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from fem_cell import units
from fem_cell.errors import Fault
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.groups import inner_faces, lies_in_plane, name_group, outer_faces

# fmt: off
PARAMETERS = (
    Parameter("width", "135 um", "um", "size along x", minimum=1e-3),
    Parameter("depth", lambda p: p["width"], "um", "size along y; if not given, the width",
              minimum=1e-3),
    Parameter("anode_thickness", "100 um", "um", "thickness of the anode", minimum=1e-3),
    Parameter("pellet_thickness", "1160 um", "um", "thickness of the electrolyte", minimum=1e-3),
    Parameter("counter_thickness", "0 um", "um", "thickness of a second anode on the pellet; 0 for "
              "a foil", minimum=0.0),
    Parameter("discs", (), None, 'circles on the face between anode and pellet, each '
              '"x, y: radius", e.g. "0 um, 0 um: 10 um"', kind=str),
    Parameter("discs_are", "contacts", None, "what the discs are",
              choices=("contacts", "voids")),
    Parameter("mesh_size", "40 um", "um", "largest cells", minimum=1e-3),
    Parameter("rim_size", lambda p: p["mesh_size"], "um", "cells at the rims of discs; if not "
              "given, mesh_size", minimum=1e-3),
)
# fmt: on

MICRO = 1e6
GROWTH = 0.3
"""Growth of the cells per distance from the rims."""
ON_SIDE = 1e-9

Disc = tuple[float, float, float]


def discs_of(p: Values) -> list[Disc]:
    """Centre and radius of every disc, um.

    Raises:
        ValueError: One is not "x, y: radius".
    """
    found = []
    for text in p["discs"]:
        centre, _, radius = text.partition(":")
        parts = [*centre.split(","), radius]
        if len(parts) != 3 or not all(part.strip() for part in parts):
            raise ValueError(f'"{text}" is not "x, y: radius"')
        try:
            x, y, r = (units.parse(part.strip(), "um") for part in parts)
        except ValueError as error:
            raise ValueError(f'in "{text}": {error}') from None
        found.append((x, y, r))
    return found


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    second = ("counter_anode",) if p["counter_thickness"] > 0 else ()
    inner = ("no_contact",) if p["discs"] else ()
    return ("anode", "pellet", *second), ("anode_collector", "counter", "symmetry", *inner)


def check(p: Values) -> list[Fault]:
    """Discs that cannot be read, stick out or overlap."""
    try:
        discs = discs_of(p)
    except ValueError as error:
        return [Fault("discs", str(error), 'e.g. ["0 um, 0 um: 10 um"]')]
    faults = []
    for number, disc in enumerate(discs):
        if _share(p, disc) is None:
            problem = f'"{p["discs"][number]}" sticks out of the box'
            remedy = "put it inside, or its centre on a side or a corner"
            faults.append(Fault("discs", problem, remedy))
        for other in discs[:number]:
            if math.dist(disc[:2], other[:2]) <= disc[2] + other[2]:
                problem = f'"{p["discs"][number]}" overlaps another'
                faults.append(Fault("discs", problem, "move one of them, or make it smaller"))
    return faults


def _share(p: Values, disc: Disc) -> float | None:
    """Share of a disc that is in the box: 1, 1/2 or 1/4; ``None`` if it sticks out."""
    share, (*centre, radius) = 1.0, disc
    if radius <= 0:
        return None
    for at, size in zip(centre, (p["width"] * MICRO, p["depth"] * MICRO), strict=True):
        if min(abs(at), abs(at - size)) < ON_SIDE:
            share /= 2
            if radius >= size:
                return None
        elif at < radius or at > size - radius:
            return None
    return share


def contact_area(p: Values) -> float:
    """Where anode and pellet touch, m^2."""
    whole = p["width"] * p["depth"]
    discs = sum((_share(p, d) or 0.0) * math.pi * (d[2] / MICRO) ** 2 for d in discs_of(p))
    if not p["discs"]:
        return float(whole)
    return discs if p["discs_are"] == "contacts" else whole - discs


def exact(p: Values) -> Geometry:
    """Exact sizes (SI)."""
    area, touching = p["width"] * p["depth"], contact_area(p)
    heights = {"anode": p["anode_thickness"], "pellet": p["pellet_thickness"]}
    interfaces = {"anode-pellet": area}
    if p["counter_thickness"] > 0:
        heights["counter_anode"] = p["counter_thickness"]
        interfaces["counter_anode-pellet"] = area
    areas = {
        "anode_collector": area,
        "counter": area,
        "symmetry": 2.0 * (p["width"] + p["depth"]) * sum(heights.values()),
    }
    notes: tuple[str, ...] = ()
    if p["discs"]:
        areas["no_contact"] = area - touching
        notes = (f"anode and pellet touch on {touching / area:.4g} of their face",)
    return Geometry(
        volumes={name: area * height for name, height in heights.items()},
        areas=areas,
        footprint=area,
        thickness=heights,
        interfaces=interfaces,
        notes=notes,
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    occ, sizes = gmsh.model.occ, exact(p)
    width, depth, level = p["width"] * MICRO, p["depth"] * MICRO, 0.0
    boxes = []
    for height in sizes.thickness.values():
        boxes.append((3, occ.addBox(0, 0, level, width, depth, height * MICRO)))
        level += height * MICRO
    face = p["anode_thickness"] * MICRO
    discs = [(2, occ.addDisk(x, y, face, r, r)) for x, y, r in discs_of(p)]
    plane = occ.addRectangle(0, 0, face, width, depth)
    if discs:
        discs = occ.intersect([(2, plane)], discs)[0]
    parts = occ.fragment(boxes, discs)[1]
    occ.synchronize()
    solids = [[int(tag) for _, tag in part] for part in parts[: len(boxes)]]
    within = {int(tag) for part in parts[len(boxes) :] for _, tag in part}
    for name, tags in zip(sizes.thickness, solids, strict=True):
        name_group(gmsh, 3, tags, name)
    _name_surfaces(gmsh, p, solids, within, level)
    for source in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.MeshSize{source}", 0)
    size = _cell_size(p)
    gmsh.model.mesh.setSizeCallback(lambda dim, tag, x, y, z, lc: size(x, y, z))
    return sizes


def _name_surfaces(
    gmsh: Any, p: Values, solids: list[list[int]], within: set[int], top: float
) -> None:
    named: dict[str, list[int]] = {}
    for face in outer_faces(gmsh):
        ends = {0.0: "anode_collector", top: "counter"}
        there = (name for height, name in ends.items() if lies_in_plane(gmsh, face, height))
        named.setdefault(next(there, "symmetry"), []).append(face)
    if p["discs"]:
        between = set(inner_faces(gmsh, solids[0], solids[1]))
        apart = between - within if p["discs_are"] == "contacts" else between & within
        named["no_contact"] = sorted(apart)
    for name, faces in named.items():
        name_group(gmsh, 2, faces, name)


def _cell_size(p: Values) -> Any:
    """Size wanted at a point, um: fine at the rims of discs."""
    discs, face = discs_of(p), p["anode_thickness"] * MICRO
    fine, coarse = p["rim_size"] * MICRO, p["mesh_size"] * MICRO

    def size(x: float, y: float, z: float) -> float:
        away = (math.hypot(math.hypot(x - cx, y - cy) - r, z - face) for cx, cy, r in discs)
        return min(coarse, fine + GROWTH * min(away, default=math.inf))

    return size


if __name__ == "__main__":
    sys.exit(main(__file__))

"""A stack of planar layers with a structured mesh: layers are extruded one on the other.

Layers are listed from the bottom (z = 0) to the top. With one element across it is quasi
one-dimensional, with several across the width and one across the depth a thin two-dimensional
box. Each layer can be graded towards both of its faces: its elements grow geometrically from
the faces to the middle.

Volumes: as named in ``layers`` (a name may return, the layers then are one phase). Surfaces: the
bottom and the top as named by ``bottom`` and ``top``, and
symmetry for sides that are mirror planes.
"""

from __future__ import annotations

import math
import re
import sys
from itertools import pairwise
from typing import Any

from fem_cell import units
from fem_cell.errors import Fault
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.groups import lies_in_plane, name_group, outer_faces
from fem_cell.geometry_script.periodic import mark_periodic
from fem_cell.geometry_script.prisms import divide_prisms

# fmt: off
PARAMETERS = (
    Parameter("layers", ("cathode: 100 um", "electrolyte: 20 um"), None,
              'layers from the bottom to the top, each "name: thickness"'),
    Parameter("elements", (), None,
              "elements through each layer, one number for each; if empty, from mesh_size",
              minimum=1, kind=int),
    Parameter("mesh_size", "5 um", "um",
              "largest element through a layer; without effect if elements is given",
              minimum=1e-4),
    Parameter("grading", 1.0, None,
              "size of the elements in the middle of a layer over that at its faces",
              minimum=1.0, maximum=1000.0),
    Parameter("cross_section", "rectangle", None,
              "rectangle, or the right triangle that is half of it",
              choices=("rectangle", "triangle")),
    Parameter("width", "5 um", "um", "size along x", minimum=1e-4),
    Parameter("depth", "5 um", "um", "size along y", minimum=1e-4),
    Parameter("width_elements", 1, None, "elements along x", minimum=1),
    Parameter("depth_elements", 1, None, "elements along y", minimum=1),
    Parameter("periodic", False, None, "the rectangle repeats itself along x and y; otherwise the "
              "sides are mirror planes"),
    Parameter("bottom", "current_collector", None, "name of the bottom surface"),
    Parameter("top", "lithium_foil", None, "name of the top surface"),
    Parameter("order", 1, None, "order of the cells", choices=(1, 2)),
)
# fmt: on

SIDES = "symmetry"
CELLS_ACROSS = 3
"""Elements across a periodic slab; with less one would meet the same neighbour on two sides."""
MICRO = 1e6
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def layers_of(p: Values) -> list[tuple[str, float]]:
    """Name and thickness [um] of each layer, from the bottom.

    Raises:
        ValueError: A layer is not "name: thickness".
    """
    layers = []
    for text in p["layers"]:
        name, _, thickness = (part.strip() for part in text.partition(":"))
        if not _NAME.fullmatch(name) or not thickness:
            raise ValueError(f'"{text}" is not "name: thickness"')
        try:
            layers.append((name, units.parse(thickness, "um")))
        except ValueError as error:
            raise ValueError(f'thickness of "{text}": {error}') from None
        if layers[-1][1] <= 0:
            raise ValueError(f'thickness of "{text}" is not positive')
    if not layers:
        raise ValueError("the list is empty")
    return layers


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces of the stack."""
    volumes = tuple(dict.fromkeys(name for name, _ in layers_of(p)))
    return volumes, (p["bottom"], p["top"], *(() if p["periodic"] else (SIDES,)))


def check(p: Values) -> list[Fault]:
    """Layers that cannot be read, and combinations that cannot be meshed."""
    try:
        layers = layers_of(p)
    except ValueError as error:
        return [Fault("layers", str(error), 'e.g. ["cathode: 100 um", "electrolyte: 20 um"]')]
    faults = _mesh_faults(p, layers)
    surfaces = [SIDES]
    for key in ("bottom", "top"):
        if not _NAME.fullmatch(p[key]):
            faults.append(Fault(key, f'"{p[key]}" is not a name', "letters, digits and _"))
        elif p[key] in surfaces or p[key] in {name for name, _ in layers}:
            faults.append(
                Fault(
                    key,
                    f'"{p[key]}" is the name of something else already',
                    "give every surface and phase a name of its own",
                )
            )
        surfaces.append(p[key])
    return faults


def _mesh_faults(p: Values, layers: list[tuple[str, float]]) -> list[Fault]:
    faults = []
    if p["elements"] and len(p["elements"]) != len(layers):
        faults.append(
            Fault(
                "elements",
                f"has {len(p['elements'])} numbers for {len(layers)} layers",
                "give one number for each layer, or leave it out",
            )
        )
    thin = min(layers, key=lambda layer: layer[1])
    if not p["elements"] and p["mesh_size"] * MICRO > thin[1] * (1 + 1e-9):
        faults.append(
            Fault(
                "mesh_size",
                f"{p['mesh_size'] * MICRO:.4g} um is larger than the "
                f"layer {thin[0]}, {thin[1]:.4g} um",
                "make it smaller, or give elements",
            )
        )
    if p["periodic"]:
        faults += _periodic_faults(p)
    if p["cross_section"] == "triangle" and p["width_elements"] != p["depth_elements"]:
        faults.append(
            Fault(
                "depth_elements",
                f"{p['depth_elements']} differs from width_elements = {p['width_elements']}",
                "a triangle needs the same on both sides",
            )
        )
    return faults


def _periodic_faults(p: Values) -> list[Fault]:
    if p["cross_section"] == "triangle":
        remedy = 'give "rectangle", or periodic = false'
        return [Fault("cross_section", "a triangle does not repeat itself", remedy)]
    return [
        Fault(key, f"{p[key]} is too few for periodic sides", f"give {CELLS_ACROSS} or more")
        for key in ("width_elements", "depth_elements")
        if p[key] < CELLS_ACROSS
    ]


def graded(count: int, grading: float) -> list[float]:
    """Sizes of the elements of a layer over its thickness; symmetric, their sum is one."""
    half = (count - 1) // 2
    sizes = [grading ** (min(i, count - 1 - i) / half) if half else 1.0 for i in range(count)]
    total = sum(sizes)
    return [size / total for size in sizes]


def elements_of(p: Values) -> list[int]:
    """Elements through each layer."""
    if p["elements"]:
        return list(p["elements"])
    size, counts = p["mesh_size"] * MICRO, []
    for _, thickness in layers_of(p):
        count = max(1, math.ceil(thickness / size * (1 - 1e-9)))
        while thickness * max(graded(count, p["grading"])) > size * (1 + 1e-9):
            count += 1
        counts.append(count)
    return counts


def estimate(p: Values) -> dict[str, int]:
    """Numbers of nodes and cells, exact."""
    m, n, up = p["width_elements"], p["depth_elements"], sum(elements_of(p))
    if p["cross_section"] == "rectangle":
        points, triangles, rim = (m + 1) * (n + 1), 2 * m * n, 2 * (m + n)
    else:
        points, triangles, rim = (m + 1) * (m + 2) // 2, m * m, 3 * m
    nodes, cells = points * (up + 1), 3 * triangles * up
    if p["order"] == 2:  # one more node on every edge, of which Euler's formula gives the number
        faces = (4 * cells + 2 * triangles + 2 * rim * up) // 2
        nodes += nodes + faces - cells - 1
    return {"nodes": nodes, "cells": cells}


def exact(p: Values) -> Geometry:
    """Exact sizes (SI)."""
    layers = layers_of(p)
    width, depth = p["width"], p["depth"]
    area, perimeter = width * depth, 2 * (width + depth)
    if p["cross_section"] == "triangle":
        area, perimeter = area / 2, width + depth + math.hypot(width, depth)
    thickness: dict[str, float] = {}
    for name, height in layers:
        thickness[name] = thickness.get(name, 0.0) + height / MICRO
    interfaces: dict[str, float] = {}
    for (below, _), (above, _) in pairwise(layers):
        if below != above:
            key = f"{below}-{above}" if f"{above}-{below}" not in interfaces else f"{above}-{below}"
            interfaces[key] = interfaces.get(key, 0.0) + area
    return Geometry(
        volumes={name: area * height for name, height in thickness.items()},
        areas={p["bottom"]: area, p["top"]: area}
        | ({} if p["periodic"] else {SIDES: perimeter * sum(thickness.values())}),
        footprint=area,
        thickness=thickness,
        interfaces=interfaces,
        structured=True,
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    layers = layers_of(p)
    base, total = _base(gmsh, p), 0.0
    solids: dict[str, list[int]] = {}
    for (name, thickness), count in zip(layers, elements_of(p), strict=True):
        sizes = graded(count, p["grading"])
        heights = [math.fsum(sizes[: i + 1]) for i in range(count)]
        heights[-1] = 1.0
        made = gmsh.model.geo.extrude(
            [(2, base)], 0, 0, thickness, [1] * count, heights, recombine=p["periodic"]
        )
        base = int(made[0][1])  # Gmsh gives the opposite face first, then the volume
        solids.setdefault(name, []).append(made[1][1])
        total += thickness
    gmsh.model.geo.synchronize()
    for name, tags in solids.items():
        name_group(gmsh, 3, tags, name)
    _name_surfaces(gmsh, p, total)
    if p["periodic"]:
        gmsh.model.mesh.generate(3)
        divide_prisms(gmsh)  # Gmsh itself divides opposite sides differently
        mark_periodic(gmsh, [p["width"] * MICRO, p["depth"] * MICRO])
    return exact(p)


def _base(gmsh: Any, p: Values) -> int:
    """The structured bottom face."""
    geo, width, depth = gmsh.model.geo, p["width"] * MICRO, p["depth"] * MICRO
    corners = [(0, 0), (width, 0), (width, depth), (0, depth)]
    divisions = [p["width_elements"], p["depth_elements"]] * 2
    if p["cross_section"] == "triangle":
        corners.pop(2)
        divisions.pop()
        gmsh.option.setNumber("Mesh.TransfiniteTri", 1)  # similar triangles, not a fan
    points = [geo.addPoint(x, y, 0) for x, y in corners]
    lines = [geo.addLine(a, b) for a, b in pairwise((*points, points[0]))]
    for line, count in zip(lines, divisions, strict=True):
        geo.mesh.setTransfiniteCurve(line, count + 1)
    face = int(geo.addPlaneSurface([geo.addCurveLoop(lines)]))
    geo.mesh.setTransfiniteSurface(face)
    return face


def _name_surfaces(gmsh: Any, p: Values, top: float) -> None:
    named: dict[str, list[int]] = {}
    for face in outer_faces(gmsh):
        if lies_in_plane(gmsh, face, 0.0):
            name = p["bottom"]
        else:
            name = p["top"] if lies_in_plane(gmsh, face, top) else SIDES
        if name == SIDES and p["periodic"]:
            continue
        named.setdefault(name, []).append(face)
    for name, faces in named.items():
        name_group(gmsh, 2, faces, name)


if __name__ == "__main__":
    sys.exit(main(__file__))

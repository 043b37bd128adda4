"""A dense crystal under a solid-electrolyte separator, meshed along its axes.

The current collector is the plane z = 0, the crystal fills 0 < z < thickness, the separator lies
on it and the counter electrode on the separator. All lateral sides are mirror planes, so that the
box is a quarter of a period. In the far corner, at the largest x and y, a rectangle of the
interface may have no contact, and a plane crack may lie in the crystal: horizontal, a rectangle in
the same corner, or vertical, in the plane x = width - crack_width and through the whole depth.

The interface may be rough, a Gaussian random height that mirrors at the sides. Nodes follow it in
columns, by the share of their layer's thickness that lies between them and its far side: columns
stretch, so that roughness of any slope can be meshed as long as no column is squeezed flat.

The mesh is structured, its edges follow x, y and z. A crystal whose c axis is one of them exchanges
lithium across its layers as its diffusivity says: with a ratio of diffusivities r, cells that lie
askew need a size far below the length of what varies, divided by sqrt(r).

Volumes: cathode, separator. Surfaces: current_collector, counter_electrode, symmetry; where there
are any, no_contact and cracks (inner surfaces).
"""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from typing import Any

import numpy as np

from fem_cell.errors import Fault
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.crystals.roughness import Roughness, rough
from fem_cell.geometry_script.groups import lies_in_plane, name_group, outer_faces

# fmt: off
PARAMETERS = (
    Parameter("mesh_size", "0.25 um", "um", "largest edge of the cells along x and y",
              minimum=1e-3),
    Parameter("vertical_size", "0.6 um", "um", "largest edge of the cells of the crystal along z",
              minimum=1e-3),
    Parameter("width", "5 um", "um", "half a period along x", minimum=1e-3),
    Parameter("depth", lambda p: p["mesh_size"], "um", "half a period along y; if not given, "
              "mesh_size, one layer of cells", minimum=1e-3),
    Parameter("thickness", "23.1 um", "um", "thickness of the crystal", minimum=1e-3),
    Parameter("separator_thickness", "250 um", "um", "thickness of the separator", minimum=1e-3),
    Parameter("gap_width", "0 um", "um", "size along x of what has no contact", minimum=0.0),
    Parameter("gap_depth", lambda p: p["depth"], "um", "its size along y; if not given, the depth",
              minimum=1e-3),
    Parameter("crack", "none", None, "crack along the collector, across it, or none",
              choices=("none", "horizontal", "vertical")),
    Parameter("crack_width", "2 um", "um", "horizontal: its size along x; vertical: its distance "
              "from the side", minimum=1e-3),
    Parameter("crack_depth", lambda p: p["depth"], "um", "size of a horizontal crack along y; if "
              "not given, the depth", minimum=1e-3),
    Parameter("crack_height", "11.55 um", "um", "horizontal: its height; vertical: of its middle",
              minimum=1e-3),
    Parameter("crack_length", "4 um", "um", "size of a vertical crack along z", minimum=1e-3),
    Parameter("roughness", "0 um", "um", "root mean square height of the interface", minimum=0.0),
    Parameter("correlation_length", "1 um", "um", "distance at which the correlation of the "
              "heights is 1/e", minimum=1e-3),
    Parameter("seed", 1, None, "of the heights", minimum=0),
)
# fmt: on

MICRO = 1e6
SEPARATOR_ELEMENTS = 8
"""Through the separator, each twice as high as the one below."""
LEAST_STRETCH = 0.2
"""Least height of a column of cells over that before."""
CELLS_PER_CORRELATION = 3.0
"""Least number of cells within the correlation length: fewer do not follow the heights."""


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    inner = {"no_contact": p["gap_width"] > 0, "cracks": p["crack"] != "none"}
    outer = ("current_collector", "counter_electrode", "symmetry")
    return ("cathode", "separator"), (*outer, *(name for name, there in inner.items() if there))


def check(p: Values) -> list[Fault]:
    """Gaps and cracks that leave the box."""
    faults = []
    for key, side in (("gap_width", "width"), ("crack_width", "width"),
                      ("gap_depth", "depth"), ("crack_depth", "depth")):  # fmt: skip
        if key.startswith("crack") and p["crack"] == "none":
            continue
        whole = p[key] > p[side] * (1 + 1e-9)
        if whole or (side == "width" and p[key] >= p[side] * (1 - 1e-9)):
            problem = f"{p[key] * MICRO:.4g} um leaves nothing beside it"
            faults.append(Fault(key, problem, f"{side} is {p[side] * MICRO:.4g} um"))
    half = 0.5 * p["crack_length"] if p["crack"] == "vertical" else 0.0
    if p["crack"] != "none" and not half < p["crack_height"] < p["thickness"] - half:
        problem = f"{p['crack_height'] * MICRO:.4g} um puts the crack outside the crystal"
        faults.append(Fault("crack_height", problem, "give another height or crack_length"))
    return faults + (_rough_faults(p) if p["roughness"] > 0 else [])


def _rough_faults(p: Values) -> list[Fault]:
    """Roughness beside a crack, on cells that cannot follow it, or through a layer."""
    if p["crack"] != "none":
        remedy = "leave the crack out, or the roughness"
        return [Fault("roughness", "would bend the crack", remedy)]
    fits = p["correlation_length"] / CELLS_PER_CORRELATION
    if p["mesh_size"] > fits * (1 + 1e-9):
        problem = f"{p['mesh_size'] * MICRO:.4g} um is too coarse for the rough interface"
        return [Fault("mesh_size", problem, f'give at most "{fits * MICRO:.3g} um"')]
    heights = _heights(p).least_and_most
    layers = p["thickness"], p["separator_thickness"]
    if min(layers[0] + heights[0], layers[1] - heights[1]) < LEAST_STRETCH * min(layers):
        problem = f"{p['roughness'] * MICRO:.4g} um squeezes a layer to nothing in places"
        return [Fault("roughness", problem, "give less, or a thicker layer")]
    return []


def _heights(p: Values) -> Roughness:
    """The rough interface, m."""
    sides, layers = (p["width"], p["depth"]), (p["thickness"], p["separator_thickness"])
    ridged = p["depth"] <= p["mesh_size"] * (1 + 1e-9)
    rng = np.random.default_rng(p["seed"])
    return rough(sides, layers, p["roughness"], p["correlation_length"], rng, ridged)


def planes(p: Values) -> tuple[list[float], list[float], list[float]]:
    """Where the box is divided along x, y and z, um: every gap and crack ends on a plane."""
    x, y, z = {0.0, p["width"]}, {0.0, p["depth"]}, {0.0, p["thickness"]}
    if p["gap_width"] > 0:
        x.add(p["width"] - p["gap_width"])
        y.add(max(0.0, p["depth"] - p["gap_depth"]))
    if p["crack"] != "none":
        x.add(p["width"] - p["crack_width"])
    if p["crack"] == "horizontal":
        y.add(max(0.0, p["depth"] - p["crack_depth"]))
        z.add(p["crack_height"])
    if p["crack"] == "vertical":
        half = 0.5 * p["crack_length"]
        z |= {p["crack_height"] - half, p["crack_height"] + half}
    z.add(p["thickness"] + p["separator_thickness"])
    return _distinct(x), _distinct(y), _distinct(z)


def _distinct(places: set[float]) -> list[float]:
    """In order and in um; what differs by rounding alone is one plane."""
    found: list[float] = []
    for place in sorted(place * MICRO for place in places):
        if not found or place - found[-1] > 1e-9:
            found.append(place)
    return found


def _counts(places: list[float], size: float) -> list[int]:
    """Elements between neighbouring planes."""
    return [max(1, math.ceil((b - a) / (size * MICRO) * (1 - 1e-9))) for a, b in pairwise(places)]


def estimate(p: Values) -> dict[str, int]:
    """Numbers of nodes and cells, exact but for what cuts double."""
    x, y, z = planes(p)
    across = [sum(_counts(places, p["mesh_size"])) for places in (x, y)]
    up = sum(_counts(z[:-1], p["vertical_size"])) + SEPARATOR_ELEMENTS
    return {
        "nodes": (across[0] + 1) * (across[1] + 1) * (up + 1),
        "cells": 6 * across[0] * across[1] * up,
    }


def exact(p: Values) -> Geometry:
    """Exact sizes (SI)."""
    area, height = p["width"] * p["depth"], p["thickness"] + p["separator_thickness"]
    gap = p["gap_width"] * p["gap_depth"]
    cracks = {
        "none": 0.0,
        "horizontal": p["crack_width"] * p["crack_depth"],
        "vertical": p["crack_length"] * p["depth"],
    }
    areas = {
        "current_collector": area,
        "counter_electrode": area,
        "symmetry": 2.0 * (p["width"] + p["depth"]) * height,
        "no_contact": None if p["roughness"] > 0 else gap,
        "cracks": cracks[p["crack"]],
    }
    return Geometry(
        volumes={"cathode": area * p["thickness"], "separator": area * p["separator_thickness"]},
        areas={name: areas[name] for name in names(p)[1]},
        footprint=area,
        thickness={"cathode": p["thickness"], "separator": p["separator_thickness"]},
        interfaces={
            "cathode-separator": area * (_heights(p).area_ratio if p["roughness"] > 0 else 1.0)
        },
        structured=True,
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    x, y, z = planes(p)
    faces = _base(gmsh, p, x, y)
    solids: dict[str, list[int]] = {"cathode": [], "separator": []}
    for number, (below, above) in enumerate(pairwise(z)):
        last = number == len(z) - 2
        count = SEPARATOR_ELEMENTS if last else _counts([below, above], p["vertical_size"])[0]
        sizes = [2.0**i if last else 1.0 for i in range(count)]
        heights = [math.fsum(sizes[: i + 1]) / math.fsum(sizes) for i in range(count)]
        made = gmsh.model.geo.extrude(
            [(2, face) for face in faces], 0, 0, above - below, [1] * count, heights
        )
        solids["separator" if last else "cathode"] += [tag for dim, tag in made if dim == 3]
        at = [i for i, (dim, _) in enumerate(made) if dim == 3]
        faces = [int(made[i - 1][1]) for i in at]  # Gmsh gives the opposite face, then the volume
    gmsh.model.geo.synchronize()
    for name, tags in solids.items():
        name_group(gmsh, 3, tags, name)
    _name_surfaces(gmsh, p, z[-1])
    return exact(p)


def move_nodes(p: Values) -> None:
    """Let columns of nodes follow the rough interface."""
    import gmsh

    if not p["roughness"]:
        return
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    at = coordinates.reshape(-1, 3)
    above = at[:, 2] / MICRO - p["thickness"]
    layer = np.where(above < 0, p["thickness"], p["separator_thickness"])
    height = _heights(p).heights(at[:, 0] / MICRO, at[:, 1] / MICRO)
    at[:, 2] += MICRO * height * np.clip(1.0 - np.abs(above) / layer, 0.0, None)
    for tag, place in zip(tags, at, strict=True):
        gmsh.model.mesh.setNode(int(tag), place, [])


def _base(gmsh: Any, p: Values, x: list[float], y: list[float]) -> list[int]:
    """The rectangles of the plane z = 0, structured."""
    geo = gmsh.model.geo
    points = [[geo.addPoint(a, b, 0) for b in y] for a in x]
    nx, ny = _counts(x, p["mesh_size"]), _counts(y, p["mesh_size"])
    along_x = [[geo.addLine(points[i][j], points[i + 1][j]) for j in range(len(y))]
               for i in range(len(x) - 1)]  # fmt: skip
    along_y = [[geo.addLine(points[i][j], points[i][j + 1]) for j in range(len(y) - 1)]
               for i in range(len(x))]  # fmt: skip
    for lines, counts in ((along_x, [[n] * len(y) for n in nx]), (along_y, [ny] * len(x))):
        for row, numbers in zip(lines, counts, strict=True):
            for line, count in zip(row, numbers, strict=True):
                geo.mesh.setTransfiniteCurve(line, count + 1)
    faces = []
    for i in range(len(x) - 1):
        for j in range(len(y) - 1):
            loop = [along_x[i][j], along_y[i + 1][j], -along_x[i][j + 1], -along_y[i][j]]
            face = int(geo.addPlaneSurface([geo.addCurveLoop(loop)]))
            geo.mesh.setTransfiniteSurface(face)
            faces.append(face)
    return faces


def _name_surfaces(gmsh: Any, p: Values, top: float) -> None:
    named: dict[str, list[int]] = {}
    for face in outer_faces(gmsh):
        ends = {0.0: "current_collector", top: "counter_electrode"}
        there = (name for height, name in ends.items() if lies_in_plane(gmsh, face, height))
        named.setdefault(next(there, "symmetry"), []).append(face)
    for _, face in gmsh.model.getEntities(2):
        if name := _cut_of(p, gmsh.model.getBoundingBox(2, face)):
            named.setdefault(name, []).append(face)
    for name, tags in named.items():
        name_group(gmsh, 2, tags, name)


def _cut_of(p: Values, box: tuple[float, ...]) -> str | None:
    """Name of the cut that a face with these bounds (um) is part of."""
    low, high = box[:3], box[3:]

    def within(axis: int, start: float, end: float) -> bool:
        slack = 1e-4
        return low[axis] > start * MICRO - slack and high[axis] < end * MICRO + slack

    def corner(width: float, depth: float, height: float) -> bool:
        across = within(0, p["width"] - width, p["width"])
        along = within(1, p["depth"] - depth, p["depth"])
        return across and along and within(2, height, height)

    if p["gap_width"] > 0 and corner(p["gap_width"], p["gap_depth"], p["thickness"]):
        return "no_contact"
    height, half = p["crack_height"], 0.5 * p["crack_length"]
    if p["crack"] == "horizontal" and corner(p["crack_width"], p["crack_depth"], height):
        return "cracks"
    place = p["width"] - p["crack_width"]
    if p["crack"] == "vertical" and within(0, place, place):
        return "cracks" if within(2, height - half, height + half) else None
    return None


if __name__ == "__main__":
    sys.exit(main(__file__))

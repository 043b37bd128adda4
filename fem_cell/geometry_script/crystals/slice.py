"""A thin slice: a triangulation of the plane of x and z, extruded along y by one layer of cells.

The plane is meshed in a model of its own. Every triangle becomes a prism of three tetrahedra, cut
along the diagonals that start at the lower node number, so that neighbours agree. The tetrahedra
are left in the current model as discrete volumes with the faces between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_cell.geometry_script.crystals.figures import Ball, Flat, Lens, Pore
from fem_cell.geometry_script.crystals.microstructure import Microstructure
from fem_cell.geometry_script.crystals.solid import Parts, by_grain, shortest_edge, side_of
from fem_cell.geometry_script.crystals.tessellation import Array, Indices, Tessellation
from fem_cell.geometry_script.generate import SIZE_FACTORS
from fem_cell.geometry_script.periodic import mark_periodic, tie_sides
from fem_cell.geometry_script.prisms import TETRAHEDRON, TRIANGLE, tetrahedra, triangles

PLANE = "plane"
"""Name of the temporary model."""
GOAL = 0.4
"""Least quality (gamma) of a triangle that needs no further attempt."""


@dataclass(frozen=True)
class _Sheet:
    """A meshed plane.

    Attributes:
        nodes: Coordinates (x, z).
        regions: Triangles of each region, as rows of three nodes.
        curves: Edges of each curve, as rows of two nodes.
        bounds: Regions on both sides of each curve; none for a crack inside one.
        parts: Regions of the grains and of the separator, curves by name.
    """

    nodes: Array
    regions: dict[int, Indices]
    curves: dict[int, Indices]
    bounds: dict[int, list[int]]
    parts: Parts


def build_slice(
    gmsh: Any, made: Microstructure, set_fields: Callable[[Any, Parts, Microstructure], None]
) -> tuple[Parts, float]:
    """Mesh a slice in the current model.

    Args:
        gmsh: The Gmsh module.
        made: What to mesh.
        set_fields: Prescribes the sizes of the cells in the plane, in which z is Gmsh's y.

    Returns:
        Volumes and faces in the current model, and the length of the shortest edge of the plane.
    """
    assert made.plan is not None  # every slice has one
    separator, periodic = made.values["separator_thickness"], made.values["periodic"]
    periods = [made.plan.size[0]] if periodic else []
    with _temporary_model(gmsh):
        parts = _plane(gmsh, made.plan, separator, made.cracks, made.patches, made.pores)
        _name_curves(gmsh, parts, made.plan.size, separator, periodic)
        shortest = shortest_edge(gmsh)
        set_fields(gmsh, parts, made)
        tie_sides(gmsh, periods, dim=1)
        _triangulate(gmsh)
        sheet = _read(gmsh, parts, periodic)
    solid = _extruded(gmsh, sheet, made.values["depth"])
    mark_periodic(gmsh, periods)
    return solid, shortest


@contextmanager
def _temporary_model(gmsh: Any) -> Iterator[None]:
    current = gmsh.model.getCurrent()
    gmsh.model.add(PLANE)
    try:
        yield
    finally:
        gmsh.model.setCurrent(PLANE)
        gmsh.model.remove()
        gmsh.model.setCurrent(current)


def _plane(
    gmsh: Any,
    plane: Tessellation,
    separator: float,
    cracks: Sequence[Flat],
    patches: Sequence[Flat],
    pores: Sequence[Pore],
) -> Parts:
    """Regions and curves; cracks and patches are lines that cut the regions or lie in them."""
    occ, (width, height) = gmsh.model.occ, plane.size
    regions = [_polygon(occ, plane.vertices[plane.outline(k)]) for k in range(plane.count)]
    regions.append(int(occ.addRectangle(0.0, height, 0.0, width, separator)))
    tools = [(1, _line(occ, figure)) for figure in (*cracks, *patches)]
    tools += [(2, _hole(occ, pore)) for pore in pores]
    made = occ.fragment([(2, tag) for tag in regions], tools)[1]
    pieces = [[int(tag) for _, tag in piece] for piece in made]
    first, middle = len(regions), len(regions) + len(cracks)
    last = middle + len(patches)
    holes = {tag for piece in pieces[last:] for tag in piece}
    occ.remove([(2, tag) for tag in holes], recursive=True)
    occ.synchronize()
    return Parts(
        by_grain(plane, pieces, holes),
        pieces[plane.count],
        {
            "cracks": sorted({tag for piece in pieces[first:middle] for tag in piece}),
            "no_contact": sorted({tag for piece in pieces[middle:last] for tag in piece}),
        },
    )


def _name_curves(
    gmsh: Any, parts: Parts, size: Sequence[float], separator: float, periodic: bool
) -> None:
    """Names of the outer curves, which become surfaces; periodic sides have none."""
    planes = [(1, 0.0, "current_collector"), (1, size[1] + separator, "counter_electrode")]
    side = "" if periodic else "symmetry"
    planes += [(0, 0.0, side), (0, size[0], side)]
    for _, tag in gmsh.model.getEntities(1):
        if len(gmsh.model.getAdjacencies(1, tag)[0]) == 1:
            box = gmsh.model.getBoundingBox(1, tag)
            name = side_of(box, planes)
            if name:
                parts.surfaces.setdefault(name, []).append(tag)


def _triangulate(gmsh: Any) -> None:
    """Mesh the plane, again with a slightly smaller size if triangles are flat."""
    best = (-1.0, SIZE_FACTORS[0])
    for factor in SIZE_FACTORS:
        least = _attempt(gmsh, factor)
        best = max(best, (least, factor))
        if least >= GOAL:
            return
    _attempt(gmsh, best[1])


def _attempt(gmsh: Any, factor: float) -> float:
    """Mesh with all sizes multiplied by a factor; the least quality."""
    gmsh.model.mesh.clear()
    gmsh.option.setNumber("Mesh.MeshSizeFactor", factor)
    gmsh.model.mesh.generate(2)
    gmsh.model.mesh.optimize("Relocate2D")
    triangles = gmsh.model.mesh.getElementsByType(TRIANGLE)[0]
    return float(gmsh.model.mesh.getElementQualities(triangles, "gamma").min())


def _polygon(occ: Any, corners: Array) -> int:
    points = [occ.addPoint(x, z, 0.0) for x, z in corners]
    lines = [occ.addLine(a, b) for a, b in zip(points, [*points[1:], points[0]], strict=True)]
    return int(occ.addPlaneSurface([occ.addCurveLoop(lines)]))


def _line(occ: Any, figure: Flat) -> int:
    centre, along = np.array(figure.centre), figure.radius * figure.axes[0]
    ends = [centre - along, centre + along]
    return int(occ.addLine(*(occ.addPoint(x, z, 0.0) for x, _, z in ends)))


def _hole(occ: Any, pore: Pore) -> int:
    x, _, z = pore.centre
    if isinstance(pore, Ball):
        return int(occ.addDisk(x, z, 0.0, pore.radius, pore.radius))
    return _lens(occ, pore)


def _lens(occ: Any, lens: Lens) -> int:
    """Two arcs from rim to rim, about the centres of the two balls."""
    u, _, n = lens.disc.axes
    centre = np.array(lens.centre)

    def point(along: float, off: float) -> int:
        x, _, z = centre + along * u + off * n
        return int(occ.addPoint(x, z, 0.0))

    left, right = point(-lens.radius, 0.0), point(lens.radius, 0.0)
    away = lens.curvature_radius - 0.5 * lens.opening
    arcs = [
        occ.addCircleArc(left, point(0.0, -away), right),
        occ.addCircleArc(right, point(0.0, away), left),
    ]
    return int(occ.addPlaneSurface([occ.addCurveLoop(arcs)]))


def _read(gmsh: Any, parts: Parts, periodic: bool) -> _Sheet:
    """Triangles and edges of the plane, with the nodes of triangles numbered from 0.

    The numbers decide along which diagonals walls are divided. Those of periodic sides ascend
    from below, so that opposite walls are divided alike.
    """
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    used = np.unique(gmsh.model.mesh.getElementsByType(TRIANGLE)[1])  # not the centres of arcs
    rank = np.argsort(tags)
    rows_of = rank[np.searchsorted(tags[rank], used)]
    x, z = coordinates.reshape(-1, 3)[rows_of, :2].T
    order = np.lexsort((x, z)) if periodic else np.arange(len(x))
    number = np.argsort(order)

    def rows(dim: int, entity: int) -> Indices:
        nodes = gmsh.model.mesh.getElements(dim, entity)[2]
        return np.asarray(number[np.searchsorted(used, nodes[0])]).reshape(-1, dim + 1)

    regions = [tag for piece in (*parts.grains, parts.separator) for tag in piece]
    curves = [tag for _, tag in gmsh.model.getEntities(1)]
    return _Sheet(
        coordinates.reshape(-1, 3)[rows_of[order], :2],
        {tag: rows(2, tag) for tag in regions},
        {tag: rows(1, tag) for tag in curves},
        {tag: [int(up) for up in gmsh.model.getAdjacencies(1, tag)[0]] for tag in curves},
        parts,
    )


def _extruded(gmsh: Any, sheet: _Sheet, depth: float) -> Parts:
    """Discrete volumes, and faces at the front, at the back and over every curve."""
    model, count = gmsh.model, len(sheet.nodes)
    sides: dict[int, list[int]] = {region: [] for region in sheet.regions}
    walls = {curve: model.addDiscreteEntity(2) for curve in sheet.curves}
    for curve, regions in sheet.bounds.items():
        for region in regions:
            sides[region].append(walls[curve])
    lids = {r: (model.addDiscreteEntity(2), model.addDiscreteEntity(2)) for r in sheet.regions}
    volumes = {r: model.addDiscreteEntity(3, -1, [*sides[r], *lids[r]]) for r in sheet.regions}
    x, z = sheet.nodes.T
    front = np.column_stack((x, np.zeros(count), z))
    back = np.column_stack((x, np.full(count, depth), z))
    nodes = np.concatenate((front, back))
    first = next(iter(volumes.values()))
    model.mesh.addNodes(3, first, np.arange(1, 2 * count + 1), nodes.reshape(-1))
    for region, corners in sheet.regions.items():
        low = np.sort(corners, axis=1)
        _add(model, volumes[region], TETRAHEDRON, tetrahedra(low, low + count, nodes))
        _add(model, lids[region][0], TRIANGLE, corners)
        _add(model, lids[region][1], TRIANGLE, corners + count)
    for curve, edges in sheet.curves.items():
        low = np.sort(edges, axis=1)
        _add(model, walls[curve], TRIANGLE, triangles(low, low + count))
    parts = sheet.parts
    surfaces = {name: [walls[tag] for tag in tags] for name, tags in parts.surfaces.items()}
    surfaces.setdefault("symmetry", []).extend(lid for pair in lids.values() for lid in pair)
    return Parts(
        [[volumes[tag] for tag in piece] for piece in parts.grains],
        [volumes[tag] for tag in parts.separator],
        surfaces,
    )


def _add(model: Any, entity: int, kind: int, rows: Indices) -> None:
    model.mesh.addElementsByType(entity, kind, [], (rows + 1).reshape(-1))

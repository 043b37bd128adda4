"""The OpenCASCADE model of grains, separator, cracks, contact patches and pores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fem_cell.geometry_script.crystals.clearance import crossing_angles
from fem_cell.geometry_script.crystals.figures import Disc, Flat
from fem_cell.geometry_script.crystals.microstructure import Microstructure
from fem_cell.geometry_script.crystals.pores import add_pore
from fem_cell.geometry_script.crystals.tessellation import Tessellation
from fem_cell.geometry_script.groups import outer_faces
from fem_cell.geometry_script.periodic import tie_sides

NEAR = 1e-5
"""Largest error of a bounding box, um."""
POLE = 1e-9
"""Length of a curve that is only a point, um."""
_ON_SIDE = 1e-9
"""Relative distance at which a point lies on a side of the box."""


@dataclass
class Parts:
    """Tags of what a model is made of.

    Attributes:
        grains: Volumes of each grain.
        separator: Its volumes.
        surfaces: Faces of each named surface.
    """

    grains: list[list[int]]
    separator: list[int]
    surfaces: dict[str, list[int]] = field(default_factory=dict)


def build_solid(gmsh: Any, made: Microstructure) -> Parts:
    """Make the volumes in the current model, all conforming, and synchronise it.

    Args:
        gmsh: The Gmsh module.
        made: What to make.
    """
    grains, separator = made.grains, made.values["separator_thickness"]
    cracks, patches, pores = made.cracks, made.patches, made.pores
    solids = _Grains(gmsh, grains, separator).build()
    tools = [(2, _flat(gmsh, figure, grains)) for figure in (*cracks, *patches)]
    tools += [(3, add_pore(gmsh.model.occ, pore, grains)) for pore in pores]
    pieces = _fragments(gmsh, solids, tools)
    first = len(solids)
    middle, last = first + len(cracks), first + len(cracks) + len(patches)
    holes = {tag for piece in pieces[last:] for tag in piece}
    gmsh.model.occ.remove([(3, tag) for tag in holes], recursive=True)
    gmsh.model.occ.synchronize()
    parts = Parts(
        by_grain(grains, pieces, holes),
        pieces[grains.count],
        {
            "cracks": sorted({tag for piece in pieces[first:middle] for tag in piece}),
            "no_contact": sorted({tag for piece in pieces[middle:last] for tag in piece}),
        },
    )
    _name_outer_faces(gmsh, parts, grains.size, separator)
    if made.values["periodic"]:
        tie_sides(gmsh, grains.size[:2])
        del parts.surfaces["symmetry"]
    return parts


def by_grain(grains: Tessellation, pieces: Sequence[list[int]], holes: set[int]) -> list[list[int]]:
    """Tags of each grain, from those of all pieces (and of others after them) without pores."""
    found: list[list[int]] = [[] for _ in grains.seeds]
    for grain, piece in zip(grains.grain_of, pieces[: grains.count], strict=True):
        found[grain] += [tag for tag in piece if tag not in holes]
    return found


def shortest_edge(gmsh: Any) -> float:
    """Least length of the curves, poles of spheres (which have none) left aside."""
    lengths = np.array([gmsh.model.occ.getMass(1, tag) for _, tag in gmsh.model.getEntities(1)])
    return float(lengths[lengths > POLE].min())


def side_of(box: Sequence[float], planes: Sequence[tuple[int, float, str]]) -> str:
    """Name of the plane that a bounding box lies in; of a pore if there is none.

    Args:
        box: Least and largest coordinates.
        planes: Axis, coordinate and name of each.
    """
    for axis, at, name in planes:
        if abs(box[axis] - at) < NEAR and abs(box[axis + 3] - at) < NEAR:
            return name
    return "pores"


def _name_outer_faces(gmsh: Any, parts: Parts, size: Sequence[float], separator: float) -> None:
    planes = [(2, 0.0, "current_collector"), (2, size[2] + separator, "counter_electrode")]
    planes += [(axis, at, "symmetry") for axis in (0, 1) for at in (0.0, size[axis])]
    for face in outer_faces(gmsh):
        name = side_of(gmsh.model.getBoundingBox(2, face), planes)
        parts.surfaces.setdefault(name, []).append(face)


def _fragments(gmsh: Any, solids: list[int], tools: list[tuple[int, int]]) -> list[list[int]]:
    """What becomes of each solid and of each tool."""
    if not tools:
        return [[tag] for tag in solids]
    made = gmsh.model.occ.fragment([(3, tag) for tag in solids], tools)[1]
    return [[int(tag) for _, tag in piece] for piece in made]


class _Grains:
    """Grains and separator as volumes that share points, lines and faces."""

    def __init__(self, gmsh: Any, grains: Tessellation, separator: float) -> None:
        self.occ, self.grains, self.separator = gmsh.model.occ, grains, separator
        self.points = [self.occ.addPoint(*vertex) for vertex in grains.vertices]
        self.lines: dict[tuple[int, int], int] = {}

    def build(self) -> list[int]:
        """Volumes of the grains, then of the separator."""
        faces = [self._face(list(loop)) for loop in self.grains.faces]
        volumes = [self._volume([faces[f] for f in own]) for own in self.grains.faces_of]
        top = [faces[f] for f, loop in enumerate(self.grains.faces) if self._on_top(loop)]
        return [*volumes, self._separator(top)]

    def _line(self, a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in self.lines:
            self.lines[key] = self.occ.addLine(self.points[key[0]], self.points[key[1]])
        return self.lines[key] if a < b else -self.lines[key]

    def _face(self, loop: Sequence[int]) -> int:
        lines = [self._line(a, b) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)]
        return int(self.occ.addPlaneSurface([self.occ.addCurveLoop(lines)]))

    def _volume(self, faces: Sequence[int]) -> int:
        return int(self.occ.addVolume([self.occ.addSurfaceLoop(faces)]))

    def _on_top(self, loop: Sequence[int]) -> bool:
        height = self.grains.size[2]
        return bool((self.grains.vertices[list(loop), 2] > height * (1 - _ON_SIDE)).all())

    def _separator(self, top: Sequence[int]) -> int:
        """The box above, on the upper faces of the grains."""
        width, depth, height = self.grains.size
        corners = [(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth)]
        vertices = self.grains.vertices
        upper = len(self.points)
        self.points += [self.occ.addPoint(*xy, height + self.separator) for xy in corners]
        faces = [self._face(range(upper, upper + 4)), *top]
        for side in range(4):
            a, b = np.array(corners[side]), np.array(corners[(side + 1) % 4])
            along = (b - a) / np.linalg.norm(b - a)
            off = vertices[:, :2] - a
            near = np.abs(off[:, 0] * along[1] - off[:, 1] * along[0]) < _ON_SIDE * (width + depth)
            rim = np.flatnonzero(near & (vertices[:, 2] > height * (1 - _ON_SIDE)))
            chain = rim[np.argsort(off[rim] @ along)].tolist()
            faces.append(self._face([*chain, upper + (side + 1) % 4, upper + side]))
        return self._volume(faces)


def _flat(gmsh: Any, figure: Flat, grains: Tessellation) -> int:
    """A disc or a strip as a face."""
    occ = gmsh.model.occ
    u, v, n = figure.axes
    if isinstance(figure, Disc):
        # the one point on a circle of Gmsh must not come near a crossing
        angle = _middle_of_largest_gap(crossing_angles(figure, grains))
        start = math.cos(angle) * u + math.sin(angle) * v
        r = figure.radius
        return int(occ.addDisk(*figure.centre, r, r, zAxis=n.tolist(), xAxis=start.tolist()))
    s, t = figure.radius * u, 0.5 * figure.depth * v
    corners = [figure.centre + a * s + b * t for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    points = [occ.addPoint(*corner) for corner in corners]
    lines = [occ.addLine(points[k], points[(k + 1) % 4]) for k in range(4)]
    return int(occ.addPlaneSurface([occ.addCurveLoop(lines)]))


def _middle_of_largest_gap(angles: np.ndarray) -> float:
    if not angles.size:
        return 0.0
    gaps = np.diff(angles, append=angles[0] + 2 * np.pi)
    widest = int(np.argmax(gaps))
    return float(angles[widest] + 0.5 * gaps[widest])

"""Pieces of a plane that stand for a whole lattice of axes: symmetric wedges and full cells.

All sides of a piece are mirror planes of the lattice, so that nothing flows across them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """A convex piece of the plane with the axes of its lattice.

    Attributes:
        outline: Corners, counter-clockwise.
        axes: Axes in the piece or on its rim.
        count: Axes that belong to the piece; one that lies in a corner counts by its angle.
        multiplicity: How many such pieces make one periodic cell.
    """

    outline: tuple[Point, ...]
    axes: tuple[Point, ...]
    count: float
    multiplicity: int

    @property
    def sides(self) -> tuple[tuple[Point, Point], ...]:
        """The sides as pairs of corners."""
        return tuple(pairwise((*self.outline, self.outline[0])))

    @property
    def area(self) -> float:
        """Area of the piece."""
        return 0.5 * sum(a * d - b * c for (a, b), (c, d) in self.sides)

    @property
    def perimeter(self) -> float:
        """Length of all sides."""
        return sum(math.dist(a, b) for a, b in self.sides)

    def prism(self, gmsh: Any, bottom: float, height: float) -> int:
        """Add the prism on the piece to the OpenCASCADE model; the tag of its volume."""
        occ = gmsh.model.occ
        points = [occ.addPoint(x, y, bottom) for x, y in self.outline]
        lines = [occ.addLine(a, b) for a, b in pairwise((*points, points[0]))]
        face = occ.addPlaneSurface([occ.addCurveLoop(lines)])
        made = occ.extrude([(2, face)], 0, 0, height)
        return next(int(tag) for dim, tag in made if dim == 3)


def piece_of(lattice: str, cell: str, pitch: float) -> Piece:
    """A piece of a lattice.

    Args:
        lattice: ``hexagonal`` or ``square``.
        cell: ``wedge`` for the smallest symmetric piece (a triangle of 30, 60 and 90 degrees, or
            of 45, 45 and 90), ``full`` for the periodic rectangle (two axes if hexagonal).
        pitch: Distance between neighbouring axes.
    """
    a, h = pitch, math.sqrt(3) * pitch
    origin = (0.0, 0.0)
    if lattice == "square":
        if cell == "wedge":
            return Piece((origin, (a / 2, 0.0), (a / 2, a / 2)), (origin,), 1 / 8, 8)
        corners = (origin, (a, 0.0), (a, a), (0.0, a))
        return Piece(corners, ((a / 2, a / 2),), 1.0, 1)
    if cell == "wedge":
        return Piece((origin, (a / 2, 0.0), (a / 2, h / 6)), (origin,), 1 / 12, 12)
    corners = (origin, (a, 0.0), (a, h), (0.0, h))
    return Piece(corners, (*corners, (a / 2, h / 2)), 2.0, 1)

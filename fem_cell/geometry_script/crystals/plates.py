"""Plate-like crystals that stand on the current collector, side by side like bricks in a wall."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from fem_cell.geometry_script.crystals.tessellation import OUTSIDE, Array, Tessellation

JITTER = 0.2
"""Largest shift of the end of a wall or of a joint, over the size of a plate."""
TRIES = 200
"""Draws of the joints of a row, of which the one farthest from those of its neighbour is taken."""


def plate_counts(sides: tuple[float, float], plate: tuple[float, float]) -> tuple[int, int]:
    """Rows of plates across the width, and plates in each row.

    Args:
        sides: Width and depth.
        plate: Thickness and length of a plate, about.
    """
    return max(1, round(sides[0] / plate[0])), max(1, round(sides[1] / plate[1]))


def strip_walls(width: float, count: int, rng: np.random.Generator) -> Array:
    """Distances of the walls between strips of about the same width."""
    walls = np.arange(1, count) + rng.uniform(-JITTER, JITTER, count - 1)
    return walls * width / count


def bricks(width: float, depth: float, counts: tuple[int, int], rng: np.random.Generator) -> tuple[
    Tessellation, Array
]:  # fmt: skip
    """A plan view of plates: rows between walls that run about along y, cut by joints.

    Args:
        width: Along x.
        depth: Along y.
        counts: Rows, and plates in a row.
        rng: Where walls and joints come from.

    Returns:
        The plates row by row, and the azimuth of the normal of each.
    """
    rows, per_row = counts
    ends = np.zeros((rows + 1, 2))
    for side in (0, 1):
        ends[1:-1, side] = strip_walls(width, rows, rng)
    ends[-1] = width
    joints = _joints(rows, per_row, depth, rng)
    builder = _Builder(ends, depth)
    vertices, faces, pairs = builder.build(joints)
    inner = np.array([builder.middle(row, joint) for row, of_row in enumerate(joints)
                      for joint in zip([0.0, *of_row], [*of_row, depth], strict=True)])  # fmt: skip
    lean = np.diff(0.5 * (ends[:-1] + ends[1:]), axis=1)[:, 0]
    azimuths = np.repeat(-np.arctan2(lean, depth), per_row)
    return Tessellation((width, depth), vertices, faces, pairs, inner), azimuths


def _joints(rows: int, per_row: int, depth: float, rng: np.random.Generator) -> list[list[float]]:
    """Where each row is cut, away from the joints of the row before."""
    found: list[list[float]] = []
    regular = np.arange(1, per_row) / per_row
    for row in range(rows):
        best: tuple[float, list[float]] | None = None
        shift = 0.25 * (-1) ** row / per_row
        for _ in range(TRIES):
            jitter = rng.uniform(-JITTER, JITTER, per_row - 1) / per_row
            drawn = ((regular + shift + jitter) * depth).tolist()
            before = found[-1] if found else []
            gap = min((abs(a - b) for a in drawn for b in before), default=math.inf)
            if best is None or gap > best[0]:
                best = (gap, drawn)
            if not before:
                break
        found.append(best[1] if best else [])
    return found


class _Builder:
    """Vertices and faces of rows between walls."""

    def __init__(self, ends: Array, depth: float) -> None:
        self.ends, self.depth = ends, depth
        self.numbers: dict[tuple[int, float], int] = {}
        self.faces: list[tuple[int, ...]] = []
        self.pairs: list[tuple[int, int]] = []

    def x(self, wall: int, y: float) -> float:
        """Place of a wall."""
        left, right = self.ends[wall]
        return float(left + (right - left) * y / self.depth)

    def middle(self, row: int, span: tuple[float, float]) -> tuple[float, float]:
        """A point inside a plate."""
        y = 0.5 * sum(span)
        return 0.5 * (self.x(row, y) + self.x(row + 1, y)), y

    def build(
        self, joints: list[list[float]]
    ) -> tuple[Array, tuple[tuple[int, ...], ...], tuple[tuple[int, int], ...]]:
        """Vertices, faces and neighbours."""
        rows, per_row = len(joints), len(joints[0]) + 1
        for wall in range(rows + 1):
            left, right = joints[wall - 1] if wall else [], joints[wall] if wall < rows else []
            stops = sorted({0.0, self.depth, *left, *right})
            for low, high in pairwise(stops):
                y = 0.5 * (low + high)
                a = (wall - 1) * per_row + sum(j < y for j in left) if wall else OUTSIDE
                b = wall * per_row + sum(j < y for j in right) if wall < rows else OUTSIDE
                self._face((wall, low), (wall, high), a, b)
        for row, of_row in enumerate(joints):
            for k, y in enumerate([0.0, *of_row, self.depth]):
                below = row * per_row + k - 1 if k else OUTSIDE
                above = row * per_row + k if k < per_row else OUTSIDE
                self._face((row, y), (row + 1, y), below, above)
        vertices = np.array([(self.x(wall, y), y) for wall, y in self.numbers])
        return vertices, tuple(self.faces), tuple(self.pairs)

    def _face(self, start: tuple[int, float], end: tuple[int, float], a: int, b: int) -> None:
        ends = (self.numbers.setdefault(v, len(self.numbers)) for v in (start, end))
        self.faces.append(tuple(ends))
        self.pairs.append((a, b) if b != OUTSIDE and a != OUTSIDE else (max(a, b), OUTSIDE))

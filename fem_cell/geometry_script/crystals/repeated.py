"""Voronoi grains of a box that repeats itself along some axes.

The seeds are repeated behind the periodic sides and mirrored at the others. The cells of all
images that reach into the box are cut off at its sides: what a side cuts off from one grain comes
in through the opposite side, as another piece of the same grain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from fem_cell.geometry_script.crystals.tessellation import (
    OUTSIDE,
    Array,
    Indices,
    Repeated,
    Tessellation,
    welded,
)

REACH = 1.5
"""Distance behind a side up to which images are made at first, over the mean spacing."""
ON_SIDE = 1e-9
"""Distance from a side that counts as none, over the largest side of the box."""

Faces = list[tuple[int, ...]]
Pairs = list[tuple[int, int]]


def tessellate_repeated(seeds: Array, size: Sequence[float], periodic: int) -> Tessellation:
    """The pieces of the Voronoi grains of given seeds.

    Args:
        seeds: In the box.
        size: Its sides (two or three).
        periodic: The box repeats itself along so many of its axes, the first ones.
    """
    box = np.asarray(size, dtype=float)
    reach = REACH * float(np.prod(box) / len(seeds)) ** (1 / len(box))
    while True:
        made = _tessellate(seeds, box, periodic, reach)
        if made:
            return made
        reach *= 2.0


def _tessellate(seeds: Array, box: Array, periodic: int, reach: float) -> Tessellation | None:
    """The same with images up to a distance; None if those farther away would change it."""
    images, grain_of, steps = _images(seeds, box, periodic, reach)
    points, faces, pairs, open_cells = _cells(images, box, periodic, reach)
    points[np.abs(points) < ON_SIDE * box.max()] = 0.0
    points = np.where(np.abs(points - box) < ON_SIDE * box.max(), box, points)
    for axis, side in product(range(periodic), (0, 1)):
        points, faces, pairs = _cut(points, faces, pairs, axis, side * box[axis], 1 - 2 * side)
    left = np.unique([cell for pair in pairs for cell in pair if cell != OUTSIDE])
    if open_cells.intersection(left.tolist()):
        return None
    number = {int(cell): k for k, cell in enumerate(left)} | {OUTSIDE: OUTSIDE}
    pairs = [(number[a], number[b]) for a, b in pairs]
    corners: list[list[int]] = [[] for _ in left]
    for face, pair in zip(faces, pairs, strict=True):
        for cell in pair:
            if cell != OUTSIDE:
                corners[cell].extend(face)
    inner = np.array([points[np.unique(own)].mean(axis=0) for own in corners])
    farthest = max(
        float(np.linalg.norm(points[own] - seed, axis=1).max())
        for own, seed in zip(corners, images[left], strict=True)
    )
    if farthest >= reach:  # else nothing that was left out is nearer to a vertex than its seed
        return None
    repeated = Repeated(grain_of[left], -steps[left], seeds)
    loops = [list(face) for face in faces]
    return welded(points, loops, pairs, inner, box, repeated)


def _images(seeds: Array, box: Array, periodic: int, reach: float) -> tuple[Array, Indices, Array]:
    """Seeds repeated behind the sides, the seed of each and how far it has been moved."""
    ways = np.arange(-math.ceil(reach / box[:periodic].min()), 0).tolist()
    ways = [0, *ways, *(-way for way in ways)]
    placed, grains, steps = [], [], []
    for step in product(ways, repeat=periodic):
        moved = np.zeros(len(box))
        moved[:periodic] = np.array(step) * box[:periodic]
        at = seeds + moved
        behind = np.maximum(np.maximum(-at, at - box), 0.0).max(axis=1)
        near = np.flatnonzero(behind <= reach)
        placed.append(at[near])
        grains.append(near)
        steps.append(np.tile(moved, (len(near), 1)))
    return np.concatenate(placed), np.concatenate(grains), np.concatenate(steps)


def _cells(
    images: Array, box: Array, periodic: int, reach: float
) -> tuple[Array, Faces, Pairs, set[int]]:
    """Faces of the Voronoi cells of the images, and the cells that have no end."""
    from scipy.spatial import Voronoi

    count, every = len(images), [images]
    for axis in range(periodic, len(box)):
        for plane in (0.0, box[axis]):
            mirrored = images[np.abs(images[:, axis] - plane) <= reach]
            mirrored[:, axis] = 2.0 * plane - mirrored[:, axis]
            every.append(mirrored)
    diagram = Voronoi(np.concatenate(every))
    faces: Faces = []
    pairs: Pairs = []
    open_cells: set[int] = set()
    for ends, face in zip(
        np.sort(diagram.ridge_points, axis=1), diagram.ridge_vertices, strict=True
    ):
        a, b = ends.tolist()
        pair = (a, b if b < count else OUTSIDE)
        if a < count and min(face) >= 0:
            faces.append(tuple(face))
            pairs.append(pair)
        elif a < count:
            open_cells.update(pair)
    return diagram.vertices, faces, pairs, open_cells


def _cut(
    points: Array, faces: Faces, pairs: Pairs, axis: int, at: float, sign: int
) -> tuple[Array, Faces, Pairs]:
    """Cut cells off at a plane: what is left where sign (x - at) > 0, closed by new faces."""
    height = (sign * (points[:, axis] - at)).tolist()
    made: dict[tuple[int, int], int] = {}
    new: list[Array] = []

    def crossing(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in made:
            t = height[key[0]] / (height[key[0]] - height[key[1]])
            point = (1.0 - t) * points[key[0]] + t * points[key[1]]
            point[axis] = at
            made[key] = len(points) + len(new)
            new.append(point)
        return made[key]

    kept: Faces = []
    kept_pairs: Pairs = []
    rims: dict[int, set[int]] = {}
    for face, pair in zip(faces, pairs, strict=True):
        if max(height[v] for v in face) <= 0.0:
            continue
        loop = []
        steps = zip(face, (*face[1:], face[0]), strict=True)
        for number, (a, b) in enumerate(steps):
            if height[a] >= 0.0:
                loop.append(a)
            way_back = len(face) == 2 and number == 1  # a segment is crossed once
            if height[a] * height[b] < 0.0 and not way_back:
                loop.append(crossing(a, b))
        kept.append(tuple(loop))
        kept_pairs.append(pair)
        rim = [v for v in loop if v >= len(points) or height[v] == 0.0]
        for cell in pair:
            if cell != OUTSIDE:
                rims.setdefault(cell, set()).update(rim)
    points = np.vstack([points, *new])
    for cell, ends in rims.items():
        if len(ends) >= points.shape[1]:
            kept.append(_ordered(points, sorted(ends), axis))
            kept_pairs.append((cell, OUTSIDE))
    return points, kept, kept_pairs


def _ordered(points: Array, rim: list[int], axis: int) -> tuple[int, ...]:
    """Vertices of a convex polygon in a plane in order; of a segment as they come."""
    if len(rim) == 2:
        return tuple(rim)
    u, v = (points[rim] - points[rim].mean(axis=0))[:, [i for i in range(3) if i != axis]].T
    return tuple(rim[k] for k in np.argsort(np.arctan2(v, u)))

"""Convex grains that fill a box: vertices, planar faces and the grains on both sides of each.

In two dimensions the grains are polygons and a face is a segment; in three dimensions they are
polyhedra and a face is a convex polygon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

OUTSIDE = -1
"""In place of a neighbour: the face lies on the surface of the box."""
WELD = 1e-7
"""Vertices nearer than this part of the largest side are one."""


@dataclass(frozen=True)
class Repeated:
    """Grains of a box that repeats itself: sides cut them into pieces.

    Attributes:
        grain_of: Grain of each piece.
        steps: What has to be added to each piece to put its grain together.
        seeds: Of the grains.
    """

    grain_of: Indices
    steps: Array
    seeds: Array


@dataclass(frozen=True)
class Tessellation:
    """Grains of a box with one corner in the origin.

    Attributes:
        size: Sides of the box, of length 2 or 3.
        vertices: One row for each vertex.
        faces: Vertices of each face; those of a polygon in order.
        neighbours: The two grains at each face, the second OUTSIDE at the surface of the box.
        inner: A point inside each grain.
        repeated: If the box repeats itself, what the pieces belong to that are called grains
            elsewhere here; None if every grain is one piece.
    """

    size: tuple[float, ...]
    vertices: Array
    faces: tuple[tuple[int, ...], ...]
    neighbours: tuple[tuple[int, int], ...]
    inner: Array
    repeated: Repeated | None = None

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return len(self.size)

    @property
    def count(self) -> int:
        """Number of grains, or of pieces."""
        return len(self.inner)

    @property
    def grain_of(self) -> Indices:
        """Grain of each piece."""
        return self.repeated.grain_of if self.repeated else np.arange(self.count)

    @property
    def seeds(self) -> Array:
        """A point of each whole grain."""
        return self.repeated.seeds if self.repeated else self.inner

    @property
    def whole_volumes(self) -> Array:
        """Volume of each grain, its pieces together."""
        return np.asarray(np.bincount(self.grain_of, self.volumes), dtype=float)

    @property
    def whole_centres(self) -> Array:
        """Centroid of each grain put together, moved into the box if it repeats itself."""
        if self.repeated is None:
            return self.centres
        at = (self.centres + self.repeated.steps) * self.volumes[:, None]
        sums = [np.bincount(self.grain_of, column) for column in at.T]
        return np.stack(sums, axis=1) / self.whole_volumes[:, None] % np.asarray(self.size)

    @cached_property
    def faces_of(self) -> tuple[tuple[int, ...], ...]:
        """Faces of each grain."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for face, pair in enumerate(self.neighbours):
            for grain in pair:
                if grain != OUTSIDE:
                    found[grain].append(face)
        return tuple(tuple(faces) for faces in found)

    @cached_property
    def padded_faces(self) -> Indices:
        """Vertices of each face, one row each, filled up with its last vertex."""
        most = max(len(face) for face in self.faces)
        return np.array([(*face, *([face[-1]] * (most - len(face)))) for face in self.faces])

    @cached_property
    def normals(self) -> Array:
        """Unit normal of each face (three dimensions only)."""
        a, b, c = (self.vertices[self.padded_faces[:, k]] for k in range(3))
        normals = np.cross(b - a, c - b)
        return normals / np.linalg.norm(normals, axis=1, keepdims=True)

    @cached_property
    def edges(self) -> Indices:
        """Pairs of vertices joined by an edge, each pair once."""
        loops = self.faces if self.dimension == 2 else [(*f, f[0]) for f in self.faces]
        ends = np.concatenate([np.column_stack((loop[:-1], loop[1:])) for loop in loops])
        return np.unique(np.sort(ends, axis=1), axis=0)

    @cached_property
    def edge_lengths(self) -> Array:
        """Length of each edge."""
        a, b = self.edges.T
        return np.linalg.norm(self.vertices[a] - self.vertices[b], axis=1)

    @cached_property
    def volumes(self) -> Array:
        """Volume (area in two dimensions) of each grain."""
        return self._moments[0]

    @cached_property
    def centres(self) -> Array:
        """Centroid of each grain."""
        return self._moments[1]

    @cached_property
    def spacing(self) -> float:
        """Side of a square or cube of the mean size of the grains."""
        return float((np.prod(self.size) / len(self.seeds)) ** (1 / self.dimension))

    @cached_property
    def _moments(self) -> tuple[Array, Array]:
        """Volumes and centroids, from simplices with one corner inside the grain."""
        corners: list[tuple[int, ...]] = []
        owners: list[int] = []
        for face, pair in zip(self.faces, self.neighbours, strict=True):
            fan = (
                [face]
                if self.dimension == 2
                else [(face[0], face[k], face[k + 1]) for k in range(1, len(face) - 1)]
            )
            for grain in pair:
                if grain != OUTSIDE:
                    corners.extend(fan)
                    owners.extend([grain] * len(fan))
        apex, base = self.inner[owners], self.vertices[np.array(corners)]
        factor = 2.0 if self.dimension == 2 else 6.0
        parts = np.abs(np.linalg.det(base - apex[:, None, :])) / factor
        centroids = (base.sum(axis=1) + apex) / (self.dimension + 1)
        volumes = np.bincount(owners, parts, self.count)
        moments = [
            np.bincount(owners, parts * centroids[:, i], self.count) for i in range(self.dimension)
        ]
        return np.asarray(volumes, float), np.stack(moments, axis=1) / volumes[:, None]

    def outline(self, grain: int) -> list[int]:
        """Vertices of a polygon, counter-clockwise (two dimensions only)."""
        corners = np.unique([v for face in self.faces_of[grain] for v in self.faces[face]])
        x, y = (self.vertices[corners] - self.inner[grain]).T
        return [int(v) for v in corners[np.argsort(np.arctan2(y, x))]]


def extrude(plane: Tessellation, height: float) -> Tessellation:
    """Prisms on the polygons of a plane tessellation."""
    count = len(plane.vertices)
    bottom = np.column_stack((plane.vertices, np.zeros(count)))
    top = np.column_stack((plane.vertices, np.full(count, height)))
    faces: list[tuple[int, ...]] = [(a, b, b + count, a + count) for a, b in plane.faces]
    pairs = list(plane.neighbours)
    for grain in range(plane.count):
        outline = plane.outline(grain)
        faces += [tuple(outline), tuple(v + count for v in outline)]
        pairs += [(grain, OUTSIDE)] * 2
    vertices = np.concatenate((bottom, top))
    size, inner = (*plane.size, height), _raised(plane.inner, 0.5 * height)
    repeated = plane.repeated
    if repeated:
        steps, seeds = _raised(repeated.steps, 0.0), _raised(repeated.seeds, 0.5 * height)
        repeated = Repeated(repeated.grain_of, steps, seeds)
    return Tessellation(size, vertices, tuple(faces), tuple(pairs), inner, repeated)


def _raised(points: Array, height: float) -> Array:
    """Points of a plane at a height."""
    return np.column_stack((points, np.full(len(points), height)))


def strips(width: float, height: float, walls: Sequence[float] | Array) -> Tessellation:
    """A rectangle cut by upright walls at some distances from its left side."""
    ends = np.array([0.0, *walls, width])
    count = len(ends)
    vertices = np.column_stack((np.tile(ends, 2), np.repeat([0.0, height], count)))
    faces: list[tuple[int, int]] = [(k, k + count) for k in range(count)]
    pairs = [(0, OUTSIDE), *((k - 1, k) for k in range(1, count - 1)), (count - 2, OUTSIDE)]
    for k in range(count - 1):
        faces += [(k, k + 1), (k + count, k + 1 + count)]
        pairs += [(k, OUTSIDE)] * 2
    middle = 0.5 * (ends[1:] + ends[:-1])
    inner = np.column_stack((middle, np.full(count - 1, 0.5 * height)))
    return Tessellation((width, height), vertices, tuple(faces), tuple(pairs), inner)


def welded(
    points: Array,
    faces: list[list[int]],
    pairs: list[tuple[int, int]],
    inner: Array,
    box: Array,
    repeated: Repeated | None = None,
) -> Tessellation:
    """Snap vertices to the box, join those that coincide, and drop what has no extent."""
    used, loops = np.unique(np.concatenate(faces), return_inverse=True)
    tolerance = WELD * box.max()
    at = points[used]
    at = np.where(np.abs(at) < tolerance, 0.0, at)
    at = np.where(np.abs(at - box) < tolerance, box, at)
    keys, first, joined = np.unique(
        np.round(at / tolerance / 4), axis=0, return_index=True, return_inverse=True
    )
    del keys
    joined = joined.reshape(-1)[loops.reshape(-1)].tolist()
    kept, kept_pairs, start = [], [], 0
    for face, pair in zip(faces, pairs, strict=True):
        loop = tuple(dict.fromkeys(joined[start : start + len(face)]))
        start += len(face)
        if len(loop) >= len(box):
            kept.append(loop)
            kept_pairs.append(pair)
    size = tuple(map(float, box))
    return Tessellation(size, at[first], tuple(kept), tuple(kept_pairs), inner, repeated)

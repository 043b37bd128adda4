"""Straight fibres with round ends in a box, and which of them touch. Lengths in micrometres."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

PARALLEL = 1e-12
"""Squared sine of the angle between two fibres below which they count as parallel."""


@dataclass(frozen=True)
class Segments:
    """Fibres as centre lines.

    Attributes:
        start: One end of each, shape (n, 3).
        end: The other one.
        radius: Shape (n,).
    """

    start: Array
    end: Array
    radius: Array

    def __len__(self) -> int:
        """How many there are."""
        return len(self.radius)

    def __getitem__(self, chosen: Any) -> Segments:
        """Some of them."""
        return Segments(self.start[chosen], self.end[chosen], self.radius[chosen])

    @property
    def lengths(self) -> Array:
        """Of the centre lines."""
        return np.linalg.norm(self.end - self.start, axis=1)

    @property
    def volumes(self) -> Array:
        """Of each by itself, without the round ends."""
        return np.pi * self.radius**2 * self.lengths

    def repeated(self, size: float, reach: float) -> Segments:
        """All periodic images that come closer to the box than ``reach`` beyond their surface."""
        low = np.minimum(self.start, self.end) - (self.radius + reach)[:, None]
        high = np.maximum(self.start, self.end) + (self.radius + reach)[:, None]
        first = np.ceil(-high.max() / size).astype(int)
        last = np.floor((size - low.min()) / size).astype(int)
        parts = []
        for shift in product(range(first, last + 1), repeat=3):
            move = size * np.array(shift)
            near = ((high + move > 0.0) & (low + move < size)).all(axis=1)
            part = self[near]
            parts.append(Segments(part.start + move, part.end + move, part.radius))
        return Segments(
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.radius for part in parts]),
        )

    def moved(self, by: float) -> Segments:
        """All of them, along each axis."""
        return Segments(self.start + by, self.end + by, self.radius)

    def clipped(self, size: float) -> Segments:
        """What of the centre lines lies in the box."""
        way = self.end - self.start
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.stack([-self.start / way, (size - self.start) / way])
        still = way == 0.0
        outside = (self.start < 0.0) | (self.start > size)
        enter = np.where(still, np.where(outside, 2.0, 0.0), at.min(axis=0)).max(axis=1)
        leave = np.where(still, 1.0, at.max(axis=0)).min(axis=1)
        enter, leave = np.maximum(enter, 0.0), np.minimum(leave, 1.0)
        inside = enter < leave
        t, s, w = enter[inside, None], leave[inside, None], way[inside]
        begin = self.start[inside]
        return Segments(begin + t * w, begin + s * w, self.radius[inside])

    def distance(self, points: Array, band: float) -> Array:
        """Signed distance of points to the surface of all fibres together, negative inside.

        Args:
            points: Shape (n, 3).
            band: Distance from which on it is not worked out and taken as this.
        """
        found = np.full(len(points), band)
        tree = cKDTree(points)
        for a, b, r in zip(self.start, self.end, self.radius, strict=True):
            near = _around(tree, a, b, r + band)
            if near.size:
                reach = _to_segment(points[near], a, b) - r
                found[near] = np.minimum(found[near], reach)
        return found


def _around(tree: cKDTree, a: Array, b: Array, reach: float) -> Indices:
    """Points within reach of a segment, and some more."""
    count = int(np.ceil(np.linalg.norm(b - a) / reach)) + 1
    line = a + np.linspace(0.0, 1.0, count)[:, None] * (b - a)
    lists = tree.query_ball_point(line, 1.12 * reach, return_sorted=False)
    return np.unique(np.concatenate([np.asarray(x, dtype=np.int64) for x in lists]))


def _to_segment(points: Array, a: Array, b: Array) -> Array:
    way = b - a
    t = np.clip((points - a) @ way / (way @ way), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - a - t[:, None] * way, axis=1))


def distances_between(one: Segments, other: Segments) -> Array:
    """Least distance of the centre lines of each pair (n fibres and n others).

    The closest points are those of the lines, or one of them is an end (Ericson, Real-Time
    Collision Detection, 2005, section 5.1.9); all candidates are tried.
    """
    candidates = [
        _ends_to(one.start, other),
        _ends_to(one.end, other),
        _ends_to(other.start, one),
        _ends_to(other.end, one),
    ]
    u, v, w = one.end - one.start, other.end - other.start, one.start - other.start
    uu, vv, uv = (np.einsum("ni,ni->n", x, y) for x, y in ((u, u), (v, v), (u, v)))
    uw, vw = np.einsum("ni,ni->n", u, w), np.einsum("ni,ni->n", v, w)
    determinant = uu * vv - uv**2
    skew = determinant > PARALLEL * uu * vv
    safe = np.where(skew, determinant, 1.0)
    s, t = (uv * vw - vv * uw) / safe, (uu * vw - uv * uw) / safe
    inner = skew & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    apart = np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1)
    candidates.append(np.where(inner, apart, np.inf))
    return np.asarray(np.min(candidates, axis=0))


def _ends_to(points: Array, segments: Segments) -> Array:
    """Distance of the n-th point to the n-th segment."""
    way = segments.end - segments.start
    along = np.einsum("ni,ni->n", points - segments.start, way) / np.einsum("ni,ni->n", way, way)
    foot = segments.start + np.clip(along, 0.0, 1.0)[:, None] * way
    return np.asarray(np.linalg.norm(points - foot, axis=1))


@dataclass(frozen=True)
class Connectivity:
    """How fibres hang together.

    Attributes:
        share: Volume of the largest connected component over that of all fibres.
        spans: For x, y and z, whether that component reaches both faces of the box.
        contacts: Touching pairs.
    """

    share: float
    spans: tuple[bool, bool, bool]
    contacts: int


def connectivity(pieces: Segments, size: float) -> Connectivity:
    """Components of the fibres within a box; two touch where their surfaces cross.

    Args:
        pieces: Clipped to the box.
        size: Edge of the box.
    """
    count = len(pieces)
    i, j = np.triu_indices(count, 1)
    touching = distances_between(pieces[i], pieces[j]) < pieces.radius[i] + pieces.radius[j]
    i, j = i[touching], j[touching]
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    volume = np.bincount(label, weights=pieces.volumes)
    largest = label == volume.argmax()
    part, r = pieces[largest], pieces.radius[largest][:, None]
    low = (np.minimum(part.start, part.end) - r).min(axis=0) <= 0.0
    high = (np.maximum(part.start, part.end) + r).max(axis=0) >= size
    spans = tuple(bool(x) for x in low & high)
    return Connectivity(float(volume.max() / volume.sum()), spans, len(i))  # type: ignore[arg-type]

"""Voronoi grains of a box whose sides are mirror planes.

The seeds are mirrored at all sides, so that grains end exactly there and their boundaries meet
the sides at right angles. Short edges, which every random tessellation has, are healed by moving
seeds: Gmsh would have to fill the place around them with flat cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.geometry_script.crystals.tessellation import (
    OUTSIDE,
    Array,
    Tessellation,
)

WELD = 1e-7
"""Vertices nearer than this part of the largest side are one."""
SHORT_EDGE = {2: 0.2, 3: 0.1}
"""Least length of an edge over the mean spacing of the grains (or the least side of the box, if
that is smaller), by dimension."""
STEP = 0.15
"""Largest move of a seed while healing, over the mean spacing."""
MOVES = 800
"""Moves tried before the rest of the short edges is accepted."""
MOVES_ASIDE = 120
"""Moves tried to get out of the way of something else."""

Penalty = Callable[[Tessellation], float]


@dataclass(frozen=True)
class Healing:
    """What was done about short edges.

    Attributes:
        before: Short edges of the tessellation as drawn.
        after: Those left.
        moves: Moves of a seed that were made.
    """

    before: int
    after: int
    moves: int


def voronoi(
    size: Sequence[float],
    count: int,
    relaxation: int,
    rng: np.random.Generator,
    penalty: Penalty | None = None,
) -> tuple[Tessellation, Healing]:
    """Random grains.

    Args:
        size: Sides of the box (two or three).
        count: Number of grains.
        relaxation: Rounds in which each seed moves to the centroid of its grain (Lloyd).
        rng: Where the seeds come from.
        penalty: Something else that healing shall avoid, 0 if all is well.

    Returns:
        The grains, and what was healed.
    """
    grains = tessellate(rng.uniform(size=(count, len(size))) * size, size)
    for _ in range(relaxation):
        grains = tessellate(grains.centres, size)
    grains, healing = _heal(grains, rng, MOVES, lambda grains: 0.0)
    if penalty:
        grains, aside = _heal(grains, rng, MOVES_ASIDE, penalty)
        healing = Healing(healing.before, aside.after, healing.moves + aside.moves)
    return grains, healing


def tessellate(seeds: Array, size: Sequence[float]) -> Tessellation:
    """The Voronoi grains of given seeds in a box with mirror planes for sides."""
    from scipy.spatial import Voronoi

    count, box = len(seeds), np.asarray(size, dtype=float)
    images = [seeds]
    for axis, side in enumerate(box):
        for plane in (0.0, side):
            mirrored = seeds.copy()
            mirrored[:, axis] = 2.0 * plane - mirrored[:, axis]
            images.append(mirrored)
    diagram = Voronoi(np.concatenate(images))
    both = np.sort(diagram.ridge_points, axis=1)
    ours = np.flatnonzero(both[:, 0] < count)
    faces = [diagram.ridge_vertices[ridge] for ridge in ours]
    pairs = [(int(a), int(b) if b < count else OUTSIDE) for a, b in both[ours]]
    return _welded(diagram.vertices, faces, pairs, seeds, box)


def _welded(
    points: Array,
    faces: list[list[int]],
    pairs: list[tuple[int, int]],
    seeds: Array,
    box: Array,
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
    return Tessellation(tuple(map(float, box)), at[first], tuple(kept), tuple(kept_pairs), seeds)


def _heal(
    grains: Tessellation, rng: np.random.Generator, tries: int, penalty: Penalty
) -> tuple[Tessellation, Healing]:
    """Move seeds at short edges, keeping every move that makes the whole better."""
    before, moves = _short(grains).sum(), 0
    cost = _cost(grains) + penalty(grains)
    for _ in range(tries):
        if cost == 0.0:
            break
        candidate = _move(grains, rng)
        expense = _cost(candidate) + penalty(candidate)
        if expense < cost:
            grains, cost, moves = candidate, expense, moves + 1
    return grains, Healing(int(before), int(_short(grains).sum()), moves)


def _least_edge(grains: Tessellation) -> float:
    return SHORT_EDGE[grains.dimension] * min(grains.spacing, *grains.size)


def _short(grains: Tessellation) -> npt.NDArray[np.bool_]:
    return grains.edge_lengths < _least_edge(grains)


def _cost(grains: Tessellation) -> float:
    """Sum over the short edges of the square of what they lack."""
    lack = 1.0 - grains.edge_lengths / _least_edge(grains)
    return float((np.maximum(lack, 0.0) ** 2).sum())


def _move(grains: Tessellation, rng: np.random.Generator) -> Tessellation:
    """Move one seed at one of the short edges, or any seed if there is none."""
    chosen = int(rng.integers(grains.count))
    short = np.flatnonzero(_short(grains))
    if short.size:
        edge = set(grains.edges[rng.choice(short)].tolist())
        near = {g for f, p in zip(grains.faces, grains.neighbours, strict=True)
                if edge & set(f) for g in p if g != OUTSIDE}  # fmt: skip
        chosen = int(rng.choice(sorted(near)))
    seeds = grains.inner.copy()
    seeds[chosen] += rng.uniform(-STEP, STEP, grains.dimension) * grains.spacing
    box = np.asarray(grains.size)
    seeds[chosen] = np.abs(seeds[chosen])
    seeds[chosen] = box - np.abs(box - seeds[chosen])
    return tessellate(seeds, grains.size)

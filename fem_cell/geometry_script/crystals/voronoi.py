"""Voronoi grains of a box whose sides are mirror planes, some of them periodic if wanted.

The seeds are mirrored at the sides, so that grains end exactly there and their boundaries meet
the sides at right angles; behind periodic sides they are repeated. Short edges, which every random
tessellation has, are healed by moving seeds: Gmsh would have to fill the place around them with
flat cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.geometry_script.crystals.repeated import tessellate_repeated
from fem_cell.geometry_script.crystals.tessellation import (
    OUTSIDE,
    Array,
    Tessellation,
    welded,
)

SHORT_EDGE = {2: 0.2, 3: 0.1}
"""Least length of an edge over the mean spacing of the grains (or the least side of the box, if
that is smaller), by dimension."""
STEP = 0.15
"""Largest move of a seed while healing, over the mean spacing."""
MOVES = 800
"""Moves tried before the rest of the short edges is accepted."""
MOVED_TOGETHER = 0.3
"""Share of the moves in a periodic box that move all grains."""
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
    periodic: int = 0,
) -> tuple[Tessellation, Healing]:
    """Random grains.

    Args:
        size: Sides of the box (two or three).
        count: Number of grains.
        relaxation: Rounds in which each seed moves to the centroid of its grain (Lloyd).
        rng: Where the seeds come from.
        penalty: Something else that healing shall avoid, 0 if all is well.
        periodic: The box repeats itself along so many of its axes, the first ones.

    Returns:
        The grains, and what was healed.
    """
    periodic = periodic if count > 1 else 0  # one grain is the box itself
    grains = tessellate(rng.uniform(size=(count, len(size))) * size, size, periodic)
    for _ in range(relaxation):
        grains = tessellate(grains.whole_centres, size, periodic)
    grains, healing = _heal(grains, rng, MOVES, lambda grains: 0.0, periodic)
    if penalty:
        grains, aside = _heal(grains, rng, MOVES_ASIDE, penalty, periodic)
        healing = Healing(healing.before, aside.after, healing.moves + aside.moves)
    return grains, healing


def tessellate(seeds: Array, size: Sequence[float], periodic: int = 0) -> Tessellation:
    """The Voronoi grains of given seeds in a box that repeats itself along its first axes."""
    if periodic:
        return tessellate_repeated(seeds, size, periodic)
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
    return welded(diagram.vertices, faces, pairs, seeds, box)


def _heal(
    grains: Tessellation, rng: np.random.Generator, tries: int, penalty: Penalty, periodic: int
) -> tuple[Tessellation, Healing]:
    """Move seeds at short edges, keeping every move that makes the whole better."""
    before, moves = _short(grains).sum(), 0
    cost = _cost(grains) + penalty(grains)
    for _ in range(tries):
        if cost == 0.0:
            break
        candidate = _move(grains, rng, periodic)
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


def _move(grains: Tessellation, rng: np.random.Generator, periodic: int) -> Tessellation:
    """Move one seed at one of the short edges, or any seed if there is none.

    Where the box repeats itself all grains may be moved along instead: only the sides, which
    cut off short edges, then lie elsewhere.
    """
    box = np.asarray(grains.size)
    if periodic and rng.random() < MOVED_TOGETHER:
        step = np.where(np.arange(len(box)) < periodic, rng.uniform(size=len(box)), 0.0)
        return tessellate((grains.seeds + step * box) % box, grains.size, periodic)
    chosen = int(rng.integers(len(grains.seeds)))
    short = np.flatnonzero(_short(grains))
    if short.size:
        edge = set(grains.edges[rng.choice(short)].tolist())
        near = {g for f, p in zip(grains.faces, grains.neighbours, strict=True)
                if edge & set(f) for g in p if g != OUTSIDE}  # fmt: skip
        chosen = int(grains.grain_of[rng.choice(sorted(near))])
    seeds = grains.seeds.copy()
    seeds[chosen] += rng.uniform(-STEP, STEP, grains.dimension) * grains.spacing
    mirrored = box - np.abs(box - np.abs(seeds[chosen]))
    seeds[chosen] = np.where(np.arange(len(box)) < periodic, seeds[chosen] % box, mirrored)
    return tessellate(seeds, grains.size, periodic)

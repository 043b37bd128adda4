"""Places for cracks, pores and contact patches: seeded at random, or on a regular grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fem_cell.geometry_script.crystals.clearance import circle_clearance, clearance
from fem_cell.geometry_script.crystals.figures import UP, Ball, Disc, Figure, Flat, Strip, Vector
from fem_cell.geometry_script.crystals.tessellation import Array, Tessellation

TRIES = 250
"""Random places tried for one figure with one clearance."""
LENIENCE = (1.0, 0.5, 0.2, 0.05, 0.0)
"""Parts of the wanted clearance to grain boundaries that are tried one after the other."""
RESTARTS = 20
SPREADING = 300
"""Rounds of pushing overlapping discs apart, before they are drawn anew."""
SURPLUS = 0.02
"""How much farther than necessary they are pushed."""


class NoRoomError(ValueError):
    """Something does not fit; the message says what and why."""


@dataclass(frozen=True)
class Room:
    """Where figures may lie.

    Attributes:
        grains: Whose boundaries they should cross properly or not at all.
        plan: Polygons of a slice in the plane of x and z; None if it is no slice.
        margin: Least distance from the surface of the layer and from each other.
        gap: Wanted clearance to the grain boundaries.
    """

    grains: Tessellation
    plan: Tessellation | None
    margin: float
    gap: float

    def holds(self, figure: Figure) -> bool:
        """Whether a figure keeps its distance from the surface of the layer."""
        points, size = figure.points, np.array(self.grains.size)
        axes = [0, 2] if self.plan or isinstance(figure, Strip) else [0, 1, 2]
        low, high = points.min(axis=0)[axes], points.max(axis=0)[axes]
        return bool((low >= self.margin).all() and (high <= size[axes] - self.margin).all())

    def free(self, figure: Figure, others: Sequence[Figure]) -> bool:
        """Whether a figure keeps its distance from others."""
        return all(self.separation(figure, other) >= self.margin for other in others)

    def separation(self, one: Figure, two: Figure) -> float:
        """About the distance between two figures, 0 if they overlap."""
        if math.dist(one.centre, two.centre) > self._extent(one) + self._extent(two) + self.margin:
            return math.inf
        from scipy.spatial import cKDTree

        axes = [0, 2] if self.plan else [0, 1, 2]
        nearest, _ = cKDTree(one.points[:, axes]).query(two.points[:, axes])
        coarseness = 0.5 * (one.radius + two.radius) / 6
        return max(0.0, float(nearest.min()) - coarseness)

    def clearance(self, figure: Figure) -> float:
        """Clearance of a figure to the grain boundaries."""
        if self.plan and isinstance(figure, Ball):
            return circle_clearance(figure, self.plan)
        return clearance(figure, self.grains)

    @staticmethod
    def _extent(figure: Figure) -> float:
        return float(np.linalg.norm(figure.points - figure.centre, axis=1).max())


def scatter[F: Figure](
    draw: Callable[[np.random.Generator], F],
    count: int,
    taken: Sequence[Figure],
    room: Room,
    rng: np.random.Generator,
) -> list[F]:
    """Random places one after the other, each free of those before.

    Args:
        draw: A figure anywhere in the layer.
        count: Number of figures.
        taken: Figures that are there already.
        room: Where they may lie.
        rng: Where the places come from.

    Raises:
        NoRoomError: A figure finds no place.
    """
    placed: list[F] = []
    for _ in range(count):
        figure = _place_one(draw, [*taken, *placed], room, rng)
        if figure is None:
            raise NoRoomError(f"there is room for {len(placed)} only")
        placed.append(figure)
    return placed


def _place_one[F: Figure](
    draw: Callable[[np.random.Generator], F],
    others: Sequence[Figure],
    room: Room,
    rng: np.random.Generator,
) -> F | None:
    for lenience in LENIENCE:
        for _ in range(TRIES):
            figure = draw(rng)
            if not room.holds(figure) or not room.free(figure, others):
                continue
            if room.clearance(figure) >= lenience * room.gap:
                return figure
    return None


def grid(count: int, size: Sequence[float], flat: bool) -> Array:
    """Centres of equal boxes that fill a box, as near to cubes as their number allows.

    Args:
        count: Number of boxes.
        size: Sides of the whole.
        flat: All boxes reach through the depth (y).
    """
    best: tuple[float, tuple[int, int, int]] | None = None
    for nx in range(1, count + 1):
        for ny in range(1, 2 if flat else count + 1):
            nz, rest = divmod(count, nx * ny)
            if rest or not nz:
                continue
            sides = [s / n for s, n in zip(size, (nx, ny, nz), strict=True)]
            used = [sides[0], sides[2]] if flat else sides
            ratio = max(used) / min(used)
            if best is None or ratio < best[0]:
                best = (ratio, (nx, ny, nz))
    assert best is not None  # nx = count fits always
    axes = [(np.arange(n) + 0.5) * s / n for s, n in zip(size, best[1], strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def check_grid(figures: Sequence[Figure], room: Room) -> None:
    """Check that figures on a grid stay in the layer and apart.

    Raises:
        NoRoomError: They do not.
    """
    if not all(room.holds(figure) for figure in figures):
        raise NoRoomError("a grid of them would leave the layer")
    for index, figure in enumerate(figures):
        if not room.free(figure, figures[:index]):
            raise NoRoomError("on a grid they would touch each other")


def spread_discs(
    count: int, radius: float, sides: tuple[float, float], margin: float, rng: np.random.Generator
) -> Array:
    """Centres of equal discs in a rectangle, drawn at random and pushed apart.

    Raises:
        NoRoomError: They stay too close.
    """
    low, high = radius + margin, np.array(sides) - radius - margin
    if (high <= low).any():
        raise NoRoomError(f"a disc of diameter {2 * radius:.3g} um is wider than the cell")
    due = 2 * radius + margin
    aim = due * (1.0 + SURPLUS)
    for _ in range(RESTARTS):
        at = rng.uniform(low, high, (count, 2))
        for _ in range(SPREADING):
            apart = at[:, None] - at[None]
            distance = np.linalg.norm(apart, axis=2) + 2 * aim * np.eye(count)
            if distance.min() >= due:
                return at
            push = 0.5 * np.maximum(aim / np.maximum(distance, SURPLUS * due) - 1.0, 0.0)
            at = np.clip(at + (push[:, :, None] * apart).sum(axis=1), low, high)
    raise NoRoomError(f"{count} discs of diameter {2 * radius:.3g} um do not fit side by side")


def tilted(angle: float, azimuth: float) -> Vector:
    """Normal of a plane tilted out of the horizontal towards an azimuth."""
    sine = math.sin(angle)
    return (sine * math.cos(azimuth), sine * math.sin(azimuth), math.cos(angle))


def patches_of(
    pattern: str, area: float, count: int, box: Sequence[float], rng: np.random.Generator,
    margin: float,
) -> list[Flat]:  # fmt: skip
    """Places without contact on the upper face of the layer, of a given area together.

    Args:
        pattern: ``stripe`` (evenly spaced, through the depth), ``gaps`` (the same at random),
            ``disc`` (one in the middle) or ``random`` (equal discs).
        area: Of all of them.
        count: Number of stripes, gaps or random discs.
        box: Width, depth and height of the layer.
        rng: Where random discs come from.
        margin: Least distance between discs and from the sides.

    Raises:
        NoRoomError: They do not fit.
    """
    width, depth, height = box
    if pattern in ("stripe", "gaps"):
        half = 0.5 * area / (depth * count)
        middles = (np.arange(count) + 0.5) * width / count
        if pattern == "gaps":
            spare = width - 2 * half * count - (count + 1) * margin
            if spare < 0.0:
                raise NoRoomError(f"{count} places without contact leave none between them")
            cuts = np.sort(rng.uniform(0.0, spare, count))
            middles = cuts + (np.arange(count) + 1) * margin + (2 * np.arange(count) + 1) * half
        return [Strip((float(x), 0.5 * depth, height), UP, half, depth) for x in middles]
    if pattern == "disc":
        count = 1
    radius = math.sqrt(area / (math.pi * count))
    centres = np.array([[0.5 * width, 0.5 * depth]])
    if pattern == "random":
        centres = spread_discs(count, radius, (width, depth), margin, rng)
    elif 2 * (radius + margin) > min(width, depth):
        raise NoRoomError(f"a disc of diameter {2 * radius:.3g} um is wider than the cell")
    return [Disc((float(x), float(y), height), UP, radius) for x, y in centres]

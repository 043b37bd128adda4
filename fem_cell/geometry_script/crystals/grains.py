"""The grains of each arrangement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fem_cell.geometry_script.crystals.plates import bricks, plate_counts, strip_walls
from fem_cell.geometry_script.crystals.tessellation import (
    Array,
    Repeated,
    Tessellation,
    extrude,
    strips,
)
from fem_cell.geometry_script.crystals.voronoi import Healing, Penalty, voronoi
from fem_cell.geometry_script.parameters import Values

QUASI_2D = "quasi-2D"
DRAWS = 60
"""Draws of plates and strips, of which the one is taken that gives way best to other things."""


@dataclass(frozen=True)
class Grains:
    """Grains as polyhedra, and what they were made from.

    Attributes:
        solid: The polyhedra.
        plan: Polygons in the plane of x and y, or of x and z in a slice; None if there are none.
        healing: What was done about short edges; None where there are none by construction.
        azimuths: Azimuth of the normal of each plate; None for other grains.
    """

    solid: Tessellation
    plan: Tessellation | None = None
    healing: Healing | None = None
    azimuths: Array | None = None


def grain_count(p: Values) -> int:
    """Number of grains, known without making them."""
    if p["arrangement"] == "single":
        return 1
    if p["arrangement"] == "plates":
        rows, per_row = _plates(p)
        return rows if p["dimension"] == QUASI_2D else rows * per_row
    return int(p["grains"])


def make_grains(p: Values, rng: np.random.Generator, penalty: Penalty | None) -> Grains:
    """The grains that the parameters (lengths in micrometres) describe.

    Args:
        p: Parameters.
        rng: Where everything random comes from.
        penalty: Of polyhedra: what to avoid besides short edges, 0 if all is well.
    """
    if p["dimension"] == QUASI_2D:
        return _slice(p, rng, penalty)
    width, depth, thickness = p["width"], p["depth"], p["thickness"]
    if p["arrangement"] == "plates":

        def draw() -> Grains:
            plan, azimuths = bricks(width, depth, _plates(p), rng)
            return Grains(extrude(plan, thickness), plan, None, azimuths)

        return _best(draw, penalty)
    count, rounds, periodic = grain_count(p), p["relaxation"], 2 if p["periodic"] else 0
    if p["arrangement"] == "equiaxed":
        sides = (width, depth, thickness)
        solid, healing = voronoi(sides, count, rounds, rng, penalty, periodic)
        return Grains(solid, None, healing)
    plan, healing = voronoi(
        (width, depth),
        count,
        rounds,
        rng,
        penalty and (lambda plan: penalty(extrude(plan, thickness))),
        periodic,
    )
    return Grains(extrude(plan, thickness), plan, healing)


def _slice(p: Values, rng: np.random.Generator, penalty: Penalty | None) -> Grains:
    """Polygons in the plane of x and z, extruded along y."""
    count, sides = grain_count(p), (p["width"], p["thickness"])
    if p["arrangement"] in ("columnar", "plates"):
        azimuths = np.zeros(count) if p["arrangement"] == "plates" else None

        def draw() -> Grains:
            plan = _strips(*sides, count, rng, p["periodic"])
            return Grains(_along_y(plan, p["depth"]), plan, None, azimuths)

        return _best(draw, penalty)
    plan, healing = voronoi(
        sides,
        count,
        p["relaxation"],
        rng,
        penalty and (lambda plan: penalty(_along_y(plan, p["depth"]))),
        1 if p["periodic"] else 0,
    )
    return Grains(_along_y(plan, p["depth"]), plan, healing)


def _strips(
    width: float, height: float, count: int, rng: np.random.Generator, periodic: bool
) -> Tessellation:
    """Strips between upright walls; in a periodic slice the first one is cut in the middle."""
    walls = strip_walls(width, count, rng)
    if not periodic or count == 1:
        return strips(width, height, walls)
    half = 0.5 * width / count
    plan = strips(width, height, np.concatenate(([half], walls + half)))
    grain_of, steps = np.arange(count + 1) % count, np.zeros((count + 1, 2))
    steps[-1, 0] = -width
    return replace(plan, repeated=Repeated(grain_of, steps, plan.inner[:count]))


def _best(draw: Callable[[], Grains], penalty: Penalty | None) -> Grains:
    """The first of several draws without a penalty, or else the one with the least."""
    drawn, costs = [], []
    for _ in range(DRAWS):
        drawn.append(draw())
        costs.append(penalty(drawn[-1].solid) if penalty else 0.0)
        if costs[-1] == 0.0:
            break
    return drawn[int(np.argmin(costs))]


def _plates(p: Values) -> tuple[int, int]:
    return plate_counts((p["width"], p["depth"]), (p["plate_thickness"], p["plate_length"]))


def _along_y(plan: Tessellation, depth: float) -> Tessellation:
    """Prisms on polygons of the plane of x and z."""
    upright, order = extrude(plan, depth), [0, 2, 1]
    width, height, _ = upright.size
    made = upright.repeated
    return Tessellation(
        (width, depth, height), upright.vertices[:, order], upright.faces, upright.neighbours,
        upright.inner[:, order],
        made and Repeated(made.grain_of, made.steps[:, order], made.seeds[:, order]),
    )  # fmt: skip

"""Round pores at random in a box, and sizes of pores of any shape."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from fem_cell.geometry_script.fibres.segments import Array

DRAWS = 2000
"""Places tried for each pore."""


@dataclass(frozen=True)
class Balls:
    """Balls of one size.

    Attributes:
        centres: Shape (n, 3), with the periodic images that reach into the box.
        radius: Of all.
        drawn: How many were drawn, without the images.
    """

    centres: Array
    radius: float
    drawn: int

    def distance(self, points: Array) -> Array:
        """Signed distance of points to their surface, negative inside."""
        return np.asarray(cKDTree(self.centres).query(points)[0] - self.radius)

    def of_radius(self, radius: float) -> Balls:
        """Balls at the same places with another radius."""
        return replace(self, radius=radius)


def draw_balls(
    size: float, radius: float, count: int, periodic: bool, rng: np.random.Generator
) -> Balls | None:
    """Place balls one after the other so that none touches another.

    Args:
        size: Edge of the box. Without periodicity the balls are drawn from a box that is larger
            by their radius on all sides, so that the pores at its faces are as many as inside.
        radius: Of a ball.
        count: How many there should be in the box, about.
        periodic: Balls reach through the faces of the box to the opposite ones.
        rng: Random numbers.

    Returns:
        The balls, or ``None`` if no room was found for one.
    """
    margin = 0.0 if periodic else radius
    wanted = count if periodic else round(count * ((size + 2 * margin) / size) ** 3)
    centres = np.zeros((0, 3))
    while len(centres) < wanted:
        for _ in range(DRAWS):
            place = rng.uniform(-margin, size + margin, 3)
            apart = np.abs(centres - place)
            if periodic:
                apart = np.minimum(apart, size - apart)
            if (np.linalg.norm(apart, axis=1) >= 2.0 * radius).all():
                centres = np.vstack((centres, place))
                break
        else:
            return None
    if periodic:
        shifts = size * (np.indices((3, 3, 3)).reshape(3, -1).T - 1)
        centres = (centres[:, None] + shifts).reshape(-1, 3)
    return Balls(centres, radius, wanted)


def median_size(inside: npt.NDArray[np.bool_], edge: float, periodic: bool) -> float:
    """Median diameter of a space, by openings with balls: half of it lies in larger balls.

    The size at a point is the diameter of the largest ball within the space that covers it
    (granulometry, local thickness; Hildebrand and Rueegsegger, J. Microsc. 185, 67, 1997).

    Args:
        inside: Whether the space is at each point of a cubic grid.
        edge: Distance of the points of the grid.
        periodic: The grid goes on at its opposite faces; else it ends there.
    """
    width = inside.shape[0] // 4 if periodic else 0
    space = np.pad(inside, width, mode="wrap")
    depth = ndimage.distance_transform_edt(space)
    core = (slice(width, width + inside.shape[0]),) * 3
    total, low, high = np.count_nonzero(inside), 0.0, float(depth.max())
    if total == 0:
        return 0.0
    while high - low > 0.25:
        radius = 0.5 * (low + high)
        opened = ndimage.distance_transform_edt(depth < radius) < radius
        if np.count_nonzero(opened[core] & inside) >= 0.5 * total:
            low = radius
        else:
            high = radius
    return float(low + high) * edge

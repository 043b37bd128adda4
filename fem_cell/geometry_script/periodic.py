"""Periodic sides of the current Gmsh model: their meshes become images of each other.

An attribute of the model says so in the mesh file, and the solver takes the two sides for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

PERIODS = "fem_cell periods"
"""Name of the attribute: its values are the periods along x, y and z, zero for none."""
NEAR = 1e-4
"""Largest error of a bounding box, model units; far below any cell."""


def tie_sides(gmsh: Any, periods: Sequence[float], dim: int = 2) -> None:
    """Make opposite sides of a box with one corner in the origin periodic.

    Call it when the model is synchronised and not yet meshed.

    Args:
        gmsh: The Gmsh module.
        periods: Side of the box along x, y, ...; zero for a side that is not periodic.
        dim: Dimension of the sides: 2 for faces, 1 for the curves of a plane model.

    Raises:
        ValueError: The faces on two sides do not lie opposite each other.
    """
    mark_periodic(gmsh, periods)
    boxes = {tag: gmsh.model.getBoundingBox(dim, tag) for _, tag in gmsh.model.getEntities(dim)}
    for axis, period in enumerate(periods):
        if not period:
            continue
        first, last = (
            {t: np.array(b) for t, b in boxes.items() if _in_plane(b, axis, at)}
            for at in (0.0, period)
        )
        if len(first) != len(last):
            raise ValueError(f"{len(first)} faces of a periodic side lie opposite {len(last)}")
        shift = np.zeros(6)
        shift[[axis, axis + 3]] = period
        masters = [_nearest(first, box - shift) for box in last.values()]
        transform = np.eye(4)
        transform[axis, 3] = period
        gmsh.model.mesh.setPeriodic(dim, list(last), masters, transform.ravel().tolist())


def mark_periodic(gmsh: Any, periods: Sequence[float]) -> None:
    """Say that the sides are periodic where the nodes of a finished mesh fit already."""
    if any(periods):
        along = [*periods, 0.0, 0.0, 0.0][:3]
        gmsh.model.setAttribute(PERIODS, [repr(float(period)) for period in along])


def _in_plane(box: Sequence[float], axis: int, at: float) -> bool:
    return abs(box[axis] - at) < NEAR and abs(box[axis + 3] - at) < NEAR


def _nearest(boxes: dict[int, Any], wanted: Any) -> int:
    """The face with a bounding box.

    Raises:
        ValueError: There is none.
    """
    tag, box = min(boxes.items(), key=lambda item: float(np.abs(item[1] - wanted).max()))
    if np.abs(box - wanted).max() > NEAR:
        raise ValueError("periodic sides are not divided into the same faces")
    return tag

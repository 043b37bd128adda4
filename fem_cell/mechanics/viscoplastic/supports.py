"""What holds a body, and the platen that presses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fem_cell.analysis.resolved.body import ResolvedBody
from fem_cell.mechanics.viscoplastic.body import ViscoplasticBody

Mask = npt.NDArray[np.bool_]
TOP = 5
"""Number of the face z = high of a box."""


@dataclass(frozen=True, slots=True)
class Supports:
    """Components of the displacement, owned ones, shape (nodes, 3) (local).

    Attributes:
        held: Those that stay zero.
        pressed: Those that move together with a platen, along its outer normal.
        area: Of the platen, m^2; zero without.
    """

    held: Mask
    pressed: Mask
    area: float = 0.0


def between_platens(
    box: ResolvedBody, body: ViscoplasticBody, sides: Literal["held", "free"] = "held"
) -> Supports:
    """Two rigid, smooth platens below and above a box. Collective.

    Args:
        box: Its faces.
        body: The body in it, not moved yet.
        sides: ``held`` has all four sides as mirror planes, as within a foil that is wide beside
            its thickness; ``free`` leaves those at high x and y free.
    """
    owned = body.space.dofmap.index_map.size_local
    on = box.on_faces(body.space.tabulate_dof_coordinates()[:owned])
    held = on[:, 0:5:2].copy()
    if sides == "held":
        held[:, 0] |= on[:, 1]
        held[:, 1] |= on[:, 3]
    pressed = np.zeros_like(held)
    pressed[:, 2] = on[:, TOP]
    edges = box.box[1] - box.box[0]
    return Supports(held, pressed, float(edges[0] * edges[1]))

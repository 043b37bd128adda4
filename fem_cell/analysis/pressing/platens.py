"""The supports of a box between two platens."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fem_cell.analysis.resolved import ResolvedBody
from fem_cell.errors import Fault, InputError
from fem_cell.mechanics.viscoplastic import Supports, ViscoplasticBody

BOTTOM, TOP = 4, 5
"""Numbers of the faces z = low and z = high of a box."""


def between_platens(
    box: ResolvedBody, body: ViscoplasticBody, sides: Literal["held", "free"] = "held"
) -> Supports:
    """Two rigid, smooth platens below and above a box. Collective.

    Args:
        box: Its faces.
        body: The body in it, not moved yet.
        sides: ``held`` has all four sides as mirror planes, as within a foil that is wide beside
            its thickness; ``free`` leaves those at high x and y free.

    Raises:
        InputError: No solid lies at one of the platens.
    """
    owned = body.space.dofmap.index_map.size_local
    on = box.on_faces(body.space.tabulate_dof_coordinates()[:owned])
    for face, name in ((BOTTOM, "lower"), (TOP, "upper")):
        if not box.mesh.comm.allreduce(int(on[:, face].sum())):
            problem = f"no solid lies at the {name} platen: {', '.join(box.phases)} would float"
            raise InputError([Fault("geometry", problem, "leave out the variant, or change it")])
    held = on[:, 0:5:2].copy()
    if sides == "held":
        held[:, 0] |= on[:, 1]
        held[:, 1] |= on[:, 3]
    pressed = np.zeros_like(held)
    pressed[:, 2] = on[:, TOP]
    edges = box.box[1] - box.box[0]
    return Supports(held, pressed, float(edges[0] * edges[1]))

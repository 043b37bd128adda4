"""The supports of a box between two platens."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

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
        InputError: Nothing of the body touches one of the platens.
    """
    owned = body.space.dofmap.index_map.size_local
    on = box.on_faces(body.space.tabulate_dof_coordinates()[:owned])
    _check_touching(box, on)
    held = on[:, 0:5:2].copy()
    if sides == "held":
        held[:, 0] |= on[:, 1]
        held[:, 1] |= on[:, 3]
    pressed = np.zeros_like(held)
    pressed[:, 2] = on[:, TOP]
    edges = box.box[1] - box.box[0]
    return Supports(held, pressed, float(edges[0] * edges[1]))


def _check_touching(box: ResolvedBody, on: npt.NDArray[np.bool_]) -> None:
    """Make sure that the body lies between the platens; ``on`` says which nodes lie on faces."""
    mine = on[:, [BOTTOM, TOP]].any(axis=0).astype(np.int32)
    anywhere = np.zeros_like(mine)
    box.mesh.comm.Allreduce(mine, anywhere, op=MPI.MAX)
    if not anywhere.all():
        solids = " and ".join(f"'{name}'" for name in box.phases)
        problem = f"{solids} does not reach both platens, so no pressure can be put on it"
        remedy = "leave this variant out, or take a larger fraction or another seed"
        raise InputError([Fault("press.variants", problem, remedy)])

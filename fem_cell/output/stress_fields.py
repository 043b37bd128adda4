"""Displacement and stress as arrays of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.mesh import MICROMETRE
from fem_cell.output.pieces import Piece
from fem_cell.run.mechanics import MEGAPASCAL, Mechanics

Arrays = dict[str, npt.NDArray[Any]]

_VTK_ORDER = [0, 1, 2, 5, 3, 4]
"""Voigt's 11, 22, 33, 23, 13, 12 as VTK's XX, YY, ZZ, XY, YZ, XZ."""


@dataclass(frozen=True, slots=True)
class StressFields:
    """What is shown of mechanics.

    Attributes:
        mechanics: The body.
    """

    mechanics: Mechanics

    def prepare(self) -> None:
        """Solve for the loaded fields. Collective."""
        self.mechanics.update()

    def points(self, piece: Piece) -> Arrays:
        """Displacement of the points of a piece (local)."""
        u, sub = self.mechanics.elasticity.u, self.mechanics.elasticity.sub_mesh
        dofs = u.function_space.dofmap.list[piece.sub_cells(sub)][:, :4]
        chosen = np.take_along_axis(dofs, piece.local_vertices, axis=1)
        values = np.zeros((len(piece.points), 3))
        values[piece.cells.ravel()] = u.x.array.reshape(-1, 3)[chosen.ravel()]
        return {"displacement [um]": (values / MICROMETRE).astype(np.float32)}

    def cells(self, piece: Piece, layered: bool) -> Arrays:
        """Stress in the cells of a piece; on (003) planes too if they are crystals (local)."""
        stress, parents = self.mechanics.stress, piece.parents
        shown = {
            "stress [MPa]": stress.voigt[parents][:, _VTK_ORDER],
            "max_principal_stress [MPa]": stress.max_principal[parents],
            "von_mises_stress [MPa]": stress.von_mises[parents],
        }
        if layered:
            shown["normal_stress_003 [MPa]"] = self.mechanics.across_layers[parents]
        return {name: (v / MEGAPASCAL).astype(np.float32) for name, v in shown.items()}

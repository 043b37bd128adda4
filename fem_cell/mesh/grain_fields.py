"""Properties that differ from grain to grain, as piecewise constant fields."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from fem_cell.mesh.cell_mesh import CellMesh

Array = npt.NDArray[np.float64]


def grain_field(
    mesh: CellMesh, phase: str, values: Mapping[int, Array], name: str = "grains"
) -> fem.Function:
    """A field on the parent mesh, constant in every grain of a phase, zero elsewhere.

    Args:
        mesh: The mesh.
        phase: Name of the phase.
        values: By number of the grain, all of one shape; a phase that is one piece has the
            number zero.
        name: Of the field.

    Returns:
        A discontinuous function of degree zero with the shape of the values. Collective.
    """
    shape = np.shape(next(iter(values.values())))
    space = fem.functionspace(mesh.mesh, ("DG", 0, shape) if shape else ("DG", 0))
    field = fem.Function(space, name=name)
    cells = mesh.cells_of([phase], ghosts=True)
    number = mesh.grain_of_cell[cells]
    rows = field.x.array.reshape(-1, int(np.prod(shape, dtype=int)))
    dofs = space.dofmap.list[cells, 0]
    for grain, value in values.items():
        rows[dofs[number == grain]] = np.ravel(value)
    return field

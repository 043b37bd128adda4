r"""Values at the nodes of a field from integrals around them, for what strains say there.

With :math:`b_i = \int N_i\, q\,dx` of a quantity q and the linear functions :math:`N_i` of a field,

.. math:: q_i = b_i / \int N_i\,dx \quad\text{(lumped)}, \qquad
          \sum_j M_{ij}\, q_j = b_i, \quad M_{ij} = \int N_i N_j\,dx \quad\text{(consistent)}

Strains of linear displacements are constant in cells: the lumped mean is all there is to know, and
does not overshoot. Those of quadratic ones are linear in cells, and their projection is right in
second order up to the surface, where a mean is the value half a cell inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la
from dolfinx.fem.petsc import assemble_matrix
from petsc4py import PETSc

Array = npt.NDArray[np.float64]

TOLERANCE = 1e-10
"""Relative residual of the projection: far below what a Newton method leaves."""


class Gather:
    """Assembles a linear form into the owned nodes of a space."""

    def __init__(self, space: fem.FunctionSpace) -> None:
        """Make room; b is reused by every call."""
        self._b = la.vector(space.dofmap.index_map)
        self._owned = space.dofmap.index_map.size_local

    def __call__(self, form: fem.Form) -> Array:
        """B at owned nodes. Collective."""
        self._b.array[:] = 0.0
        fem.assemble_vector(self._b.array, form)
        self._b.scatter_reverse(la.InsertMode.add)
        return self._b.array[: self._owned]


@dataclass(frozen=True, slots=True)
class LumpedMean:
    """The mean around every owned node.

    Attributes:
        volumes: Integral of every N_i, m^3.
    """

    volumes: Array

    def __call__(self, b: Array) -> Array:
        """Nodal values (local)."""
        return b / self.volumes


@dataclass(frozen=True, slots=True)
class Projection:
    """The field that is nearest in the mean square.

    Attributes:
        solver: Of M, by conjugate gradients.
    """

    solver: PETSc.KSP

    def __call__(self, b: Array) -> Array:
        """Nodal values. Collective."""
        M, _ = self.solver.getOperators()
        right, left = M.createVecLeft(), M.createVecRight()
        right.array_w[:] = b
        self.solver.solve(right, left)
        values = left.array_r.copy()
        right.destroy()
        left.destroy()
        return np.asarray(values)


def nodal_mean(
    space: fem.FunctionSpace, dx: ufl.Measure, maps: Sequence[object], *, consistent: bool
) -> LumpedMean | Projection:
    """Compile what turns b into nodal values. Collective.

    Args:
        space: Of the field, linear.
        dx: Where it lives.
        maps: Between the mesh of dx and that of the field.
        consistent: Whether to project.
    """
    test, trial = ufl.TestFunction(space), ufl.TrialFunction(space)
    if not consistent:
        return LumpedMean(Gather(space)(fem.form(test * dx, entity_maps=maps)).copy())
    M = assemble_matrix(fem.form(trial * test * dx, entity_maps=maps))
    M.assemble()
    solver = PETSc.KSP().create(M.comm)
    solver.setOperators(M)
    solver.setType("cg")
    solver.getPC().setType("jacobi")
    solver.setTolerances(rtol=TOLERANCE)
    solver.setErrorIfNotConverged(True)
    return Projection(solver)

r"""Effective conductivity, or diffusivity, of a resolved body.

.. math::
   \nabla\cdot(k\, \nabla u) = 0, \qquad
   K_{ij} = \frac1V \int k\, \nabla u_i \cdot \nabla u_j \,dx, \qquad
   (K^{-1})_{ij} = \frac1V \int k\, \nabla v_i \cdot \nabla v_j \,dx

and for a periodic body, with K_m the mean of k,

.. math::
   K_{ij} = (K_m)_{ij} - \frac1V \int k\, \nabla w_i \cdot \nabla w_j \,dx, \qquad
   \nabla\cdot k\, (e_i + \nabla w_i) = 0, \quad w_i \text{ periodic}

u_i belongs to the mean gradient e_i, v_i to the mean flux e_i (:mod:`.conditions`); V is the whole
box, empty phases included. A diffusivity stands for a conductivity where the concentration of what
moves is continuous from phase to phase.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.analysis.resolved.body import ResolvedBody
from fem_cell.analysis.resolved.conditions import (
    LINEAR,
    MIXED,
    PERIODIC,
    UNIFORM,
    check_condition,
)
from fem_cell.analysis.resolved.linear import LoadedMatrix, assembled

Array = npt.NDArray[np.float64]


def effective_conductivity(
    body: ResolvedBody, values: Mapping[str, float | Array], condition: str = MIXED
) -> Array:
    """K, shape (3, 3), in the unit of the values. Collective.

    Args:
        body: What conducts.
        values: Conductivity of each phase, a number or a symmetric tensor.
        condition: On the faces. ``mixed`` gives the diagonal of K alone: opposite faces at two
            potentials, the others sealed.

    Raises:
        InputError: A phase has no value, the condition is unknown, or a uniform flux is wanted
            through faces that solid does not cover.
        SolverError: The linear solver failed.
    """
    check_condition(condition, body)
    scale = max(float(np.max(np.abs(value))) for value in values.values())
    tensors = {name: np.asarray(value) / scale * np.eye(3) for name, value in values.items()}
    problem = _Conduction(body, tensors)
    ways = {
        LINEAR: problem.of_gradients,
        MIXED: problem.between_faces,
        UNIFORM: problem.of_fluxes,
        PERIODIC: problem.of_waves,
    }
    return scale * ways[condition]()


class _Conduction:
    """The scalar problem with its three kinds of loads."""

    def __init__(self, body: ResolvedBody, tensors: Mapping[str, Array]) -> None:
        self._body, self._tensors = body, tensors
        V = fem.functionspace(body.mesh, ("P", 1))
        u, self._v = ufl.TrialFunction(V), ufl.TestFunction(V)
        dx = ufl.Measure("dx", domain=body.mesh, metadata={"quadrature_degree": 0})
        self._k, self._dx = body.coefficient(tensors), dx
        form = fem.form(ufl.inner(self._k * ufl.grad(u), ufl.grad(self._v)) * dx)
        self._matrix = LoadedMatrix.of(V, form)
        owned = V.dofmap.index_map.size_local
        self._points = V.tabulate_dof_coordinates()[:owned] - body.box[0]
        self._on = body.on_faces(self._points + body.box[0])

    def of_gradients(self) -> Array:
        """K from linear potentials on all faces."""
        given = np.asarray(self._on.any(axis=1))
        found = self._matrix.solve(given, list(self._points.T), [None] * 3)
        return self._matrix.energies(found) / self._body.volume

    def between_faces(self) -> Array:
        """Diagonal of K from differences between opposite faces."""
        K = np.zeros((3, 3))
        for axis in range(3):
            given = self._on[:, 2 * axis] | self._on[:, 2 * axis + 1]
            found = self._matrix.solve(given, [self._points[:, axis]], [None])
            K[axis, axis] = self._matrix.energies(found)[0, 0] / self._body.volume
        return K

    def of_fluxes(self) -> Array:
        """K from uniform fluxes through all faces; one corner is held, which takes no flux."""
        corner = np.asarray(self._on[:, ::2].all(axis=1))
        loads = [self._flux(axis) for axis in range(3)]
        found = self._matrix.solve(corner, [None] * 3, loads)
        return np.asarray(np.linalg.inv(self._matrix.energies(found) / self._body.volume))

    def of_waves(self) -> Array:
        """K from periodic additions to the mean gradients."""
        loads = [self._wave(axis) for axis in range(3)]
        found = self._matrix.solve(self._matrix.first(), [None] * 3, loads)
        return self._body.mean(self._tensors) - self._matrix.energies(found) / self._body.volume

    def _wave(self, axis: int) -> PETSc.Vec:
        """Load of a unit mean gradient."""
        along = ufl.as_vector([1.0 if k == axis else 0.0 for k in range(3)])
        return assembled(-ufl.inner(self._k * along, ufl.grad(self._v)) * self._dx)

    def _flux(self, axis: int) -> PETSc.Vec:
        body = self._body
        return assembled(self._v * body.ds(2 * axis + 1) - self._v * body.ds(2 * axis))

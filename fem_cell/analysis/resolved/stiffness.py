r"""Effective stiffness of a resolved body.

.. math::
   \nabla\cdot\sigma = 0, \quad \sigma = C : \varepsilon(u), \qquad
   \bar C_{kl} = \frac1V \int \varepsilon(u_k) : C : \varepsilon(u_l) \,dx, \qquad
   (\bar C^{-1})_{kl} = \frac1V \int \varepsilon(v_k) : C : \varepsilon(v_l) \,dx

and for a periodic body, with C_m the mean of C,

.. math::
   \bar C_{kl} = (C_m)_{kl} - \frac1V \int \varepsilon(w_k) : C : \varepsilon(w_l) \,dx, \qquad
   \nabla\cdot C : (e_k + \varepsilon(w_k)) = 0, \quad w_k \text{ periodic}

in Voigt's notation (11, 22, 33, 23, 13, 12, shear strains doubled). u_k belongs to the mean strain
e_k, v_k to the mean stress e_k (:mod:`.conditions`); V is the whole box, empty phases included.

The mixed conditions are those on the faces of a periodic cell with three planes of symmetry (Pahr
and Zysset 2008): under a normal strain every face stays plane and is free to slide; under a shear
strain the four faces that turn move in their own plane as the mean strain says and are free along
their normal, the other two stay plane.
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
from fem_cell.laws.elasticity import strain_voigt
from fem_cell.laws.stiffness import PAIRS

Array = npt.NDArray[np.float64]
Held = npt.NDArray[np.bool_]

NORMAL, SHEAR = range(3), range(3, 6)
"""Voigt's indices."""


def effective_stiffness(
    body: ResolvedBody, values: Mapping[str, Array], condition: str = MIXED
) -> Array:
    """C in Voigt's notation, shape (6, 6), in the unit of the values. Collective.

    Args:
        body: What is elastic.
        values: Stiffness of each phase in Voigt's notation, shape (6, 6).
        condition: On the faces. ``mixed`` gives what an orthotropic body has: the block of normal
            strains and the diagonal of the shear strains.

    Raises:
        InputError: A phase has no value, the condition is unknown, or a uniform traction is wanted
            on faces that solid does not cover.
        SolverError: The linear solver failed.
    """
    check_condition(condition, body)
    scale = max(float(np.max(np.abs(value))) for value in values.values())
    problem = _Elastic(body, {name: np.asarray(C) / scale for name, C in values.items()})
    ways = {
        LINEAR: problem.of_strains,
        MIXED: problem.between_planes,
        UNIFORM: problem.of_stresses,
        PERIODIC: problem.of_waves,
    }
    return scale * ways[condition]()


class _Elastic:
    """The problem of displacements with its three kinds of loads."""

    def __init__(self, body: ResolvedBody, stiffness: Mapping[str, Array]) -> None:
        self._body, self._stiffness = body, stiffness
        V = fem.functionspace(body.mesh, ("P", 1, (3,)))
        u, self._v = ufl.TrialFunction(V), ufl.TestFunction(V)
        dx = ufl.Measure("dx", domain=body.mesh, metadata={"quadrature_degree": 0})
        self._C, self._dx = body.coefficient(stiffness), dx
        stress = ufl.dot(self._C, strain_voigt(u))
        form = fem.form(ufl.inner(stress, strain_voigt(self._v)) * dx)
        self._matrix = LoadedMatrix.of(V, form)
        owned = V.dofmap.index_map.size_local
        self._points = V.tabulate_dof_coordinates()[:owned]
        self._on = body.on_faces(self._points)

    def of_strains(self) -> Array:
        """C from linear displacements on all faces."""
        held: Held = np.repeat(self._on.any(axis=1), 3)
        found = self._matrix.solve(held, [self._strained(k) for k in range(6)], [None] * 6)
        return self._matrix.energies(found) / self._body.volume

    def between_planes(self) -> Array:
        """C from faces that stay plane, or turn."""
        C = np.zeros((6, 6))
        held = np.stack([self._on[:, 2 * k] | self._on[:, 2 * k + 1] for k in range(3)], axis=1)
        found = self._matrix.solve(held.ravel(), [self._strained(k) for k in NORMAL], [None] * 3)
        C[:3, :3] = self._matrix.energies(found)
        for k in SHEAR:
            given = self._turning(k).ravel()
            found = self._matrix.solve(given, [self._strained(k)], [None])
            C[k, k] = self._matrix.energies(found)[0, 0]
        return C / self._body.volume

    def of_stresses(self) -> Array:
        """C from uniform tractions on all faces; corners are held, which takes no force."""
        loads = [self._traction(k) for k in range(6)]
        found = self._matrix.solve(self._corners().ravel(), [None] * 6, loads)
        return np.asarray(np.linalg.inv(self._matrix.energies(found) / self._body.volume))

    def of_waves(self) -> Array:
        """C from periodic additions to the mean strains."""
        loads = [self._wave(k) for k in range(6)]
        found = self._matrix.solve(self._matrix.first(), [None] * 6, loads)
        return self._body.mean(self._stiffness) - self._matrix.energies(found) / self._body.volume

    def _wave(self, k: int) -> PETSc.Vec:
        """Load of a unit mean strain."""
        strain = ufl.as_vector([1.0 if n == k else 0.0 for n in range(6)])
        stress = ufl.dot(self._C, strain)
        return assembled(-ufl.inner(stress, strain_voigt(self._v)) * self._dx)

    def _strained(self, k: int) -> Array:
        """Displacement E.x of a unit strain, flattened."""
        i, j = PAIRS[k]
        x = self._points - self._body.box[0]
        u = np.zeros_like(x)
        if i == j:
            u[:, i] = x[:, i]
        else:
            u[:, i], u[:, j] = 0.5 * x[:, j], 0.5 * x[:, i]
        return u.ravel()

    def _turning(self, k: int) -> Held:
        """Components given under a shear strain, shape (n, 3)."""
        held = np.zeros((len(self._points), 3), dtype=bool)
        for axis in range(3):
            face = self._on[:, 2 * axis] | self._on[:, 2 * axis + 1]
            if axis in PAIRS[k]:
                held |= face[:, None] & (np.arange(3) != axis)
            else:
                held[:, axis] |= face
        return held

    def _corners(self) -> Held:
        """Three, two and one component at three corners, shape (n, 3): no rigid motion is left."""
        held = np.zeros((len(self._points), 3), dtype=bool)
        held |= self._on[:, ::2].all(axis=1, keepdims=True)
        held[:, 1:] |= self._on[:, [1, 2, 4]].all(axis=1, keepdims=True)
        held[:, 2] |= self._on[:, [0, 3, 4]].all(axis=1)
        return held

    def _traction(self, k: int) -> PETSc.Vec:
        """Load of a unit stress."""
        i, j = PAIRS[k]
        form = 0.0
        for axis, along in {(i, j), (j, i)}:
            high, low = self._body.ds(2 * axis + 1), self._body.ds(2 * axis)
            form += self._v[along] * high - self._v[along] * low
        return assembled(form)

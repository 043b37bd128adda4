r"""Cuts whose faces may touch but not pass through each other, without friction.

.. math::
   g = (u^- - u^+)\cdot n \ge 0, \qquad t_n = -k \langle -g \rangle_+, \qquad
   k = \kappa\, C / h

n points from the ``+`` side to the ``-`` side and g is the gap that has opened. The penalty k
follows the stiffness C and the size h of the cells beside, so that faces interpenetrate by the
fraction 1/kappa of what the cells beside are compressed. With linear displacements the law is
taken at pairs of vertices, which keeps it free of locking and makes its state finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from fem_cell.laws.expressions import Expression
from fem_cell.mechanics.body import VOIGT, Body
from fem_cell.mechanics.supports import outer_normals
from fem_cell.mechanics.volumes import cell_volumes
from fem_cell.mesh import Indices, SubMesh
from fem_cell.mesh.dofs import dofs_of_facets

Array = npt.NDArray[np.float64]

PENALTY = 1e3
"""kappa: a closed contact gives in by a thousandth of what the cells behind it do. Less is cheaper:
linear iterations grow with its square root."""

_VERTEX_RULE = {"quadrature_rule": "vertex", "quadrature_degree": 1}
_GAUSS_RULE = {"quadrature_degree": 4}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Opposite blocks of the displacement on owned facets of cuts.

    Attributes:
        plus: On the ``+`` side, shape (n,).
        minus: On the ``-`` side.
        normals: From plus to minus, shape (n, 3).
    """

    plus: Indices
    minus: Indices
    normals: Array

    def gaps(self, u: fem.Function) -> Array:
        """G of every pair, m (local)."""
        blocks = u.x.array.reshape(-1, 3)
        return np.einsum("ni,ni->n", blocks[self.minus] - blocks[self.plus], self.normals)


@dataclass(frozen=True, slots=True)
class ContactReport:
    """State of all contacts.

    Attributes:
        closed_fraction: Share of the pairs of nodes that touch.
        penetration: Largest interpenetration, m: what the penalty lets pass.
        opening: Largest gap, m.
        force: Sum of the normal contact forces, N.
    """

    closed_fraction: float
    penetration: float
    opening: float
    force: float


@dataclass(slots=True)
class Contact:
    """Unilateral contact on some cuts of a split body.

    Attributes:
        pairs: Opposite nodes.
        measure: Over the facets, on the parent mesh, ``+`` and ``-`` as in the cut.
        penalty: k, Pa/m, per cell of the parent.
    """

    pairs: Pairs
    measure: ufl.Measure
    penalty: fem.Function

    def pressure(self, u: Expression) -> Expression:
        """K <-g>_+, Pa."""
        return self._stiffness() * ufl.max_value(-self._gap(u), 0.0)

    def residual(self, u: Expression, v: Expression) -> ufl.Form:
        """Work of the contact pressure on a virtual displacement."""
        return -self.pressure(u) * self._gap(v) * self.measure

    def tangent(self, state: Expression, u: Expression, v: Expression) -> ufl.Form:
        """Its derivative, with the contacts that are closed in ``state``.

        Faces that just touch count as closed: so a body in pieces is held at first.
        """
        closed = ufl.conditional(ufl.le(self._gap(state), 0.0), 1.0, 0.0)
        return closed * self._stiffness() * self._gap(u) * self._gap(v) * self.measure

    def report(self, u: fem.Function, force: float) -> ContactReport:
        """Sum up over all ranks. Collective.

        Args:
            u: Displacement.
            force: Sum of the contact forces, N.
        """
        comm = self.penalty.function_space.mesh.comm
        gaps = self.pairs.gaps(u)[self.pairs.plus != self.pairs.minus]  # not those at fronts
        counts = comm.allreduce(np.array([np.count_nonzero(gaps <= 0), gaps.size]))
        extremes = np.array([-gaps.min(initial=0.0), gaps.max(initial=0.0)])
        deepest, widest = np.max(comm.allgather(extremes), axis=0)
        closed = counts[0] / max(counts[1], 1)
        return ContactReport(float(closed), float(deepest), float(widest), force)

    def _gap(self, u: Expression) -> Expression:
        return ufl.dot(u("-") - u("+"), ufl.FacetNormal(self.measure.ufl_domain())("+"))

    def _stiffness(self) -> Expression:
        k = self.penalty
        return 2 * k("+") * k("-") / (k("+") + k("-"))


def make_contact(
    body: Body,
    sub: SubMesh,
    V: fem.FunctionSpace,
    cuts: Sequence[str],
    penalty: float = PENALTY,
) -> Contact:
    """Contact on named cuts along which the sub-mesh is split; ``penalty`` is kappa. Collective.

    Facets of a cut with a side outside the body are left out: nothing can touch there.
    """
    mesh = body.mesh
    rows = np.concatenate([mesh.cut(name) for name in cuts]).reshape(-1, 4)
    inside = [
        np.asarray(sub.cell_map.sub_topology_to_topology(rows[:, side].copy(), True)) >= 0
        for side in (0, 2)
    ]
    rows = rows[inside[0] & inside[1]]
    plus = dofs_of_facets(sub, V, rows[:, :2])
    minus = _opposite(V, plus, dofs_of_facets(sub, V, rows[:, 2:]))
    normals = np.repeat(outer_normals(mesh, rows[:, :2].ravel()), plus.shape[1], axis=0)
    linear = V.element.basix_element.degree == 1
    measure = ufl.Measure(
        "dS",
        domain=mesh.mesh,
        subdomain_data=[(0, rows.astype(np.int32).ravel())],
        subdomain_id=0,
        metadata=_VERTEX_RULE if linear else _GAUSS_RULE,
    )
    pairs = Pairs(plus.ravel(), minus.ravel(), normals)
    return Contact(pairs, measure, _stiffness(body, penalty))


def _stiffness(body: Body, kappa: float) -> fem.Function:
    """Kappa C / h in every cell. Collective."""
    penalty = fem.Function(fem.functionspace(body.mesh.mesh, ("DG", 0)), name="penalty")
    stiffest = np.abs(body.stiffness.x.array).reshape(-1, VOIGT * VOIGT).max(axis=1)
    penalty.x.array[:] = kappa * stiffest / np.cbrt(cell_volumes(body.mesh))
    return penalty


def _opposite(V: fem.FunctionSpace, plus: Indices, minus: Indices) -> Indices:
    """The blocks of ``minus`` in the order of ``plus``, facet by facet: at the same points."""
    points = V.tabulate_dof_coordinates()
    apart = np.linalg.norm(points[plus][:, :, None] - points[minus][:, None, :], axis=-1)
    return np.take_along_axis(minus, np.argmin(apart, axis=2), axis=1)

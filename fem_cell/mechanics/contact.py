r"""Cuts whose faces may touch but not pass through each other, without friction.

.. math::
   g = (u^- - u^+)\cdot n \ge 0, \qquad t_n = -k \langle -g \rangle_+, \qquad
   k = \kappa\, C / h

n points from the ``+`` side to the ``-`` side and g is the gap that has opened. The penalty k
follows the stiffness C and the size h of the cells beside, so that faces interpenetrate by the
fraction 1/kappa of what the cells beside are compressed. The law is taken at points of the
facets: with linear displacements at their vertices, which keeps it free of locking and makes its
state finite. Gaps are linear in the displacement, g = B u, so with the springs d = k w of the
points (w their weights, an area) the nodal forces are

.. math:: -B^T (d \langle -B u \rangle_+)

and their derivative is :math:`B^T \mathrm{diag}(d\,[B u \le 0])\, B`: no form is assembled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import basix
import numpy as np
import numpy.typing as npt
from basix import CellType, ElementFamily, LagrangeVariant
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.mechanics.body import VOIGT, Body
from fem_cell.mechanics.supports import outer_normals
from fem_cell.mechanics.volumes import cell_corners, cell_volumes
from fem_cell.mesh import CellMesh, Indices, SubMesh
from fem_cell.mesh.dofs import dofs_of_facets
from fem_cell.mesh.facets import FACET_VERTICES

Array = npt.NDArray[np.float64]

PENALTY = 1e3
"""kappa: a closed contact gives in by a thousandth of what the cells behind it do. Less is cheaper:
linear iterations grow with it."""

QUADRATURE_DEGREE = 4
"""On facets with quadratic displacements."""


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
        gap_matrix: B, a row for every point of contact on the owned facets.
        springs: d of these points, N/m (local).
        penalty: kappa.
    """

    pairs: Pairs
    gap_matrix: PETSc.Mat
    springs: Array
    penalty: float
    _gaps: PETSc.Vec

    def gaps(self, u: PETSc.Vec) -> Array:
        """B u, m (local). Collective."""
        self.gap_matrix.mult(u, self._gaps)
        return np.array(self._gaps.array_r)

    def active(self, gaps: Array) -> Array:
        """Springs of the points that touch, N/m; zero elsewhere (local).

        Faces that just touch count as closed: so a body in pieces is held at first.
        """
        return np.where(gaps <= 0.0, self.springs, 0.0)

    def add_forces(self, springs: Array, gaps: Array, forces: PETSc.Vec) -> None:
        """Add B^T (d g) to nodal forces. Collective."""
        self._gaps.array_w = springs * gaps
        self.gap_matrix.multTransposeAdd(self._gaps, forces, forces)

    def matrix(self, springs: Array, free: PETSc.Vec) -> PETSc.Mat:
        """B^T diag(d) B without the components that are given (zero in ``free``). Collective."""
        left = self.gap_matrix.copy()
        left.diagonalScale(R=free)
        right = left.copy()
        self._gaps.array_w = springs
        right.diagonalScale(L=self._gaps)
        return left.transposeMatMult(right)

    def report(self, u: fem.Function) -> ContactReport:
        """Sum up over all ranks. Collective."""
        comm = self.gap_matrix.comm.tompi4py()
        penetrations = np.maximum(-self.gaps(u.x.petsc_vec), 0.0)
        force = comm.allreduce(float(self.springs @ penetrations))
        gaps = self.pairs.gaps(u)[self.pairs.plus != self.pairs.minus]  # not those at fronts
        counts = comm.allreduce(np.array([np.count_nonzero(gaps <= 0), gaps.size]))
        extremes = np.array([-gaps.min(initial=0.0), gaps.max(initial=0.0)])
        comm.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
        closed = counts[0] / max(counts[1], 1)
        return ContactReport(float(closed), float(extremes[0]), float(extremes[1]), force)


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
    minus = _opposite(V, mesh, rows, dofs_of_facets(sub, V, rows[:, 2:]))
    normals = outer_normals(mesh, rows[:, :2].ravel())
    shapes, weights = _points(V.element.basix_element.degree)
    matrix = _gap_matrix(V, plus, minus, normals, shapes)
    stiffness = _stiffness(body, penalty, rows) * 2 * _areas(body, rows)
    return Contact(
        Pairs(plus.ravel(), minus.ravel(), np.repeat(normals, plus.shape[1], axis=0)),
        matrix,
        np.outer(stiffness, weights).ravel(),
        penalty,
        matrix.createVecLeft(),
    )


def _points(degree: int) -> tuple[Array, Array]:
    """Shape functions at the points of a facet, shape (points, nodes), and weights (sum 1/2)."""
    if degree == 1:
        return np.eye(3), np.full(3, 1 / 6)
    points, weights = basix.make_quadrature(CellType.triangle, QUADRATURE_DEGREE)
    element = basix.create_element(
        ElementFamily.P, CellType.triangle, degree, LagrangeVariant.gll_warped
    )
    return element.tabulate(0, points)[0, :, :, 0], weights


def _gap_matrix(
    V: fem.FunctionSpace, plus: Indices, minus: Indices, normals: Array, shapes: Array
) -> PETSc.Mat:
    """B. Collective."""
    index_map = V.dofmap.index_map
    points = len(plus) * len(shapes)
    size = (3 * index_map.size_local, 3 * index_map.size_global)
    matrix = PETSc.Mat().createAIJ(((points, None), size), comm=V.mesh.comm)
    blocks = np.stack([minus, plus], axis=1)  # facet, side, node
    globally = index_map.local_to_global(blocks.ravel().astype(np.int32)).reshape(blocks.shape)
    shape = (*blocks.shape[:1], len(shapes), *blocks.shape[1:], 3)  # facet, point, side, node, axis
    columns = np.broadcast_to(3 * globally[:, None, :, :, None] + np.arange(3), shape)
    values = np.einsum("s,pn,fi->fpsni", np.array([1.0, -1.0]), shapes, normals)
    first = matrix.getOwnershipRange()[0]
    lines = np.arange(first, first + points).reshape(len(plus), len(shapes), 1, 1, 1)
    kept = np.broadcast_to(values != 0.0, shape)
    kind = PETSc.IntType
    matrix.setPreallocationCOO(
        np.broadcast_to(lines, shape)[kept].astype(kind), columns[kept].astype(kind)
    )
    matrix.setValuesCOO(np.broadcast_to(values, shape)[kept])  # equal entries are added
    return matrix


def _areas(body: Body, rows: Indices) -> Array:
    """Of the facets, m^2 (local)."""
    corners, row = cell_corners(body.mesh)[rows[:, 0]], np.arange(len(rows))
    a, b, c = (corners[row, FACET_VERTICES[rows[:, 1], i]] for i in range(3))
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _stiffness(body: Body, kappa: float, rows: Indices) -> Array:
    """K of the facets: harmonic mean of kappa C / h of the two cells, Pa/m (local)."""
    stiffest = np.abs(body.stiffness.x.array).reshape(-1, VOIGT * VOIGT).max(axis=1)
    penalty = kappa * stiffest / np.cbrt(cell_volumes(body.mesh))
    one, other = penalty[rows[:, 0]], penalty[rows[:, 2]]
    return np.asarray(2 * one * other / (one + other))


def _opposite(V: fem.FunctionSpace, mesh: CellMesh, rows: Indices, minus: Indices) -> Indices:
    """The blocks of ``minus`` in the order of those of ``plus``, facet by facet.

    Both lie at the same points, or a period apart.
    """
    plus_points, minus_points = (_node_points(V, mesh, rows[:, k : k + 2]) for k in (0, 2))
    apart = np.linalg.norm(plus_points[:, :, None] - minus_points[:, None, :], axis=-1)
    return np.take_along_axis(minus, np.argmin(apart, axis=2), axis=1)


def _node_points(V: fem.FunctionSpace, mesh: CellMesh, rows: Indices) -> Array:
    """Nodes of V on facets (cell, local facet) from the middle of each, m, shape (n, k, 3)."""
    x = V.element.basix_element.points
    shares = np.column_stack([1 - x.sum(axis=1), x])
    closure = np.array([V.dofmap.dof_layout.entity_closure_dofs(2, i) for i in range(4)])
    points = np.einsum("nkc,nci->nki", shares[closure[rows[:, 1]]], cell_corners(mesh)[rows[:, 0]])
    return np.asarray(points - points.mean(axis=1, keepdims=True))

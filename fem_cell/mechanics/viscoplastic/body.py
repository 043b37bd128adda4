"""A body on a mesh: its displacements, its points, and what is assembled from them."""

from __future__ import annotations

from collections.abc import Sequence

import basix
import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from dolfinx.fem.petsc import assemble_matrix, assemble_vector, create_matrix, create_vector
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.errors import Fault, InputError
from fem_cell.laws.elasticity import strain_voigt
from fem_cell.mechanics.viscoplastic.points import Points, Tangent
from fem_cell.mechanics.viscoplastic.solid import Solid

Array = npt.NDArray[np.float64]

DEGREE = 2
"""Quadrature that is exact for the stiffness of quadratic displacements on straight cells."""


class ViscoplasticBody:
    """Forces and stiffness of a body that moves.

    Attributes:
        mesh: Tetrahedra with straight edges, m.
        space: Displacements.
        step: Displacement of the step.
        points: State at its start.
        moving: Whether the mesh moves with the body.
    """

    def __init__(
        self,
        domain: mesh.Mesh,
        solids: Sequence[Solid],
        of_cell: npt.NDArray[np.int32],
        moving: bool = True,
    ) -> None:
        """Set up at rest. Collective.

        Args:
            domain: The mesh.
            solids: What the body is made of.
            of_cell: Number of the solid of every local cell.
            moving: Whether the mesh moves with the body.

        Raises:
            InputError: The cells are curved.
        """
        if domain.geometry.cmaps[0].degree > 1:
            problem, remedy = "cells with curved edges cannot be pressed", "give straight ones"
            raise InputError([Fault("geometry", problem, remedy)])
        self.mesh, self.moving = domain, moving
        self.space = fem.functionspace(domain, ("P", 2, (3,)))
        self.step = fem.Function(self.space)
        self._cells = np.arange(domain.topology.index_map(3).size_local, dtype=np.int32)
        at, weights = basix.make_quadrature(basix.CellType.tetrahedron, DEGREE)
        self._weights = weights / weights.sum()
        self.points = Points.at_rest(solids, of_cell[self._cells], len(weights))
        self._strain = fem.Expression(strain_voigt(self.step), at)
        self._gradient = fem.Expression(ufl.grad(self.step), at)
        self._fields = self._create_fields()
        self._force, self._stiffness = self._forms()
        self.matrix: PETSc.Mat = create_matrix(self._stiffness)
        self._forces: PETSc.Vec = create_vector(self.space)
        self._first_volumes = self.cell_volumes()

    def update(self, time: float) -> Points:
        """Points at the end of the step; forces and stiffness follow. Collective.

        Args:
            time: Of the step, s.
        """
        strain = self._at_points(self._strain, (6,))
        dilatation = np.einsum("cpk,p->c", strain[..., :3], self._weights)
        new, tangent = self.points.after(strain, dilatation, time)
        self._fill(new, tangent)
        return new

    def forces(self) -> PETSc.Vec:
        """Nodal forces, complete in owned rows; the vector is used again. Collective."""
        with self._forces.localForm() as local:
            local.set(0.0)
        assemble_vector(self._forces, self._force)
        self._forces.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return self._forces

    def stiffness(self) -> PETSc.Mat:
        """Derivative of the forces; the matrix is used again. Collective."""
        self.matrix.zeroEntries()
        assemble_matrix(self.matrix, self._stiffness)
        self.matrix.assemble()
        return self.matrix

    def accept(self, new: Points) -> None:
        """End the step at the points ``new``; a moving body takes its mesh along. Collective."""
        self.points = new
        if not self.moving:
            return
        self.points = new.turned(self._at_points(self._gradient, (3, 3)))
        nodes, x = self.mesh.geometry.dofmaps[0], self.mesh.geometry.x
        way = np.zeros_like(x)
        way[nodes] = self.step.x.array.reshape(-1, 3)[self.space.dofmap.list[:, :4]]
        x += way

    def cell_volumes(self) -> Array:
        """Signed volumes of the owned cells, m^3 (local)."""
        corners = self.mesh.geometry.x[self.mesh.geometry.dofmaps[0][self._cells]]
        return np.asarray(np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6)

    def volume(self) -> float:
        """Of all its solids as they are compressed now, m^3. Collective."""
        volumes = np.abs(self.cell_volumes())
        if not self.moving:
            volumes = volumes * (1.0 - self.points.pressure / self.points.value("bulk"))
        return float(self.mesh.comm.allreduce(float(volumes.sum())))

    def least_volume_left(self) -> float:
        """Least volume of a cell over that at first; negative if one has folded. Collective."""
        left = self.cell_volumes() / self._first_volumes
        least: float = self.mesh.comm.allreduce(float(left.min(initial=np.inf)), op=MPI.MIN)
        return least

    def mean(self, values: Array, of: Sequence[int] | None = None) -> float:
        """Mean by volume over the cells of some solids; nan if there is none. Collective.

        Args:
            values: Of cells, or of cells and points.
            of: Numbers of the solids; all if ``None``.
        """
        volumes = np.abs(self.cell_volumes())
        if of is not None:
            volumes = np.where(np.isin(self.points.of_cell, of), volumes, 0.0)
        per_cell = values @ self._weights if values.ndim > 1 else values
        whole = self.mesh.comm.allreduce(np.array([volumes @ per_cell, volumes.sum()]))
        return float(whole[0] / whole[1]) if whole[1] else float("nan")

    def of_cells(self, values: Array) -> Array:
        """Means over the points of each cell, shape (cells, ...) (local)."""
        return np.einsum("cp...,p->c...", values, self._weights)

    # -- set-up ---------------------------------------------------------------

    def _create_fields(self) -> dict[str, fem.Function]:
        def at_points(shape: tuple[int, ...]) -> fem.Function:
            element = basix.ufl.quadrature_element(
                "tetrahedron", value_shape=shape, scheme="default", degree=DEGREE
            )
            return fem.Function(fem.functionspace(self.mesh, element))

        shapes: dict[str, tuple[int, ...]] = {
            "deviator": (6,), "direction": (6,), "isotropic": (), "directed": (),
        }  # fmt: skip
        fields = {name: at_points(shape) for name, shape in shapes.items()}
        per_cell = fem.functionspace(self.mesh, ("DG", 0))
        fields |= {name: fem.Function(per_cell) for name in ("pressure", "bulk")}
        self._set(fields["bulk"], self.points.value("bulk"))
        return fields

    def _forms(self) -> tuple[fem.Form, fem.Form]:
        f = self._fields
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        at_points = ufl.Measure(
            "dx", self.mesh, metadata={"quadrature_degree": DEGREE, "quadrature_scheme": "default"}
        )
        # one point in the middle: the mean of a divergence that is linear
        mean = ufl.Measure("dx", self.mesh, metadata={"quadrature_degree": 1})
        of_u, of_v = strain_voigt(u), strain_voigt(v)
        force = ufl.inner(f["deviator"], of_v) * at_points
        force -= f["pressure"] * ufl.div(v) * mean
        stiffness = f["isotropic"] * ufl.inner(_deviator(u), _deviator(v)) * at_points
        along = ufl.dot(f["direction"], of_u) * ufl.dot(f["direction"], of_v)
        stiffness += f["directed"] * along * at_points
        stiffness += f["bulk"] * ufl.div(u) * ufl.div(v) * mean
        return fem.form(force), fem.form(stiffness)

    def _fill(self, points: Points, tangent: Tangent) -> None:
        self._set(self._fields["deviator"], points.deviator)
        self._set(self._fields["pressure"], points.pressure)
        for name in Tangent._fields:
            self._set(self._fields[name], getattr(tangent, name))

    def _set(self, field: fem.Function, values: Array) -> None:
        dofs = field.function_space.dofmap.list[self._cells].ravel()
        size = field.function_space.dofmap.index_map_bs
        field.x.array.reshape(-1, size)[dofs] = values.reshape(-1, size)

    def _at_points(self, expression: fem.Expression, shape: tuple[int, ...]) -> Array:
        points = len(self._weights)
        if not len(self._cells):
            return np.zeros((0, points, *shape))
        return np.asarray(expression.eval(self.mesh, self._cells)).reshape(-1, points, *shape)


def _deviator(u: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    return ufl.dev(ufl.sym(ufl.grad(u)))

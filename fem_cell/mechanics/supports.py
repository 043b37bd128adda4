"""Degrees of freedom of an elastic body that its conditions take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.mechanics.conditions import Condition, Displaced, Pin, PlaneFace, Sliding
from fem_cell.mesh import CellMesh, Indices, SubMesh
from fem_cell.mesh.dofs import dofs_of_facets, known_to_any
from fem_cell.mesh.facets import FACET_VERTICES

Array = npt.NDArray[np.float64]

ALIGNED = 1e-6
"""Largest sine of the angle between the normal of a plane face and an axis."""


@dataclass(slots=True)
class Supports:
    """Which components of the displacement are given.

    Attributes:
        fixed: One where a component is given, zero elsewhere; as long as the displacement's
            array, ghosts included.
        given: Given values, m; zero on the plane face.
        face: The loaded face, if there is one.
        unit: Displacement of the face for U = 1: its outer normal on its nodes.
    """

    fixed: fem.Function
    given: fem.Function
    face: PlaneFace | None
    unit: fem.Function

    def clear(self, vector: Array) -> None:
        """Set the given components of an array of the displacement to zero (local)."""
        vector[self.fixed.x.array[: vector.size] > 0] = 0.0

    def dirichlet(self) -> list[fem.DirichletBC]:
        """The same, as DOLFINx eliminates them from matrices."""
        V = self.fixed.function_space
        blocks = self.fixed.x.array.reshape(-1, 3)
        return [
            fem.dirichletbc(0.0, (3 * np.flatnonzero(blocks[:, i]) + i).astype(np.int32), V.sub(i))
            for i in range(3)
        ]


def find_supports(
    mesh: CellMesh, sub: SubMesh, V: fem.FunctionSpace, conditions: Sequence[Condition]
) -> Supports:
    """Translate conditions into degrees of freedom. Collective.

    Raises:
        InputError: An unknown surface, a face that is not plane, or two loaded faces.
    """
    supports = Supports(
        fem.Function(V, name="fixed"), fem.Function(V), None, fem.Function(V, name="unit")
    )
    for condition in conditions:
        if isinstance(condition, Pin):
            _pin(condition, V, supports)
            continue
        _check_name(mesh, condition.surface)
        normals = outer_normals(mesh, mesh.surface_facets[condition.surface])
        if isinstance(condition, Displaced):
            _displace(condition, mesh, sub, V, supports)
        elif isinstance(condition, Sliding):
            _slide(condition, normals, mesh, sub, V, supports)
        else:
            _load(condition, normals, mesh, sub, V, supports)
    return supports


def outer_normals(mesh: CellMesh, rows: Indices) -> Array:
    """Outer unit normals of facets given as rows (cell, local facet), shape (n, 3) (local)."""
    cells, facets = rows.reshape(-1, 2).T
    geometry = mesh.mesh.geometry
    corners = geometry.x[geometry.dofmaps[0][cells][:, :4]]
    row = np.arange(len(cells))
    a, b, c = (corners[row, FACET_VERTICES[facets, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    inwards = np.einsum("ni,ni->n", normals, corners[row, facets] - a) > 0
    normals[inwards] *= -1
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _mark(target: fem.Function, blocks: Indices, axis: int, value: float) -> None:
    """Set one component on blocks known to any rank, on all ranks that hold them. Collective."""
    there = known_to_any(target.function_space, blocks)
    target.x.array.reshape(-1, 3)[there, axis] = value


def _displace(
    condition: Displaced, mesh: CellMesh, sub: SubMesh, V: fem.FunctionSpace, supports: Supports
) -> None:
    blocks = dofs_of_facets(sub, V, mesh.surface_facets[condition.surface])
    for axis in range(3):
        _mark(supports.fixed, blocks, axis, 1.0)
    if condition.displacement is None:
        return
    held = np.flatnonzero(known_to_any(V, blocks))
    points = V.tabulate_dof_coordinates()[held].T
    supports.given.x.array.reshape(-1, 3)[held] = condition.displacement(points).T


def _slide(
    condition: Sliding,
    normals: Array,
    mesh: CellMesh,
    sub: SubMesh,
    V: fem.FunctionSpace,
    supports: Supports,
) -> None:
    rows = mesh.surface_facets[condition.surface].reshape(-1, 2)
    axes = _axes(mesh, condition.surface, normals)
    for axis in range(3):
        blocks = dofs_of_facets(sub, V, rows[axes == axis])
        _mark(supports.fixed, blocks, axis, 1.0)


def _load(
    condition: PlaneFace,
    normals: Array,
    mesh: CellMesh,
    sub: SubMesh,
    V: fem.FunctionSpace,
    supports: Supports,
) -> None:
    if supports.face is not None:
        problem = f"loads '{condition.surface}' and '{supports.face.surface}'"
        raise InputError([Fault("mechanics", problem, "load one plane face and hold the others")])
    axes = _axes(mesh, condition.surface, normals)
    signs = np.sign(normals[np.arange(len(axes)), axes])
    directions = set(zip(axes.tolist(), signs.tolist(), strict=True))
    everywhere = set().union(*mesh.comm.allgather(directions))
    if len(everywhere) != 1:
        problem = f"surface '{condition.surface}' faces {len(everywhere)} directions"
        raise InputError([Fault("mechanics", problem, "a loaded face must be one plane")])
    ((axis, sign),) = everywhere
    blocks = dofs_of_facets(sub, V, mesh.surface_facets[condition.surface])
    _mark(supports.fixed, blocks, axis, 1.0)
    _mark(supports.unit, blocks, axis, sign)
    supports.face = condition


def _pin(condition: Pin, V: fem.FunctionSpace, supports: Supports) -> None:
    """Hold the nearest vertex, on the first rank that owns one that near."""
    owned = V.dofmap.index_map.size_local
    points = V.tabulate_dof_coordinates()[:owned]
    distances = np.linalg.norm(points - np.asarray(condition.point), axis=1)
    least = float(distances.min(initial=np.inf))
    _, home = V.mesh.comm.allreduce((least, V.mesh.comm.rank), op=MPI.MINLOC)
    mine = np.argmin(distances) if home == V.mesh.comm.rank else -1
    for axis in condition.axes:
        _mark(supports.fixed, np.array([mine]), axis, 1.0)


def _axes(mesh: CellMesh, surface: str, normals: Array) -> Indices:
    """Axis along the normal of every facet. Collective.

    Raises:
        InputError: A facet is normal to no axis.
    """
    axes = np.argmax(np.abs(normals), axis=1) if len(normals) else np.zeros(0, dtype=int)
    along = np.abs(normals[np.arange(len(axes)), axes])
    tilted = int(np.count_nonzero(along**2 < 1 - ALIGNED**2))
    if mesh.comm.allreduce(tilted):
        problem = f"surface '{surface}' is not normal to an axis everywhere"
        raise InputError(
            [Fault("mechanics", problem, "only planes x, y or z = constant can slide or be loaded")]
        )
    return axes.astype(np.int32)


def _check_name(mesh: CellMesh, surface: str) -> None:
    if surface not in mesh.surface_facets:
        remedy = nearest(surface, list(mesh.surface_facets))
        raise InputError([Fault("mechanics", f"there is no surface '{surface}'", remedy)])

r"""Reactions at vertices: one evaluation of the law per vertex, derivatives included.

.. math::
   F_{k,i} \mathrel{+}= \nu_k\, w_i\, j(u_i), \qquad
   \frac{\partial F_{k,i}}{\partial u_{l,i}} \mathrel{+}=
   \nu_k\, w_i\, \frac{\partial j}{\partial u_l}(u_i)

DOLFINx evaluates expressions in cells, and a vertex has some twenty around it. So every
rank keeps a row of intervals, one for each of its vertices, on which the unknowns at that
vertex are constants: the compiled law then sees each vertex once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la, mesh
from mpi4py import MPI
from ufl.algorithms.analysis import extract_constants

from fem_cell.cell import Cell
from fem_cell.mesh import SubMesh
from fem_cell.power import Vertices
from fem_cell.solver.layout import Numbering
from fem_cell.unknowns import NodalReaction, Unknown

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]

MIDDLE = np.array([[0.5]])


class NodalBlock:
    """One reaction at the owned vertices of its phase.

    Attributes:
        site: Index of the unknown that lives on exactly its phase.
        rows: Global rows of the derivatives, one per entry of ``derivatives``.
        columns: Their global columns.
    """

    def __init__(self, reaction: NodalReaction, cell: Cell, numbering: Numbering) -> None:
        """Compile the law and its derivatives, choose the cells. Collective.

        Args:
            reaction: What happens.
            cell: Where.
            numbering: Global rows of its unknowns.
        """
        coefficients = ufl.algorithms.extract_coefficients(reaction.current)
        used = [u for u in cell.unknowns if u.value in coefficients]
        position = {u.name: i for i, u in enumerate(cell.unknowns)}
        site = reaction.vertices.site
        self.site = position[site.name]
        self._own = [u.name for u in used].index(site.name)
        corners = _Corners.of(reaction.vertices, cell)
        weights, dofs = corners.volumes / cell.current_scale, corners.dofs
        self._law = _LawAtPoints([reaction.current], used, weights.size, cell.mesh.comm)
        self._values = [(u.value, dofs(u)) for u in used]
        self._balances = [(position[u.name], dofs(u), nu * weights) for u, nu in reaction.shares]
        columns = [numbering.rows(position[u.name])[dofs(u)] for u in used]
        rows = [numbering.rows(k)[dof] for k, dof, _ in self._balances]
        pairs = [(row, column) for row in rows for column in columns]
        self.rows = np.concatenate([row for row, _ in pairs])
        self.columns = np.concatenate([column for _, column in pairs])

    def add_residual(self, work: Sequence[la.Vector]) -> None:
        """Add to the vectors of all balances, ghosts included (local)."""
        current = self._evaluate()[0]
        for k, dofs, factor in self._balances:
            work[k].array[dofs] += factor * current

    def derivatives(self) -> Array:
        """Entries of the Jacobian at ``rows`` and ``columns`` (local)."""
        slopes = self._evaluate()[1:]
        return np.concatenate([(factor * slopes).ravel() for _, _, factor in self._balances])

    def response(self) -> tuple[Indices, Array, Array]:
        """Of the balance of the site itself: rows, values, and derivatives by its own value."""
        dofs, factor = next((d, f) for k, d, f in self._balances if k == self.site)
        values = self._evaluate()
        return dofs, factor * values[0], factor * values[1 + self._own]

    def _evaluate(self) -> Array:
        """The law and its derivatives at the vertices, shape (1 + unknowns, vertices)."""
        return self._law([function.x.array[dofs] for function, dofs in self._values])


class VertexSums:
    """Integrals of laws over a phase by the rule of its vertices."""

    def __init__(self, laws: Sequence[ufl.core.expr.Expr], vertices: Vertices, cell: Cell) -> None:
        """Compile the laws. Collective."""
        coefficients = {c for law in laws for c in ufl.algorithms.extract_coefficients(law)}
        used = [u for u in cell.unknowns if u.value in coefficients]
        corners = _Corners.of(vertices, cell)
        self._weights = corners.volumes
        self._law = _LawAtPoints(laws, used, corners.volumes.size, cell.mesh.comm, slopes=False)
        self._values = [(u.value, corners.dofs(u)) for u in used]

    def evaluate(self) -> Array:
        """This rank's share of every integral for the loaded fields (local)."""
        return self._law([f.x.array[dofs] for f, dofs in self._values]) @ self._weights


class _LawAtPoints:
    """Laws and their derivatives, compiled, as a function of arrays of values."""

    def __init__(
        self,
        laws: Sequence[ufl.core.expr.Expr],
        unknowns: Sequence[Unknown],
        points: int,
        comm: MPI.Comm,
        slopes: bool = True,
    ) -> None:
        """Put a constant for each unknown on each of some intervals. Collective."""
        line = mesh.create_interval(MPI.COMM_SELF, max(points, 1), (0.0, 1.0))
        space = fem.functionspace(line, ("DG", 0))
        self._mesh, self._points = line, points
        self._inputs = [fem.Function(space) for _ in unknowns]
        self._order = space.dofmap.list[:, 0]
        variables = [ufl.variable(f) for f in self._inputs]
        # the coefficients of a law belong to the mesh of the cell: copies do for the line
        # in the same order on every rank: compiled names depend on it
        constants = dict.fromkeys(c for law in laws for c in extract_constants(law))
        self._constants = [(c, fem.Constant(line, c.value)) for c in constants]
        values = {u.value: v for u, v in zip(unknowns, variables, strict=True)}
        found = [ufl.replace(law, {**values, **dict(self._constants)}) for law in laws]
        if slopes:
            found += [ufl.diff(law, v) for law in found for v in variables]
        self._size = len(found)
        self._expression = fem.Expression(ufl.as_vector(found), MIDDLE, comm=comm)
        self._cells = np.arange(points, dtype=np.int32)

    def __call__(self, values: Sequence[Array]) -> Array:
        """Values, then derivatives by every unknown, one row each, a column per point (local)."""
        for function, array in zip(self._inputs, values, strict=True):
            function.x.array[self._order[: self._points]] = array
        for original, copy in self._constants:
            copy.value = original.value
        found = self._expression.eval(self._mesh, self._cells)
        return found.reshape(self._points, self._size).T


@dataclass(frozen=True, slots=True)
class _Corners:
    """The owned vertices of a phase, each as the corner of one cell around it.

    Attributes:
        volumes: w_i, m^3.
        parents: The cells, by their numbers in the parent mesh.
        corners: Which corner of its cell each vertex is.
    """

    volumes: Array
    parents: Indices
    corners: Indices

    @classmethod
    def of(cls, vertices: Vertices, cell: Cell) -> _Corners:
        """Collective."""
        dofmap = vertices.site.value.function_space.dofmap
        dofs, first = np.unique(dofmap.list.ravel(), return_index=True)
        owned = dofs < dofmap.index_map.size_local
        cells, corners = np.divmod(first[owned].astype(np.int32), np.int32(dofmap.list.shape[1]))
        cell_map = _sub_mesh(vertices.site).cell_map
        parents = cell_map.sub_topology_to_topology(cells, inverse=False)
        volumes = _volumes(vertices, cell.entity_maps())[dofs[owned]]
        return cls(volumes, parents, corners)

    def dofs(self, unknown: Unknown) -> Indices:
        """Where an unknown has its values at the vertices."""
        cell_map = _sub_mesh(unknown).cell_map
        own = cell_map.sub_topology_to_topology(self.parents, inverse=True)
        return np.asarray(unknown.value.function_space.dofmap.list[own, self.corners])


def _volumes(vertices: Vertices, entity_maps: list[object]) -> Array:
    """w_i at the local degrees of freedom of the site, m^3. Collective."""
    site = vertices.site
    form = fem.form(site.test * vertices.dx, entity_maps=entity_maps)
    vector = la.vector(site.value.function_space.dofmap.index_map)
    fem.assemble_vector(vector.array, form)
    vector.scatter_reverse(la.InsertMode.add)
    return vector.array


def _sub_mesh(unknown: Unknown) -> SubMesh:
    if unknown.sub_mesh is None:
        raise TypeError(f"{unknown.name} has no vertices: a reaction cannot depend on it")
    return unknown.sub_mesh

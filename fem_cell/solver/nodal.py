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

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la, mesh
from mpi4py import MPI
from ufl.algorithms.analysis import extract_constants

from fem_cell.cell import Cell
from fem_cell.mesh import SubMesh
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
        self.site = position[reaction.site.name]
        self._own = [u.name for u in used].index(reaction.site.name)
        entity_maps = cell.entity_maps()
        vertices, parents, corners = _owned_vertices(reaction.site)
        weights = _volumes(reaction, entity_maps)[vertices] / cell.current_scale

        def dofs(unknown: Unknown) -> Indices:
            own = _sub_mesh(unknown).cell_map.sub_topology_to_topology(parents, inverse=True)
            return unknown.value.function_space.dofmap.list[own, corners]

        self._law = _LawAtPoints(reaction.current, used, vertices.size, cell.mesh.comm)
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


class _LawAtPoints:
    """A law and its derivatives, compiled, as a function of arrays of values."""

    def __init__(
        self,
        law: ufl.core.expr.Expr,
        unknowns: Sequence[Unknown],
        points: int,
        comm: MPI.Comm,
    ) -> None:
        """Put a constant for each unknown on each of some intervals. Collective."""
        line = mesh.create_interval(MPI.COMM_SELF, max(points, 1), (0.0, 1.0))
        space = fem.functionspace(line, ("DG", 0))
        self._mesh, self._points = line, points
        self._inputs = [fem.Function(space) for _ in unknowns]
        self._order = space.dofmap.list[:, 0]
        variables = [ufl.variable(f) for f in self._inputs]
        # the coefficients of a law belong to the mesh of the cell: copies do for the line
        self._constants = [(c, fem.Constant(line, c.value)) for c in extract_constants(law)]
        values = {u.value: v for u, v in zip(unknowns, variables, strict=True)}
        at_points = ufl.replace(law, {**values, **dict(self._constants)})
        slopes = [ufl.diff(at_points, v) for v in variables]
        self._expression = fem.Expression(ufl.as_vector([at_points, *slopes]), MIDDLE, comm=comm)
        self._cells = np.arange(points, dtype=np.int32)

    def __call__(self, values: Sequence[Array]) -> Array:
        """Value and derivatives by every unknown, shape (1 + unknowns, points) (local)."""
        for function, array in zip(self._inputs, values, strict=True):
            function.x.array[self._order[: self._points]] = array
        for original, copy in self._constants:
            copy.value = original.value
        found = self._expression.eval(self._mesh, self._cells)
        return found.reshape(self._points, 1 + len(self._inputs)).T


def _owned_vertices(site: Unknown) -> tuple[Indices, Indices, Indices]:
    """Owned vertices of a phase, a cell of the parent mesh at each, and its corner there."""
    dofmap = site.value.function_space.dofmap
    vertices, first = np.unique(dofmap.list.ravel(), return_index=True)
    owned = vertices < dofmap.index_map.size_local
    cells, corners = np.divmod(first[owned].astype(np.int32), np.int32(dofmap.list.shape[1]))
    parents = _sub_mesh(site).cell_map.sub_topology_to_topology(cells, inverse=False)
    return vertices[owned], parents, corners


def _volumes(reaction: NodalReaction, entity_maps: list[object]) -> Array:
    """w_i at the local degrees of freedom of the site, m^3. Collective."""
    form = fem.form(reaction.site.test * reaction.dx, entity_maps=entity_maps)
    vector = la.vector(reaction.site.value.function_space.dofmap.index_map)
    fem.assemble_vector(vector.array, form)
    vector.scatter_reverse(la.InsertMode.add)
    return vector.array


def _sub_mesh(unknown: Unknown) -> SubMesh:
    if unknown.sub_mesh is None:
        raise TypeError(f"{unknown.name} has no vertices: a reaction cannot depend on it")
    return unknown.sub_mesh

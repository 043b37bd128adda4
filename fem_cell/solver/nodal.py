r"""Reactions at vertices: one evaluation of the law per vertex, derivatives included.

.. math::
   F_{k,i} \mathrel{+}= \nu_k\, w_i\, j(u_i), \qquad
   \frac{\partial F_{k,i}}{\partial u_{l,i}} \mathrel{+}=
   \nu_k\, w_i\, \frac{\partial j}{\partial u_l}(u_i)

A vertex is visited through one of the cells around it, so the law is evaluated at the
corners of a choice of cells that covers every vertex of the phase.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la

from fem_cell.cell import Cell
from fem_cell.mesh import SubMesh
from fem_cell.solver.layout import Numbering
from fem_cell.unknowns import NodalReaction, Unknown

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]

CORNERS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


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
        sub_mesh, entity_maps = _sub_mesh(reaction.site), cell.entity_maps()
        self._mesh = cell.mesh.mesh
        self._law = fem.Expression(
            _with_derivatives(reaction.current, used), CORNERS, entity_maps=entity_maps
        )
        vertices, cells, self._at = _cover(reaction.site)
        self._cells = sub_mesh.cell_map.sub_topology_to_topology(cells, inverse=False)
        weights = _volumes(reaction, entity_maps)[vertices] / cell.current_scale

        def dofs(unknown: Unknown) -> Indices:
            own = _sub_mesh(unknown).cell_map.sub_topology_to_topology(self._cells, inverse=True)
            return unknown.value.function_space.dofmap.list[own].reshape(-1)[self._at]

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
        values = self._law.eval(self._mesh, self._cells)
        return values.reshape(-1, values.shape[-1])[self._at].T


def _with_derivatives(law: ufl.core.expr.Expr, unknowns: Sequence[Unknown]) -> ufl.core.expr.Expr:
    variables = {u.value: ufl.variable(u.value) for u in unknowns}
    replaced = ufl.replace(law, variables)
    return ufl.as_vector([law, *(ufl.diff(replaced, v) for v in variables.values())])


def _cover(site: Unknown) -> tuple[Indices, Indices, Indices]:
    """Owned vertices of a phase, cells that cover them, and where each vertex is there.

    Returns:
        Degrees of freedom of ``site``; cells of its sub-mesh; positions in the
        flattened array (cells, 4).
    """
    dofmap = site.value.function_space.dofmap
    corners = dofmap.list
    vertices, first = np.unique(corners.ravel(), return_index=True)
    owned = vertices < dofmap.index_map.size_local
    vertices, first = vertices[owned], first[owned]
    cells, place = np.unique(first // 4, return_inverse=True)
    return vertices, cells.astype(np.int32), (4 * place + first % 4).astype(np.int32)


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

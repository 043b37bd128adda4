"""Degrees of freedom of fields on facets of the parent mesh, and on all ranks that share them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la

from fem_cell.mesh.cell_mesh import Indices, SubMesh


def dofs_of_facets(sub: SubMesh, V: fem.FunctionSpace, rows: Indices) -> Indices:
    """Blocks of V on parent facets (cell, local facet), shape (n, k); -1 outside (local).

    Sub-meshes keep the order of the vertices of a cell, so local facets are the same there.
    """
    cells, facets = rows.reshape(-1, 2).T
    here = np.asarray(sub.cell_map.sub_topology_to_topology(cells.astype(np.int32), True))
    closure = np.array([V.dofmap.dof_layout.entity_closure_dofs(2, i) for i in range(4)])
    inside = here >= 0  # on some ranks nothing is, and V is empty
    dofs = np.full((len(here), closure.shape[1]), -1, dtype=np.int32)
    dofs[inside] = V.dofmap.list[here[inside, None], closure[facets[inside]]]
    return dofs


def known_to_any(V: fem.FunctionSpace, blocks: Indices) -> npt.NDArray[np.bool_]:
    """Which local blocks, ghosts included, some rank has among its own. Collective.

    A vertex may have its facets on one rank and its owner on another. Blocks of -1 count for
    nothing.
    """
    mark = la.vector(V.dofmap.index_map)
    mark.array[:] = 0.0
    mark.array[blocks[blocks >= 0]] = 1.0
    mark.scatter_reverse(la.InsertMode.add)
    mark.scatter_forward()
    return np.asarray(mark.array > 0.0)

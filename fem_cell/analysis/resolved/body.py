"""A box cut out of a microstructure: the solid in it, its phases and its faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.mesh import CellMesh

Array = npt.NDArray[np.float64]

ON_FACE = 1e-9
"""Distance from a face, over the diagonal of the box, within which a node lies on it."""
WHOLE = 1e-6
"""Relative area by which the solid may miss a face that counts as covered."""

SURFACE_DEGREE = 1
"""Of loads on faces: a constant times a linear test function."""


@dataclass(frozen=True, slots=True)
class ResolvedBody:
    """Solid phases in a box; what else is in the box carries nothing.

    Attributes:
        mesh: Mesh of the solid, m.
        phases: Names of the solid phases.
        phase_of_cell: Number of the phase of every local cell, ghosts included.
        box: Lowest and highest coordinates of the whole box, shape (2, 3), m.
        fractions: Volume fractions of the solid phases; less than one in all where there are
            empty ones.
        faces: Facets on the faces of the box, tagged 0 to 5 (x low, x high, y low, ...).
        covered: Whether solid covers all faces of the box.
        periodic: Whether opposite faces of the box are one.
    """

    mesh: mesh.Mesh
    phases: tuple[str, ...]
    phase_of_cell: npt.NDArray[np.int32]
    box: Array
    fractions: Mapping[str, float]
    faces: mesh.MeshTags
    covered: bool
    periodic: bool

    @property
    def volume(self) -> float:
        """Of the whole box, m^3."""
        return float(np.prod(self.box[1] - self.box[0]))

    @property
    def nodes(self) -> int:
        """Of the mesh, on all ranks."""
        return int(self.mesh.geometry.index_map().size_global)

    def mean(self, values: Mapping[str, Array]) -> Array:
        """Mean over the whole box of a tensor with a value in each phase."""
        return np.asarray(sum(self.fractions[name] * values[name] for name in self.phases))

    def coefficient(self, values: Mapping[str, Array]) -> fem.Function:
        """Piecewise constant tensor from its value in each phase, shapes alike. Collective.

        Raises:
            InputError: A phase has no value.
        """
        missing = [name for name in self.phases if name not in values]
        if missing:
            known = nearest(missing[0], list(values))
            raise InputError([Fault(f"phases.{missing[0]}", "has no value", known)])
        table = np.stack([np.asarray(values[name], dtype=float) for name in self.phases])
        space = fem.functionspace(self.mesh, ("DG", 0, table.shape[1:]))
        field = fem.Function(space)
        size = int(np.prod(table.shape[1:]))
        field.x.array[:] = table[self.phase_of_cell].reshape(-1, size).ravel()
        return field

    def on_faces(self, points: Array) -> npt.NDArray[np.bool_]:
        """Whether points lie on each of the six faces, shape (n, 6) (local)."""
        close = ON_FACE * np.linalg.norm(self.box[1] - self.box[0])
        sides = [np.abs(points[:, k // 2] - self.box[k % 2, k // 2]) < close for k in range(6)]
        return np.stack(sides, axis=1)

    def ds(self, face: int) -> ufl.Measure:
        """Measure over a face of the box."""
        return ufl.Measure(
            "ds",
            domain=self.mesh,
            subdomain_data=self.faces,
            subdomain_id=face,
            metadata={"quadrature_degree": SURFACE_DEGREE},
        )


def resolved_body(cell_mesh: CellMesh, empty: Sequence[str] = ()) -> ResolvedBody:
    """The solid of a mesh that fills a box. Collective.

    Args:
        cell_mesh: Whole mesh, voids included or not.
        empty: Phases that carry neither flux nor stress.

    Raises:
        InputError: A phase does not exist.
    """
    known = list(cell_mesh.phase_tags)
    faults = [
        Fault("empty", f"there is no phase '{name}'", nearest(name, known))
        for name in empty
        if name not in known
    ]
    if faults:
        raise InputError(faults)
    solid = tuple(name for name in known if name not in empty)
    sub = cell_mesh.sub_mesh(solid)
    topology = sub.mesh.topology
    cells = topology.index_map(3)
    local = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    parents = sub.cell_map.sub_topology_to_topology(local, False)
    tags = np.array([cell_mesh.phase_tags[name] for name in solid])
    number = (cell_mesh.phase_of_cell[parents][:, None] == tags).argmax(axis=1).astype(np.int32)
    box = _box_of(cell_mesh.mesh)
    volume = float(np.prod(box[1] - box[0]))
    faces = _faces(sub.mesh, box)
    fractions = {name: cell_mesh.volume(name) / volume for name in solid}
    periodic = all(cell_mesh.twins.periods)
    body = ResolvedBody(sub.mesh, solid, number, box, fractions, faces, False, periodic)
    return body if periodic else replace(body, covered=_covered(body))


def _box_of(parent: mesh.Mesh) -> Array:
    x = parent.geometry.x
    low = x.min(axis=0) if len(x) else np.full(3, np.inf)
    high = x.max(axis=0) if len(x) else np.full(3, -np.inf)
    parent.comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
    parent.comm.Allreduce(MPI.IN_PLACE, high, MPI.MAX)
    return np.stack((low, high))


def _faces(solid: mesh.Mesh, box: Array) -> mesh.MeshTags:
    close = ON_FACE * np.linalg.norm(box[1] - box[0])
    solid.topology.create_connectivity(2, 3)
    found, tags = [], []
    for side in range(6):
        axis, at = side // 2, box[side % 2, side // 2]
        facets = mesh.locate_entities_boundary(
            solid, 2, lambda x, axis=axis, at=at: np.abs(x[axis] - at) < close
        )
        found.append(facets)
        tags.append(np.full(len(facets), side, dtype=np.int32))
    facets, values = np.concatenate(found), np.concatenate(tags)
    order = np.argsort(facets, kind="stable")
    return mesh.meshtags(solid, 2, facets[order], values[order])


def _covered(body: ResolvedBody) -> bool:
    edges = body.box[1] - body.box[0]
    one = fem.Constant(body.mesh, 1.0)
    least = np.inf
    for face in range(6):
        area = body.mesh.comm.allreduce(fem.assemble_scalar(fem.form(one * body.ds(face))))
        least = min(least, area / np.prod(np.delete(edges, face // 2)))
    return bool(least > 1.0 - WHOLE)

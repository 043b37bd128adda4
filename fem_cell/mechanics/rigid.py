"""Motions that strain nothing: as near-null space of multigrid, and as a fault of a set-up.

A body whose supports leave a rigid motion has no unique displacement. Cuts may divide a body
into pieces; each has six motions of its own. Contacts count as closed, so a piece that only
leans on its neighbours counts as held by them. A motion of a piece that reaches a periodic side
must be the same on the other side: it cannot turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fem_cell.errors import Fault, InputError
from fem_cell.mechanics.contact import Pairs
from fem_cell.mechanics.supports import Supports
from fem_cell.mesh import Indices

Array = npt.NDArray[np.float64]

MOTIONS = 6

NAMES = (
    *(f"moves along {axis}" for axis in "xyz"),
    *(f"turns about {axis}" for axis in "xyz"),
)

FREE = 1e-10
"""Eigenvalue of the supports' Gram matrix, over its largest one, of a motion left free."""

SAME_POINT = 1e-6
"""Distance that counts as none, over the size of the body."""

LISTED = 3
"""Pieces named in a message."""


def motions(points: Array) -> Array:
    """Displacements of three unit translations and rotations, shape (n, 3, 6).

    Args:
        points: Shape (n, 3), from a centre and in units that make them of order one.
    """
    result = np.zeros((len(points), 3, MOTIONS))
    result[:, range(3), range(3)] = 1.0
    for axis in range(3):
        result[:, :, 3 + axis] = np.cross(np.eye(3)[axis], points)
    return result


def near_null_space(V: fem.FunctionSpace) -> PETSc.NullSpace:
    """Orthonormal rigid motions of a displacement space. Collective."""
    points, _, _ = _scaled(V)
    index_map = V.dofmap.index_map
    owned = index_map.size_local
    fields = motions(points[:owned])
    basis: list[PETSc.Vec] = []
    for k in range(MOTIONS):
        vector = PETSc.Vec().createMPI(
            (3 * owned, 3 * index_map.size_global), bsize=3, comm=V.mesh.comm
        )
        vector.setArray(fields[:, :, k].ravel())
        for other in basis:
            vector.axpy(-vector.dot(other), other)
        vector.normalize()
        basis.append(vector)
    return PETSc.NullSpace().create(vectors=basis, comm=V.mesh.comm)


def check_supports(V: fem.FunctionSpace, supports: Supports, pairs: Pairs | None) -> None:
    """Make sure that the supports stop every rigid motion. Collective.

    Args:
        V: Displacements.
        supports: What is held.
        pairs: What touches; ``None`` for nothing.

    Raises:
        InputError: A piece of the body can move without strain; the message says how.
    """
    points, centre, length = _scaled(V)
    pieces = _pieces(V)
    gram = _gram(V, supports, pairs, points, pieces, _images(V, length))
    values, vectors = np.linalg.eigh(gram)
    free = vectors[:, values <= FREE * max(values[-1], FREE)]
    if free.shape[1] == 0:
        return
    weight = np.sum(free[: MOTIONS * pieces.count] ** 2, axis=1).reshape(-1, MOTIONS)
    loose = np.flatnonzero(weight.sum(axis=1) > FREE)
    faults = []
    for piece in loose[:LISTED]:
        found = [NAMES[k] for k in np.flatnonzero(weight[piece] > FREE)]
        where = ", ".join(f"{x * 1e6:.4g}" for x in centre + length * pieces.centres[piece])
        problem = f"{pieces.title(int(piece))} about ({where}) um is not held: it {_list(found)}"
        remedy = "hold a surface, let sides slide on planes, or pin points"
        faults.append(Fault("mechanics", problem, remedy))
    raise InputError(faults)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Connected parts of the body.

    Attributes:
        count: Their number.
        of_block: Piece of every block, ghosts included.
        centres: Mean of their scaled points, shape (count, 3).
    """

    count: int
    of_block: Indices
    centres: Array

    def title(self, piece: int) -> str:
        """How to call one."""
        return "the body" if self.count == 1 else f"piece {piece + 1} of {self.count}"


def _scaled(V: fem.FunctionSpace) -> tuple[Array, Array, float]:
    """Points of all blocks from the centre of the body in units of its size. Collective."""
    comm = V.mesh.comm
    points = V.tabulate_dof_coordinates()
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    if len(points):
        low, high = points.min(axis=0), points.max(axis=0)
    comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
    comm.Allreduce(MPI.IN_PLACE, high, MPI.MAX)
    length = float(np.max(high - low)) / 2
    centre = (low + high) / 2
    return (points - centre) / length, centre, length


def _pieces(V: fem.FunctionSpace) -> _Pieces:
    """Number the connected parts of the body alike on all ranks. Collective."""
    comm, index_map = V.mesh.comm, V.dofmap.index_map
    owned, size = index_map.size_local, index_map.size_local + index_map.num_ghosts
    dofs = V.dofmap.list
    ends = np.repeat(dofs[:, 0], dofs.shape[1] - 1), dofs[:, 1:].ravel()
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(size, size))
    count, local = connected_components(graph, directed=False)
    start = comm.exscan(count) or 0
    total = comm.allreduce(count)
    label = fem.Function(V)
    label.x.array[::3] = local + start
    label.x.scatter_forward()
    links = np.column_stack([local[owned:] + start, label.x.array[3 * owned :: 3]]).astype(int)
    links = np.vstack(comm.allgather(np.unique(links, axis=0)))
    graph = coo_array((np.ones(len(links)), links.T), shape=(total, total))
    number, merged = connected_components(graph, directed=False)
    of_block = merged[local + start].astype(np.int32)
    return _Pieces(number, of_block, _centres(V, of_block, number))


def _centres(V: fem.FunctionSpace, of_block: Indices, count: int) -> Array:
    owned = V.dofmap.index_map.size_local
    points, _, _ = _scaled(V)
    sums = np.zeros((count, 4))
    rows = np.column_stack([points[:owned], np.ones(owned)])
    np.add.at(sums, of_block[:owned], rows)
    V.mesh.comm.Allreduce(MPI.IN_PLACE, sums)
    return sums[:, :3] / np.maximum(sums[:, 3:], 1)


def _gram(
    V: fem.FunctionSpace,
    supports: Supports,
    pairs: Pairs | None,
    points: Array,
    pieces: _Pieces,
    images: tuple[Array, Indices],
) -> Array:
    """Gram matrix of the conditions on the motions of all pieces, and on U if it is free."""
    size = MOTIONS * pieces.count
    owned = V.dofmap.index_map.size_local
    gram = np.zeros((size + 1, size + 1))
    for axis in range(3):
        held = np.flatnonzero(supports.fixed.x.array[axis : 3 * owned : 3])
        rows = motions(points[held])[:, axis]
        outwards = supports.unit.x.array[3 * held + axis]
        _accumulate(gram, [(rows, pieces.of_block[held])], -outwards)
    steps, blocks = images
    turned = motions(steps) - motions(np.zeros_like(steps))
    for axis in range(3):
        _accumulate(gram, [(turned[:, axis], pieces.of_block[blocks])], np.zeros(len(blocks)))
    if pairs is not None:
        sides = [
            (sign * np.einsum("ni,nik->nk", pairs.normals, motions(points[blocks])), blocks)
            for sign, blocks in ((-1.0, pairs.plus), (1.0, pairs.minus))
        ]
        held_by = [(rows, pieces.of_block[blocks]) for rows, blocks in sides]
        _accumulate(gram, held_by, np.zeros(len(pairs.plus)))
    if supports.face is None or supports.face.held or supports.face.stiffness > 0:
        gram[-1, -1] += 1.0
    V.mesh.comm.Allreduce(MPI.IN_PLACE, gram)
    return gram


def _images(V: fem.FunctionSpace, length: float) -> tuple[Array, Indices]:
    """Steps from the point of a block to its image on a periodic side, and the block (local).

    Args:
        V: Displacements.
        length: In units of which the steps are given, m.

    Returns:
        Shape (n, 3) and (n,); a block may be there several times.
    """
    geometry, own = V.mesh.geometry, V.mesh.topology.index_map(3).size_local
    blocks = V.dofmap.list[:own, :4]
    corners = geometry.x[geometry.dofmaps[0][:own, :4]]
    steps = (corners - V.tabulate_dof_coordinates()[blocks]) / length
    apart = np.linalg.norm(steps, axis=2) > SAME_POINT
    return steps[apart], blocks[apart]


def _accumulate(gram: Array, sides: list[tuple[Array, Indices]], last: Array) -> None:
    """Add rows that act on one or two pieces and on U, grouped by these pieces (local)."""
    keys = np.column_stack([piece for _, piece in sides])
    for key in np.unique(keys, axis=0):
        chosen = (keys == key).all(axis=1)
        rows = np.zeros((int(chosen.sum()), len(gram)))
        for (values, _), piece in zip(sides, key, strict=True):
            rows[:, MOTIONS * piece : MOTIONS * (piece + 1)] += values[chosen]
        rows[:, -1] = last[chosen]
        gram += rows.T @ rows


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

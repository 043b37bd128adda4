"""Cutting of tetrahedra along the zero of a level set, conforming and without slivers.

A crossing within :data:`SNAP` of the end of an edge would leave slivers: that end moves onto it
(:func:`warp`), as in isosurface stuffing (Labelle and Shewchuk 2007). Then every edge of two signs
gets a node where a linear function has its zero, and every cell falls into tetrahedra
(:func:`cut`). The quadrangles between them are divided from their node of lowest number, which
neighbours agree upon, and opposite faces of a periodic box too (Dompierre et al. 1999, How to
subdivide pyramids, prisms and hexahedra into tetrahedra).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fem_cell.geometry_script.fibres.lattice import Array, Indices, Tetrahedra, oriented

LevelSet = Callable[[Array], Array]
"""Signed distance at points, negative inside."""

SNAP = 0.25
"""Part of an edge; with it no cell of the lattice turns over."""

_EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
_PRISMS = np.array(
    [[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3], [2, 0, 1, 5, 3, 4],
     [3, 5, 4, 0, 2, 1], [4, 3, 5, 1, 0, 2], [5, 4, 3, 2, 1, 0]]
)  # fmt: skip
"""How to turn a prism so that its node of lowest number comes first."""


def values_of(level: LevelSet, mesh: Tetrahedra) -> Array:
    """The level set at the nodes, the same at periodic images."""
    return level(mesh.points)[mesh.twin]


def volume_inside(mesh: Tetrahedra, values: Array) -> float:
    """Volume where the linear interpolation of nodal values is negative."""
    v = np.sort(values[mesh.cells], axis=1)
    negative = (v < 0.0).sum(axis=1)
    whole = mesh.volumes
    share = (negative == 4).astype(float)
    for count, part in ((1, _corner), (2, _wedge), (3, _without_corner)):
        chosen = negative == count
        share[chosen] = part(v[chosen])
    return float(share @ whole)


def _corner(v: Array) -> Array:
    return np.prod(v[:, :1] / (v[:, :1] - v[:, 1:]), axis=1)


def _without_corner(v: Array) -> Array:
    return 1.0 - _corner(v[:, ::-1])


def _wedge(v: Array) -> Array:
    """Three tetrahedra between the edge of the negative nodes and the four crossings."""
    a, b, c, d = v.T
    ac, ad, bc, bd = a / (a - c), a / (a - d), b / (b - c), b / (b - d)
    return np.asarray(bc * bd + ad * bc * (1.0 - bd) + ac * ad * (1.0 - bc))


def warp(
    mesh: Tetrahedra, values: Array, free: npt.NDArray[np.bool_]
) -> tuple[Tetrahedra, Array, npt.NDArray[np.bool_]]:
    """Move nodes that are close to the zero of a level set onto it.

    Nodes of a face of the box stay in it. Where a node may not move, or a close crossing lies on
    no edge that it may move along, it stays and only counts as lying on the zero.

    Args:
        mesh: To be cut.
        values: Level set at its nodes.
        free: Nodes that may move.

    Returns:
        The mesh, the values with zeros, and which nodes have them.
    """
    a, b = _crossed(mesh.cells, values).T
    t = values[a] / (values[a] - values[b])
    node = np.concatenate((a, b))
    other = np.concatenate((b, a))
    way = np.concatenate((t, 1.0 - t))
    close = way < SNAP
    node, other, way = node[close], other[close], way[close]
    snapped = np.zeros(len(values), dtype=bool)
    snapped[mesh.twin[node]] = True
    snapped = snapped[mesh.twin]
    allowed = free[node] & ~(mesh.on[node] & ~mesh.on[other]).any(axis=1)
    node, other, way = node[allowed], other[allowed], way[allowed]
    order = np.lexsort((mesh.twin[other], way, node))
    first = order[np.unique(node[order], return_index=True)[1]]
    node, other, way = node[first], other[first], way[first]
    points = mesh.points.copy()
    points[node] += way[:, None] * (mesh.points[other] - mesh.points[node])
    moved = Tetrahedra(points, mesh.cells, mesh.on, mesh.twin)
    return moved, np.where(snapped, 0.0, values), snapped


def _crossed(cells: Indices, values: Array) -> Indices:
    """Edges with ends of two signs, each once."""
    sign = np.sign(values)
    mixed = cells[(sign[cells].min(axis=1) < 0) & (sign[cells].max(axis=1) > 0)]
    pairs = np.concatenate([mixed[:, edge] for edge in _EDGES])
    pairs = pairs[sign[pairs].prod(axis=1) < 0]
    return np.unique(np.sort(pairs, axis=1), axis=0)


def cut(
    mesh: Tetrahedra, values: Array, level: LevelSet
) -> tuple[Tetrahedra, Indices, npt.NDArray[np.bool_]]:
    """Divide the cells that the zero of a level set crosses.

    Args:
        mesh: To be cut.
        values: Level set at its nodes; exactly zero at nodes that lie on the zero.
        level: The level set, for cells all of whose nodes do.

    Returns:
        The new mesh, the cell of the old one that each came from, and which are inside.
    """
    edges = _crossed(mesh.cells, values)
    finer = _with_nodes(mesh, edges, values)
    sign = np.sign(values[mesh.cells])
    below, above = (sign < 0).sum(axis=1), (sign > 0).sum(axis=1)
    whole = np.flatnonzero((below == 0) | (above == 0))
    inside = below[whole] > 0
    flat = (below + above)[whole] == 0
    if flat.any():
        middle = mesh.points[mesh.cells[whole[flat]]].mean(axis=1)
        inside[flat] = level(middle) < 0.0
    cells, parents, within = [mesh.cells[whole]], [whole], [inside]
    divider = _Divider(len(mesh.points), edges, finer.twin)
    for n in (1, 2, 3):
        for p in range(1, 5 - n):
            chosen = np.flatnonzero((below == n) & (above == p))
            order = np.argsort(sign[chosen], axis=1, kind="stable")  # negative, zero, positive
            nodes = np.take_along_axis(mesh.cells[chosen], order, axis=1)
            for part, side in divider.divide(nodes, n, p):
                cells.append(part)
                parents.append(chosen)
                within.append(np.full(len(chosen), side))
    made = oriented(finer.points, np.concatenate(cells))
    result = Tetrahedra(finer.points, made, finer.on, finer.twin)
    return result, np.concatenate(parents), np.concatenate(within)


def _with_nodes(mesh: Tetrahedra, edges: Indices, values: Array) -> Tetrahedra:
    """The mesh with a node on each edge, at the zero."""
    a, b = edges.T
    t = (values[a] / (values[a] - values[b]))[:, None]
    points = np.concatenate((mesh.points, (1.0 - t) * mesh.points[a] + t * mesh.points[b]))
    on = np.concatenate((mesh.on, mesh.on[a] & mesh.on[b]))
    images = np.sort(mesh.twin[edges], axis=1)
    _, first, back = np.unique(images, axis=0, return_index=True, return_inverse=True)
    twin = np.concatenate((mesh.twin, len(mesh.points) + first[back.ravel()]))
    return Tetrahedra(points, mesh.cells, on, twin)


class _Divider:
    """Divides cells of one kind: n negative nodes, then zeros, then p positive ones."""

    def __init__(self, nodes: int, edges: Indices, keys: Indices) -> None:
        self._nodes, self._keys = nodes, keys
        self._codes = edges[:, 0] * nodes + edges[:, 1]  # sorted, as the edges are

    def divide(self, cells: Indices, n: int, p: int) -> list[tuple[Indices, bool]]:
        """Tetrahedra (one of each kind per cell) and whether they are inside."""
        if len(cells) == 0:
            return []
        v = cells.T
        x = {
            (i, j): self._between(v[i], v[j]) for i in range(n) for j in range(4 - p, 4)
        }  # nodes of the zero
        if (n, p) == (1, 1):
            rest = (v[1], v[2])
            return [(_stack(v[0], x[0, 3], *rest), True), (_stack(v[3], x[0, 3], *rest), False)]
        if (n, p) == (1, 2):
            tip = _stack(v[0], v[1], x[0, 2], x[0, 3])
            return [(tip, True), *self._pyramid(v[1], x[0, 2], x[0, 3], v[3], v[2], False)]
        if (n, p) == (2, 1):
            tip = _stack(v[3], v[2], x[0, 3], x[1, 3])
            return [(tip, False), *self._pyramid(v[2], x[0, 3], x[1, 3], v[1], v[0], True)]
        if (n, p) == (1, 3):
            base = (x[0, 1], x[0, 2], x[0, 3])
            return [(_stack(v[0], *base), True), *self._prism((*base, v[1], v[2], v[3]), False)]
        if (n, p) == (3, 1):
            base = (x[0, 3], x[1, 3], x[2, 3])
            return [(_stack(v[3], *base), False), *self._prism((*base, v[0], v[1], v[2]), True)]
        low = (v[0], x[0, 2], x[0, 3], v[1], x[1, 2], x[1, 3])
        high = (v[2], x[0, 2], x[1, 2], v[3], x[0, 3], x[1, 3])
        return [*self._prism(low, True), *self._prism(high, False)]

    def _between(self, a: Indices, b: Indices) -> Indices:
        code = np.minimum(a, b) * self._nodes + np.maximum(a, b)
        return self._nodes + np.searchsorted(self._codes, code)

    def _pyramid(
        self, tip: Indices, a: Indices, b: Indices, c: Indices, d: Indices, side: bool
    ) -> list[tuple[Indices, bool]]:
        """Two tetrahedra on the quadrangle a b c d."""
        key = self._keys
        along = np.minimum(key[a], key[c]) < np.minimum(key[b], key[d])
        p, q, r, s = (
            np.where(along, one, other) for one, other in ((a, b), (b, c), (c, d), (d, a))
        )
        return [(_stack(p, q, r, tip), side), (_stack(p, r, s, tip), side)]

    def _prism(self, nodes: tuple[Indices, ...], side: bool) -> list[tuple[Indices, bool]]:
        """Three tetrahedra in a prism between the triangles 0 1 2 and 3 4 5."""
        prism = np.stack(nodes, axis=1)
        turn = _PRISMS[self._keys[prism].argmin(axis=1)]
        v = np.take_along_axis(prism, turn, axis=1).T
        key = self._keys
        one = np.minimum(key[v[1]], key[v[5]]) < np.minimum(key[v[2]], key[v[4]])
        first = _stack(v[0], v[1], v[2], np.where(one, v[5], v[4]))
        second = _stack(v[0], np.where(one, v[1], v[4]), v[5], np.where(one, v[4], v[2]))
        return [(first, side), (second, side), (_stack(v[0], v[4], v[5], v[3]), side)]


def _stack(*nodes: Indices) -> Indices:
    return np.stack(nodes, axis=1)

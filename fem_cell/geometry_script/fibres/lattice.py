"""Body-centred cubic lattice of tetrahedra in a box: what level sets are cut from.

A cube of the lattice has a node at its centre; two neighbouring centres and an edge of the face
between them make a tetrahedron. On the surface of the box, the centre of the face takes the place
of the missing centre (halves of such tetrahedra). All cells but those have the same shape, the
best there is for a lattice (Labelle and Shewchuk, ACM Trans. Graph. 26, 57, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FACES = 6
"""Of the box: x low, x high, y low, ..."""


@dataclass(frozen=True)
class Tetrahedra:
    """Tetrahedra in a box.

    Attributes:
        points: Nodes, shape (n, 3).
        cells: Nodes of each, shape (m, 4), positively oriented.
        on: Whether a node lies on each of the faces of the box, shape (n, 6).
        twin: For each node the one that stands for it and its periodic images; itself if the box
            is not periodic.
    """

    points: Array
    cells: Indices
    on: npt.NDArray[np.bool_]
    twin: Indices

    @property
    def volumes(self) -> Array:
        """Of the cells."""
        return volumes(self.points, self.cells)


def volumes(points: Array, cells: Indices) -> Array:
    """Signed volumes of tetrahedra."""
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    return np.asarray(np.einsum("ni,ni->n", np.cross(b - a, c - a), d - a) / 6.0)


def oriented(points: Array, cells: Indices) -> Indices:
    """The cells, with two nodes swapped where the volume was negative."""
    wrong = volumes(points, cells) < 0.0
    cells[wrong, 2:] = cells[wrong, :1:-1]
    return cells


def lattice(cubes: tuple[int, int, int], edge: float, periodic: bool = False) -> Tetrahedra:
    """Fill a box.

    Args:
        cubes: Number of cubes along x, y and z; at least 2.
        edge: Of a cube.
        periodic: Opposite faces of the box are one.
    """
    n = np.array(cubes)
    corners, centres = _grid(n + 1) * 2, _grid(n) * 2 + 1  # in half edges
    where = [corners, centres]
    cells = []
    for axis in range(3):
        inner = n.copy()
        inner[axis] -= 1
        lower = _grid(inner) * 2 + 1
        upper = lower + 2 * np.eye(3, dtype=np.int64)[axis]
        cells.append((lower, upper, axis))
        for side in (0, 2 * n[axis]):
            face = centres[centres[:, axis] == abs(side - 1)].copy()
            middle = face.copy()
            middle[:, axis] = side
            where.append(middle)
            cells.append((face, middle, axis))
    spots = np.concatenate(where)
    number = _numbering(spots, n)
    corners_of = [_around_face(one, other, axis, number, n) for one, other, axis in cells]
    points = np.asarray(0.5 * edge * spots, dtype=np.float64)
    on = np.stack([spots[:, k // 2] == (2 * n[k // 2] if k % 2 else 0) for k in range(FACES)], 1)
    home = np.where(spots == 2 * n, 0, spots) if periodic else spots
    return Tetrahedra(
        points, oriented(points, np.concatenate(corners_of)), on, number[_code(home, n)]
    )


def _grid(counts: Indices) -> Indices:
    axes = np.meshgrid(*(np.arange(count) for count in counts), indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, 3).astype(np.int64)


def _code(spots: Indices, n: Indices) -> Indices:
    size = 2 * n + 1
    return np.asarray((spots[:, 0] * size[1] + spots[:, 1]) * size[2] + spots[:, 2])


def _numbering(spots: Indices, n: Indices) -> Indices:
    number = np.full(int(np.prod(2 * n + 1)), -1, dtype=np.int64)
    number[_code(spots, n)] = np.arange(len(spots))
    return number


def _around_face(one: Indices, other: Indices, axis: int, number: Indices, n: Indices) -> Indices:
    """Four tetrahedra on the edges of the face between (or at) two nodes."""
    middle = one.copy()
    middle[:, axis] = np.where(
        np.abs(other - one)[:, axis] == 2, (one + other)[:, axis] // 2, other[:, axis]
    )
    u, v = (np.eye(3, dtype=np.int64)[k] for k in range(3) if k != axis)
    rim = [middle + a * u + b * v for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    nodes = [number[_code(spots, n)] for spots in (one, other, *rim)]
    return np.concatenate(
        [np.stack((nodes[0], nodes[1], nodes[2 + k], nodes[2 + (k + 1) % 4]), 1) for k in range(4)]
    )

"""Where the unknowns lie in the vectors of PETSc.

Rows of the reduced matrix are numbered rank by rank, on every rank field by field:
the owned degrees of freedom of the first field, of the second, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx.common import IndexMap
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.unknowns import Unknown

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Block:
    """Where one unknown lies in the local part of a vector."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        """Owned degrees of freedom."""
        return self.stop - self.start

    @property
    def slice(self) -> slice:
        """The range as a slice."""
        return slice(self.start, self.stop)


def lay_out(unknowns: Sequence[Unknown]) -> list[Block]:
    """Range of each unknown in the local part of a vector (local)."""
    blocks, start = [], 0
    for unknown in unknowns:
        size = unknown.value.function_space.dofmap.index_map.size_local
        blocks.append(Block(start, start + size))
        start += size
    return blocks


class Numbering:
    """Global rows of the degrees of freedom of every unknown."""

    def __init__(
        self, comm: MPI.Comm, unknowns: Sequence[Unknown], blocks: Sequence[Block]
    ) -> None:
        """Exchange where the parts of every rank begin. Collective."""
        first_row = np.concatenate([[0], np.cumsum(comm.allgather(blocks[-1].stop))[:-1]])
        self._rank = comm.rank
        self._maps = [u.value.function_space.dofmap.index_map for u in unknowns]
        # of every rank: what turns a global number of a field into a row
        self._offsets = [
            np.array(comm.allgather(int(first_row[comm.rank]) + block.start - m.local_range[0]))
            for m, block in zip(self._maps, blocks, strict=True)
        ]

    def rows(self, unknown: int, index_map: IndexMap | None = None) -> Rows:
        """Rows of the owned degrees of freedom, then of the ghosts (local).

        Args:
            unknown: Index of the unknown.
            index_map: One with the same owned part but other ghosts than the unknown's.
        """
        own, offset = index_map or self._maps[unknown], self._offsets[unknown]
        owned = np.arange(*own.local_range) + offset[self._rank]
        ghosts = own.ghosts + offset[own.owners]
        return np.concatenate([owned, ghosts]).astype(PETSc.IntType)

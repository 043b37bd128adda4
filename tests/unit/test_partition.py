"""Every cell has one owner, loads are even, and neighbours see each other."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import cpp

from fem_cell.mesh.partition import FEW_CELLS, _shared_out


def ring(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and links of cells in a ring."""
    cells = np.arange(count)
    links = np.column_stack([(cells - 1) % count, (cells + 1) % count]).astype(np.int64)
    return 2 * np.arange(count + 1, dtype=np.int32), links.ravel()


@pytest.mark.parametrize(("count", "imbalance"), [(14, 1), (5 * FEW_CELLS, 0.1 * FEW_CELLS)])
@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_owners_are_even_and_ghosts_are_neighbours(parts, count, imbalance) -> None:
    offsets, links = ring(count)
    ranks = _shared_out(None, parts, cpp.graph.AdjacencyList_int64(links, offsets), True)
    owner = np.array([ranks.links(c)[0] for c in range(count)])
    sizes = np.bincount(owner, minlength=parts)
    assert sizes.max() - sizes.min() <= imbalance
    for c in range(count):
        around = {owner[(c - 1) % count], owner[(c + 1) % count]} - {owner[c]}
        assert set(ranks.links(c)[1:].tolist()) == around


def test_ranks_without_cells_return_nothing() -> None:
    empty = cpp.graph.AdjacencyList_int64(np.zeros(0, np.int64), np.zeros(1, np.int32))
    assert _shared_out(None, 3, empty, True).num_nodes == 0

"""Extremes and percentiles of a stress by volume, and where the extreme is.

All figures are the same on any number of ranks: percentiles are found by bisection with sums
over all ranks, and of several cells with the same extreme value the first one in space counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from fem_cell.mechanics.fronts import distance_from_edges
from fem_cell.mechanics.volumes import cell_centres, cell_volumes
from fem_cell.mesh import CellMesh, Indices
from fem_cell.mesh.periodic import images

Array = npt.NDArray[np.float64]

PERCENTILES = (50.0, 95.0, 99.0, 99.9)

HALVINGS = 60
"""Of the interval between the extremes, for a percentile: down to rounding."""

ALIKE = 1e-9
"""Relative difference below which two extremes count as equal."""


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Statistics of a quantity over the cells of some phases.

    Attributes:
        least: Smallest value, in the unit of the quantity.
        largest: Largest value.
        percentiles: Value that so many per cent of the volume do not exceed.
        place: Centre of the cell with the largest value, m.
        distances: From there to the nearest edge of each named set, m; ``inf`` if the set
            is empty.
    """

    least: float
    largest: float
    percentiles: Mapping[float, float]
    place: tuple[float, float, float]
    distances: Mapping[str, float]


def hot_spots(
    mesh: CellMesh,
    phases: Iterable[str],
    values: Array,
    edges: Mapping[str, Array] | None = None,
    percentiles: Sequence[float] = PERCENTILES,
) -> HotSpots:
    """Statistics of a quantity over the cells of some phases. Collective.

    Args:
        mesh: The parent mesh.
        phases: Their cells count.
        values: Of all local cells, shape (cells,).
        edges: Named sets of edges, shape (n, 2, 3), m, all of them known on every rank: crack
            fronts (:func:`fem_cell.mechanics.fronts.find_fronts`) and outlines of voids
            (:func:`fem_cell.mechanics.fronts.outline`).
        percentiles: In per cent of the volume.
    """
    cells = mesh.cells_of(phases, ghosts=False)
    chosen, volumes = values[cells], cell_volumes(mesh)[cells]
    comm = mesh.comm
    least = float(comm.allreduce(chosen.min(initial=np.inf), MPI.MIN))
    largest = float(comm.allreduce(chosen.max(initial=-np.inf), MPI.MAX))
    found = {p: _percentile(comm, chosen, volumes, p, least, largest) for p in percentiles}
    place = _place(mesh, cells, chosen, largest, ALIKE * max(abs(least), abs(largest)))
    sets = {name: images(ends, mesh.periods) for name, ends in (edges or {}).items()}
    away = {name: _distance(place, ends) for name, ends in sets.items()}
    return HotSpots(least, largest, found, place, away)


def _percentile(
    comm: MPI.Comm, values: Array, volumes: Array, percentile: float, low: float, high: float
) -> float:
    """Smallest value that is not exceeded in so much of the volume. Collective."""
    wanted = comm.allreduce(float(volumes.sum())) * percentile / 100
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if comm.allreduce(float(volumes[values <= middle].sum())) >= wanted:
            high = middle
        else:
            low = middle
    return high


def _place(
    mesh: CellMesh, cells: Indices, values: Array, largest: float, alike: float
) -> tuple[float, float, float]:
    """Centre of the cell with the largest value, the first one by x, y and z. Collective."""
    mine = cell_centres(mesh)[cells[values >= largest - alike]]
    candidates = np.vstack(mesh.comm.allgather(mine))
    size = float(np.abs(candidates).max(initial=0.0)) or 1.0
    rounded = np.round(candidates / size / ALIKE)
    x, y, z = candidates[np.lexsort(rounded.T[::-1])[0]]
    return float(x), float(y), float(z)


def _distance(place: tuple[float, float, float], ends: Array) -> float:
    return float(distance_from_edges(np.asarray(place), ends).min(initial=np.inf))

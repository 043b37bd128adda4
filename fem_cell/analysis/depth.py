"""How far a layer is filled at every depth, from the fields of a results folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fem_cell.output.fields import MEAN_STOICHIOMETRY
from fem_cell.output.pictures.folder import NothingToShow, ResultsFolder

Array = npt.NDArray[np.float64]


def slice_means(heights: Array, volumes: Array, values: Array, edges: Array) -> Array:
    """Mean of a quantity over slices parallel to the collector, weighted with volume.

    Args:
        heights: Of the centroids of the cells, shape (cells,).
        volumes: Of the cells, shape (cells,).
        values: Means over the cells, shape (cells,).
        edges: Between the slices, in order, shape (slices + 1,).

    Returns:
        One value for each slice; not a number where no centroid lies.
    """
    at = np.clip(np.searchsorted(edges, heights, side="right") - 1, 0, len(edges) - 2)
    total = np.bincount(at, volumes, len(edges) - 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(at, volumes * values, len(edges) - 1) / total)


def filling_by_depth(folder: Path, slices: int, phase: str = "cathode") -> Array:
    """Mean stoichiometry of slices of a phase at the end of a run, from the bottom.

    Args:
        folder: Results folder.
        slices: Of equal height.
        phase: Name of the phase.

    Raises:
        NothingToShow: The folder has no fields of that phase.
    """
    results = ResultsFolder(folder)
    if phase not in results.snapshots:
        raise NothingToShow(f"{folder} has no fields of '{phase}'")
    grid = results.read(phase, results.snapshots[phase][-1])
    corners = np.asarray(grid.cells).reshape(-1, 5)[:, 1:]
    points = np.asarray(grid.points, dtype=float)[corners]
    volumes = np.abs(np.linalg.det(points[:, 1:] - points[:, :1])) / 6
    values = np.asarray(grid.point_data[MEAN_STOICHIOMETRY])[corners].mean(axis=1)
    heights = points[:, :, 2]
    edges = np.linspace(heights.min(), heights.max(), slices + 1)
    return slice_means(heights.mean(axis=1), volumes, values, edges)

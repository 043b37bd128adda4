"""What a network turned out to be, beside what was asked for."""

from __future__ import annotations

import numpy as np

from fem_cell.geometry_script.fibres.lattice import Array
from fem_cell.geometry_script.fibres.network import MICRO, Network
from fem_cell.geometry_script.fibres.pores import median_size
from fem_cell.geometry_script.fibres.structure import PORES, SKELETON, Structure

GRID = 96
"""Points along an edge of the box at which sizes of pores and gaps are measured."""


def measures(made: Network, cells: Structure) -> dict[str, float]:
    """Figures of the network, SI.

    Returns:
        Numbers of fibres, of contacts between them and of pores; the mean diameter of the fibres
        (weighted with their lengths) and by how much they were changed to meet the volume
        fraction; share of the fibres, and of the meshed skeleton, in one connected component;
        medians of the size of the gaps between fibres and of the pores.
    """
    within = made.fibres.clipped(made.size)
    mean = 2.0 * np.average(within.radius, weights=within.lengths)
    inside = _grid(made)
    fibres = made.to_fibres(inside.reshape(-1, 3)).reshape(inside.shape[:3]) < cells.offset
    edge, periodic = made.size / GRID, bool(made.values["periodic"])
    found = {
        "fibres": float(made.count),
        "contacts": float(made.connectivity.contacts),
        "mean_diameter": float(mean) / MICRO,
        "diameter_change": 2.0 * cells.offset / MICRO,
        "fibres_connected": made.connectivity.share,
        "skeleton_connected": cells.connected,
        "skeleton_fraction": cells.fraction(SKELETON),
        "gap_median": median_size(~fibres, edge, periodic) / MICRO,
    }
    if made.pores is not None:
        grown = made.pores.grown(cells.pore_radius - made.pores.radius)
        pores = (grown.distance(inside.reshape(-1, 3)).reshape(fibres.shape) < 0.0) & ~fibres
        found |= {
            "pores": float(made.pores.drawn),
            "pore_diameter": 2.0 * cells.pore_radius / MICRO,
            "pore_fraction": cells.fraction(PORES),
            "pore_median": median_size(pores, edge, periodic) / MICRO,
            "floating_fraction": cells.floating,
        }
    return found


def notes(made: Network, found: dict[str, float]) -> tuple[str, ...]:
    """The figures as sentences."""
    um = {key: MICRO * value for key, value in found.items()}
    lines = [
        f"{found['fibres']:.0f} fibres with {found['contacts']:.0f} contacts, mean diameter "
        f"{um['mean_diameter']:.3g} um, changed by {um['diameter_change']:+.2g} um to meet the "
        "volume fraction",
        f"one connected component holds {found['fibres_connected']:.1%} of the fibres and "
        f"{found['skeleton_connected']:.1%} of the meshed skeleton",
        f"gaps between fibres: median diameter of the largest balls in them "
        f"{um['gap_median']:.3g} um",
    ]
    thin = made.values["diameter_minimum"] < made.values["mesh_size"]
    if thin:
        lines.append("fibres thinner than mesh_size may be broken in the mesh")
    if made.pores is not None:
        lines.append(
            f"{found['pores']:.0f} round pores of {um['pore_diameter']:.3g} um, fibres left in "
            f"them; median size of the rest {um['pore_median']:.3g} um"
        )
    return tuple(lines)


def _grid(made: Network) -> Array:
    """Points of a cubic grid, shape (GRID, GRID, GRID, 3)."""
    at = (np.arange(GRID) + 0.5) * made.size / GRID
    return np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)

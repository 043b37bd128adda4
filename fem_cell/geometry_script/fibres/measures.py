"""What a network turned out to be, beside what was asked for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_cell.geometry_script.fibres.gaussian import Field
from fem_cell.geometry_script.fibres.lattice import Array
from fem_cell.geometry_script.fibres.network import MICRO, Network
from fem_cell.geometry_script.fibres.pores import median_size
from fem_cell.geometry_script.fibres.structure import PHASES, Fit, Structure

GRID = 96
"""Points along an edge of the box at which sizes of pores and gaps are measured."""


def measures(made: Network, fit: Fit, found: Mapping[str, float]) -> dict[str, float]:
    """Figures of the network, SI.

    Args:
        made: The network.
        fit: How sizes were changed.
        found: What is known of the meshed phases, e.g. by :func:`of_cells`.

    Returns:
        What was found, and: numbers of fibres, of contacts between them and of pores; the mean
        diameter of the fibres (weighted with their lengths) and by how much they were changed to
        meet the volume fraction; share of the fibres in one connected component; or the level of a
        random field, the surface to be expected, and the share of its largest part; medians of the
        size of the gaps between fibres and of the pores.
    """
    inside = _grid(made)
    fibres = made.to_fibres(inside.reshape(-1, 3)).reshape(inside.shape[:3]) < fit.offset
    edge, periodic = made.size / GRID, bool(made.values["periodic"])
    figures = dict(found) | _of_skeleton(made, fit)
    figures["gap_median"] = median_size(~fibres, edge, periodic) / MICRO
    if made.pores is not None:
        balls = made.pores.of_radius(fit.pore_radius)
        pores = (balls.distance(inside.reshape(-1, 3)).reshape(fibres.shape) < 0.0) & ~fibres
        figures |= {
            "pores": float(made.pores.drawn),
            "pore_diameter": 2.0 * fit.pore_radius / MICRO,
            "pore_median": median_size(pores, edge, periodic) / MICRO,
        }
    return figures


def _of_skeleton(made: Network, fit: Fit) -> dict[str, float]:
    if isinstance(made.fibres, Field):
        return {
            "level": made.fibres.level - fit.offset * made.fibres.slope,
            "expected_surface": made.fibres.surface * MICRO,
            "field_connected": made.connectivity.share,
        }
    within = made.fibres.clipped(made.size)
    return {
        "fibres": float(made.count),
        "contacts": float(made.connectivity.contacts),
        "mean_diameter": 2.0 * float(np.average(within.radius, weights=within.lengths)) / MICRO,
        "diameter_change": 2.0 * fit.offset / MICRO,
        "fibres_connected": made.connectivity.share,
    }


def of_cells(cells: Structure) -> dict[str, float]:
    """What is known of a lattice that was cut."""
    fractions = {f"{name}_fraction": cells.fraction(k) for k, name in enumerate(PHASES)}
    return fractions | {
        "skeleton_connected": cells.connected,
        "specific_surface": cells.surface * MICRO,
        "floating_fraction": cells.floating,
    }


def notes(made: Network, found: dict[str, float]) -> tuple[str, ...]:
    """The figures as sentences."""
    um = {key: MICRO * value for key, value in found.items()}
    lines = [
        *_notes_on_skeleton(found, um),
        f"gaps in the skeleton: median diameter of the largest balls in them "
        f"{um['gap_median']:.3g} um",
    ]
    if "skeleton_connected" in found:
        lines.append(
            f"{found['skeleton_connected']:.1%} of the meshed skeleton is one piece; its surface "
            f"per volume of the box is {found['specific_surface'] / MICRO:.3g} 1/um"
        )
        if "fibres" in found and made.values["diameter_minimum"] < made.values["mesh_size"]:
            lines.append("fibres thinner than mesh_size may be broken in the mesh")
    if made.pores is not None:
        lines.append(
            f"{found['pores']:.0f} round pores of {um['pore_diameter']:.3g} um, fibres left in "
            f"them; median size of the rest {um['pore_median']:.3g} um"
        )
    return tuple(lines)


def _notes_on_skeleton(found: dict[str, float], um: dict[str, float]) -> list[str]:
    if "level" in found:
        return [
            f"skeleton where a Gaussian field is above {found['level']:.3g} times its deviation; "
            f"{found['expected_surface'] / MICRO:.3g} 1/um of surface are to be expected",
            f"one connected part holds {found['field_connected']:.1%} of it",
        ]
    return [
        f"{found['fibres']:.0f} fibres with {found['contacts']:.0f} contacts, mean diameter "
        f"{um['mean_diameter']:.3g} um, changed by {um['diameter_change']:+.2g} um to meet the "
        "volume fraction",
        f"one connected component holds {found['fibres_connected']:.1%} of the fibres",
    ]


def _grid(made: Network) -> Array:
    """Points of a cubic grid, shape (GRID, GRID, GRID, 3)."""
    at = (np.arange(GRID) + 0.5) * made.size / GRID
    return np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)

"""Faults of dense crystals that are seen from the parameters alone."""

from __future__ import annotations

from fem_cell.errors import Fault
from fem_cell.geometry_script.crystals.grains import QUASI_2D
from fem_cell.geometry_script.crystals.microstructure import MICRO
from fem_cell.geometry_script.parameters import Values

CELLS_ACROSS = 3
"""Cells across a periodic box; with less a cell would meet the same neighbour on two sides."""
CELLS_PER_CORRELATION = 2.0
"""Cells at the interface along a correlation length; with less, the heights are not resolved."""


def plain_faults(p: Values) -> list[Fault]:
    """Combinations of parameters that cannot exist or be meshed."""
    return [
        *_slice_faults(p),
        *_periodic_faults(p),
        *_size_faults(p),
        *_extent_faults(p),
        *_roughness_faults(p),
    ]


def _slice_faults(p: Values) -> list[Fault]:
    if p["dimension"] != QUASI_2D:
        return []
    faults = []
    if p["cracks"] and p["crack_shape"] == "disc":
        faults.append(Fault("crack_shape", "a slice has no discs", 'give "rectangle"'))
    if p["contact_fraction"] < 1.0 and p["contact_pattern"] == "disc":
        remedy = 'give "stripe" or "random"'
        faults.append(Fault("contact_pattern", "a slice has no discs", remedy))
    return faults


def _periodic_faults(p: Values) -> list[Fault]:
    """What cannot go on behind a side, and sides that are too near each other."""
    if not p["periodic"]:
        return []
    faults, is_slice = [], p["dimension"] == QUASI_2D
    if p["arrangement"] == "plates" and not is_slice:
        remedy = 'give "columnar" or "equiaxed", or periodic = false'
        faults.append(Fault("arrangement", "rows of plates do not repeat themselves", remedy))
    for name in ("width",) if is_slice else ("width", "depth"):
        if CELLS_ACROSS * p["mesh_size"] > p[name] * (1 + 1e-9):
            problem = f"{_um(p['mesh_size'])} leaves less than {CELLS_ACROSS} cells across {name}"
            remedy = f'a periodic cell needs "{_um(p[name] / CELLS_ACROSS)}" or less'
            faults.append(Fault("mesh_size", problem, remedy))
            break
    return faults


def _size_faults(p: Values) -> list[Fault]:
    """A cell must not be larger than what it has to resolve."""
    faults, coarse = [], p["mesh_size"]
    due = ["thickness", "separator_thickness", "width"]
    for name in due if p["dimension"] == QUASI_2D else [*due, "depth"]:
        if coarse > p[name]:
            problem = f"{_um(coarse)} is larger than {name}, {_um(p[name])}"
            faults.append(Fault("mesh_size", problem, f'give "{_um(p[name])}" or less'))
            break
    for key in ("interface_size", "crack_size"):
        if p[key] > coarse * (1 + 1e-9):
            problem = f"{_um(p[key])} is larger than mesh_size"
            faults.append(Fault(key, problem, f'give "{_um(coarse)}" or less'))
    return faults


def _extent_faults(p: Values) -> list[Fault]:
    faults = []
    across = min(p["width"], p["depth"]) if p["dimension"] != QUASI_2D else p["width"]
    for number, key in (
        ("cracks", "crack_diameter"),
        ("pores", "pore_diameter"),
        ("microcracks", "microcrack_diameter"),
    ):
        room = min(across, p["thickness"]) if number == "pores" else across
        if number == "cracks" and p["crack_shape"] == "rectangle":
            room = p["width"]
        if not p[number]:
            continue
        if p[key] >= room:
            problem = f"{_um(p[key])} leaves the layer, which has {_um(room)}"
            faults.append(Fault(key, problem, "make it smaller, or the layer larger"))
        elif p["crack_size"] > 0.5 * p[key] * (1 + 1e-9):
            problem = f"{_um(p['crack_size'])} is larger than half of {key}, {_um(p[key])}"
            faults.append(Fault("crack_size", problem, f'give "{_um(0.5 * p[key])}" or less'))
    if p["microcracks"] and p["microcrack_opening"] > 0.5 * p["microcrack_diameter"]:
        problem = f"{_um(p['microcrack_opening'])} is more than half the diameter"
        faults.append(Fault("microcrack_opening", problem, "make it smaller, or give pores"))
    return faults


def _roughness_faults(p: Values) -> list[Fault]:
    if not p["roughness"]:
        return []
    least = CELLS_PER_CORRELATION * p["interface_size"]
    if p["correlation_length"] < least * (1 - 1e-9):
        problem = f"{_um(p['correlation_length'])} is not resolved by cells of interface_size"
        remedy = f'give "{_um(least)}" or more, or a smaller interface_size'
        return [Fault("correlation_length", problem, remedy)]
    return []


def _um(length: float) -> str:
    return f"{length * MICRO:.4g} um"

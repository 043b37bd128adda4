"""Checks of layers of free lithium (``boron_skeleton``)."""

from __future__ import annotations

from fem_cell.case.model import PhaseCase
from fem_cell.errors import Fault
from fem_cell.laws.crushing import crushing_pressure
from fem_cell.units import convert


def lithium_layer_faults(phase: PhaseCase, key: str) -> list[Fault]:
    """Volumes that do not add up, and a pressure the layer does not bear as it was made.

    Args:
        phase: The layer.
        key: Path of its table.
    """
    sheet = phase.material
    skeleton = sheet.value("skeleton_fraction")
    solid = sheet.value("lithium_fraction") + skeleton
    if solid > 1.0 + 1e-9:
        problem = f"and skeleton_fraction add up to {solid:.4g}"
        return [Fault(f"{key}.lithium_fraction", problem, "at most 1; the rest are pores")]
    bearable = crushing_pressure(sheet.value("skeleton_strength"), solid)
    if skeleton > 0.0 and phase.stack_pressure > bearable:
        limit = f"{convert(bearable, 'Pa', 'MPa'):.4g} MPa"
        problem = f"is beyond {limit}, where the skeleton collapses as made"
        return [Fault(f"{key}.stack_pressure", problem, "reduce it, or set skeleton_strength")]
    return []

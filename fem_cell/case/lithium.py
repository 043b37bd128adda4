"""Checks of layers of free lithium (``boron_skeleton``)."""

from __future__ import annotations

from collections.abc import Mapping

from fem_cell.case.model import LITHIUM_MODELS, PhaseCase
from fem_cell.case.shape import Outline
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
    if skeleton == 0.0 and sheet.value("skeleton_load_share") > 0.0:
        problem = "is not 0, but the layer has no skeleton"
        return [Fault(f"{key}.skeleton_load_share", problem, "set it to 0: lithium carries all")]
    bearable = crushing_pressure(sheet.value("skeleton_strength"), solid)
    if skeleton > 0.0 and phase.stack_pressure > bearable:
        limit = f"{convert(bearable, 'Pa', 'MPa'):.4g} MPa"
        problem = f"is beyond {limit}, where the skeleton collapses as made"
        return [Fault(f"{key}.stack_pressure", problem, "reduce it, or set skeleton_strength")]
    return []


def untouched_layers(
    phases: Mapping[str, PhaseCase], names: Outline | None, faults: list[Fault]
) -> None:
    """A layer of lithium gives its lithium to an electrolyte beside it."""
    for name, phase in phases.items():
        if names is None or phase.model not in LITHIUM_MODELS:
            continue
        if not any(names.touch(name, n) for n, p in phases.items() if p.is_electrolyte):
            problem = "touches no electrolyte phase, so that no lithium can leave it"
            faults.append(Fault(f"phases.{name}", problem, "change the geometry"))

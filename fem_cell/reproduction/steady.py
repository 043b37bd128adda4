"""D_ss and D_util of the cases of a report.

D_ss is computed in a process of its own, since a report is no parallel program, and is kept beside
the results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fem_cell.analysis import layer
from fem_cell.analysis.slab import slab_of
from fem_cell.output.apart import run_apart
from fem_cell.reproduction.paper import Results

_TIME_LIMIT = 600.0
"""s"""
MAH_PER_G = 3600.0
"""C/kg in one mAh/g."""
FAST = 1e9
"""A/m^2; an exchange current density at which charge transfer costs nothing."""
CM2 = 1e4
"""cm^2/s in one m^2/s."""


def steady(results: Results, names: Sequence[str]) -> dict[str, float | None]:
    """D_ss of some cases, cm^2/s; ``None`` for those without finished results."""
    finished = [name for name in names if results.outcome(name).finished]
    missing = [name for name in finished if layer.known(results.folder(name)) is None]
    if missing:
        folders = [str(results.folder(name)) for name in missing]
        run_apart(layer.__name__, folders, "computing effective diffusivities", _TIME_LIMIT)
    found: dict[str, float | None] = dict.fromkeys(names)
    for name in finished:
        value = layer.known(results.folder(name))
        found[name] = None if value is None else value * CM2
    return found


def equivalent(results: Results, name: str) -> float | None:
    """D_util of a case, cm^2/s; ``None`` without finished results, or if none gives its capacity.

    Compared per mass of active material: a slab of the same thickness without pores at the same
    rate.
    """
    specific = results.specific(name)
    if specific is None:
        return None
    case = results.sweep.point(name).case
    slab, sheet = slab_of(case), case.phases["cathode"].material
    mass = sheet.value("density") * slab.thickness
    found = slab.equivalent_diffusivity(specific * MAH_PER_G * mass)
    return None if found is None else found * CM2


def without_kinetic_limit(results: Results, name: str) -> float:
    """Capacity of the slab of a case if charge transfer cost nothing, mAh/g; needs no run."""
    case = results.sweep.point(name).case
    slab, sheet = slab_of(case), case.phases["cathode"].material
    fast = replace(slab, exchange_current_density=FAST)
    diffusivity = sheet.value("diffusivity_ab", case.temperature)
    return fast.capacity(diffusivity) / (sheet.value("density") * slab.thickness) / MAH_PER_G


def without_diffusion_limit(results: Results, name: str) -> float:
    """Capacity of a case if lithium spread at once, mAh/g; needs no run."""
    case = results.sweep.point(name).case
    slab, sheet = slab_of(case), case.phases["cathode"].material
    return slab.limit / (sheet.value("density") * slab.thickness) / MAH_PER_G

"""Read the phases and the interfaces of a case with their data sheets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fem_cell.case.faults import read_table
from fem_cell.case.library import Library
from fem_cell.case.lithium import lithium_layer_faults
from fem_cell.case.model import InterfaceCase, PhaseCase
from fem_cell.case.tables import (
    INTERFACE_TABLES,
    PHASE_TABLES,
    BoronSkeletonTable,
    ButlerVolmerTable,
    ContactTable,
    CounterElectrodeTable,
    DenseActiveTable,
    InterfaceTable,
    PhaseTable,
    PorousActiveTable,
)
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.materials import DataSheet
from fem_cell.materials.keys import KEYS

_KINDS = {
    "porous_active": ("active_material",),
    "dense_active": ("active_material",),
    "boron_skeleton": ("lithium_host",),
    "binary_salt": ("binary_electrolyte",),
    "single_ion": ("single_ion_electrolyte",),
}
_PORE_KINDS = ("binary_electrolyte", "single_ion_electrolyte")
_POROUS_NEEDS = ("diffusivity", "particle_radius", "active_weight_fraction")


def read_phase(content: object, key: str, library: Library) -> tuple[PhaseTable, PhaseCase] | None:
    """One phase; ``None`` if anything is wrong with it.

    Args:
        content: The table as TOML gives it.
        key: Path of the table, e.g. ``phases.cathode``.
        library: The data sheets; its ``faults`` receives what is wrong.
    """
    faults = library.faults
    model = _model(content, key, PHASE_TABLES, faults)
    if model is None:
        return None
    table = read_table(model, content, key, faults)
    # the data sheets are looked at even if the table is wrong, so that no fault hides another
    given = content if isinstance(content, Mapping) else {}
    sheet = _sheet(given, model.model_fields, _KINDS[given["model"]], key, library)
    pores = None
    if isinstance(electrolyte := given.get("electrolyte"), str) and model is PorousActiveTable:
        pores = library.find(electrolyte, _PORE_KINDS, f"{key}.electrolyte")
    if table is None or sheet is None:
        return None
    count = len(faults)
    if isinstance(table, PorousActiveTable):
        if table.electrolyte is not None and pores is None:
            return None
        phase = _porous(table, sheet, pores, key, faults)
    elif isinstance(table, DenseActiveTable):
        phase = _dense(table, sheet, key, faults)
    elif isinstance(table, BoronSkeletonTable):
        phase = PhaseCase(table.model, sheet, stack_pressure=table.stack_pressure)
        faults.extend(lithium_layer_faults(phase, key))
    else:
        phase = PhaseCase(table.model, sheet)
    return (table, phase) if len(faults) == count else None


def _porous(
    table: PorousActiveTable, sheet: DataSheet, pores: DataSheet | None, key: str,
    faults: list[Fault],
) -> PhaseCase:  # fmt: skip
    for name in _POROUS_NEEDS:
        if not sheet.has(name):
            problem = f"is missing in the data sheet of {sheet.name}"
            faults.append(Fault(f"{key}.{name}", problem, "a porous_active phase needs it"))
    if sheet.has("diffusivity_profile"):
        problem = "has no effect: particles of porous_active have one diffusivity"
        faults.append(Fault(f"{key}.diffusivity_profile", problem, "leave it out"))
    if pores is None and table.pore_filling > 0.0:
        remedy = "name the electrolyte in the pores, or set pore_filling = 0"
        faults.append(Fault(f"{key}.electrolyte", "is missing", remedy))
    return PhaseCase(
        model=table.model,
        material=sheet,
        electrolyte=pores,
        porosity=table.porosity,
        pore_filling=table.pore_filling,
        accessible_fraction=table.accessible_fraction,
        bruggeman_exponent=table.bruggeman_exponent,
        radial_points=table.radial_points,
        particle_contact=table.particle_contact,
    )


def _dense(table: DenseActiveTable, sheet: DataSheet, key: str, faults: list[Fault]) -> PhaseCase:
    axis = table.c_axis or [0.0, 0.0, 1.0]
    length = math.sqrt(sum(component**2 for component in axis))
    if not length > 0.0 or not math.isfinite(length):
        faults.append(Fault(f"{key}.c_axis", f"is {axis}", "give a direction, e.g. [0, 0, 1]"))
        return PhaseCase(table.model, sheet)
    if table.c_axis is not None and not sheet.has("diffusivity_c"):
        problem = f"has no effect: the diffusivity of {sheet.name} is isotropic"
        remedy = "leave it out, or give diffusivity_ab and diffusivity_c"
        faults.append(Fault(f"{key}.c_axis", problem, remedy))
    x, y, z = (component / length for component in axis)
    return PhaseCase(
        table.model,
        sheet,
        c_axis=(x, y, z),
        grain_boundary_transfer=table.grain_boundary_transfer,
    )


def read_interface(
    content: object, key: str, library: Library
) -> tuple[InterfaceTable, InterfaceCase] | None:
    """One interface or terminal surface; ``None`` if anything is wrong with it."""
    faults = library.faults
    model = _model(content, key, INTERFACE_TABLES, faults)
    if model is None:
        return None
    table = read_table(model, content, key, faults)
    sheet = None
    if model is CounterElectrodeTable and isinstance(content, Mapping):
        given = {"material": "lithium", **content}
        sheet = _sheet(given, model.model_fields, ("counter_electrode",), key, library)
    if table is None or (model is CounterElectrodeTable and sheet is None):
        return None
    return table, interface_case(table, sheet)


def interface_case(table: InterfaceTable, sheet: DataSheet | None) -> InterfaceCase:
    """What the solver reads of an interface table and its data sheet."""
    if isinstance(table, ButlerVolmerTable):
        return InterfaceCase(
            model=table.model,
            film_resistance=table.film_resistance,
            double_layer_capacitance=table.double_layer_capacitance,
            area_factor=table.area_factor,
            exchange_current_density=table.exchange_current_density,
        )
    if isinstance(table, ContactTable):
        return InterfaceCase(table.model, contact_resistance=table.contact_resistance)
    return InterfaceCase(table.model, material=sheet)


def _model(content: object, key: str, tables: Mapping[str, Any], faults: list[Fault]) -> Any:
    """The table class that the key ``model`` asks for."""
    if not isinstance(content, Mapping):
        faults.append(Fault(key, f"is {content!r}", "a table is needed"))
        return None
    name = content.get("model")
    if name is None:
        faults.append(Fault(f"{key}.model", "is missing", nearest("", [*tables])))
    elif not isinstance(name, str) or name not in tables:
        faults.append(Fault(f"{key}.model", f"is {name!r}", nearest(str(name), [*tables])))
    return tables.get(name) if isinstance(name, str) else None


def _sheet(
    content: Mapping[str, Any],
    fields: Mapping[str, object],
    kinds: tuple[str, ...],
    key: str,
    library: Library,
) -> DataSheet | None:
    """The data sheet a table names, with the table's further keys as overrides."""
    name = content.get("material")
    extra = {k: v for k, v in content.items() if k not in fields}
    if not isinstance(name, str):
        return None  # pydantic has reported it
    sheet = library.find(name, kinds, f"{key}.material")
    if sheet is None:
        return None
    known = [*fields, *KEYS[sheet.kind]]
    unknown = [k for k in extra if k not in known]
    for k in unknown:
        problem = f"is not a known key, nor a quantity of {sheet.name}"
        library.faults.append(Fault(f"{key}.{k}", problem, nearest(k, known)))
    try:
        return sheet.with_overrides({k: v for k, v in extra.items() if k in known}, key)
    except InputError as error:
        library.faults.extend(error.faults)
        return None

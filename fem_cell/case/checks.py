"""Checks across the sections of a case: names, neighbours, electrolytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from fem_cell.case.interfaces import model_of, pair_key
from fem_cell.case.model import ELECTRODE_MODELS, ELECTROLYTE_MODELS, InterfaceCase, PhaseCase
from fem_cell.case.shape import Outline
from fem_cell.case.tables import MechanicsTable, OutputTable, TerminalsTable
from fem_cell.errors import Fault, nearest
from fem_cell.materials import DataSheet
from fem_cell.protocol import Step


def phase_names(found: Sequence[str], names: Outline, faults: list[Fault]) -> None:
    """Every volume of the geometry has a phase, and every phase is a volume."""
    for name in found:
        if name not in names.volumes:
            problem = "is not a volume of the geometry"
            faults.append(Fault(f"phases.{name}", problem, nearest(name, names.volumes)))
    for name in names.volumes:
        if name not in found:
            remedy = "add this table: the geometry has a volume of that name"
            faults.append(Fault(f"phases.{name}", "is missing", remedy))


def terminals(table: TerminalsTable, names: Outline | None, faults: list[Fault]) -> None:
    """Both terminals are surfaces of the geometry, and not the same one."""
    if table.positive == table.negative:
        problem = f"is '{table.negative}', like the positive terminal"
        faults.append(Fault("terminals.negative", problem, "two different surfaces are needed"))
    for key in ("positive", "negative"):
        name = getattr(table, key)
        if names is not None and name not in names.surfaces:
            problem = f"'{name}' is not a surface of the geometry"
            faults.append(Fault(f"terminals.{key}", problem, nearest(name, names.surfaces)))


def output(table: OutputTable, phases: Mapping[str, PhaseCase], faults: list[Fault]) -> None:
    """Snapshots at a stoichiometry need something that has one."""
    if table.fields_at_stoichiometry and not any(p.is_active for p in phases.values()):
        remedy = "leave it out, or use fields_at"
        key = "output.fields_at_stoichiometry"
        faults.append(Fault(key, "is given, and no phase is active material", remedy))


def interface_keys(
    content: Mapping[str, Any],
    phases: Mapping[str, Any],
    names: Outline | None,
    ends: TerminalsTable | None,
    faults: list[Fault],
) -> dict[str, Any]:
    """The interface tables of a case by normalised key; faults for those that cannot be.

    Args:
        content: The ``[interfaces]`` table.
        phases: The ``[phases]`` table as TOML gives it.
        names: The names of the geometry, if it could be read.
        ends: The terminals, if they could be read.
        faults: What is wrong is added here.
    """
    pairs = {f"{a}-{b}": (a, b) for a in phases for b in phases if a != b}
    surfaces = [ends.positive, ends.negative] if ends is not None else []
    explicit: dict[str, Any] = {}
    for key, table in content.items():
        at = f"interfaces.{key}"
        if key in pairs:
            normal = pair_key(*pairs[key], phases)
            if normal in explicit:
                faults.append(Fault(at, "is given twice, in both orders", "keep one of them"))
            explicit[normal] = table
            _check_pair(pairs[key], table, phases, names, faults, at)
        elif key in surfaces:
            explicit[key] = table
            _check_surface(table, faults, at)
        elif ends is not None and names is not None and key in names.surfaces:
            remedy = "interfaces of surfaces are for terminals: " + " and ".join(surfaces)
            faults.append(Fault(at, "is a surface that is no terminal", remedy))
        elif ends is not None:
            known = sorted({pair_key(a, b, phases) for a, b in pairs.values()}) + surfaces
            problem = "is neither a pair of phases nor a terminal"
            faults.append(Fault(at, problem, nearest(key, known)))
    return explicit


def _check_pair(
    pair: tuple[str, str],
    table: object,
    phases: Mapping[str, Any],
    names: Outline | None,
    faults: list[Fault],
    at: str,
) -> None:
    one, other = pair
    if names is not None and {one, other} <= set(names.volumes) and not names.touch(one, other):
        remedy = "leave it out, or change the geometry"
        faults.append(Fault(at, f"{one} and {other} do not touch", remedy))
    _check_model(table, ("butler_volmer",), "between two phases", faults, at)
    models = [model_of(phases, name) for name in (one, other)]
    known = [model for model in models if model in (*ELECTRODE_MODELS, *ELECTROLYTE_MODELS)]
    if len(known) == 2 and sum(model in ELECTRODE_MODELS for model in known) != 1:
        problem = f"joins {models[0]} and {models[1]}"
        remedy = f"an electrode ({', '.join(ELECTRODE_MODELS)}) and an electrolyte are needed"
        faults.append(Fault(at, problem, remedy))


def _check_surface(table: object, faults: list[Fault], at: str) -> None:
    _check_model(table, ("contact", "counter_electrode"), "at a terminal", faults, at)


def _check_model(
    table: object, accepted: tuple[str, ...], where: str, faults: list[Fault], at: str
) -> None:
    model = table.get("model") if isinstance(table, Mapping) else None
    if model in ("butler_volmer", "contact", "counter_electrode") and model not in accepted:
        remedy = f"{where} {' or '.join(accepted)} is accepted"
        faults.append(Fault(f"{at}.model", f"is '{model}'", remedy))


def filled_walls(
    interfaces: Mapping[str, InterfaceCase], phases: Mapping[str, PhaseCase], faults: list[Fault]
) -> None:
    """The outer face of a wall with filled pores does not react, so its settings do nothing."""
    default = InterfaceCase("butler_volmer")
    for name, phase in phases.items():
        if phase.model != "porous_active" or phase.pore_filling < 1.0:
            continue
        for other in phases:
            table = interfaces.get(f"{name}-{other}")
            for key in ("film_resistance", "double_layer_capacitance", "area_factor",
                        "exchange_current_density"):  # fmt: skip
                if table is not None and getattr(table, key) != getattr(default, key):
                    problem = "has no effect: with filled pores the reaction is inside the wall"
                    remedy = f"leave it out, or set pore_filling below 1 in phases.{name}"
                    faults.append(Fault(f"interfaces.{name}-{other}.{key}", problem, remedy))


def grains(
    given: Mapping[str, Any],
    phases: Mapping[str, PhaseCase],
    names: Outline | None,
    faults: list[Fault],
) -> None:
    """Orientation and boundaries of grains are asked for where there are grains.

    Args:
        given: The ``[phases]`` table as TOML gives it.
        phases: The phases that could be read.
        names: The names of the geometry, if it could be read.
        faults: What is wrong is added here.
    """
    if names is None:
        return
    for name, phase in phases.items():
        if name in names.polycrystals and "c_axis" in given[name]:
            problem = "has no effect: the geometry orients every grain"
            faults.append(Fault(f"phases.{name}.c_axis", problem, "leave it out"))
        if name not in names.polycrystals and phase.grain_boundary_transfer is not None:
            problem = "has no effect: the geometry has no grains in this phase"
            remedy = "leave it out, or take a geometry with grains"
            faults.append(Fault(f"phases.{name}.grain_boundary_transfer", problem, remedy))


def electrolytes(
    phases: Mapping[str, PhaseCase], names: Outline | None, faults: list[Fault]
) -> None:
    """Phases that touch hold the same electrolyte, in volumes and in filled pores.

    Potential and salt are continuous from pores into the volume beside them; no model joins
    two different electrolytes.
    """
    held = {name: sheet for name, phase in phases.items() if (sheet := _electrolyte(phase))}
    for (one, first), (other, second) in combinations(held.items(), 2):
        if first.name == second.name:
            _check_same(first, second, f"phases.{other}", one, faults)
        elif names is not None and names.neighbours is not None and names.touch(one, other):
            key = "material" if phases[other].is_electrolyte else "electrolyte"
            problem = f"'{second.name}' touches '{first.name}' in {one}"
            remedy = "give both the same electrolyte: no model joins two different ones"
            faults.append(Fault(f"phases.{other}.{key}", problem, remedy))


def _electrolyte(phase: PhaseCase) -> DataSheet | None:
    """The electrolyte a phase is, or holds in its pores."""
    if phase.is_electrolyte:
        return phase.material
    return phase.electrolyte if phase.pore_filling > 0.0 else None


def _check_same(
    first: DataSheet, second: DataSheet, at: str, other: str, faults: list[Fault]
) -> None:
    """One material must not have two values of one quantity by oversight."""
    for key, entry in second.entries.items():
        if key in first.entries and first.entries[key].number != entry.number:
            problem = f"differs from the value of {second.name} in {other}"
            remedy = f"set it under [materials.{second.name}], which holds everywhere"
            faults.append(Fault(f"{at}.{key}", problem, remedy))


def measurements(
    protocol: Sequence[Step], mechanics: MechanicsTable | None, faults: list[Fault]
) -> None:
    """An impedance is measured where stress does not act on lithium."""
    if mechanics is None or mechanics.coupling != "two_way":
        return
    for text in sorted({step.text for step in protocol if step.kind == "impedance"}):
        problem = f"'{text}': how stress answers to an oscillation is not modelled"
        remedy = 'set mechanics.coupling = "one_way", or leave the measurement out'
        faults.append(Fault("protocol", problem, remedy))

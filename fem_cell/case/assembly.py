"""Put a case together from its tables, and collect everything that is wrong with them.

Each section is read on its own, so that a fault in one hides none in another; the checks
across sections run with the sections that could be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, create_model

from fem_cell.case import checks, effective
from fem_cell.case.faults import read_table
from fem_cell.case.initial import initial_state
from fem_cell.case.interfaces import complete_interfaces
from fem_cell.case.library import Library
from fem_cell.case.lithium import untouched_layers
from fem_cell.case.mechanics import complete_mechanics
from fem_cell.case.model import Case, GeometryCase, InterfaceCase, PhaseCase
from fem_cell.case.sections import read_interface, read_phase
from fem_cell.case.shape import Outline, outline
from fem_cell.case.tables import (
    CaseTable,
    GeometryTable,
    InitialTable,
    MechanicsTable,
    OutputTable,
    SolverTable,
    TerminalsTable,
)
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.geometry_script import load_script
from fem_cell.protocol import Step, parse_protocol

_PLAIN = ("title", "temperature")
_Plain: type[BaseModel] = create_model(
    "_Plain",
    __config__=CaseTable.model_config,
    **{  # type: ignore[call-overload]
        name: (CaseTable.model_fields[name].annotation, CaseTable.model_fields[name])
        for name in _PLAIN
    },
)


@dataclass
class _Parts:
    """The sections of a case as far as they could be read; ``None`` where they could not."""

    faults: list[Fault]
    plain: Any = None
    geometry: GeometryCase | None = None
    names: Outline | None = None
    phases: dict[str, PhaseCase] = field(default_factory=dict)
    interfaces: dict[str, InterfaceCase] = field(default_factory=dict)
    terminals: TerminalsTable | None = None
    initial: InitialTable | None = None
    protocol: list[Step] | None = None
    solver: SolverTable | None = None
    mechanics: MechanicsTable | None = None
    output: OutputTable | None = None
    tables: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


def assemble(document: Mapping[str, Any], base_dir: Path, path: Path | None = None) -> Case:
    """Build the case of a document.

    Args:
        document: Nested tables as TOML gives them, overrides applied.
        base_dir: Folder that relative paths refer to.
        path: The case file, if there is one.

    Raises:
        InputError: Everything that is wrong with it.
    """
    faults: list[Fault] = []
    parts = _Parts(faults)
    _check_keys(document, faults)
    parts.plain = read_table(_Plain, {k: v for k, v in document.items() if k in _PLAIN}, "", faults)
    _read_geometry(document, base_dir, parts)
    library = Library(base_dir, _table(document, "materials", faults), faults)
    _read_phases(document, library, parts)
    _read_terminals(document, parts)
    _read_interfaces(document, library, parts)
    _read_protocol(document, parts)
    parts.initial = read_table(InitialTable, document.get("initial", {}), "initial", faults)
    parts.solver = read_table(SolverTable, document.get("solver", {}), "solver", faults)
    if "mechanics" in document:
        given = document["mechanics"]
        parts.mechanics = read_table(MechanicsTable, given, "mechanics", faults)
    parts.output = read_table(OutputTable, document.get("output", {}), "output", faults)
    library.check_use()
    initial = _check_across(parts, document)
    if faults:
        raise InputError(dict.fromkeys(faults))
    return _finish(parts, library, document, initial, path)


def _check_keys(document: Mapping[str, Any], faults: list[Fault]) -> None:
    known = [*CaseTable.model_fields]
    for name in document:
        if name not in known:
            faults.append(Fault(name, "is not a known key", nearest(name, known)))
    smoke = document.get("smoke", {})
    if not isinstance(smoke, Mapping):
        faults.append(Fault("smoke", f"is {smoke!r}", "a table of overrides is needed"))


def _table(document: Mapping[str, Any], name: str, faults: list[Fault]) -> Mapping[str, Any]:
    """An optional section that holds tables by name."""
    content = document.get(name, {})
    if isinstance(content, Mapping):
        return content
    faults.append(Fault(name, f"is {content!r}", "a table is needed"))
    return {}


def _missing(name: str, remedy: str, parts: _Parts) -> None:
    parts.faults.append(Fault(name, "is missing", remedy))


def _read_geometry(document: Mapping[str, Any], base_dir: Path, parts: _Parts) -> None:
    if "geometry" not in document:
        return _missing("geometry", 'add [geometry] with script = "..."', parts)
    content = document["geometry"]
    table = read_table(GeometryTable, content, "geometry", parts.faults)
    if table is None:
        return None
    try:
        script = load_script(base_dir / table.script)
    except InputError as error:
        parts.faults.extend(error.faults)
        return None
    given = {k: v for k, v in content.items() if k != "script"}
    values, faults = script.read(given, base_dir)
    parts.faults.extend(Fault(f"geometry.{f.key}", f.problem, f.remedy) for f in faults)
    if not faults:
        parts.geometry = GeometryCase(script, values)
        parts.names = outline(parts.geometry)
    return None


def _read_phases(document: Mapping[str, Any], library: Library, parts: _Parts) -> None:
    if not document.get("phases"):
        return _missing("phases", "add a table [phases.NAME] for each volume", parts)
    parts.tables["phases"] = {}
    for name, content in _table(document, "phases", parts.faults).items():
        found = read_phase(content, f"phases.{name}", library)
        if found is not None:
            table, parts.phases[name] = found
            parts.tables["phases"][name] = effective.table_document(table)
    return None


def _read_terminals(document: Mapping[str, Any], parts: _Parts) -> None:
    if "terminals" not in document:
        return _missing("terminals", "add [terminals] with positive and negative", parts)
    parts.terminals = read_table(TerminalsTable, document["terminals"], "terminals", parts.faults)
    return None


def _read_interfaces(document: Mapping[str, Any], library: Library, parts: _Parts) -> None:
    content = dict(_table(document, "interfaces", parts.faults))
    phases = _table(document, "phases", [])
    explicit = checks.interface_keys(content, phases, parts.names, parts.terminals, parts.faults)
    complete = complete_interfaces(explicit, phases, parts.names, parts.terminals)
    parts.tables["interfaces"] = {}
    for name, table in complete.items():
        found = read_interface(table, f"interfaces.{name}", library)
        if found is not None:
            read, parts.interfaces[name] = found
            parts.tables["interfaces"][name] = effective.table_document(read)


def _read_protocol(document: Mapping[str, Any], parts: _Parts) -> None:
    lines = document.get("protocol")
    if lines is None:
        return _missing("protocol", 'e.g. protocol = ["Discharge at 1C until 2.7 V"]', parts)
    if not isinstance(lines, list):
        remedy = 'a list of lines is needed, e.g. ["Discharge at 1C until 2.7 V"]'
        parts.faults.append(Fault("protocol", f"is {lines!r}", remedy))
        return None
    try:
        parts.protocol = parse_protocol(lines)
    except InputError as error:
        parts.faults.extend(error.faults)
    return None


def _check_across(parts: _Parts, document: Mapping[str, Any]) -> InitialTable | None:
    """Run the checks that need several sections; returns the complete initial state."""
    faults = parts.faults
    phase_names = [*_table(document, "phases", [])]
    if parts.names is not None and phase_names:
        checks.phase_names(phase_names, parts.names, faults)
    if parts.terminals is not None:
        checks.terminals(parts.terminals, parts.names, faults)
    checks.electrolytes(parts.phases, parts.names, faults)
    untouched_layers(parts.phases, parts.names, faults)
    checks.grains(document.get("phases", {}), parts.phases, parts.names, faults)
    if parts.mechanics and parts.names and parts.terminals and parts.plain:
        parts.mechanics = complete_mechanics(
            parts.mechanics,
            parts.phases,
            parts.names,
            parts.terminals,
            parts.plain.temperature,
            faults,
        )
    checks.filled_walls(parts.interfaces, parts.phases, faults)
    if parts.output and parts.phases:
        checks.output(parts.output, parts.phases, faults)
    checks.measurements(parts.protocol or [], parts.mechanics, faults)
    if parts.initial is None:
        return None
    negative = parts.interfaces.get(parts.terminals.negative) if parts.terminals else None
    if not phase_names or len(parts.phases) < len(phase_names):
        return None
    return initial_state(parts.initial, parts.phases, negative, parts.protocol or [], faults)


def _finish(
    parts: _Parts,
    library: Library,
    document: Mapping[str, Any],
    initial: InitialTable | None,
    path: Path | None,
) -> Case:
    geometry, terminals, protocol = parts.geometry, parts.terminals, parts.protocol
    solver, output = parts.solver, parts.output
    if not (geometry and terminals and initial and protocol and solver and output):
        # cannot be: a section that was not read has left a fault
        raise RuntimeError("a section of the case is missing and no fault was reported")
    title = parts.plain.title or (path.stem if path else "untitled")
    return Case(
        title=title,
        path=path,
        temperature=parts.plain.temperature,
        geometry=geometry,
        phases=parts.phases,
        interfaces=parts.interfaces,
        terminals=terminals,
        initial=initial,
        protocol=protocol,
        solver=solver,
        mechanics=parts.mechanics,
        output=output,
        document={
            "title": title,
            "temperature": effective.table_document(parts.plain)["temperature"],
            "protocol": document["protocol"],
            "geometry": {"script": str(geometry.script), **geometry.show()},
            **parts.tables,
            "terminals": effective.table_document(terminals),
            "initial": effective.table_document(initial),
            "solver": effective.table_document(solver),
            **_optional("mechanics", parts.mechanics),
            "output": effective.table_document(output),
            "materials": library.document(),
        },
    )


def _optional(name: str, table: BaseModel | None) -> dict[str, Any]:
    """A section of the effective case that not every case has."""
    return {} if table is None else {name: effective.table_document(table)}

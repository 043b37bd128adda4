"""Sample files: pieces of a microstructure whose effective properties are wanted.

A sample has the tables ``[geometry]`` and ``[phases]`` of a case and, in place of terminals and
protocol, a table ``[effective]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_cell.case.faults import read_table
from fem_cell.case.library import Library
from fem_cell.case.load import SAMPLE, load_other, read_document
from fem_cell.case.model import GeometryCase
from fem_cell.case.sample_tables import (
    KINDS,
    NEEDS,
    EffectiveTable,
    NeededTable,
    PhaseTable,
    PlainTable,
)
from fem_cell.case.tables import GeometryTable
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.geometry_script import Script, load_script
from fem_cell.materials import DataSheet


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the microstructure.

    Attributes:
        name: Of its folder.
        size: As the sample file gives it; empty for the geometry's own.
        seed: Of the geometry; ``None`` where it has none.
        geometry: Script and values.
    """

    name: str
    size: str
    seed: int | None
    geometry: GeometryCase


@dataclass(frozen=True, slots=True)
class Sample:
    """A validated sample file.

    Attributes:
        title: What it is.
        temperature: K.
        phases: Data sheets of the solid phases.
        empty: Phases of the geometry that carry nothing.
        wanted: Properties and conditions.
        pieces: What is meshed and computed.
    """

    title: str
    temperature: float
    phases: Mapping[str, DataSheet]
    empty: tuple[str, ...]
    wanted: EffectiveTable
    pieces: tuple[Piece, ...]


def is_sample(path: Path) -> bool:
    """Whether a file is one of a sample and not of a case.

    Raises:
        InputError: It cannot be read.
    """
    return SAMPLE in read_document(path)


def load_sample(path: Path, overrides: Iterable[str] = (), *, smoke: bool = False) -> Sample:
    """Load and validate a sample file. Not collective; needs no finite element library.

    Args:
        path: The TOML file.
        overrides: Settings ``key.sub=value``, applied last.
        smoke: Apply the file's ``[smoke]`` overrides.

    Raises:
        InputError: Everything that is wrong with the file and the overrides.
    """
    return load_other(SAMPLE, _assemble, path, overrides, smoke)


def _assemble(document: Mapping[str, Any], path: Path, faults: list[Fault]) -> Sample | None:
    known = [*PlainTable.model_fields, "geometry", "phases", SAMPLE, "materials", "smoke"]
    for name in document:
        if name not in known:
            faults.append(Fault(name, "is not a known key of a sample", nearest(name, known)))
    content = {k: v for k, v in document.items() if k in PlainTable.model_fields}
    plain = read_table(PlainTable, content, "", faults)
    wanted = read_table(EffectiveTable, document[SAMPLE], SAMPLE, faults)
    library = Library(path.parent, document.get("materials", {}), faults)
    phases = read_phases(document.get("phases", {}), library, KINDS, _keys_needed(wanted))
    script, given = read_script(document, path.parent, faults)
    library.check_use()
    if wanted and wanted.needed:
        _check_needed(wanted.needed, document.get("phases", {}), faults)
    if script is None or wanted is None or plain is None or faults:
        return None
    pieces = _pieces(script, given, wanted, path.parent, faults)
    empty = empty_phases(pieces[0].geometry, phases, faults) if pieces else ()
    title = plain.title or path.stem
    return Sample(title, plain.temperature, phases, empty, wanted, tuple(pieces))


def _check_needed(table: NeededTable, phases: object, faults: list[Fault]) -> None:
    if isinstance(phases, Mapping) and table.phase not in phases:
        problem = f"there is no solid phase '{table.phase}'"
        remedy = nearest(table.phase, list(phases))
        faults.append(Fault("effective.needed.phase", problem, remedy))
    if not table.targets:
        remedy = f"give one of {', '.join(NEEDS)}"
        faults.append(Fault("effective.needed", "has no target", remedy))


def read_phases(
    tables: object, library: Library, kinds: tuple[str, ...], needed: Iterable[str]
) -> dict[str, DataSheet]:
    """Data sheets of the solid phases.

    Args:
        tables: ``[phases]`` of the file.
        library: Data sheets; its faults are added to.
        kinds: Kinds of data sheets that can be used.
        needed: Keys that each of them has to give.
    """
    faults = library.faults
    if not isinstance(tables, Mapping) or not tables:
        remedy = "add a table [phases.NAME] with material for each solid volume"
        faults.append(Fault("phases", "is missing", remedy))
        return {}
    found = {}
    for name, content in tables.items():
        table = read_table(PhaseTable, content, f"phases.{name}", faults)
        if table is None:
            continue
        sheet = library.find(table.material, kinds, f"phases.{name}.material")
        if sheet is None:
            continue
        try:
            found[name] = sheet.with_overrides(table.model_extra or {}, f"phases.{name}")
        except InputError as error:
            faults.extend(error.faults)
            continue
        for key in needed:
            if not found[name].has(key):
                problem = f"is missing in the data sheet of {sheet.name}"
                remedy = "give it here"
                faults.append(Fault(f"phases.{name}.{key}", problem, remedy))
    return found


def _keys_needed(wanted: EffectiveTable | None) -> list[str]:
    """What every data sheet has to give."""
    if wanted is None:
        return []
    properties = [*wanted.properties, *(wanted.needed.targets if wanted.needed else ())]
    return list(dict.fromkeys(key for name in properties for key in NEEDS[name]))


def read_script(
    document: Mapping[str, Any], folder: Path, faults: list[Fault]
) -> tuple[Script | None, dict[str, Any]]:
    """The geometry script of a file and what the file gives it."""
    content = document.get("geometry")
    if content is None:
        faults.append(Fault("geometry", "is missing", 'add [geometry] with script = "..."'))
        return None, {}
    table = read_table(GeometryTable, content, "geometry", faults)
    if table is None:
        return None, {}
    try:
        script = load_script(folder / table.script)
    except InputError as error:
        faults.extend(error.faults)
        return None, {}
    return script, {k: v for k, v in content.items() if k != "script"}


def _pieces(
    script: Script,
    given: Mapping[str, Any],
    wanted: EffectiveTable,
    folder: Path,
    faults: list[Fault],
) -> list[Piece]:
    """Every size with every seed."""
    known = {parameter.name: parameter for parameter in script.parameters}
    for key, needed in (("seed", wanted.seeds > 1), ("size", bool(wanted.sizes))):
        if needed and key not in known:
            problem = f"needs a geometry with a parameter '{key}', which {script.path.name} lacks"
            faults.append(Fault(f"effective.{key}s", problem, "leave it out"))
    if faults:
        return []
    first = given.get("seed", known["seed"].default) if "seed" in known else None
    pieces = []
    for size in wanted.sizes or [""]:
        for number in range(wanted.seeds):
            seed = None if not isinstance(first, int) else first + number
            own = dict(given) | ({"size": size} if size else {})
            own |= {} if seed is None else {"seed": seed}
            values, found = script.read(own, folder)
            at = f"geometry.{{key}} (size {size or 'as given'}, seed {seed})"
            faults.extend(Fault(at.format(key=f.key), f.problem, f.remedy) for f in found)
            name = "-".join(filter(None, (size.replace(" ", ""), f"seed{seed}")))
            if not found:
                pieces.append(Piece(name, size, seed, GeometryCase(script, values)))
    return pieces


def empty_phases(
    geometry: GeometryCase, phases: Mapping[str, DataSheet], faults: list[Fault]
) -> tuple[str, ...]:
    """Volumes of the geometry without a table; a table without a volume is a fault."""
    volumes = geometry.loaded.names(dict(geometry.values))[0]
    for name in phases:
        if name not in volumes:
            problem = "is no volume of the geometry"
            faults.append(Fault(f"phases.{name}", problem, nearest(name, volumes)))
    return tuple(name for name in volumes if name not in phases)

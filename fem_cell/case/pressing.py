"""Pressing files: a piece of a microstructure that is put under pressure.

A pressing has the tables ``[geometry]`` and ``[phases]`` of a case and a table ``[press]``. Solids
whose data sheet has ``flow_...`` are viscoplastic, all others elastic; volumes without a table are
pores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_cell.case.faults import read_table
from fem_cell.case.library import Library
from fem_cell.case.load import PRESSING, load_other, read_document
from fem_cell.case.model import GeometryCase
from fem_cell.case.press_tables import MELTING, NEEDED, PRESSED_KINDS, STRENGTH, PressTable
from fem_cell.case.sample import empty_phases, read_phases, read_script
from fem_cell.errors import Fault, nearest
from fem_cell.laws.viscoplasticity import FLOW_KEYS
from fem_cell.materials import DataSheet
from fem_cell.units import show_si

KNOWN = ("title", "geometry", "phases", PRESSING, "materials", "smoke")


@dataclass(frozen=True, slots=True)
class Pressing:
    """A validated pressing file.

    Attributes:
        title: What it is.
        phases: Data sheets of the solid phases.
        empty: Phases of the geometry that are pores.
        wanted: Pressures, temperatures, times.
        geometry: Script and values.
    """

    title: str
    phases: Mapping[str, DataSheet]
    empty: tuple[str, ...]
    wanted: PressTable
    geometry: GeometryCase

    @property
    def flowing(self) -> tuple[str, ...]:
        """Phases that flow."""
        return tuple(name for name, sheet in self.phases.items() if sheet.has(FLOW_KEYS[0]))

    @property
    def strength(self) -> float:
        """Least strength of the elastic phases, Pa; ``inf`` if none is given."""
        elastic = (self.phases[name] for name in self.phases if name not in self.flowing)
        return min((s.value(STRENGTH) for s in elastic if s.has(STRENGTH)), default=float("inf"))


def is_pressing(path: Path) -> bool:
    """Whether a file is one of a pressing and not of a case.

    Raises:
        InputError: It cannot be read.
    """
    return PRESSING in read_document(path)


def load_pressing(path: Path, overrides: Iterable[str] = (), *, smoke: bool = False) -> Pressing:
    """Load and validate a pressing file. Not collective; needs no finite element library.

    Args:
        path: The TOML file.
        overrides: Settings ``key.sub=value``, applied last.
        smoke: Apply the file's ``[smoke]`` overrides.

    Raises:
        InputError: Everything that is wrong with the file and the overrides.
    """
    return load_other(PRESSING, _assemble, path, overrides, smoke)


def _assemble(document: Mapping[str, Any], path: Path, faults: list[Fault]) -> Pressing | None:
    for name in document:
        if name not in KNOWN:
            faults.append(Fault(name, "is not a known key of a pressing", nearest(name, KNOWN)))
    wanted = read_table(PressTable, document[PRESSING], PRESSING, faults)
    library = Library(path.parent, document.get("materials", {}), faults)
    phases = read_phases(document.get("phases", {}), library, PRESSED_KINDS, NEEDED)
    script, given = read_script(document, path.parent, faults)
    library.check_use()
    if script is None or wanted is None or faults:
        return None
    values, found = script.read(given, path.parent)
    faults += [Fault(f"geometry.{f.key}", f.problem, f.remedy) for f in found]
    if faults:
        return None
    geometry = GeometryCase(script, values)
    empty = empty_phases(geometry, phases, faults)
    title = document.get("title") or path.stem
    pressing = Pressing(str(title), phases, empty, wanted, geometry)
    _check(pressing, faults)
    return pressing


def _check(pressing: Pressing, faults: list[Fault]) -> None:
    """Flow laws that are whole, no melt, something to strip, sides that can slide."""
    for name in pressing.flowing:
        for key in FLOW_KEYS:
            if not pressing.phases[name].has(key):
                problem = "is missing, but the data sheet has other values of flow"
                faults.append(Fault(f"phases.{name}.{key}", problem, "give it here"))
    hottest = max(pressing.wanted.temperatures)
    for name, sheet in pressing.phases.items():
        if sheet.has(MELTING) and hottest >= sheet.value(MELTING):
            problem = f"phases.{name} melts at {show_si(sheet.value(MELTING), 'degC')}"
            faults.append(Fault("press.temperatures", problem, "stay below"))
    if not pressing.flowing:
        remedy = "give one a material with a law of flow, e.g. lithium-layer"
        faults.append(Fault("phases", "a pressing needs solids that flow", remedy))
    elastic = len(pressing.phases) > len(pressing.flowing)
    for variant, there, needs, remedy in (
        ("filled", pressing.empty, "pores", "make some"),
        ("stripped", elastic, "others", "add an elastic phase"),
    ):
        if pressing.flowing and variant in pressing.wanted.variants and not there:
            problem = f"'{variant}' needs {needs} beside solids that flow"
            faults.append(Fault("press.variants", problem, f"leave it out, or {remedy}"))
    if dict(pressing.geometry.values).get("periodic"):
        problem = "opposite faces that are one cannot lie between platens"
        faults.append(Fault("geometry.periodic", problem, "give false"))

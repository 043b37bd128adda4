"""What ``fem-cell check`` prints: the effective case, derived numbers, sources."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Iterator

from fem_cell.case import load_case
from fem_cell.case.derived import Derived, derive
from fem_cell.case.model import Case
from fem_cell.materials import DataSheet, Entry
from fem_cell.units import convert, show, show_si

_WIDTH = 150
_TAGS = (
    "S stated in the paper · P PyBaMM parameter set · L looked up in the literature · "
    "R recalled, not re-read · D derived · A assumed · user set in the case file"
)


def check(case: Case) -> str:
    """The report of a valid case, to be printed. Meshes and solves nothing.

    Args:
        case: The case.

    Returns:
        Three sections: the effective case without its data sheets, derived numbers, and every
        parameter with value, tag and source.
    """
    return "\n\n".join((_effective(case), _derived(derive(case)), _parameters(case))) + "\n"


def _effective(case: Case) -> str:
    from fem_cell.case.effective import to_toml

    shown = {key: value for key, value in case.document.items() if key != "materials"}
    source = case.path or "a case built in Python"
    return f"{_heading(f'Effective case, {source}')}\n{to_toml(shown).strip()}"


def _derived(numbers: Derived) -> str:
    rows = [
        ("footprint", _quantity(numbers.footprint, "m^2", "um^2")),
        ("areal capacity", _quantity(numbers.areal_capacity, "C/m^2", "mAh/cm^2")),
        ("1C", _quantity(numbers.one_c_current_density, "A/m^2", "mA/cm^2")),
        ("solid mass of the electrodes", _quantity(numbers.areal_mass, "kg/m^2", "mg/cm^2")),
        ("nodes of the mesh, about", _count(numbers.nodes)),
        ("cells of the mesh, about", _count(numbers.cells)),
        ("unknowns outside of particles", _count(numbers.unknowns)),
        ("memory, roughly", _quantity(numbers.memory, "byte", "gigabyte", 2)),
    ]
    if numbers.free_lithium:
        rows.insert(2, ("free lithium", _quantity(numbers.free_lithium, "C/m^2", "mAh/cm^2")))
    return "\n".join([_heading("Derived"), *(f"{name:<30}{text}" for name, text in rows)])


def _quantity(value: float | None, unit: str, to: str, digits: int = 4) -> str:
    if value is None:
        return "known when the mesh is built"
    return show(float(f"{convert(value, unit, to):.{digits}g}"), to)


def _count(number: int | None) -> str:
    return "known when the mesh is built" if number is None else f"{number:,}"


def _parameters(case: Case) -> str:
    temperature = show_si(case.temperature, "degC")
    lines = [_heading(f"Parameters at {temperature} and their sources"), _TAGS]
    for place, sheet in _sheets(case):
        lines += ["", f"{place}: {sheet.name}"]
        lines += _rows(sheet.entries.values(), case.temperature)
    return "\n".join(lines)


def _sheets(case: Case) -> Iterator[tuple[str, DataSheet]]:
    """Every data sheet in use; one that serves several places unchanged is listed once."""
    places: dict[int, list[str]] = {}
    sheets: dict[int, DataSheet] = {}
    for name, phase in case.phases.items():
        _add(places, sheets, f"phases.{name}", phase.material)
        if phase.electrolyte is not None:
            _add(places, sheets, f"pores of phases.{name}", phase.electrolyte)
    for name, interface in case.interfaces.items():
        if interface.material is not None:
            _add(places, sheets, f"interfaces.{name}", interface.material)
    for key, where in places.items():
        yield ", ".join(where), sheets[key]


def _add(
    places: dict[int, list[str]], sheets: dict[int, DataSheet], place: str, sheet: DataSheet
) -> None:
    for key, known in sheets.items():
        if known == sheet:
            places[key].append(place)
            return
    sheets[id(sheet)] = sheet
    places[id(sheet)] = [place]


def _rows(entries: Iterable[Entry], temperature: float) -> Iterator[str]:
    for entry in entries:
        label = f"  {entry.key:<26}{_value(entry, temperature):<41}{entry.tag:<5}"
        text = "; ".join(filter(None, (entry.source, entry.note, _temperature_law(entry))))
        yield textwrap.fill(
            label + text, _WIDTH, subsequent_indent=" " * len(label), break_long_words=False
        )


def _temperature_law(entry: Entry) -> str:
    """What the value at the cell's temperature was computed from, if it depends on it."""
    if not entry.activation_energy:
        return ""
    what = "value * T" if entry.over_temperature else "value"
    energy = f"{convert(entry.activation_energy, 'J/mol', 'kJ/mol'):.4g} kJ/mol"
    number = show_si(entry.number, entry.unit)
    reference = show_si(entry.reference_temperature, "degC")
    return f"{number} at {reference}, activation energy of {what} {energy}"


def _value(entry: Entry, temperature: float) -> str:
    """The value at the cell's temperature, with the plausible range if there is one."""
    if entry.law is not None:
        low, high = entry.law["valid"]
        return f"{entry.law['law']}, {low:g} <= s <= {high:g}"
    number = float(f"{entry.at(temperature):.6g}")
    text = show_si(number, entry.unit)
    if entry.range is not None:
        low, high = (show_si(limit, entry.unit).split()[0] for limit in entry.range)
        text += f" ({low} to {high})"
    return text


def _heading(text: str) -> str:
    return f"{text}\n{'-' * min(len(text), _WIDTH)}"


def command(options: argparse.Namespace) -> int:
    """``fem-cell check``: validate and print; no mesh, no solve."""
    print(check(load_case(options.case, options.overrides, smoke=options.smoke)))
    return 0

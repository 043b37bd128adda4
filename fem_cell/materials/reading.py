"""Read data sheets: TOML tables in, checked entries out, every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.materials.curve import law_faults
from fem_cell.materials.keys import ALTERNATIVES, KEYS, REQUIRED, Key
from fem_cell.materials.profile import profile_faults
from fem_cell.materials.sheet import DataSheet, Entry
from fem_cell.toml import read_toml
from fem_cell.units import parse, to_si

SHEETS = Path(__file__).parent
"""The folder of the data sheets that come with the program."""

_AVOGADRO = 6.02214076e23
_ENTRY_KEYS = (
    "value", "range", "tag", "source", "note", "law", "activation_energy", "reference_temperature",
)  # fmt: skip
_TEMPERATURE_LAWS = ("arrhenius", "arrhenius_over_temperature")
_LAWS = {"tanh_sum": law_faults, "log_linear": profile_faults}


def sheet_names() -> list[str]:
    """Names of the data sheets that come with the program."""
    return sorted(path.stem for path in SHEETS.glob("*.toml"))


def load_sheet(name: str, base_dir: Path | None = None, at: str = "material") -> DataSheet:
    """Load a data sheet.

    Args:
        name: Name of a shipped sheet, or the path of a ``.toml`` file.
        base_dir: Folder a relative path refers to, usually that of the case file.
        at: Key in the case file that names the sheet, for the messages.

    Raises:
        InputError: No such sheet (with the nearest name), or everything wrong inside it.
    """
    if name.endswith(".toml"):
        path = ((base_dir or Path()) / name).resolve()
        if not path.is_file():
            problem = f"there is no file '{path}'"
            raise InputError([Fault(at, problem, nearest(name, sheet_names()))])
    elif name in sheet_names():
        path = SHEETS / f"{name}.toml"
    else:
        problem = f"'{name}' is not a known material"
        remedy = nearest(name, sheet_names()) + "; or a path to a .toml"
        raise InputError([Fault(at, problem, remedy)])
    try:
        table = read_toml(path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        problem = f"is not readable TOML: {error}"
        raise InputError([Fault(str(path), problem, "correct it")]) from None
    return read_sheet(table, path.name if name.endswith(".toml") else name)


def read_sheet(table: Mapping[str, Any], at: str) -> DataSheet:
    """Build a data sheet from its table.

    Args:
        table: ``name``, ``kind``, optional ``[sources]`` and one table per quantity.
        at: What the table is called in messages, e.g. ``materials.MyNMC``.

    Raises:
        InputError: Everything that is wrong with it.
    """
    kind, name = table.get("kind"), table.get("name")
    if not isinstance(kind, str) or kind not in KEYS:
        remedy = nearest(str(kind), [*KEYS])
        raise InputError([Fault(f"{at}.kind", f"is {kind!r}", remedy)])
    faults: list[Fault] = []
    if not isinstance(name, str) or not name:
        faults.append(Fault(f"{at}.name", "is missing", 'name the material, e.g. name = "NMC811"'))
    sources = table.get("sources", {})
    entries: dict[str, Entry] = {}
    for key, content in table.items():
        if key in ("name", "kind", "sources"):
            continue
        found = read_entry(key, content, kind, f"{at}.{key}", sources)
        if isinstance(found, list):
            faults.extend(found)
        else:
            entries[key] = found
    if not faults:
        faults = sheet_faults(kind, entries, at)
    if faults:
        raise InputError(faults)
    return DataSheet(str(name), kind, entries)


def read_entry(
    key: str, table: object, kind: str, at: str, sources: Mapping[str, str] | None = None
) -> Entry | list[Fault]:
    """Read one quantity; the faults are returned, so that none hides another."""
    spec = KEYS[kind].get(key)
    if spec is None:
        problem = f"is not a quantity of a {kind.replace('_', ' ')}"
        return [Fault(at, problem, nearest(key, [*KEYS[kind]]))]
    if not isinstance(table, Mapping):
        example = '{ value = "...", tag = "A", source = "..." }'
        return [Fault(at, "is not a table", f"write it as {example}")]
    faults = [
        Fault(f"{at}.{name}", "is missing", 'say where the number is from, e.g. "assumed"')
        for name in ("tag", "source")
        if not isinstance(table.get(name), str)
    ]
    if faults:
        return faults
    source = (sources or {}).get(table["source"], table["source"])
    note = str(table.get("note", ""))
    if spec.law:
        law = {k: v for k, v in table.items() if k not in ("tag", "source", "note")}
        entry = Entry(key, 0.0, spec.unit, table["tag"], source, note, law=law)
        return _LAWS[spec.law](law, at) or entry
    return _read_number(key, {**table, "source": source, "note": note}, spec, at)


def _read_number(key: str, table: Mapping[str, Any], spec: Key, at: str) -> Entry | list[Fault]:
    reader = _Reader(at, spec)
    for name in table:
        if name not in _ENTRY_KEYS:
            reader.fault(name, "is not a key of an entry", nearest(name, _ENTRY_KEYS))
    number = reader.quantity("", table.get("value"))
    limits = None
    if "range" in table:
        pair = table["range"]
        if isinstance(pair, list | tuple) and len(pair) == 2:
            limits = (reader.quantity("range", pair[0]), reader.quantity("range", pair[1]))
        else:
            reader.fault("range", "is not a pair", "give the lower and the upper value")
    law = table.get("law", "arrhenius")
    if law not in _TEMPERATURE_LAWS:
        reader.fault("law", f"is {law!r}", nearest(str(law), _TEMPERATURE_LAWS))
    energy = reader.energy(table.get("activation_energy", "0 kJ/mol"))
    temperature = reader.temperature(table.get("reference_temperature", "25 degC"))
    return reader.faults or Entry(
        key=key,
        number=number,
        unit=spec.unit,
        tag=table["tag"],
        source=table["source"],
        note=table["note"],
        range=limits,
        activation_energy=energy,
        reference_temperature=temperature,
        over_temperature=law == "arrhenius_over_temperature",
    )


class _Reader:
    """Reads the parts of one entry and collects what is wrong with them."""

    def __init__(self, at: str, spec: Key) -> None:
        self.at, self.spec = at, spec
        self.faults: list[Fault] = []

    def fault(self, name: str, problem: str, remedy: str) -> None:
        """Add a fault of the sub-key ``name``."""
        self.faults.append(Fault(f"{self.at}.{name}" if name else self.at, problem, remedy))

    def quantity(self, name: str, given: object) -> float:
        """The entry's own kind of value [SI], with its sign and limit."""
        try:
            value = to_si(given, self.spec.unit)
        except ValueError as error:
            self.fault(name, f"is {given!r}" if given is not None else "has no value", str(error))
            return 0.0
        if self.spec.sign == "positive" and value <= 0.0:
            self.fault(name, f"is {given!r}", "it must be greater than zero")
        elif self.spec.sign == "not negative" and value < 0.0:
            self.fault(name, f"is {given!r}", "it must not be negative")
        elif self.spec.maximum is not None and value > self.spec.maximum:
            self.fault(name, f"is {given!r}", f"it must not exceed {self.spec.maximum:g}")
        return value

    def energy(self, given: object) -> float:
        """An activation energy [J/mol], written per mole or per particle (eV)."""
        try:
            return parse(given, "J/mol")
        except ValueError as error:
            try:
                # fifteen digits, so that the effective case gives back the same number
                return float(f"{parse(given, 'J') * _AVOGADRO:.15g}")
            except ValueError:
                self.fault("activation_energy", f"is {given!r}", f'{error} or "0.3 eV"')
                return 0.0

    def temperature(self, given: object) -> float:
        """A temperature [K] above absolute zero."""
        try:
            value = parse(given, "K")
        except ValueError as error:
            self.fault("reference_temperature", f"is {given!r}", str(error))
            return 298.15
        if value <= 0.0:
            self.fault("reference_temperature", f"is {given!r}", "it must be above 0 K")
            return 298.15
        return value


def sheet_faults(kind: str, entries: Mapping[str, Entry], at: str) -> list[Fault]:
    """What is wrong with a sheet as a whole: missing, doubled and contradicting entries."""
    faults = [
        Fault(f"{at}.{key}", "is missing", f"every {kind.replace('_', ' ')} needs it")
        for key in REQUIRED[kind]
        if key not in entries
    ]
    for one, other in ALTERNATIVES.get(kind, ()):
        both = f"{_listed(one)} or {_listed(other)}"
        has_one, has_other = one <= set(entries), other <= set(entries)
        if has_one and other & set(entries):
            faults.append(Fault(at, f"gives {both} twice", "give one of the two descriptions"))
        elif not has_one and not has_other:
            faults.append(Fault(at, f"gives neither {both.replace(' or ', ' nor ')}", "give one"))
    low, high = entries.get("minimum_stoichiometry"), entries.get("maximum_stoichiometry")
    if low and high and low.number >= high.number:
        remedy = f"it must be below maximum_stoichiometry, {high.number:g}"
        faults.append(Fault(f"{at}.minimum_stoichiometry", f"is {low.number:g}", remedy))
    return faults + _recipe_faults(entries, at)


def _recipe_faults(entries: Mapping[str, Entry], at: str) -> list[Fault]:
    """The weight fractions of a composite electrode must add up to one."""
    shares = {
        part: entries[f"{part}_weight_fraction"].number
        for part in ("active", "carbon", "binder")
        if f"{part}_weight_fraction" in entries
    }
    if not shares:
        return []
    faults = [
        Fault(f"{at}.{part}_density", "is missing", f"the recipe has {share:g} of {part}")
        for part, share in shares.items()
        if part != "active" and share > 0.0 and f"{part}_density" not in entries
    ]
    if abs(sum(shares.values()) - 1.0) > 1e-6:
        found = f"active, carbon and binder fractions add up to {sum(shares.values()):g}"
        faults.append(Fault(f"{at}.active_weight_fraction", found, "they must add up to 1"))
    return faults


def _listed(keys: frozenset[str]) -> str:
    return " and ".join(sorted(keys))

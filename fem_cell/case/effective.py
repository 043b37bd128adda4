"""The effective case file: everything explicit, and TOML text of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from fem_cell.case.tables import unit_of
from fem_cell.materials import DataSheet, Entry
from fem_cell.units import show_si

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x7f]")


def table_document(table: BaseModel) -> dict[str, Any]:
    """A table of the case with every key, quantities as text with their unit."""
    document: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if value is None:
            continue
        unit = unit_of(field)
        if isinstance(value, list) and unit:
            document[name] = [show_si(item, unit) for item in value]
        elif isinstance(value, float) and unit:
            document[name] = show_si(value, unit)
        else:
            document[name] = value
    return document | (table.model_extra or {})


def sheet_document(sheet: DataSheet) -> dict[str, Any]:
    """A data sheet as a ``[materials]`` table of a case."""
    document: dict[str, Any] = {"name": sheet.name, "kind": sheet.kind}
    return document | {key: entry_document(entry) for key, entry in sheet.entries.items()}


def entry_document(entry: Entry) -> dict[str, Any]:
    """One entry of a data sheet as a table."""
    document: dict[str, Any] = {}
    if entry.law is not None:
        document |= entry.law
    else:
        document["value"] = _quantity(entry.number, entry.unit)
        if entry.range is not None:
            document["range"] = [_quantity(limit, entry.unit) for limit in entry.range]
        if entry.over_temperature:
            document["law"] = "arrhenius_over_temperature"
        if entry.activation_energy or entry.over_temperature:
            document["activation_energy"] = show_si(entry.activation_energy, "kJ/mol")
            document["reference_temperature"] = show_si(entry.reference_temperature, "degC")
    document |= {"tag": entry.tag, "source": entry.source}
    return document | ({"note": entry.note} if entry.note else {})


def _quantity(value: float, unit: str) -> str | float:
    return show_si(value, unit) if unit else value


def to_toml(document: Mapping[str, Any]) -> str:
    """TOML text of nested tables; lists hold plain values or inline tables."""
    lines: list[str] = []
    _write(document, (), lines)
    return "\n".join(lines).strip() + "\n"


def _write(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and (plain or not table):
        lines.extend(["", f"[{'.'.join(map(_key, path))}]"])
    lines.extend(f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # a JSON string is a TOML basic string, but for DEL, which JSON leaves as it is
    return _CONTROL.sub("\\\\u007f", json.dumps(text, ensure_ascii=False))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return repr(value)

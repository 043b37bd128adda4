"""Turn what pydantic finds wrong into faults with a key, a problem and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from fem_cell.case.tables import unit_of
from fem_cell.errors import Fault, nearest
from fem_cell.units import show_si

_TYPES = {
    "string_type": "a text in quotes is needed",
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "bool_type": "true or false is needed",
    "list_type": "a list [...] is needed",
    "dict_type": "a table is needed",
    "model_type": "a table is needed",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def read_table[Table: BaseModel](
    model: type[Table], content: object, key: str, faults: list[Fault]
) -> Table | None:
    """Read one table of a case file.

    Args:
        model: What the table has to look like.
        content: The table as TOML gives it.
        key: Path of the table, e.g. ``phases.cathode``; empty for the whole file.
        faults: What is wrong is added here.

    Returns:
        The table, or ``None`` if anything is wrong with it.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for detail in error.errors():
            faults.append(_translate(model, detail, key, content))
    return None


def _translate(
    model: type[BaseModel], detail: Mapping[str, Any], key: str, content: object
) -> Fault:
    at = ".".join([part for part in (key, *map(_part, detail["loc"])) if part]).replace(".[", "[")
    name = str(detail["loc"][0]) if detail["loc"] else ""
    found, kind = f"is {_written(content, detail)!r}", detail["type"]
    field = model.model_fields.get(name)
    if kind == "extra_forbidden":
        return Fault(at, "is not a known key", nearest(name, [*model.model_fields]))
    if kind == "missing":
        return Fault(at, "is missing", _needed(field))
    if kind == "value_error":
        return Fault(at, found, str(detail["ctx"]["error"]))
    if kind == "literal_error":
        return Fault(at, found, nearest(str(detail["input"]), _choices(field)))
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return Fault(at, found, f"it must be {words} {_shown(detail['ctx'][limit], field)}")
    return Fault(at, found, _TYPES.get(kind, str(detail["msg"])))


def _choices(field: FieldInfo | None) -> list[str]:
    """The values a field accepts, or those of the items of a list."""
    listed = get_args(field and field.annotation)
    return [str(value) for one in listed for value in get_args(one) or (one,)]


def _part(part: object) -> str:
    """A list index counts from 1, as the lines of a protocol do."""
    return f"[{part + 1}]" if isinstance(part, int) else str(part)


def _written(content: object, detail: Mapping[str, Any]) -> object:
    """What stands in the file, which pydantic may already have turned into SI."""
    for part in detail["loc"]:
        try:
            content = content[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return detail["input"]
    return content


def _needed(field: FieldInfo | None) -> str:
    described = field.description if field is not None else None
    return f"give it: {described[0].lower()}{described[1:].rstrip('.')}" if described else "give it"


def _shown(limit: float, field: FieldInfo | None) -> str:
    unit = unit_of(field)
    return show_si(limit, unit) if unit else f"{limit:g}"

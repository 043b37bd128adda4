"""Change single keys of a case: ``--set phases.cathode.porosity=0.3`` and the smoke size."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from fem_cell.errors import Fault

_HOW_TO = 'write --set key.sub=value, e.g. --set "geometry.pitch=180 um"'


def apply_overrides(
    document: Mapping[str, Any], overrides: Iterable[str], faults: list[Fault]
) -> dict[str, Any]:
    """The document with ``key.sub=value`` settings applied.

    Args:
        document: The case as TOML gives it; it is not changed.
        overrides: Settings; a value is read as TOML and, if that fails, taken as text.
        faults: What is wrong with a setting is added here.
    """
    changed = copy.deepcopy(dict(document))
    for setting in overrides:
        key, equals, value = setting.partition("=")
        path = _key_path(key)
        if not equals or path is None:
            faults.append(Fault(f"--set {setting}", "is not a setting", _HOW_TO))
            continue
        _assign(changed, path, _value(value), f"--set {setting}", faults)
    return changed


def apply_smoke(document: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """The document with the overrides of its ``[smoke]`` table, which disappears."""
    changed = copy.deepcopy(dict(document))
    smoke = changed.pop("smoke", {})
    if not smoke or not isinstance(smoke, dict):
        faults.append(Fault("smoke", "is missing", "give the overrides that --smoke applies"))
        return changed
    for path, value in _leaves(smoke, ()):
        _assign(changed, path, value, ".".join(("smoke", *path)), faults)
    return changed


def _leaves(
    table: Mapping[str, Any], above: tuple[str, ...]
) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Every value of nested tables with its path; a quoted key may be dotted as well."""
    for key, value in table.items():
        path = (*above, *(_key_path(key) or (key,)))
        if isinstance(value, dict):
            yield from _leaves(value, path)
        else:
            yield path, value


def _key_path(key: str) -> tuple[str, ...] | None:
    """``a."b.c".d`` as ``("a", "b.c", "d")``; ``None`` if it is not a TOML key."""
    if "=" in key or "\n" in key:
        return None
    try:
        nested = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while isinstance(nested, dict):
        ((name, nested),) = nested.items()
        path.append(name)
    return tuple(path)


def _value(text: str) -> Any:
    """A TOML value, or the text itself."""
    try:
        read = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text.strip()
    return read["value"] if set(read) == {"value"} else text.strip()


def _assign(
    document: dict[str, Any], path: tuple[str, ...], value: Any, at: str, faults: list[Fault]
) -> None:
    table = document
    for depth, name in enumerate(path[:-1], start=1):
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            problem = f"{'.'.join(path[:depth])} is a value, not a table"
            faults.append(Fault(at, problem, f"set {'.'.join(path[:depth])} itself"))
            return
    table[path[-1]] = value

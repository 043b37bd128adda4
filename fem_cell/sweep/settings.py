"""Settings of a sweep file as the ``key.sub=value`` texts of ``fem-cell run --set``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from fem_cell.case.effective import to_toml

_LONGEST = 80


def leaves(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Dotted key and value of everything in nested tables."""
    for key, value in table.items():
        path = (*above, key)
        if isinstance(value, Mapping):
            yield from leaves(value, path)
        else:
            yield ".".join(map(_quoted, path)), value


def setting(key: str, value: object) -> str:
    """``key=value`` with the value as TOML, tables inline."""
    text = to_toml({"value": [value]}).partition("=")[2].strip()
    return f"{key}={text[1:-1]}"


def combinations(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the lists of a grid; the last key varies fastest."""
    named = dict(leaves(grid))
    return [dict(zip(named, values, strict=True)) for values in product(*named.values())]


def label(chosen: Mapping[str, Any]) -> str:
    """A short name of a combination, e.g. ``pitch=180 um, porosity=0.4``."""
    return ", ".join(f"{key.rsplit('.', 1)[-1]}={plain(value)}" for key, value in chosen.items())


def plain(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, list | tuple):
        return "; ".join(map(plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def folder_name(name: str) -> str:
    """A name that any file system takes; different names stay different."""
    kept = re.sub(r"[^A-Za-z0-9.+-]+", "_", name).strip("_.") or "point"
    if kept == name and len(kept) <= _LONGEST:
        return kept
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{kept[:_LONGEST]}-{mark}"


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'

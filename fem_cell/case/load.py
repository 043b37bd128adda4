"""Load a case file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fem_cell.case.assembly import assemble
from fem_cell.case.model import Case
from fem_cell.case.overrides import apply_overrides, apply_smoke
from fem_cell.errors import Fault, InputError
from fem_cell.toml import read_toml

SAMPLE = "effective"
"""Table that makes a file a sample (:mod:`fem_cell.case.sample`)."""
PRESSING = "press"
"""Table that makes a file a pressing (:mod:`fem_cell.case.pressing`)."""


def load_case(path: str | Path, overrides: Iterable[str] = (), *, smoke: bool = False) -> Case:
    """Load and validate a case file. Not collective; needs no finite element library.

    Args:
        path: The TOML file.
        overrides: Settings ``key.sub=value``, applied last.
        smoke: Apply the file's ``[smoke]`` overrides.

    Raises:
        InputError: Everything that is wrong with the file and the overrides.
    """
    file = Path(path)
    document = read_document(file)
    for table, what in ((SAMPLE, "sample"), (PRESSING, "pressing")):
        if table in document:
            remedy = f"compute it with 'fem-cell {table} {path}'"
            raise InputError([Fault(table, f"makes this file a {what} and no case", remedy)])
    faults: list[Fault] = []
    if smoke:
        document = apply_smoke(document, faults)
    document = apply_overrides(document, overrides, faults)
    try:
        case = assemble(document, file.resolve().parent, file.resolve())
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    if faults:
        raise InputError(faults)
    return case


def load_other[T](
    table: str,
    assemble: Callable[[Mapping[str, Any], Path, list[Fault]], T | None],
    path: Path,
    overrides: Iterable[str],
    smoke: bool,
) -> T:
    """Load and validate a file that a table makes another kind than a case. Not collective.

    Args:
        table: Name of the table.
        assemble: Makes it of the tables and the path; ``None`` where faults keep it from that.
        path: The TOML file.
        overrides: Settings ``key.sub=value``, applied last.
        smoke: Apply the file's ``[smoke]`` overrides.

    Raises:
        InputError: Everything that is wrong with the file and the overrides.
    """
    faults: list[Fault] = []
    document = read_document(path)
    if table not in document:
        remedy = "add it; a case without it is run with 'fem-cell run'"
        raise InputError([Fault(table, "is missing", remedy)])
    if smoke:
        document = apply_smoke(document, faults)
    document = apply_overrides(document, overrides, faults)
    found = assemble(document, path.resolve(), faults)
    if faults or found is None:
        raise InputError(dict.fromkeys(faults))
    return found


def read_document(file: Path) -> dict[str, Any]:
    """Nested tables of a TOML file.

    Raises:
        InputError: There is no such file, or it is no TOML.
    """
    try:
        return read_toml(file)
    except FileNotFoundError:
        near = sorted(other.name for other in file.parent.glob("*.toml"))
        remedy = f"case files there: {', '.join(near)}" if near else "check the path"
        raise InputError([Fault(str(file), "there is no such file", remedy)]) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise InputError([Fault(str(file), problem, "give a .toml file")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(str(file), "is not UTF-8 text", "save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        remedy = "correct the TOML syntax; texts and quantities stand in quotes"
        raise InputError([Fault(str(file), str(error), remedy)]) from None

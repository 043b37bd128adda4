"""Read a sweep file, and check every point of it before the first run starts.

::

    case = "channelled_cathode.toml"        # relative to this file

    [set]                                   # holds at every point
    temperature = "30 degC"

    [grid]                                  # every combination of these lists
    geometry.pitch = ["150 um", "200 um"]
    protocol = [["Discharge at 1C until 2.7 V"], ["Discharge at 5C until 2.7 V"]]

    [[point]]                               # and each of these points with every combination
    name = "infiltrated"
    set.phases.cathode.pore_filling = 1.0

A point may also ``replace`` whole tables of the case, such as ``replace.geometry = {...}`` for
another geometry script; its ``set`` is applied after that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fem_cell.case import Case, load_case
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.sweep.settings import combinations, folder_name, label, leaves, plain, setting
from fem_cell.toml import read_toml

_KEYS = ("case", "set", "grid", "point")
_POINT_KEYS = ("name", "set", "replace")


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep.

    Attributes:
        name: Unique within the sweep.
        settings: What is changed, as ``key.sub=value``.
        varied: Value of every key of the grid here, as text.
        case: The validated case.
        folder: Results folder.
    """

    name: str
    settings: tuple[str, ...]
    varied: Mapping[str, str]
    case: Case
    folder: Path


@dataclass(frozen=True, slots=True)
class Sweep:
    """A validated sweep.

    Attributes:
        path: The sweep file.
        case: The case file.
        out: Folder of all results.
        smoke: Whether the small size of the case is used.
        points: In the order of the file.
    """

    path: Path
    case: Path
    out: Path
    smoke: bool
    points: tuple[Point, ...]

    def point(self, name: str) -> Point:
        """The point of a name.

        Raises:
            InputError: There is none.
        """
        found = next((point for point in self.points if point.name == name), None)
        if found is None:
            remedy = nearest(name, [point.name for point in self.points])
            raise InputError([Fault(str(self.path), f"has no point '{name}'", remedy)])
        return found


@dataclass
class _Draft:
    """A point that is not validated yet."""

    name: str
    settings: list[str] = field(default_factory=list)
    varied: dict[str, str] = field(default_factory=dict)


def read_sweep(path: Path, out: Path, smoke: bool = False) -> Sweep:
    """Read and validate a sweep; nothing is run.

    Args:
        path: The sweep file (TOML).
        out: Folder of all results.
        smoke: Use the small size of the case.

    Raises:
        InputError: Everything that is wrong with the file and with its points.
    """
    document = _read(path)
    faults: list[Fault] = []
    case = _case_file(document, path, faults)
    drafts = _drafts(document, faults)
    points = _validated(drafts, case, out, smoke, faults) if case else []
    if faults:
        raise InputError(faults)
    return Sweep(path, case or path, out, smoke, tuple(points))


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise InputError([Fault(str(path), problem, "give a sweep file (.toml)")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Fault(str(path), str(error), "correct the TOML syntax")]) from None


def _case_file(document: Mapping[str, Any], path: Path, faults: list[Fault]) -> Path | None:
    for key in document:
        if key not in _KEYS:
            faults.append(Fault(key, "is not known in a sweep file", nearest(key, _KEYS)))
    if not isinstance(name := document.get("case"), str):
        problem = "is missing" if name is None else "is not a text"
        remedy = "give the path of a case file, relative to the sweep file"
        faults.append(Fault("case", problem, remedy))
        return None
    return path.resolve().parent / name


def _drafts(document: Mapping[str, Any], faults: list[Fault]) -> list[_Draft]:
    """Every named point with every combination of the grid."""
    common = _table(document, "set", "set", faults)
    grid = _grid(_table(document, "grid", "grid", faults), faults)
    named = _named(document.get("point", []), faults)
    if not grid and not named:
        if not faults:
            faults.append(Fault("grid", "is missing", "give [grid] lists, [[point]]s, or both"))
        return []
    drafts = []
    for base in named or [_Draft("")]:
        for chosen in combinations(grid):
            name = ", ".join(filter(None, (base.name, label(chosen))))
            settings = [*(setting(*item) for item in leaves(common)), *base.settings]
            settings += [setting(*item) for item in chosen.items()]
            varied = {key: plain(value) for key, value in chosen.items()}
            drafts.append(_Draft(name, settings, varied))
    return drafts


def _table(
    document: Mapping[str, Any], key: str, at: str, faults: list[Fault]
) -> Mapping[str, Any]:
    table = document.get(key, {})
    if isinstance(table, Mapping):
        return table
    faults.append(Fault(at, f"is {table!r}", "a table of dotted keys is needed"))
    return {}


def _grid(grid: Mapping[str, Any], faults: list[Fault]) -> Mapping[str, Any]:
    for key, values in leaves(grid):
        if not isinstance(values, list) or not values:
            remedy = "a list of the values to go through is needed"
            faults.append(Fault(f"grid.{key}", f"is {values!r}", remedy))
            return {}
    return grid


def _named(points: object, faults: list[Fault]) -> list[_Draft]:
    if not isinstance(points, list) or not all(isinstance(point, Mapping) for point in points):
        faults.append(Fault("point", "is not a list of tables", "write [[point]]"))
        return []
    drafts: list[_Draft] = []
    for number, point in enumerate(points, start=1):
        at = f"point[{number}]"
        for key in point:
            if key not in _POINT_KEYS:
                faults.append(Fault(f"{at}.{key}", "is not known", nearest(key, _POINT_KEYS)))
        name = point.get("name")
        if not isinstance(name, str) or not name.strip():
            faults.append(Fault(f"{at}.name", "is missing", "give each point a name"))
            continue
        if name in {draft.name for draft in drafts}:
            faults.append(Fault(f"{at}.name", f"'{name}' is given twice", "give another name"))
        replaced = _table(point, "replace", f"{at}.replace", faults)
        changed = _table(point, "set", f"{at}.set", faults)
        settings = [setting(*item) for item in replaced.items()]
        drafts.append(_Draft(name, settings + [setting(*item) for item in leaves(changed)]))
    return drafts


def _validated(
    drafts: list[_Draft], case: Path, out: Path, smoke: bool, faults: list[Fault]
) -> list[Point]:
    """Load the case at every point; a fault of all points is reported once."""
    points: list[Point] = []
    found: dict[Fault, list[str]] = {}
    for draft in drafts:
        try:
            loaded = load_case(case, draft.settings, smoke=smoke)
        except InputError as error:
            for fault in error.faults:
                found.setdefault(fault, []).append(draft.name)
            continue
        folder = out / folder_name(draft.name)
        points.append(Point(draft.name, tuple(draft.settings), draft.varied, loaded, folder))
    for fault, names in found.items():
        where = "every point" if len(names) == len(drafts) else _some(names)
        faults.append(Fault(f"{where}: {fault.key}", fault.problem, fault.remedy))
    return points


def _some(names: list[str]) -> str:
    """The first names of a list, quoted."""
    shown = ", ".join(f"'{name}'" for name in names[:3])
    return f"point {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")

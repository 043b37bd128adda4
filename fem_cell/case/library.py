"""The data sheets of one case: shipped ones, files, and the ``[materials]`` of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fem_cell.case import effective
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.materials import DataSheet, load_sheet, read_sheet, sheet_names


@dataclass
class Library:
    """Finds data sheets by name and remembers which were used.

    Attributes:
        base_dir: Folder that relative paths refer to.
        tables: The ``[materials]`` table of the case.
        faults: What is wrong is added here.
        sheets: The sheets that were asked for, by the name used in the case; ``None`` for
            those that could not be read, so that a fault is reported once.
    """

    base_dir: Path
    tables: Mapping[str, Any]
    faults: list[Fault]
    sheets: dict[str, DataSheet | None] = field(default_factory=dict)

    def find(self, name: str, kinds: tuple[str, ...], at: str) -> DataSheet | None:
        """The sheet of a name; a fault and ``None`` if there is none of the right kind.

        Args:
            name: As the case gives it.
            kinds: The kinds that can be used here.
            at: Key that gives the name, for the messages.
        """
        if name not in self.sheets:
            self.sheets[name] = self._read(name, at)
        sheet = self.sheets[name]
        if sheet is not None and sheet.kind not in kinds:
            wanted = " or ".join(kind.replace("_", " ") for kind in kinds)
            found = f"'{name}' is a data sheet of kind {sheet.kind.replace('_', ' ')}"
            self.faults.append(Fault(at, found, f"one of kind {wanted} is needed"))
            return None
        return sheet

    def _read(self, name: str, at: str) -> DataSheet | None:
        try:
            table = self.tables.get(name)
            if table is None:
                return self._shipped(name, at)
            if not isinstance(table, Mapping):
                remedy = "a table of quantities is needed"
                raise InputError([Fault(f"materials.{name}", f"is {table!r}", remedy)])
            if "kind" in table:
                return read_sheet({"name": name, **table}, f"materials.{name}")
            return self._shipped(name, at).with_overrides(table, f"materials.{name}")
        except InputError as error:
            self.faults.extend(error.faults)
            return None

    def _shipped(self, name: str, at: str) -> DataSheet:
        known = [*sheet_names(), *self.tables]
        if not name.endswith(".toml") and name not in known:
            remedy = nearest(name, known) + "; or a path to a .toml"
            raise InputError([Fault(at, f"'{name}' is not a known material", remedy)])
        return load_sheet(name, self.base_dir, at)

    def document(self) -> dict[str, Any]:
        """The sheets in use as the ``[materials]`` section of an effective case."""
        return {
            name: effective.sheet_document(sheet)
            for name, sheet in self.sheets.items()
            if sheet is not None
        }

    def check_use(self) -> None:
        """Tables of ``[materials]`` that nothing uses, and two sheets of one name, are mistakes."""
        for name in self.tables:
            if name not in self.sheets:
                remedy = nearest(name, [*self.sheets])
                self.faults.append(
                    Fault(f"materials.{name}", "is used by no phase and no interface", remedy)
                )
        first: dict[str, str] = {}
        for reference, sheet in self.sheets.items():
            if sheet is None:
                continue
            other = first.setdefault(sheet.name, reference)
            if other != reference:
                problem = f"has the same name, {sheet.name}, as the data sheet '{other}'"
                self.faults.append(
                    Fault(f"materials.{reference}", problem, "give each a name of its own")
                )

"""Parameters of a geometry script: declared once, read from text, shown as text.

A length or an angle is written with its unit and kept in SI (m, rad); everything else keeps
the type of its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_cell import units
from fem_cell.errors import Fault, nearest

Value = float | int | bool | str | tuple[Any, ...]
"""What a parameter can be once it is read: lengths in m, angles in rad."""
Values = dict[str, Any]
"""Complete values of a script's parameters by name."""

_EXAMPLES = {"um": "100 um", "nm": "250 nm", "mm": "1.5 mm", "deg": "5 deg"}


class ParameterError(ValueError):
    """A value that cannot be accepted: what is wrong with it, and what can be.

    Attributes:
        problem: What was found.
        remedy: What is accepted instead.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        """Keep both halves; the message joins them."""
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a geometry script.

    Attributes:
        name: Key in the ``[geometry]`` table; option ``--name`` of the script.
        default: As a user would write it (``"200 um"``, ``2``, ``("cathode: 100 um",)``); a
            function of the values before it (SI) where the default follows from them; None if
            a value must be given.
        unit: Unit of a length or an angle (``"um"``, ``"deg"``), None for anything else.
        help: One line; says what follows if ``default`` is a function.
        minimum: Smallest value accepted, in ``unit``.
        maximum: Largest value accepted, in ``unit``.
        choices: The values accepted, if they are few.
        kind: Type of the value, or of the items of a list; taken from ``default`` if None.
            ``Path`` is the name of a file: a text that is made absolute, or "" for no file.
    """

    name: str
    default: str | int | float | bool | Sequence[Any] | Callable[[Values], Any] | None
    unit: str | None
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] | None = None
    kind: type | None = None

    @property
    def is_list(self) -> bool:
        """Whether the value is a list (its default is one)."""
        return isinstance(self.default, list | tuple)

    @property
    def item_type(self) -> type:
        """Type of the value, or of each item of a list."""
        if self.unit is not None:
            return float
        if self.kind is not None:
            return self.kind
        if isinstance(self.default, list | tuple):
            return type(self.default[0]) if self.default else str
        if self.choices:
            return type(self.choices[0])
        return type(self.default) if isinstance(self.default, bool | int | float) else str

    def read(self, raw: object, folder: Path | None = None) -> Value:
        """The value of what a user wrote, checked against limits and choices.

        Args:
            raw: Text, number, truth value or list, as TOML or the command line gives it.
            folder: What the name of a file is relative to; the working directory if None.

        Returns:
            SI value of a length or an angle, a tuple for a list, else the plain value.

        Raises:
            ParameterError: It cannot be accepted.
        """
        if self.item_type is Path:
            return self._file(raw, folder)
        if not self.is_list:
            return self._read_item(raw)
        if isinstance(raw, str) or not isinstance(raw, Sequence):
            example = _toml(self.default or [self.item_type(1), self.item_type(2)])
            raise ParameterError(f"{_toml(raw)} is not a list", f"give one such as {example}")
        return tuple(self._read_item(item) for item in raw)

    def show(self, value: Value) -> Any:
        """The inverse of :meth:`read`: what a case file would hold for this value."""
        if isinstance(value, tuple):
            return [self.show(item) for item in value]
        return value if self.unit is None else units.show_si(float(value), self.unit)

    def show_default(self) -> str:
        """The default as a help text shows it."""
        if self.default is None:
            return "must be given"
        if callable(self.default):
            return "follows from the others"
        return f"default {_toml(self.default)}"

    def _read_item(self, raw: object) -> float | int | bool | str:
        value = _quantity(raw, self.unit) if self.unit is not None else self._plain(raw)
        if self.choices is not None and value not in self.choices:
            listed = [str(choice) for choice in self.choices]
            raise ParameterError(f"{_toml(raw)} is not a choice", nearest(str(raw), listed))
        for limit, sign, word in ((self.minimum, 1, "least"), (self.maximum, -1, "most")):
            if limit is None or isinstance(value, str):
                continue
            bound = units.to_si(f"{limit} {self.unit}", self.unit) if self.unit else limit
            if sign * (value - bound) < 0:
                shown = f"{limit:g} {self.unit or ''}".rstrip()
                raise ParameterError(f"{_toml(raw)} is out of range", f"must be at {word} {shown}")
        return value

    def _file(self, raw: object, folder: Path | None) -> str:
        """An absolute path as text, "" if no file is named."""
        if not isinstance(raw, str):
            raise ParameterError(f"{_toml(raw)} is not accepted", "needs the name of a file")
        return str(((folder or Path()) / raw).resolve()) if raw else ""

    def _plain(self, raw: object) -> float | int | bool | str:
        """A value without a unit; the command line gives numbers as text."""
        due = self.item_type
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        try:
            if due is bool and isinstance(raw, str):
                return {"true": True, "false": False}[raw.lower()]
            if due in (int, float) and isinstance(raw, str):
                return due(raw)
        except (KeyError, ValueError):
            raise ParameterError(f"{_toml(raw)} is not accepted", f"needs {words[due]}") from None
        if due is float and isinstance(raw, int) and not isinstance(raw, bool):
            return float(raw)
        if type(raw) is not due:
            raise ParameterError(f"{_toml(raw)} is not accepted", f"needs {words[due]}")
        return raw  # type: ignore[return-value]


def read_values(
    parameters: Sequence[Parameter], table: Mapping[str, object], folder: Path | None = None
) -> tuple[Values, list[Fault]]:
    """Read a whole table of parameters and fill in the defaults.

    Args:
        parameters: As a script declares them.
        table: What the user wrote, without the key ``script``.
        folder: What file names are relative to; the working directory if None.

    Returns:
        Values in SI of every parameter that could be read, and one fault for each that could
        not; the keys of the faults are parameter names. Values are complete without faults.
    """
    values: Values = {}
    faults: list[Fault] = []
    known = [parameter.name for parameter in parameters]
    for name in table:
        if name not in known:
            faults.append(Fault(name, "is not a parameter of this script", nearest(name, known)))
    for parameter in parameters:
        name = parameter.name
        raw = table.get(name, parameter.default)
        try:
            if raw is None:
                raise ParameterError("must be given", parameter.help)
            if callable(raw):
                values[name] = raw(values)
            else:
                values[name] = parameter.read(raw, folder)
        except KeyError:
            continue  # the default follows from a value that has a fault of its own
        except ParameterError as error:
            faults.append(Fault(name, error.problem, error.remedy))
    return values, faults


def _quantity(raw: object, unit: str) -> float:
    """A length or an angle in SI; an angle is dimensionless, yet has to have its unit."""
    example = f'e.g. "{_EXAMPLES.get(unit, "1 " + unit)}"'
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ParameterError(f"{_toml(raw)} is not a quantity", f"give one, {example}")
    try:
        if not isinstance(raw, str) or not units.split(raw)[1]:
            raise ParameterError(f"{_toml(raw)} has no unit", f"give one, {example}")
        return units.to_si(raw, unit)
    except ParameterError:
        raise
    except ValueError as error:
        problem = str(error).rpartition(": ")[0] or f"{_toml(raw)} cannot be read"
        raise ParameterError(problem, f"give a quantity, {example}") from None


def _toml(value: object) -> str:
    """A value as a case file would hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)

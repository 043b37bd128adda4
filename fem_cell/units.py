"""Quantities with units: text in, floats out.

A user writes quantities as text with a unit, ``"100 um"``; the program computes with plain
floats in the coherent SI units (m, kg, s, A, K, mol and what is derived from them). This
module is the only place where the two meet.

The pint registry is made at the first use, because making it takes a tenth of a second that
``fem-cell --help`` should not pay.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*", re.DOTALL)
_UNIT = re.compile(
    r"(?:[^\W\d][\w⁻]*"  # a name, also with exponents like ²
    r"|(?<![\w.])1(?![\w.])"  # as in 1/s
    r"|(?:\^|\*\*)\s*[+-]?\d{1,2}(?:\.\d{1,17})?(?![\d.]|\s*(?:\^|\*\*))"
    r"|[()*/\s])*"
)
"""What is handed to pint: names and products of them, and no sums; it would go on computing a
power of a power of a number for ever."""
_LONGEST_UNIT = 100
_SPELLINGS = (("Ω", "ohm"), ("°C", "degC"), ("·", "*"), ("%", "percent"))
_EXAMPLES = {
    "m": "8 um",
    "K": "30 degC",
    "s": "30 minutes",
    "V": "4.3 V",
    "A": "5 mA",
    "kg/m^3": "4.77 g/cm^3",
    "mol/m^3": "49340 mol/m^3",
    "m^2/s": "1e-14 m^2/s",
    "S/m": "1.36 mS/cm",
    "ohm*m^2": "50 ohm cm^2",
    "A/m^2": "5 mA/cm^2",
    "F/m^2": "20 uF/cm^2",
    "J/mol": "30 kJ/mol",
    "A*s/kg": "200 mAh/g",
    "Pa": "20 MPa",
}


@cache
def _registry() -> pint.UnitRegistry[Any]:
    """The units of pint, and the ampere-hour under its usual symbol."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry()
    for definition in ("ampere_hour = ampere * hour = Ah", "watt_hour = watt * hour = Wh"):
        registry.define(definition)
    return registry


@cache
def _unit(text: str) -> Any:
    """The pint unit a text stands for.

    Raises:
        ValueError: There is no such unit.
    """
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    if len(text) > _LONGEST_UNIT or not _UNIT.fullmatch(text):
        raise ValueError(f"'{text[:_LONGEST_UNIT]}' is not a known unit")
    try:
        return _registry().parse_units(text)
    except Exception as error:  # pint raises errors of its parser and of the tokenizer too
        raise ValueError(f"'{text}' is not a known unit") from error


def _tidy(value: float) -> float:
    """Fifteen digits, so that ``100 um`` is 1e-4 m and not 9.999999999999999e-05 m."""
    return float(f"{value:.15g}")


def example(unit: str) -> str:
    """A quantity such as a user would write where ``unit`` is due."""
    if unit in _EXAMPLES:
        return _EXAMPLES[unit]
    for known, example in _EXAMPLES.items():
        if _unit(known).dimensionality == _unit(unit).dimensionality:
            return example
    return f"1 {unit}"


def split(text: str) -> tuple[float, str]:
    """Separate ``"100 um"`` into ``(100.0, "um")``.

    Raises:
        ValueError: The text does not begin with a finite number.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' does not begin with a number")
    value = float(match[1])
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is too large for a number")
    return value, match[2]


def parse(text: object, unit: str) -> float:
    """The value of a quantity, expressed in ``unit``.

    Args:
        text: A quantity such as ``"100 um"``; a number is taken only where ``unit`` is
            dimensionless (``""``).
        unit: The unit of the result, e.g. ``"m"``.

    Returns:
        The value in ``unit``; ``parse("30 degC", "K")`` is 303.15.

    Raises:
        ValueError: Not a quantity, no unit, an unknown unit or one of another dimension. The
            message says which unit is due and gives an example.
    """
    due = _unit(unit)
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(f"needs a quantity such as {_quoted_example(unit)}")
    try:
        number, found = split(text) if isinstance(text, str) else (float(text), "")
    except ValueError as error:
        raise ValueError(f"{error}: needs a quantity such as {_quoted_example(unit)}") from None
    if not math.isfinite(number):
        raise ValueError(f"needs a finite quantity such as {_quoted_example(unit)}")
    if not found and not due.dimensionless:
        raise ValueError(f"needs a unit, e.g. {_quoted_example(unit)}")
    try:
        return _tidy(_registry().Quantity(number, _unit(found)).to(due).magnitude)
    except ValueError as error:
        raise ValueError(f"{error}: needs a unit such as in {_quoted_example(unit)}") from None
    except Exception as error:  # pint's DimensionalityError is a TypeError, not a ValueError
        due_text = f"needs one such as in {_quoted_example(unit)}"
        raise ValueError(f"'{found}' is not a unit of this quantity: {due_text}") from error


def _quoted_example(unit: str) -> str:
    """The example as it stands in a file: text in quotes, or a plain number."""
    return "0.5" if _unit(unit).dimensionless else f'"{example(unit)}"'


def convert(value: float, unit: str, to: str) -> float:
    """Express a value given in ``unit`` in the unit ``to``."""
    return _tidy(_registry().Quantity(value, _unit(unit)).to(_unit(to)).magnitude)


@cache
def si_unit(unit: str) -> str:
    """The coherent SI unit of the same dimension, e.g. ``kg/m**3`` for ``g/cm^3``."""
    base = _registry().Quantity(1.0, _unit(unit)).to_base_units().units
    return f"{base:C}".replace("dimensionless", "")


def to_si(text: object, unit: str) -> float:
    """The value of a quantity in coherent SI units; ``unit`` says what kind is due.

    Raises:
        ValueError: As :func:`parse`.
    """
    return parse(text, si_unit(unit)) if unit else parse(text, "")


def show(value: float, unit: str) -> str:
    """Text of a value that is given in ``unit``; the inverse of :func:`parse`.

    Returns:
        ``"8 um"`` for ``show(8.0, "um")``, and ``"0.44"`` for a dimensionless value. Fifteen
        digits are kept: enough to give the value back, one less than would show rounding.
    """
    return f"{value:.15g} {unit}".rstrip()


def show_si(value: float, unit: str) -> str:
    """Text in ``unit`` of a value given in coherent SI units; the inverse of :func:`to_si`."""
    return show(convert(value, si_unit(unit), unit), unit) if unit else show(value, "")

"""Read protocol lines such as ``Charge at C/5 for 30 minutes or until 4.3 V``.

::

    line      = action clause { "or" clause } | measurement
    action    = "Charge at" current | "Discharge at" current | "Hold at" voltage | "Rest"
              | "Sweep at" rate
    clause    = "for" time | "until" ( voltage | current | capacity | time )
    current   = "0.2C" | "C/5" | "5 mA/cm^2" | "1 mA"
    capacity  = "2 mAh/cm^2" | "100 mAh/g" | "0.5 mAh"
    measurement = "Measure impedance from" frequency "to" frequency [ "at" number "frequencies" ]
    rate      = "0.1 mV/s"

A sweep goes from the voltage it finds to that of its ``until``, up or down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, cast

from fem_cell.errors import nearest
from fem_cell.protocol.measurement import impedance_step, is_measurement
from fem_cell.protocol.steps import Amount, Limit, Step
from fem_cell.units import parse, split, to_si

_VERBS = ("Charge", "Discharge", "Hold", "Rest", "Sweep", "Measure")
HOW_TO = (
    'write e.g. "Charge at 0.2C until 4.3 V", "Hold at 4.3 V until C/20", '
    '"Rest for 2 hours" or "Discharge at 5 mA/cm^2 for 30 minutes"'
)
_CLAUSE = re.compile(r"\s*(?:,\s*)?(?:\bor\s+)?\b(for|until)\b\s*", re.IGNORECASE)
_C_RATE = re.compile(r"(\d+\.?\d*|\.\d+)?\s*C\s*(?:/\s*(\d+\.?\d*|\.\d+))?")
_CURRENTS = ("A/m^2", "A")
_CAPACITIES = ("A*s/m^2", "A*s/kg", "A*s")


class _LineError(Exception):
    """Ends the reading of one line with what is wrong and what is accepted."""


def parse_line(text: str, cycle: int = 1) -> Step:
    """One line of a protocol.

    Args:
        text: E.g. ``"Discharge at 1C until 2.7 V"``; upper and lower case are the same.
        cycle: Number of the cycle the step belongs to.

    Raises:
        ValueError: ``problem; remedy`` of the first thing that is wrong with the line.
    """
    return replace(_read_line(text), cycle=cycle)


@lru_cache(maxsize=4096)  # a repeat block asks for the same few lines thousands of times
def _read_line(text: str) -> Step:
    if is_measurement(text):
        return impedance_step(text)
    action, *clauses = _CLAUSE.split(text.strip())
    try:
        step = _action(action, text)
        pairs = zip(clauses[::2], clauses[1::2], strict=True)
        limits = tuple(_limit(word.lower(), what.strip(" ,."), step) for word, what in pairs)
    except _LineError as wrong:
        raise ValueError(str(wrong)) from None
    if not limits:
        raise ValueError('nothing ends the step; add e.g. "for 2 hours" or "until 2.7 V"')
    if step.kind == "sweep" and [limit.kind for limit in limits].count("voltage") != 1:
        raise ValueError('a sweep needs one voltage to end at; add e.g. "until 4.5 V"')
    return replace(step, until=limits)


def _action(action: str, text: str) -> Step:
    words = action.split(None, 2)
    verb = words[0].capitalize() if words else ""
    if verb not in _VERBS:
        found = f"'{words[0]}' is not an action" if words else "the line is empty"
        raise _LineError(f"{found}; {nearest(verb, _VERBS)}. {HOW_TO}")
    if verb == "Rest":
        if len(words) > 1:
            raise _LineError(
                f"'{' '.join(words[1:])}' is not understood; write \"Rest for 2 hours\""
            )
        return Step("rest", 0, None, (), text.strip(), 1)
    if len(words) < 3 or words[1].lower() != "at":
        example = {"Hold": "4.3 V", "Sweep": "0.1 mV/s"}.get(verb, "0.2C")
        raise _LineError(f'"at" and a value are missing; write e.g. "{verb} at {example} ..."')
    if verb == "Hold":
        return Step("voltage", 0, Amount(_voltage(words[2]), "V"), (), text.strip(), 1)
    if verb == "Sweep":
        return Step("sweep", 0, Amount(_rate(words[2]), "V/s"), (), text.strip(), 1)
    direction: Literal[1, -1] = 1 if verb == "Charge" else -1
    return Step("current", direction, _current(words[2]), (), text.strip(), 1)


def _voltage(text: str) -> float:
    try:
        return parse(text, "V")
    except ValueError:
        remedy = 'write e.g. "Hold at 4.3 V until C/20"'
        raise _LineError(f"'{text}' is not a voltage; {remedy}") from None


def _rate(text: str) -> float:
    try:
        rate = parse(text, "V/s")
    except ValueError:
        raise _LineError(f"'{text}' is not a rate; write e.g. \"0.1 mV/s\"") from None
    if rate <= 0.0:
        raise _LineError(f"the rate '{text}' is not greater than zero; \"until\" says where to")
    return rate


def _current(text: str) -> Amount:
    amount = _as_current(text)
    if amount is None:
        remedy = 'write a C-rate ("0.2C", "C/5"), a current density ("5 mA/cm^2") or a current'
        if _as_unit(text, ("V",)):
            remedy = f'a voltage is imposed with "Hold at {text} until C/20"'
        raise _LineError(f"'{text}' is not a current; {remedy}")
    if amount.value <= 0.0:
        problem = f"the current '{text}' is not greater than zero"
        raise _LineError(f'{problem}; Charge or Discharge gives the sign, and "Rest" is no current')
    return amount


def _as_current(text: str) -> Amount | None:
    match = _C_RATE.fullmatch(text.strip())
    if match and (match[1] or match[2]):
        divisor = float(match[2] or 1.0)
        return Amount(float(match[1] or 1.0) / divisor, "C") if divisor else None
    found = _as_unit(text, _CURRENTS)
    return Amount(found[0], cast(Literal["A/m^2", "A"], found[1])) if found else None


def _as_unit(text: str, units: Sequence[str]) -> tuple[float, str] | None:
    """The value [SI] and the unit among ``units`` whose dimension the text has, if any."""
    for unit in units:
        try:
            return to_si(text, unit), unit
        except ValueError:
            continue
    return None


def _limit(word: str, text: str, step: Step) -> Limit:
    time = _as_unit(text, ("s",))
    if word == "for" and time is None:
        raise _LineError(f"'for {text}' is not a duration; write e.g. \"for 30 minutes\"")
    if time is not None:
        return _positive(Limit("time", time[0], "s", text))
    if step.kind == "rest":
        raise _LineError(f"a rest cannot end at '{text}'; write e.g. \"Rest for 2 hours\"")
    current = _as_current(text)
    if current is not None:
        if step.kind == "current":
            problem = f"the current is imposed, so it cannot be the end '{text}'"
            raise _LineError(f"{problem}; end with a voltage, a capacity or a time")
        return _positive(Limit("current", current.value, current.unit, text))
    voltage = _as_unit(text, ("V",))
    if voltage is not None:
        if step.kind == "voltage":
            problem = f"the voltage is held, so it cannot be the end '{text}'"
            raise _LineError(f"{problem}; end with a current (C/20), a capacity or a time")
        return Limit("voltage", voltage[0], "V", text)
    capacity = _as_unit(text, _CAPACITIES)
    if capacity is None:
        raise _LineError(f"'{text}' is not understood as an end{_hint(text)}")
    return _positive(Limit("capacity", capacity[0], capacity[1], text))


def _hint(text: str) -> str:
    accepted = '"2.7 V", "C/20", "2 mAh/cm^2" or "30 minutes"'
    try:
        number, unit = split(text)
    except ValueError:
        return f"; write a quantity such as {accepted}"
    if not unit:
        return f"; {number:g} needs a unit: {accepted}"
    return f"; accepted are a voltage, a current, a capacity or a time: {accepted}"


def _positive(limit: Limit) -> Limit:
    if limit.value <= 0.0:
        raise _LineError(f"the end '{limit.text}' is not greater than zero; correct it")
    return limit

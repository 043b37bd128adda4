"""Blocks of protocol lines: what is repeated, and how often.

::

    repeat    = { repeat = 50, steps = [ line, repeat, ... ], until = voltage }
    gitt      = { gitt = line, rest = time, until = voltage, repeat = 200 }

``until`` ends a whole block: every step that imposes a current ends there as well, and the
protocol goes on behind the block. All of them must go in one direction. ``gitt`` stands for a
repeat of a pulse and a rest; its ``repeat`` is a guard, a thousand if left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.protocol.grammar import HOW_TO, parse_line
from fem_cell.protocol.steps import Leave, Limit, Step
from fem_cell.units import parse

MAXIMUM_STEPS = 200_000
"""More steps than anyone can run: a guard against a mistyped repeat."""

PULSES = 1000
"""Of a titration, at most."""

GITT = "gitt"
_KEYS = {"repeat": ("repeat", "steps", "until"), GITT: (GITT, "rest", "until", "repeat")}


def parse_protocol(lines: Sequence[Any], key: str = "protocol") -> list[Step]:
    """The steps of a protocol, repeats unrolled.

    Args:
        lines: Text lines and tables, as they come out of TOML.
        key: Path of the list in the case file, for the messages.

    Raises:
        InputError: Everything that is wrong with any line.
    """
    faults: list[Fault] = []
    if not lines:
        raise InputError([Fault(key, "has no steps", HOW_TO)])
    count = _count(lines, key, faults)
    if count > MAXIMUM_STEPS:
        faults.append(Fault(key, f"has {count} steps", f"at most {MAXIMUM_STEPS} are accepted"))
    if faults:
        raise InputError(faults)
    steps: list[Step] = []
    cycle = 0
    for line in lines:
        if isinstance(line, str):
            steps.append(parse_line(line, max(cycle, 1)))
            continue
        block, start = _as_repeat(line), len(steps)
        for _ in range(block["repeat"]):
            cycle += 1
            inner = list(_unroll(block["steps"], len(steps)))
            steps += [replace(step, cycle=cycle, repeated=True) for step in inner]
        steps[start:] = _ended(steps[start:], block, len(steps))
    return steps


def _as_repeat(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block as a repeat."""
    if GITT not in block:
        return dict(block)
    steps = [block[GITT], f"Rest for {block['rest']}"]
    return {
        "repeat": block.get("repeat", PULSES),
        "steps": steps,
        "until": block["until"],
        "experiment": GITT,
    }


def _unroll(lines: Sequence[Any], offset: int) -> Iterator[Step]:
    """The steps of a list in the order in which they are run.

    Args:
        lines: Of a block.
        offset: Number of steps before them.
    """
    for line in lines:
        if isinstance(line, str):
            offset += 1
            yield parse_line(line)
            continue
        block, inner = _as_repeat(line), list[Step]()
        for _ in range(block["repeat"]):
            inner += _unroll(block["steps"], offset + len(inner))
        offset += len(inner)
        yield from _ended(inner, block, offset)


def _ended(steps: list[Step], block: Mapping[str, Any], behind: int) -> list[Step]:
    """The steps of a block with what ends it; ``behind`` is the index of what follows."""
    steps = [replace(s, experiment=block.get("experiment", s.experiment)) for s in steps]
    if "until" not in block:
        return steps
    text = str(block["until"])
    leave = Leave(text, behind)
    limit = Limit("voltage", parse(text, "V"), "V", text)
    return [
        replace(s, until=(*s.until, limit), leaves=(*s.leaves, leave)) if s.direction else s
        for s in steps
    ]


def _count(lines: Sequence[Any], key: str, faults: list[Fault]) -> int:
    """Number of steps after unrolling; adds what is wrong with the lines to ``faults``."""
    count = 0
    for number, line in enumerate(lines, start=1):
        at = f"{key}[{number}]"
        if isinstance(line, str):
            count += 1
            _read(line, at, faults)
        elif isinstance(line, dict):
            count += _count_block(line, at, faults)
        else:
            faults.append(Fault(at, f"is {line!r}", HOW_TO))
    return count


def _read(line: str, at: str, faults: list[Fault]) -> Step | None:
    try:
        return parse_line(line)
    except ValueError as error:
        problem, _, remedy = str(error).partition("; ")
        faults.append(Fault(at, f"'{line}': {problem}", remedy))
    return None


def _count_block(block: dict[str, Any], at: str, faults: list[Fault]) -> int:
    kind = GITT if GITT in block else "repeat"
    faults.extend(
        Fault(f"{at}.{name}", f"is not a key of a {kind} block", nearest(name, _KEYS[kind]))
        for name in block
        if name not in _KEYS[kind]
    )
    repeat = block.get("repeat", PULSES if kind == GITT else None)
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 1:
        faults.append(Fault(f"{at}.repeat", f"is {repeat!r}", "a whole number from 1 is needed"))
        repeat = 1
    if kind == GITT:
        _check_titration(block, at, faults)
        return 2 * repeat
    inner = block.get("steps")
    if not isinstance(inner, list) or not inner:
        faults.append(Fault(f"{at}.steps", "is not a list of lines", HOW_TO))
        return 0
    before = len(faults)
    count = _count(inner, f"{at}.steps", faults)
    if "until" in block and len(faults) == before:
        _check_end(block["until"], _directions(inner), at, faults)
    return repeat * count


def _check_titration(block: dict[str, Any], at: str, faults: list[Fault]) -> None:
    """A pulse of a current for a time, a rest and a voltage to end at."""
    missing = [name for name in ("rest", "until") if name not in block]
    example = '{ gitt = "Discharge at 0.1C for 30 minutes", rest = "2 hours", until = "2.8 V" }'
    faults.extend(Fault(f"{at}.{name}", "is missing", f"write e.g. {example}") for name in missing)
    pulse = _read(str(block[GITT]), f"{at}.{GITT}", faults)
    if pulse and (not pulse.direction or {limit.kind for limit in pulse.until} != {"time"}):
        problem = f"'{pulse.text}' is no pulse of a current for a time"
        faults.append(Fault(f"{at}.{GITT}", problem, f"write e.g. {example}"))
    if "rest" in block:
        _read(f"Rest for {block['rest']}", f"{at}.rest", faults)
    if "until" in block and pulse:
        _check_end(block["until"], {pulse.direction}, at, faults)


def _directions(lines: Sequence[Any]) -> set[int]:
    """Directions of the steps of a list."""
    found: set[int] = set()
    for line in lines:
        if isinstance(line, str):
            found.add(parse_line(line).direction)
        else:
            found |= _directions(_as_repeat(line)["steps"])
    return found


def _check_end(text: Any, directions: set[int], at: str, faults: list[Fault]) -> None:
    """A voltage, and one direction to reach it."""
    try:
        parse(str(text), "V")
    except ValueError:
        faults.append(Fault(f"{at}.until", f"{text!r} is not a voltage", 'write e.g. "2.8 V"'))
    if len(directions - {0}) != 1:
        problem = "needs steps that impose a current, all in one direction"
        faults.append(Fault(f"{at}.until", problem, "give each step its own limit instead"))

"""Read lines such as ``Measure impedance from 1e5 Hz to 1e-2 Hz at 60 frequencies``."""

from __future__ import annotations

import re

from fem_cell.protocol.steps import Frequencies, Step
from fem_cell.units import to_si

_FORM = re.compile(
    r"measure\s+impedance\s+from\s+(?P<first>.+?)\s+to\s+(?P<last>.+?)"
    r"(?:\s+at\s+(?P<count>\S+)\s+frequencies)?\s*\.?",
    re.IGNORECASE,
)
_EXAMPLE = 'write e.g. "Measure impedance from 1e5 Hz to 1e-2 Hz at 60 frequencies"'

PER_DECADE = 8
"""Frequencies per decade if their number is not given."""

MOST = 10_000
"""Frequencies in one spectrum: a guard against a mistyped number."""


def is_measurement(text: str) -> bool:
    """Whether a line asks for a measurement."""
    return text.split(None, 1)[:1] != [] and text.split()[0].lower() == "measure"


def impedance_step(text: str) -> Step:
    """The step of a line that :func:`is_measurement`.

    Raises:
        ValueError: ``problem; remedy``.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"is not understood as a measurement; {_EXAMPLE}")
    first, last = (_frequency(match[name]) for name in ("first", "last"))
    if first == last:
        raise ValueError("both frequencies are the same; a spectrum needs a range")
    if match["count"] is None:
        frequencies = Frequencies.per_decade(first, last, PER_DECADE)
    else:
        frequencies = Frequencies(first, last, _count(match["count"]))
    return Step("impedance", 0, None, (), text.strip(), 1, frequencies=frequencies)


def _frequency(text: str) -> float:
    try:
        value = to_si(text, "Hz")
    except ValueError:
        raise ValueError(f"'{text}' is not a frequency; {_EXAMPLE}") from None
    if not value > 0.0:
        raise ValueError(f"the frequency '{text}' is not greater than zero; correct it")
    return value


def _count(text: str) -> int:
    if not text.isdigit() or not 2 <= int(text) <= MOST:
        raise ValueError(f"'{text}' is not a number of frequencies; 2 to {MOST} are accepted")
    return int(text)

r"""The open-circuit law of a data sheet, checked and evaluated in plain Python.

.. math::
   U(s) = U_0 - \sum_i a_i \tanh[b_i (s - c_i)] - \sum_j A_j \exp[-r_j (1 - s)]

Used to validate input on machines and in processes that load no finite element library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from fem_cell.errors import Fault, nearest

LISTS = ("a", "b", "c", "edge_amplitude", "edge_rate", "valid")
KEYS = ("law", "offset", *LISTS)
_SAMPLES = 400


def open_circuit_potential(law: Mapping[str, Any], s: float) -> float:
    """U(s) in volts of a ``tanh_sum`` law at the stoichiometry ``s``."""
    steps = zip(law["a"], law["b"], law["c"], strict=True)
    edges = zip(law["edge_amplitude"], law["edge_rate"], strict=True)
    return float(
        law["offset"]
        - sum(a * math.tanh(b * (s - c)) for a, b, c in steps)
        - sum(a * math.exp(-r * (1.0 - s)) for a, r in edges)
    )


def potential_range(law: Mapping[str, Any]) -> tuple[float, float]:
    """The lowest and the highest potential [V] the law is valid for."""
    low, high = law["valid"]
    return open_circuit_potential(law, high), open_circuit_potential(law, low)


def law_faults(law: Mapping[str, Any], key: str) -> list[Fault]:
    """What is wrong with an open-circuit law.

    Args:
        law: The table of the data sheet, without tag and source.
        key: Path of the table, for the messages.
    """
    if faults := name_faults(law, key, "tanh_sum"):
        return faults
    faults = table_faults(law, key, KEYS, LISTS)
    if not _is_number(law.get("offset")):
        faults.append(Fault(f"{key}.offset", "is not a number", "give it in volts, e.g. 4.08"))
    return faults or _consistency_faults(law, key)


def name_faults(law: Mapping[str, Any], key: str, name: str) -> list[Fault]:
    """Whether a table is of the law of that name."""
    given = law.get("law")
    return [] if given == name else [Fault(f"{key}.law", f"is {given!r}", f"known: {name}")]


def table_faults(
    law: Mapping[str, Any], key: str, known: Sequence[str], lists: Sequence[str]
) -> list[Fault]:
    """Unknown keys of a law, and lists that are no lists of numbers.

    Args:
        law: The table of the data sheet, without tag and source.
        key: Path of the table, for the messages.
        known: Keys it may have.
        lists: Keys it must have, with lists of numbers.
    """
    faults = [Fault(f"{key}.{k}", f"is not a key of a {law['law']} law", nearest(k, known))
              for k in law if k not in known]  # fmt: skip
    for name in lists:
        numbers = law.get(name)
        if not isinstance(numbers, list | tuple) or not all(map(_is_number, numbers)):
            faults.append(Fault(f"{key}.{name}", "is not a list of numbers", "e.g. [0.1, 0.2]"))
    return faults


def _consistency_faults(law: Mapping[str, Any], key: str) -> list[Fault]:
    faults = []
    for names in (("a", "b", "c"), ("edge_amplitude", "edge_rate")):
        if len({len(law[name]) for name in names}) > 1:
            listed = ", ".join(names)
            faults.append(Fault(key, f"{listed} differ in length", "give one number per term"))
    valid = law["valid"]
    if len(valid) != 2 or not 0.0 <= valid[0] < valid[1] <= 1.0:
        faults.append(
            Fault(f"{key}.valid", f"is {list(valid)}", "two stoichiometries, 0 <= low < high <= 1")
        )
    if faults:
        return faults
    step = (valid[1] - valid[0]) / _SAMPLES
    curve = [open_circuit_potential(law, valid[0] + i * step) for i in range(_SAMPLES + 1)]
    for i, (before, after) in enumerate(pairwise(curve)):
        if after >= before:
            return [
                Fault(
                    key,
                    f"does not fall with the stoichiometry near s = {valid[0] + i * step:.3f}",
                    "a decreasing curve is needed, or two states would have one voltage",
                )
            ]
    return []


def _is_number(value: object) -> bool:
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return is_plain and math.isfinite(float(value))  # type: ignore[arg-type]

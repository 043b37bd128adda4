"""The law of a factor that varies with stoichiometry, checked in plain Python.

``stoichiometry`` and ``factor`` are lists of the same length; between the points the logarithm of
the factor is linear (:mod:`fem_cell.laws.profile`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from fem_cell.errors import Fault
from fem_cell.materials.curve import name_faults, table_faults

LISTS = ("stoichiometry", "factor")


def profile_faults(law: Mapping[str, Any], key: str) -> list[Fault]:
    """What is wrong with a ``log_linear`` law.

    Args:
        law: The table of the data sheet, without tag and source.
        key: Path of the table, for the messages.
    """
    if faults := name_faults(law, key, "log_linear"):
        return faults
    faults = table_faults(law, key, ("law", *LISTS), LISTS)
    return faults or _consistency_faults(law, key)


def _consistency_faults(law: Mapping[str, Any], key: str) -> list[Fault]:
    s, factor = law["stoichiometry"], law["factor"]
    if len(s) != len(factor) or len(s) < 2:
        return [Fault(key, "stoichiometry and factor do not make points", "give at least two")]
    faults = []
    if any(after <= before for before, after in pairwise(s)) or s[0] < 0.0 or s[-1] > 1.0:
        remedy = "give rising values between 0 and 1"
        faults.append(Fault(f"{key}.stoichiometry", f"is {list(s)}", remedy))
    if any(f <= 0.0 for f in factor):
        faults.append(Fault(f"{key}.factor", f"is {list(factor)}", "give positive factors"))
    return faults

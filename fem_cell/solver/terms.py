r"""Sorts the terms of a balance by how often a solver has to assemble them.

A term over a volume or over facets inside that is linear in one field, such as conduction with
a constant conductivity, storage, or transfer across boundaries of grains, needs its matrix only
once:

.. math:: F = K u + M \dot u + N(t, u, \dot u)

All else is N: terms with laws that depend on a field, and all terms over outer surfaces, whose
coefficients (control of the terminal) change between protocol steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ufl
from dolfinx import fem
from ufl.algorithms import expand_derivatives
from ufl.constantvalue import Zero

from fem_cell.unknowns import Unknown, sum_of

_INSIDE = ("cell", "interior_facet")
"""Types of integral whose coefficients stay as they are."""


@dataclass(slots=True)
class Entry:
    """Derivatives of one balance by one unknown.

    Attributes:
        stiffness: Terms of K.
        capacity: Terms of M.
        changing: Derivatives of N, by the value or (times the shift) by the rate.
    """

    stiffness: list[ufl.Form] = field(default_factory=list)
    capacity: list[ufl.Form] = field(default_factory=list)
    changing: list[ufl.Form] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One balance, sorted.

    Attributes:
        remainder: Terms of N.
        entries: By index of the unknown; only those that occur.
    """

    remainder: list[ufl.Form] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)

    def entry(self, column: int) -> Entry:
        """The entry of a column, made when first asked for."""
        return self.entries.setdefault(column, Entry())


def sort_terms(terms: Sequence[ufl.Form], unknowns: Sequence[Unknown], shift: fem.Constant) -> Row:
    """Sort the terms of one balance; ``shift`` weighs derivatives by rates in ``changing``."""
    row = Row()
    for term in terms:
        if not _take_linear(term, unknowns, row):
            row.remainder.append(term)
    if row.remainder:
        _differentiate(sum_of(row.remainder), unknowns, shift, row)
    return row


def _take_linear(term: ufl.Form, unknowns: Sequence[Unknown], row: Row) -> bool:
    """Note a term inside the cell that is linear in one field; whether it is."""
    if any(integral.integral_type() not in _INSIDE for integral in term.integrals()):
        return False
    present = [
        (i, function, function is unknown.rate)
        for i, unknown in enumerate(unknowns)
        for function in (unknown.value, unknown.rate)
        if function in term.coefficients()
    ]
    if len(present) != 1:
        return False
    column, function, is_rate = present[0]
    slope = expand_derivatives(ufl.derivative(term, function, unknowns[column].trial))
    if function in slope.coefficients() or not _vanishes(ufl.replace(term, {function: Zero()})):
        return False
    entry = row.entry(column)
    (entry.capacity if is_rate else entry.stiffness).append(slope)
    return True


def _vanishes(form: ufl.Form) -> bool:
    return all(isinstance(i.integrand(), Zero) for i in expand_derivatives(form).integrals())


def _differentiate(
    remainder: ufl.Form, unknowns: Sequence[Unknown], shift: fem.Constant, row: Row
) -> None:
    coefficients = remainder.coefficients()
    for column, unknown in enumerate(unknowns):
        if unknown.value in coefficients:
            slope = ufl.derivative(remainder, unknown.value, unknown.trial)
            row.entry(column).changing.append(slope)
        if unknown.rate in coefficients:
            slope = shift * ufl.derivative(remainder, unknown.rate, unknown.trial)
            row.entry(column).changing.append(slope)

r"""Data sheets: every number of a material with its unit, its tag and its source.

The tag says how far a number can be trusted:

=====  =========================================================================
tag    meaning
=====  =========================================================================
S      stated in the paper the case reproduces
P      a PyBaMM parameter set, with that set's own citation
L1...  looked up in the literature; the source names the work
R      recalled from the literature and not re-read: verify before publishing
D      derived by arithmetic from the other kinds
A      assumed; a range says how far it may be off
user   set in the case file
=====  =========================================================================

Temperature dependence, where an entry gives an activation energy:

.. math::
   x(T) = x_{ref} \exp[-\tfrac{E_a}{R} (\tfrac1T - \tfrac1{T_{ref}})]

and, for ``law = "arrhenius_over_temperature"``, the same for the product x T.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.laws.constants import GAS_CONSTANT
from fem_cell.materials.keys import ALTERNATIVES, KEYS


@dataclass(frozen=True, slots=True)
class Entry:
    """One quantity of a data sheet.

    Attributes:
        key: Its name, e.g. ``diffusivity``.
        number: Value in coherent SI units at the reference temperature; 0 for a law.
        unit: Unit in which it is shown.
        tag: Trust, see the module's table.
        source: Full text of the source.
        note: Remark, or empty.
        range: Lower and upper plausible value in SI units, or ``None``.
        law: Coefficients of a function, for entries that are one.
        activation_energy: E_a [J/mol]; zero for no dependence on temperature.
        reference_temperature: T_ref [K] at which ``number`` holds.
        over_temperature: The product with T follows the Arrhenius law.
    """

    key: str
    number: float
    unit: str
    tag: str
    source: str
    note: str = ""
    range: tuple[float, float] | None = None
    law: Mapping[str, Any] | None = None
    activation_energy: float = 0.0
    reference_temperature: float = 298.15
    over_temperature: bool = False

    def at(self, temperature: float | None) -> float:
        """The value [SI] at a temperature [K], or at the reference temperature if ``None``."""
        if temperature is None:
            return self.number
        inverse = 1.0 / temperature - 1.0 / self.reference_temperature
        value = self.number * math.exp(-self.activation_energy / GAS_CONSTANT * inverse)
        return value * self.reference_temperature / temperature if self.over_temperature else value


@dataclass(frozen=True, slots=True)
class DataSheet:
    """The entries of one material.

    Attributes:
        name: E.g. ``NMC811``.
        kind: ``active_material``, ``binary_electrolyte``, ``single_ion_electrolyte``,
            ``counter_electrode``, ``lithium_host`` or ``mixed_conductor``.
        entries: The quantities by key.
    """

    name: str
    kind: str
    entries: Mapping[str, Entry]

    def has(self, key: str) -> bool:
        """Whether the sheet gives this quantity."""
        return key in self.entries

    def entry(self, key: str) -> Entry:
        """The entry of a quantity.

        Raises:
            InputError: The sheet has no such quantity.
        """
        if key not in self.entries:
            remedy = nearest(key, [*self.entries])
            raise InputError([Fault(f"{self.name}.{key}", "is not in the data sheet", remedy)])
        return self.entries[key]

    def value(self, key: str, temperature: float | None = None) -> float:
        """A quantity in coherent SI units.

        Args:
            key: Its name, e.g. ``conductivity``.
            temperature: T [K]; the reference temperature of the entry if ``None``.

        Raises:
            InputError: The sheet has no such quantity, or it is a law.
        """
        entry = self.entry(key)
        if entry.law is not None:
            raise InputError([Fault(f"{self.name}.{key}", "is a law, not a number", "use law()")])
        return entry.at(temperature)

    def law(self, key: str) -> dict[str, Any]:
        """The coefficients of a quantity that is a function, e.g. the open-circuit potential.

        Raises:
            InputError: The sheet has no such quantity, or it is a number.
        """
        entry = self.entry(key)
        if entry.law is None:
            raise InputError([Fault(f"{self.name}.{key}", "is a number, not a law", "use value()")])
        return dict(entry.law)

    def with_value(self, key: str, number: float) -> DataSheet:
        """The sheet with another value of a quantity, SI at its reference temperature."""
        return replace(self, entries={**self.entries, key: replace(self.entry(key), number=number)})

    def with_overrides(
        self, overrides: Mapping[str, object], at: str = "", source: str = "case file"
    ) -> DataSheet:
        """The sheet with some entries replaced.

        Args:
            overrides: By key: a quantity (``"2 A/m^2"``), which keeps the entry's activation
                energy and is understood at its reference temperature, or a whole entry table.
            at: Path of the table in the case file, for the messages.
            source: What is written as the source of a plain quantity.

        Raises:
            InputError: Unknown keys (with the nearest known one), wrong units or values.
        """
        from fem_cell.materials.reading import read_entry, sheet_faults

        entries = dict(self.entries)
        faults: list[Fault] = []
        for key, given in overrides.items():
            path = f"{at}.{key}" if at else key
            if key not in KEYS[self.kind]:
                problem = f"is not a quantity of {self.name} ({self.kind.replace('_', ' ')})"
                faults.append(Fault(path, problem, nearest(key, [*KEYS[self.kind]])))
                continue
            table = given if isinstance(given, Mapping) else {"value": given}
            found = read_entry(key, {"tag": "user", "source": source, **table}, self.kind, path)
            if isinstance(found, list):
                faults.extend(found)
                continue
            entries[key] = _keep_temperature_law(found, table, self.entries.get(key))
        if not faults:
            entries = _drop_alternatives(entries, overrides, self.kind)
            faults = sheet_faults(self.kind, entries, at or self.name)
        if faults:
            raise InputError(faults)
        return replace(self, entries=entries)


def _keep_temperature_law(entry: Entry, table: Mapping[str, object], old: Entry | None) -> Entry:
    """A new value keeps the old activation energy unless the table says otherwise."""
    if old is None or {"activation_energy", "law"} & set(table):
        return entry
    return replace(
        entry,
        activation_energy=old.activation_energy,
        over_temperature=old.over_temperature,
        reference_temperature=(
            entry.reference_temperature
            if "reference_temperature" in table
            else old.reference_temperature
        ),
    )


def _drop_alternatives(
    entries: dict[str, Entry], overrides: Mapping[str, object], kind: str
) -> dict[str, Entry]:
    """Overriding with one of two alternative descriptions drops the other one."""
    dropped: set[str] = set()
    for one, other in ALTERNATIVES.get(kind, ()):
        if one & set(overrides) and not other & set(overrides):
            dropped |= other
        elif other & set(overrides) and not one & set(overrides):
            dropped |= one
    return {key: entry for key, entry in entries.items() if key not in dropped}

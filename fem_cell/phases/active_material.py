"""Properties of an insertion material at the cell's temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_cell.laws.chemomechanics import response_to_work
from fem_cell.laws.constants import FARADAY
from fem_cell.laws.expressions import Expression
from fem_cell.laws.kinetics import occupancy, salt_activity
from fem_cell.laws.open_circuit import OpenCircuitPotential
from fem_cell.materials import DataSheet
from fem_cell.phases.model import Region

REFERENCE_CONCENTRATION = 1000.0
"""mol/m^3; published exchange current densities are quoted at 1 mol/L."""


@dataclass(frozen=True, slots=True)
class ActiveMaterial:
    """What the balances need of an active material.

    Attributes:
        sheet: Its data sheet, overrides applied.
        temperature: K.
        salt_concentration: Initial concentration of the salt that wets it,
            mol/m^3; ``None`` beside a single-ion conductor.
        open_circuit: U(s), V.
    """

    sheet: DataSheet
    temperature: float
    salt_concentration: float | None
    open_circuit: OpenCircuitPotential

    @classmethod
    def from_sheet(
        cls, sheet: DataSheet, temperature: float, salt_concentration: float | None
    ) -> ActiveMaterial:
        """Take the properties from a data sheet."""
        curve = OpenCircuitPotential.from_law(sheet.law("open_circuit_potential"))
        return cls(sheet, temperature, salt_concentration, curve)

    def __call__(self, key: str) -> float:
        """A property at the cell's temperature, SI."""
        return self.sheet.value(key, self.temperature)

    @property
    def charge_density(self) -> float:
        """F c_max of the dense material, C/m^3."""
        return FARADAY * self("maximum_concentration")

    @property
    def reference_exchange_current_density(self) -> float:
        """i_0 half full at the initial salt concentration, A/m^2."""
        if not self.sheet.has("reaction_rate_constant"):
            return self("exchange_current_density")
        concentration = self.salt_concentration or REFERENCE_CONCENTRATION
        half_full = self("maximum_concentration") / 2
        return FARADAY * self("reaction_rate_constant") * half_full * float(np.sqrt(concentration))

    def equilibrium_potential(
        self, s: Expression, work: Expression | None, region: Region
    ) -> Expression:
        """U(s) + p / (F c_max), V.

        Args:
            s: Stoichiometry.
            work: p, J/m^3; ``None`` where stress does not act on lithium.
            region: Makes the coefficients.
        """
        potential = self.open_circuit(s)
        return (
            potential if work is None else potential + work / region.constant(self.charge_density)
        )

    def response_to_work(self, s: Expression, region: Region) -> Expression:
        """m(s), m^3/J; see :mod:`fem_cell.laws.chemomechanics`."""
        c_max = region.constant(self("maximum_concentration"))
        return response_to_work(self.open_circuit, s, region.temperature, c_max)

    def exchange_current_density(
        self,
        s: Expression,
        salt: Expression | None,
        region: Region,
        reference: float | None = None,
    ) -> Expression:
        """i_0(s, c_e/c_0), A/m^2; see :mod:`fem_cell.laws.kinetics`.

        Args:
            s: Stoichiometry.
            salt: c_e/c_0; ``None`` beside a single-ion conductor.
            region: Makes the coefficients.
            reference: i_0,ref in place of the data sheet's, A/m^2.
        """
        i_ref = self.reference_exchange_current_density if reference is None else reference
        rate = region.constant(i_ref) * occupancy(s)
        return rate if salt is None else rate * salt_activity(salt)

"""A solid of a body: isotropic, elastic, and viscoplastic if it flows."""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.laws.viscoplasticity import FLOW_KEYS, Viscoplastic
from fem_cell.materials import DataSheet


@dataclass(frozen=True, slots=True)
class Solid:
    """A solid.

    Attributes:
        youngs_modulus: E, Pa.
        poisson_ratio: nu.
        flow: ``None`` if it is elastic.
    """

    youngs_modulus: float
    poisson_ratio: float
    flow: Viscoplastic | None = None

    @property
    def shear(self) -> float:
        """G, Pa."""
        return self.youngs_modulus / (2 * (1 + self.poisson_ratio))

    @property
    def bulk(self) -> float:
        """K, Pa."""
        return self.youngs_modulus / (3 * (1 - 2 * self.poisson_ratio))

    @classmethod
    def from_sheet(cls, sheet: DataSheet, temperature: float) -> Solid:
        """Take it from a data sheet; it flows if the sheet says how.

        Raises:
            InputError: The sheet lacks a value.
        """
        flow = Viscoplastic.from_sheet(sheet, temperature) if sheet.has(FLOW_KEYS[0]) else None
        E, nu = (sheet.value(key, temperature) for key in ("youngs_modulus", "poisson_ratio"))
        return cls(E, nu, flow)

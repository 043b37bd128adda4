"""What users are shown of an unknown.

Salt in mol/m^3; the electrolyte's potential as a lithium reference electrode measures it,
instead of its ohmic part; all else as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.cell import Cell
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.electrolyte import Electrolyte
from fem_cell.phases.porous_active import PorousActive
from fem_cell.unknowns import (
    COMPACTION,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    Unknown,
)

Array = npt.NDArray[np.float64]

ELECTROLYTE_POTENTIAL = "electrolyte_potential"
"""phi_e, against a lithium reference electrode, V."""

_UNITS = {
    STOICHIOMETRY: "1",
    LITHIUM_FRACTION: "1",
    LITHIUM_IN_PORES: "1",
    COMPACTION: "1",
    SALT_CONCENTRATION: "mol/m3",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """How an unknown is shown.

    Attributes:
        unknown: The unknown.
        name: Of what is shown.
        unit: Its unit.
        salt: The unknown of the salt beside it, on the same vertices, if it takes part.
    """

    unknown: Unknown
    name: str
    unit: str
    salt: Unknown | None
    _electrolyte: Electrolyte | None

    @classmethod
    def of(cls, cell: Cell, unknown: Unknown) -> Quantity:
        """What is shown of an unknown of a cell."""
        if unknown.kind not in (SALT_CONCENTRATION, OHMIC_POTENTIAL):
            return cls(unknown, unknown.kind, _UNITS.get(unknown.kind, "V"), None, None)
        phase = cell.phases[unknown.phases[0]]
        electrolyte = (
            phase.electrolyte if isinstance(phase, BulkElectrolyte | PorousActive) else None
        )
        if unknown.kind == SALT_CONCENTRATION:
            return cls(unknown, unknown.kind, _UNITS[unknown.kind], None, electrolyte)
        salt = cell.region[unknown.phases[0]].unknowns.get(SALT_CONCENTRATION)
        return cls(unknown, ELECTROLYTE_POTENTIAL, "V", salt, electrolyte)

    def values(self, own: Array, salt: Array | None) -> Array:
        """The quantity from values of the unknown, and of the salt at the same vertices."""
        if self._electrolyte is None:
            return own
        if self.unknown.kind == SALT_CONCENTRATION:
            return own * (self._electrolyte.salt_concentration or 1.0)
        return np.asarray(self._electrolyte.reference_potential(own, salt))

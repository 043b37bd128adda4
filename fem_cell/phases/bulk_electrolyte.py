"""A volume filled with electrolyte: models ``single_ion`` and ``binary_salt``.

The equations are those of :mod:`fem_cell.phases.electrolyte` with a volume
fraction of one and no reaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.phases.electrolyte import Electrolyte, PoreSpace
from fem_cell.phases.model import Region
from fem_cell.unknowns import SALT_CONCENTRATION, Balances


@dataclass(frozen=True, slots=True)
class BulkElectrolyte:
    """An electrolyte phase.

    Attributes:
        electrolyte: Its transport model.
    """

    electrolyte: Electrolyte

    jumps_between_grains = frozenset[str]()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of unknown it carries."""
        return self.electrolyte.kinds

    @property
    def electrolyte_name(self) -> str:
        """Name of the electrolyte."""
        return self.electrolyte.name

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Transport in the whole volume."""
        self.electrolyte.add_terms(balances, region, PoreSpace())

    def initial(self, kind: str, stoichiometry: float) -> float:
        """Uniform salt at its initial concentration, no potential."""
        return 1.0 if kind == SALT_CONCENTRATION else 0.0

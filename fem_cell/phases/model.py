"""What a phase model must provide, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from fem_cell.laws.expressions import Expression
from fem_cell.unknowns import Balances, Unknown

if TYPE_CHECKING:
    from fem_cell.phases.active_material import ActiveMaterial

Array = npt.NDArray[np.float64]

QUADRATURE_DEGREE = 2
"""Exact for P1 mass terms; the estimate for sinh and tanh terms would be far higher."""


AT_VERTICES = {"quadrature_rule": "vertex", "quadrature_degree": 1}
"""Lumps what has no gradients, like the reaction: charge and reaction share their place."""


@dataclass(frozen=True, slots=True)
class StressWork:
    r"""Work of stress on the expansion by lithium, see :mod:`fem_cell.laws.chemomechanics`.

    .. math:: p(s) = e - B s

    e follows from the strain of the body and is renewed from outside; B is how much p falls where
    lithium enters at fixed strain (:mod:`fem_cell.mechanics.feedback`). Both are zero at first.

    Attributes:
        held: e, J/m^3, in the space of the stoichiometry.
        stiffness: B, J/m^3.
    """

    held: fem.Function
    stiffness: fem.Constant

    def at(self, s: Expression) -> Expression:
        """P(s), J/m^3 per unit of stoichiometry."""
        return self.held - self.stiffness * s


@dataclass(frozen=True, slots=True)
class Region:
    """Where a phase model or an interface writes its terms.

    Attributes:
        name: Of the phase.
        unknowns: The unknowns present here, by kind.
        dx: Measure of the region.
        constant: Makes a coefficient from a number; another number does not
            compile the form again. Volume terms that are linear are assembled
            once, so theirs must not change after the cell is built.
        temperature: K.
        by_grain: Makes a coefficient that is constant in every grain, from values by number
            of the grain (zero in a phase that is one piece).
        grain_boundaries: Measure of the facets between grains; ``None`` in a phase of one piece.
        stress_work: What stress does to its lithium; ``None`` where that is left out.
    """

    name: str
    unknowns: Mapping[str, Unknown]
    dx: ufl.Measure
    constant: Callable[[float], fem.Constant]
    temperature: fem.Constant
    by_grain: Callable[[Mapping[int, Array]], fem.Function]
    grain_boundaries: ufl.Measure | None = None
    stress_work: StressWork | None = None

    def __getitem__(self, kind: str) -> Unknown:
        return self.unknowns[kind]


@dataclass(frozen=True, slots=True)
class ParticleStorage:
    """Particles at every point of a phase, condensed out of the linear systems.

    Attributes:
        points: Radial nodes N, surface included.
        rate: D/R^2, 1/s.
        charge_density: F c_max times the volume fraction that takes part, C/m^3.
    """

    points: int
    rate: float
    charge_density: float


class Phase(Protocol):
    """A model of what happens in one named volume."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of unknown it carries."""

    @property
    def jumps_between_grains(self) -> frozenset[str]:
        """Kinds of unknown that may differ on the two sides of a boundary of grains."""

    @property
    def electrolyte_name(self) -> str | None:
        """Name of its electrolyte: phases that share one are ionically continuous."""

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Add the volume terms to the balances of its unknowns."""

    def initial(self, kind: str, stoichiometry: float) -> float:
        """Initial value of an unknown for a given stoichiometry of active material."""


class ActivePhase(Phase, Protocol):
    """A phase that stores lithium and exchanges it by charge transfer."""

    @property
    def material(self) -> ActiveMaterial:
        """Its active material: open-circuit curve and kinetics."""

    @property
    def charge_density(self) -> float:
        """F c_max of the share that takes part, per volume of the phase, C/m^3."""

    @property
    def one_c_current_density(self) -> float:
        """Current of a rate of 1C per volume of the phase, A/m^3."""

    @property
    def active_mass_density(self) -> float:
        """Mass of active material per volume of the phase, kg/m^3."""

    @property
    def surface_fraction(self) -> float:
        """Share of an outer face of the phase that reacts as a plane, 1."""

    @property
    def particle(self) -> ParticleStorage | None:
        """Particles carried at every point, if there are any."""

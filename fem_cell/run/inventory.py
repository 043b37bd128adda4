r"""Balances of lithium, salt and charge.

With Q the charge that passed the positive terminal, :math:`Q_{Li}` Faraday's
constant times the lithium in the phases of either electrode (+ joined to the positive, - to
the negative terminal), N the salt and :math:`q_i` the charge on double layers,

.. math::
   \Delta Q_{Li}^\pm \pm Q - \sum_{\pm} \Delta q_i = 0, \qquad
   F \Delta N + \sum_i (1 - t_+)\, \Delta q_i = 0, \qquad I_+ + I_- = 0

hold exactly for the discrete solution. What is left of them is reported
relative to the charge of an hour at 1C, and to the current at 1C.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.laws.constants import FARADAY
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.phases.porous_active import PorousActive
from fem_cell.solver.system import System
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    LITHIUM_FRACTION,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    Unknown,
)

POSITIVE, NEGATIVE = SIDES = ("positive", "negative")


@dataclass(frozen=True, slots=True)
class Stock:
    """What the cell holds at an instant, all in coulombs.

    Attributes:
        lithium: In active material.
        positive: In the phases joined to the positive terminal, less the charge on their double
            layers.
        negative: The same of the negative terminal.
        salt: In electrolytes.
        moved_salt: Charge on every double layer times 1 - t_+.
        charge: Passed by the positive terminal since the start.
    """

    lithium: float
    positive: float
    negative: float
    salt: float
    moved_salt: float
    charge: float


@dataclass(slots=True)
class Inventory:
    """Measures stocks and remembers the worst violation of each balance.

    Attributes:
        system: What is measured.
        charge_scale: C.
        lithium_error: Worst relative error of lithium and salt so far.
        charge_error: Worst relative difference of the terminal currents so far.
    """

    system: System
    charge_scale: float
    lithium_error: float = 0.0
    charge_error: float = 0.0
    start: Stock | None = None
    _forms: dict[str, list[tuple[float, fem.Form]]] = field(default_factory=dict)
    _sides: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Compile the forms. Collective."""
        cell, maps = self.system.cell, self.system.cell.entity_maps()
        self._forms = {key: [] for key in ("lithium", *SIDES, "salt", "moved_salt")}
        for name, phase in cell.phases.items():
            region = cell.region[name]
            for kind in (STOICHIOMETRY, LITHIUM_FRACTION):
                if kind in phase.kinds and isinstance(phase, DenseActive | BoronSkeleton):
                    form = fem.form(region[kind].value * region.dx, entity_maps=maps)
                    self._forms[self._side(region[ELECTRODE_POTENTIAL])].append(
                        (phase.charge_density, form)
                    )
                    if kind == STOICHIOMETRY:
                        self._forms["lithium"].append((phase.charge_density, form))
            if isinstance(phase, BulkElectrolyte | PorousActive) and (
                SALT_CONCENTRATION in phase.kinds
            ):
                form = fem.form(region[SALT_CONCENTRATION].value * region.dx, entity_maps=maps)
                self._forms["salt"].append((_salt_charge_density(phase), form))
        for layer in cell.balances.double_layers:
            form = fem.form(layer.charge, entity_maps=maps)
            self._forms["moved_salt"].append((layer.anion_share, form))
            if layer.electrons is not None:
                self._forms[self._side(layer.electrons)].append((-1.0, form))
        self._sides = frozenset(
            self._side(region[ELECTRODE_POTENTIAL])
            for region in cell.region.values()
            if ELECTRODE_POTENTIAL in region.unknowns
        )

    def measure(self, state: PETSc.Vec) -> Stock:
        """Stocks of a state. Collective; loads the state into the fields."""
        self.system.load(state)
        keys = list(self._forms)
        local = np.array(
            [sum(c * fem.assemble_scalar(f) for c, f in self._forms[key]) for key in keys]
        )
        for side, lithium in self._in_particles(state):
            local[keys.index("lithium")] += lithium
            local[keys.index(side)] += lithium
        total = np.zeros_like(local)
        self.system.comm.Allreduce(local, total)
        stocks = dict(zip(keys, total.tolist(), strict=True))
        return Stock(charge=self.system.charge(state), **stocks)

    def check(self, state: PETSc.Vec) -> Stock:
        """Measure, compare with the first measurement, remember the worst. Collective."""
        now = self.measure(state)
        if self.start is None:
            self.start = now
        first = self.start
        passed = now.charge - first.charge
        # a foil stores nothing that could be compared with what it exchanges
        errors = [now.salt - first.salt + now.moved_salt - first.moved_salt]
        if POSITIVE in self._sides:
            errors.append(now.positive - first.positive + passed)
        if NEGATIVE in self._sides:
            errors.append(now.negative - first.negative - passed)
        worst = max(abs(error) for error in errors) / self.charge_scale
        self.lithium_error = max(self.lithium_error, worst)
        entering, leaving = self.system.currents()
        scale = self.system.cell.current_scale
        self.charge_error = max(self.charge_error, abs(entering + leaving) / scale)
        return now

    def _side(self, electrons: Unknown) -> str:
        """The terminal that an electron conductor is joined to."""
        return NEGATIVE if electrons is self.system.cell.negative_potential else POSITIVE

    def _in_particles(self, state: PETSc.Vec) -> list[tuple[str, float]]:
        """Lithium in this rank's particles, C, with the side it is on (local)."""
        cell, found = self.system.cell, []
        for mean, (i, particle) in zip(
            self.system.particle_means(state), self.system.particles.items(), strict=True
        ):
            (phase,) = cell.unknowns[i].phases
            lithium = cell.current_scale * float(particle.capacity @ mean)
            found.append((self._side(cell.unknown(ELECTRODE_POTENTIAL, phase)), lithium))
        return found


def _salt_charge_density(phase: BulkElectrolyte | PorousActive) -> float:
    fraction = phase.porosity * phase.pore_filling if isinstance(phase, PorousActive) else 1.0
    concentration = phase.electrolyte.salt_concentration if phase.electrolyte else None
    return FARADAY * (concentration or 0.0) * fraction

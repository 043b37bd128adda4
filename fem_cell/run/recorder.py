"""What is recorded of every state of a run: series, fields, balances and stress."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.build import Nominal
from fem_cell.case.model import Case
from fem_cell.experiments.losses import LossMeter
from fem_cell.output.fields import FieldWriter
from fem_cell.output.losses import LossSeries
from fem_cell.output.series import Series
from fem_cell.output.stress_fields import StressFields
from fem_cell.run.inventory import Inventory, Stock
from fem_cell.run.lithium_layers import LithiumLayers
from fem_cell.run.mechanics import COLUMNS, Mechanics
from fem_cell.run.record import RunRecord
from fem_cell.run.stress_record import StressRecord
from fem_cell.solver.system import System


@dataclass(frozen=True, slots=True)
class Noted:
    """What was found of a state.

    Attributes:
        current: A.
        voltage: V.
        powers: The parts of the power, W (:class:`fem_cell.experiments.losses.Names`).
    """

    current: float
    voltage: float
    powers: npt.NDArray[np.float64]


@dataclass(slots=True)
class Recorder:
    """Records the states of a run; all methods are collective.

    Attributes:
        case: What is run.
        out: Results folder.
        system: Whose states; the initial one is in its fields.
        nominal: What areal and specific quantities refer to.
        record: Keeps the time that recording takes.
        inventory: Balances.
        mechanics: The elastic body, if the case has one.
        layers: Layers of free lithium; there may be none.
        losses: Splits the power.
        stock: What the cell held in the state noted last.
        full: Charge between empty and full of all active material, C.
    """

    case: Case
    out: Path
    system: System
    nominal: Nominal
    record: RunRecord
    inventory: Inventory = field(init=False)
    mechanics: Mechanics | None = field(init=False)
    layers: LithiumLayers = field(init=False)
    losses: LossMeter = field(init=False)
    stock: Stock = field(init=False)
    _series: Series = field(init=False)
    _loss_series: LossSeries = field(init=False)
    _fields: FieldWriter = field(init=False)
    _stress: StressRecord | None = None
    full: float = 0.0

    def __post_init__(self) -> None:
        """Lay out the files; nothing is written yet."""
        cell = self.system.cell
        with self.record.stage("mechanics"):
            self.mechanics = Mechanics.of(self.case, cell)
        self.inventory = Inventory(self.system, self.nominal.charge_scale)
        self.layers = LithiumLayers(self.system, self.nominal.footprint)
        further = [*(COLUMNS if self.mechanics else ()), *self.layers.columns()]
        self._series = Series(self.out / "timeseries.csv", self.system, self.nominal, further)
        with self.record.stage("compile"):
            self.losses = LossMeter(self.system)
        self._loss_series = LossSeries(
            self.out / "losses.csv", self.system.comm, self.losses.names.all, self.nominal.footprint
        )
        foils = [n for n, i in self.case.interfaces.items() if i.model == "counter_electrode"]
        stress = StressFields(self.mechanics) if self.mechanics else None
        self._fields = FieldWriter(
            self.out / "fields", cell, self.system, foils, stress, self.case.output.fields_format
        )
        if self.mechanics:
            self._stress = StressRecord(
                self.out / "stress.json", self.mechanics, self._voids(foils)
            )
        active = cell.active_phases()
        self.full = sum(p.charge_density * cell.mesh.volume(n) for n, p in active.items())

    def take_stock(self, state: PETSc.Vec) -> None:
        """Compare with the first state whose stock was taken, from which balances count."""
        self.stock = self.inventory.check(state)

    @property
    def rows(self) -> int:
        """Of the time series so far."""
        return self._series.rows

    def begin(self, resumed_at: float | None, rows: int) -> None:
        """Start the files, or drop what is later than a run is resumed at.

        Args:
            resumed_at: s; ``None`` for a new run.
            rows: Of the time series to be kept.
        """
        self._series.begin(rows)
        self._loss_series.begin(rows)
        self._fields.begin(resumed_at)
        if self._stress:
            self._stress.begin(resumed_at)

    def note(
        self, time: float, state: PETSc.Vec, step: int, cycle: int, start_charge: float
    ) -> Noted:
        """Add a state, loaded with its time derivative, to series and balances.

        Args:
            time: s since the start of the run.
            state: The state.
            step: Number of the protocol step, from one.
            cycle: Number of the cycle.
            start_charge: Charge at the start of the step, C.
        """
        self.stock = self.inventory.check(state)
        with self.record.stage("losses"):
            powers = self.losses.measure(state)
        self._loss_series.record(time, step, cycle, powers)
        further = [*self._strain(), *self.layers.row()]
        found = self._series.record(time, state, step, cycle, start_charge, further)
        return Noted(*found, powers)

    def write_fields(self, time: float, state: PETSc.Vec, step: int) -> None:
        """Write a snapshot."""
        with self.record.stage("output"):
            self.system.load(state)
            self._fields.write(time, state, step)
            if self._stress:
                self._stress.write(time, step)

    def close(self) -> None:
        """Close what is open."""
        with self.record.stage("output"):
            self._fields.close()

    def stoichiometry(self) -> float:
        """Mean over all active material, of the state noted last; nan if there is none."""
        return self.stock.lithium / self.full if self.full else float("nan")

    def _strain(self) -> list[float]:
        """Columns of mechanics for the loaded fields."""
        if self.mechanics is None:
            return []
        with self.record.stage("mechanics"):
            self.mechanics.update()
            return self.mechanics.row()

    def _voids(self, foils: list[str]) -> list[str]:
        """Outer surfaces on which nothing is imposed."""
        table, ends = self.case.mechanics, self.case.terminals
        held = {ends.positive, ends.negative, *foils}
        if table:
            held |= {str(table.support), str(table.face), *(table.symmetric or [])}
        return [name for name in self.system.cell.mesh.surface_facets if name not in held]

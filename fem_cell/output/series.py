"""The time series ``timeseries.csv``: one row per accepted time step.

Labels follow the Battery Data Format where it has one. Currents are positive on
charge; capacities count from the start of the protocol step, without sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.build import Nominal
from fem_cell.output.quantities import Quantity
from fem_cell.output.rows import RowFile, written
from fem_cell.solver.system import System

TIME = "Test Time / s"
CURRENT = "Current / A"
VOLTAGE = "Voltage / V"
STEP = "Step Count / 1"
CYCLE = "Cycle Count / 1"
CURRENT_DENSITY = "Current Density / mA.cm-2"
AREAL_CAPACITY = "Areal Capacity / mAh.cm-2"
SPECIFIC_CAPACITY = "Specific Capacity / mAh.g-1"
FIXED = (
    TIME,
    CURRENT,
    VOLTAGE,
    STEP,
    CYCLE,
    CURRENT_DENSITY,
    AREAL_CAPACITY,
    SPECIFIC_CAPACITY,
)

C_PER_M2_TO_MAH_PER_CM2 = 1.0 / 36.0e3
C_PER_KG_TO_MAH_PER_G = 1.0 / 3600.0


@dataclass(slots=True)
class Series:
    """Appends rows to the time series; only rank 0 writes.

    Attributes:
        path: The CSV file.
        system: Whose state is recorded.
        nominal: What areal and specific quantities refer to.
        further: Labels of further columns.
    """

    path: Path
    system: System
    nominal: Nominal
    further: Sequence[str] = ()
    _quantities: list[Quantity] = field(init=False)
    _file: RowFile = field(init=False)

    def __post_init__(self) -> None:
        """Choose what is shown of every field."""
        cell = self.system.cell
        self._quantities = [Quantity.of(cell, unknown) for unknown in cell.unknowns[:-1]]
        self._file = RowFile(self.path, self.system.comm, self._header())

    def begin(self, kept: int) -> None:
        """Start the file, or keep so many rows of it where a run is resumed. Collective.

        Raises:
            InputError: So many are not there.
            OutputError: It cannot be written.
        """
        self._file.begin(kept)

    @property
    def rows(self) -> int:
        """Written so far."""
        return self._file.rows

    def record(
        self,
        time: float,
        state: PETSc.Vec,
        step: int,
        cycle: int,
        start_charge: float,
        further: Sequence[float] = (),
    ) -> tuple[float, float]:
        """Append one row for a state whose fields are loaded. Collective.

        Args:
            time: s since the start of the run.
            state: The state.
            step: Number of the protocol step.
            cycle: Number of the cycle.
            start_charge: Charge at the start of the step, C.
            further: Values of the further columns.

        Returns:
            Current (A) and voltage (V).

        Raises:
            OutputError: It cannot be written.
        """
        current = self.system.currents()[0]
        voltage = self.system.voltage(state)
        passed = abs(self.system.charge(state) - start_charge)
        extremes = self._extremes(state)
        per_mass = passed / self.nominal.active_mass if self.nominal.active_mass else 0.0
        values = [
            current / self.nominal.footprint / 10.0,
            passed / self.nominal.footprint * C_PER_M2_TO_MAH_PER_CM2,
            per_mass * C_PER_KG_TO_MAH_PER_G,
            *extremes,
            *further,
        ]
        row = [written(time), written(current), written(voltage), str(step), str(cycle)]
        self._file.append([*row, *map(written, values)])
        return current, voltage

    def _header(self) -> list[str]:
        labels = list(FIXED)
        for quantity in self._quantities:
            unit = quantity.unit.replace("/m3", ".m-3")
            name = f"{'+'.join(quantity.unknown.phases)} {quantity.name.replace('_', ' ')}".title()
            labels += [f"Minimum {name} / {unit}", f"Maximum {name} / {unit}"]
        return [*labels, *self.further]

    def _extremes(self, state: PETSc.Vec) -> list[float]:
        """Least and largest value of every field, over all ranks."""
        low, high = [], []
        values = state.array_r
        unknowns, blocks = self.system.cell.unknowns, self.system.blocks
        for quantity, block in zip(self._quantities, blocks, strict=False):
            salt = None
            if quantity.salt:
                salt = values[blocks[unknowns.index(quantity.salt)].slice]
            part = quantity.values(values[block.slice], salt)
            low.append(part.min() if part.size else np.inf)
            high.append(part.max() if part.size else -np.inf)
        lowest, highest = np.empty(len(low)), np.empty(len(high))
        self.system.comm.Allreduce(np.array(low), lowest, op=MPI.MIN)
        self.system.comm.Allreduce(np.array(high), highest, op=MPI.MAX)
        return [x for pair in zip(lowest, highest, strict=True) for x in pair]

"""The time series ``timeseries.csv``: one row per accepted time step.

Labels follow the Battery Data Format where it has one. Currents are positive on
charge; capacities count from the start of the protocol step, without sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.build import Nominal
from fem_cell.errors import Fault, InputError
from fem_cell.output.files import append_line, replace_text
from fem_cell.output.quantities import Quantity
from fem_cell.parallel import on_root
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
        rows: Written so far.
    """

    path: Path
    system: System
    nominal: Nominal
    further: Sequence[str] = ()
    rows: int = 0
    _quantities: list[Quantity] = field(init=False)

    def __post_init__(self) -> None:
        """Choose what is shown of every field."""
        cell = self.system.cell
        self._quantities = [Quantity.of(cell, unknown) for unknown in cell.unknowns[:-1]]

    def begin(self, kept: int) -> None:
        """Start the file, or keep so many rows of it where a run is resumed. Collective.

        Raises:
            InputError: So many are not there.
            OutputError: It cannot be written.
        """
        on_root(self.system.comm, lambda: self._begin(kept))
        self.rows = kept

    def _begin(self, kept: int) -> None:
        lines = [",".join(self._header())]
        if kept:
            lines += _lines(self.path, lines[0])[:kept]
        if len(lines) < 1 + kept:
            problem = f"{self.path} has {len(lines) - 1} of the {kept} rows up to the checkpoint"
            raise InputError([Fault("--resume", problem, "run without --resume")])
        replace_text(self.path, "\n".join([*lines, ""]))

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
        # digits enough to tell a resumed run from one that was not interrupted
        row = [f"{time:.12g}", f"{current:.12g}", f"{voltage:.12g}", str(step), str(cycle)]
        row += [f"{value:.12g}" for value in values]
        on_root(self.system.comm, lambda: append_line(self.path, ",".join(row)))
        self.rows += 1
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


def _lines(path: Path, header: str) -> list[str]:
    """The whole rows of a time series, as they stand there; none of another kind."""
    if not path.is_file():
        return []
    first, *lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if first != header:
        return []
    whole = len(header.split(","))
    return list(takewhile(lambda line: _is_row(line, whole), lines[:-1]))


def _is_row(line: str, length: int) -> bool:
    values = line.split(",")
    try:
        return len(values) == length and all(map(float, values)) | True
    except ValueError:
        return False

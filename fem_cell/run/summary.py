"""``summary.json``: what each protocol step delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.experiments.losses import TERMINAL, UNACCOUNTED, Names
from fem_cell.output.files import replace_json
from fem_cell.output.series import C_PER_KG_TO_MAH_PER_G, C_PER_M2_TO_MAH_PER_CM2
from fem_cell.run.protocol import Start

REST = 1e-9
"""Charge that counts as none, over that of an hour at 1C."""

J_TO_WH = 1.0 / 3600.0
J_PER_M2_TO_MWH_PER_CM2 = 0.1 / 3600.0

Array = npt.NDArray[np.float64]


@dataclass(slots=True)
class StepSummary:
    """Gathers what a step's summary needs.

    Attributes:
        text: The protocol line.
        start: Time and charge at its start.
        number: Of the step in the protocol, from one.
        cycle: The cycle it belongs to.
        energies: Integrals over time so far (trapezoidal rule) of the parts of the power,
            V I first, J.
    """

    text: str
    start: Start
    number: int
    cycle: int
    energies: Array
    _before: tuple[float, Array] | None = None

    @property
    def energy(self) -> float:
        """Integral of V I, J."""
        return float(self.energies[0])

    def add(self, time: float, powers: Array) -> None:
        """One more state of the step."""
        if self._before is not None:
            self.energies = self.energies + 0.5 * (time - self._before[0]) * (
                powers + self._before[1]
            )
        self._before = (time, powers)


@dataclass(slots=True)
class Summary:
    """The finished steps; only rank 0 writes.

    Attributes:
        path: The file.
        nominal: What areal and specific quantities refer to.
        parts: Names of the parts of the power.
        steps: Entries of the finished steps.
    """

    path: Path
    nominal: Nominal
    parts: Names
    steps: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, finished: int) -> None:
        """Start anew, or keep the steps finished before a run is resumed."""
        kept: list[dict[str, Any]] = []
        if finished and self.path.is_file():
            old = json.loads(self.path.read_text())["steps"]
            kept = [entry for entry in old if entry["step"] <= finished]
        self.steps = kept
        self._write()

    def energy_error(self) -> float:
        """Energy the split does not account for, over that through the terminals."""
        splits = [entry["energy_split_mWh_cm2"] for entry in self.steps]
        passed = sum(abs(split[TERMINAL]) for split in splits)
        return _per(sum(abs(split[UNACCOUNTED]) for split in splits), passed)

    def last_reason(self) -> str:
        """Why the last of the finished steps ended; empty if there is none."""
        return str(self.steps[-1]["end_reason"]) if self.steps else ""

    def finish(
        self,
        summary: StepSummary,
        time: float,
        passed: float,
        reason: str,
        **further: dict[str, Any],
    ) -> dict[str, Any]:
        """Close a step.

        Args:
            summary: What was gathered.
            time: Of its end, s.
            passed: Charge since its start, C, positive on charge.
            reason: Name of the event that ended it.
            **further: More entries of the step.

        Returns:
            The entry of the step.
        """
        n, charge, energy = self.nominal, abs(passed), abs(summary.energy)
        entry = {
            "step": summary.number,
            "cycle": summary.cycle,
            "text": summary.text,
            "end_reason": reason,
            "duration_s": time - summary.start.time,
            "capacity_mAh_cm2": charge / n.footprint * C_PER_M2_TO_MAH_PER_CM2,
            "capacity_mAh_g": _per(charge, n.active_mass) * C_PER_KG_TO_MAH_PER_G,
            "energy_Wh_kg": _per(energy * J_TO_WH, n.electrode_mass),
            "energy_Wh_L": _per(energy * J_TO_WH, n.electrode_volume * 1e3),
            "mean_voltage_V": _per(energy, charge),
            "direction": self._direction(passed),
            "energy_split_mWh_cm2": self.parts.as_table(
                summary.energies / n.footprint * J_PER_M2_TO_MWH_PER_CM2
            ),
            **further,
        }
        self.steps.append(entry)
        self._write()
        return entry

    def _direction(self, passed: float) -> str:
        if abs(passed) <= REST * self.nominal.charge_scale:
            return "rest"
        return "charge" if passed > 0 else "discharge"

    def _write(self) -> None:
        if MPI.COMM_WORLD.rank == 0:
            replace_json(self.path, {"steps": self.steps})


def _per(amount: float, reference: float) -> float:
    return amount / reference if reference else 0.0

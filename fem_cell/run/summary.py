"""``summary.json``: what each protocol step delivered."""

from __future__ import annotations

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
from fem_cell.parallel import on_root
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
        last: Time (s) and parts of the power (W) of the state added last.
    """

    text: str
    start: Start
    number: int
    cycle: int
    energies: Array
    last: tuple[float, Array] | None = None

    @property
    def energy(self) -> float:
        """Integral of V I, J."""
        return float(self.energies[0])

    def add(self, time: float, powers: Array) -> None:
        """One more state of the step."""
        if self.last is not None:
            self.energies = self.energies + 0.5 * (time - self.last[0]) * (powers + self.last[1])
        self.last = (time, powers)


@dataclass(slots=True)
class Summary:
    """The finished steps; only rank 0 writes, all methods are collective.

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

    def begin(self, done: list[dict[str, Any]]) -> None:
        """Start with the steps finished before a run is resumed. Collective."""
        self.steps = done
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

        Raises:
            OutputError: It cannot be written.
        """
        n, charge, energy = self.nominal, abs(passed), abs(summary.energy)
        direction = self._direction(passed)
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
            # what rounding leaves of the charge of a rest must not divide anything
            "mean_voltage_V": 0.0 if direction == "rest" else _per(energy, charge),
            "direction": direction,
            "energy_split_mWh_cm2": self.parts.as_table(
                summary.energies / n.footprint * J_PER_M2_TO_MWH_PER_CM2
            ),
            **further,
        }
        self.steps = [*self.steps, entry]
        self._write()
        return entry

    def _direction(self, passed: float) -> str:
        if abs(passed) <= REST * self.nominal.charge_scale:
            return "rest"
        return "charge" if passed > 0 else "discharge"

    def _write(self) -> None:
        on_root(MPI.COMM_WORLD, lambda: replace_json(self.path, {"steps": self.steps}))


def _per(amount: float, reference: float) -> float:
    return amount / reference if reference else 0.0

"""``summary.json``: what each protocol step delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.output.files import replace_json
from fem_cell.output.series import C_PER_KG_TO_MAH_PER_G, C_PER_M2_TO_MAH_PER_CM2
from fem_cell.run.protocol import Start

J_TO_WH = 1.0 / 3600.0


@dataclass(slots=True)
class StepSummary:
    """Gathers what a step's summary needs.

    Attributes:
        text: The protocol line.
        start: Time and charge at its start.
        energy: Integral of V I over time so far (trapezoidal rule), J.
    """

    text: str
    start: Start
    energy: float = 0.0
    _before: tuple[float, float] | None = None

    def add(self, time: float, current: float, voltage: float) -> None:
        """One more state of the step."""
        power = voltage * current
        if self._before is not None:
            self.energy += 0.5 * (time - self._before[0]) * (power + self._before[1])
        self._before = (time, power)


@dataclass(slots=True)
class Summary:
    """The finished steps; only rank 0 writes.

    Attributes:
        path: The file.
        nominal: What areal and specific quantities refer to.
    """

    path: Path
    nominal: Nominal
    steps: list[dict[str, Any]] | None = None

    def begin(self, finished: int) -> None:
        """Start anew, or keep the steps finished before a run is resumed."""
        kept: list[dict[str, Any]] = []
        if finished and self.path.is_file():
            kept = json.loads(self.path.read_text())["steps"][:finished]
        self.steps = kept
        self._write()

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
            "step": len(self.steps or []) + 1,
            "text": summary.text,
            "end_reason": reason,
            "duration_s": time - summary.start.time,
            "capacity_mAh_cm2": charge / n.footprint * C_PER_M2_TO_MAH_PER_CM2,
            "capacity_mAh_g": _per(charge, n.active_mass) * C_PER_KG_TO_MAH_PER_G,
            "energy_Wh_kg": _per(energy * J_TO_WH, n.electrode_mass),
            "energy_Wh_L": _per(energy * J_TO_WH, n.electrode_volume * 1e3),
            "mean_voltage_V": _per(energy, charge),
            **further,
        }
        self.steps = [*(self.steps or []), entry]
        self._write()
        return entry

    def _write(self) -> None:
        if MPI.COMM_WORLD.rank == 0:
            replace_json(self.path, {"steps": self.steps})


def _per(amount: float, reference: float) -> float:
    return amount / reference if reference else 0.0

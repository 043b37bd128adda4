"""``summary.json``: what each protocol step delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.output.files import replace_json
from fem_cell.output.series import C_PER_KG_TO_MAH_PER_G, C_PER_M2_TO_MAH_PER_CM2
from fem_cell.parallel import on_root
from fem_cell.run.protocol import Start

J_TO_WH = 1.0 / 3600.0

ROUNDING = 1e-9
"""Share of the cell's charge that is as good as none: what "passes" at rest."""


@dataclass(slots=True)
class StepSummary:
    """Gathers what a step's summary needs.

    Attributes:
        text: The protocol line.
        start: Time and charge at its start.
        energy: Integral of V I over time so far (trapezoidal rule), J.
        last: Time (s) and power (W) of the state added last.
    """

    text: str
    start: Start
    energy: float = 0.0
    last: tuple[float, float] | None = None

    def add(self, time: float, current: float, voltage: float) -> None:
        """One more state of the step."""
        power = voltage * current
        if self.last is not None:
            self.energy += 0.5 * (time - self.last[0]) * (power + self.last[1])
        self.last = (time, power)


@dataclass(slots=True)
class Summary:
    """The finished steps; only rank 0 writes, all methods are collective.

    Attributes:
        path: The file.
        nominal: What areal and specific quantities refer to.
        steps: Their entries.
    """

    path: Path
    nominal: Nominal
    steps: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, done: list[dict[str, Any]]) -> None:
        """Start with the steps finished before a run is resumed. Collective."""
        self.steps = done
        self._write()

    def last_reason(self) -> str:
        """Why the last of the finished steps ended; empty if there is none."""
        return str(self.steps[-1]["end_reason"]) if self.steps else ""

    def finish(
        self, summary: StepSummary, time: float, passed: float, reason: str
    ) -> dict[str, Any]:
        """Close a step.

        Args:
            summary: What was gathered.
            time: Of its end, s.
            passed: Charge since its start, C, positive on charge.
            reason: Name of the event that ended it.

        Returns:
            The entry of the step.

        Raises:
            OutputError: It cannot be written.
        """
        n, charge, energy = self.nominal, abs(passed), abs(summary.energy)
        entry = {
            "step": len(self.steps) + 1,
            "text": summary.text,
            "end_reason": reason,
            "duration_s": time - summary.start.time,
            "capacity_mAh_cm2": charge / n.footprint * C_PER_M2_TO_MAH_PER_CM2,
            "capacity_mAh_g": _per(charge, n.active_mass) * C_PER_KG_TO_MAH_PER_G,
            "energy_Wh_kg": _per(energy * J_TO_WH, n.electrode_mass),
            "energy_Wh_L": _per(energy * J_TO_WH, n.electrode_volume * 1e3),
            "mean_voltage_V": energy / charge if charge > ROUNDING * n.charge_scale else 0.0,
        }
        self.steps = [*self.steps, entry]
        self._write()
        return entry

    def _write(self) -> None:
        on_root(MPI.COMM_WORLD, lambda: replace_json(self.path, {"steps": self.steps}))


def _per(amount: float, reference: float) -> float:
    return amount / reference if reference else 0.0

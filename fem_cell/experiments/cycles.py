"""``cycles.csv``: capacity, efficiency and losses of every cycle.

A cycle is a pass through an outermost ``repeat`` block of the protocol in which the cell is
charged and discharged, in either order, by currents or held voltages; a sweep does both at once
and is none. Efficiencies are ratios of what a cycle's discharges give to what its charges take.
No reaction beside that of lithium is modelled, so the Coulombic efficiency differs from one only
while the cell finds the state in which it cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.files import replace_text
from fem_cell.output.series import AREAL_CAPACITY, CYCLE, SPECIFIC_CAPACITY
from fem_cell.protocol import Step

FILE = "cycles.csv"
CHARGE, DISCHARGE = "charge", "discharge"
COULOMBIC, ENERGY = "Coulombic Efficiency / %", "Energy Efficiency / %"
LOSS_UNIT = "mWh.cm-2"

Entry = dict[str, Any]


def table(protocol: Sequence[Step], entries: Sequence[Entry]) -> list[dict[str, float]]:
    """A row for every cycle that is closed.

    Args:
        protocol: The steps.
        entries: Of ``summary.json``, finished steps in their order.
    """
    repeated = [e for e in entries if protocol[e["step"] - 1].repeated]
    rows = []
    for cycle, group in groupby(repeated, key=lambda entry: int(entry["cycle"])):
        steps = list(group)
        behind = protocol[steps[-1]["step"] :][:1]
        closed = not any(step.repeated and step.cycle == cycle for step in behind)
        sweeps = any(protocol[entry["step"] - 1].kind == "sweep" for entry in steps)
        if closed and not sweeps and {CHARGE, DISCHARGE} <= {step["direction"] for step in steps}:
            rows.append(_row(cycle, steps))
    return rows


def write(path: Path, rows: Sequence[dict[str, float]]) -> None:
    """Replace the file; not collective."""
    lines = [",".join(rows[0]), *(",".join(f"{x:.9g}" for x in row.values()) for row in rows)]
    replace_text(path, "\n".join(lines) + "\n")


def _row(cycle: int, steps: Sequence[Entry]) -> dict[str, float]:
    def total(key: str, direction: str) -> float:
        return float(sum(step[key] for step in steps if step["direction"] == direction))

    def energy(direction: str) -> float:
        splits = [s["energy_split_mWh_cm2"] for s in steps if s["direction"] == direction]
        return abs(float(sum(split["terminal"] for split in splits)))

    row: dict[str, float] = {CYCLE: cycle}
    for direction in (CHARGE, DISCHARGE):
        row[f"{direction.title()} {AREAL_CAPACITY}"] = total("capacity_mAh_cm2", direction)
    for direction in (CHARGE, DISCHARGE):
        row[f"{direction.title()} {SPECIFIC_CAPACITY}"] = total("capacity_mAh_g", direction)
    taken, given = total("capacity_mAh_cm2", CHARGE), total("capacity_mAh_cm2", DISCHARGE)
    row[COULOMBIC] = 100.0 * _over(given, taken)
    row[ENERGY] = 100.0 * _over(energy(DISCHARGE), energy(CHARGE))
    row["Mean Charge Voltage / V"] = _over(energy(CHARGE), taken)
    row["Mean Discharge Voltage / V"] = _over(energy(DISCHARGE), given)
    row["Duration / s"] = float(sum(step["duration_s"] for step in steps))
    return row | _losses(steps)


def _over(amount: float, reference: float) -> float:
    """A ratio; nan for a step that ended before anything passed."""
    return amount / reference if reference else float("nan")


def _losses(steps: Sequence[Entry]) -> dict[str, float]:
    """Energy lost to every source, and what is left stored at the end."""
    splits = [step["energy_split_mWh_cm2"] for step in steps]
    row = {
        f"{name.title()} Loss / {LOSS_UNIT}": float(sum(s["losses"][name] for s in splits))
        for name in splits[0]["losses"]
    }
    stored = float(np.sum([list(split["stored"].values()) for split in splits]))
    return row | {f"Stored In Gradients And Double Layers / {LOSS_UNIT}": stored}

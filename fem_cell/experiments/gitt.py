"""Galvanostatic intermittent titration: ``gitt.csv`` and ``gitt.json``.

Every pulse that stands between two rests gives an open-circuit point, the jump of the voltage at
its start (by a straight line over the root of time through the first moments, so that neither
the charging of double layers nor diffusion counts) and pseudo-diffusivities by the formula of
:mod:`fem_cell.experiments.titration`, one for each area that lithium could be said to enter
through: the footprint, the surface of all particles, what of the active material reacts. The
diffusivity that the case really used stands beside them, with what the formula would find on an
ideal body of that diffusivity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.build import Nominal
from fem_cell.cell import Cell
from fem_cell.experiments.titration import Shape, bias, weppner_huggins
from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.output.files import replace_json, replace_text
from fem_cell.output.series import AREAL_CAPACITY, CURRENT_DENSITY, STEP, TIME, VOLTAGE
from fem_cell.phases.porous_active import PorousActive
from fem_cell.protocol import Step
from fem_cell.protocol.blocks import GITT

TABLE, FACTS = "gitt.csv", "gitt.json"
M2_TO_CM2 = 1e4
TOLERATED_BIAS = 0.1
"""Of the formula on an ideal body; more is worth a warning."""

MOMENTS = (1e-3, 2e-2)
"""Shares of a pulse between which the line is laid that is extrapolated to its start."""

RELAXED = 0.3
"""D t_rest / l^2 from which a body has come to rest."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a titration is evaluated with.

    Attributes:
        phase: The active phase.
        volume: Of the active material that takes part, m^3.
        footprint: m^2.
        areas: That lithium might enter through, by name, m^2.
        diffusivity: That the case used, m^2/s; across a layered crystal the larger one.
        length: Diffusion length l, m: radius of wetted particles; of a crystal, or of a wall with
            dry pores, its volume over the area of its reacting face.
        shape: Of the ideal body.
    """

    phase: str
    volume: float
    footprint: float
    areas: dict[str, float]
    diffusivity: float
    length: float
    shape: Shape

    @classmethod
    def of(cls, cell: Cell, nominal: Nominal) -> Sample | None:
        """Of the only active phase of a cell; ``None`` for another cell. Collective."""
        active = cell.active_phases()
        if len(active) != 1:
            return None
        ((name, phase),) = active.items()
        outside = sum(
            interface.reacting_share * cell.mesh.interface_area(*pair)
            for pair, interface in cell.charge_transfer.items()
            if pair[0] == name and isinstance(interface, ChargeTransfer)
        )
        areas = {"footprint": nominal.footprint}
        volume = cell.mesh.volume(name)
        material = phase.material
        if isinstance(phase, PorousActive):
            volume *= phase.storing_fraction
            radius = material("particle_radius")
            areas["particles"] = 3 * volume / radius
            areas["reacting surface"] = phase.specific_area * cell.mesh.volume(name) + outside
            used, wetted = material("diffusivity"), phase.specific_area > 0
            length = radius if wetted else cell.mesh.volume(name) / outside
            shape: Shape = "sphere" if wetted else "slab"
            return cls(name, volume, nominal.footprint, areas, used, length, shape)
        areas["reacting surface"] = outside
        key = "diffusivity" if material.sheet.has("diffusivity") else "diffusivity_ab"
        return cls(name, volume, nominal.footprint, areas, material(key), volume / outside, "slab")

    def time(self, seconds: float) -> float:
        """D t / l^2."""
        return self.diffusivity * seconds / self.length**2


@dataclass(frozen=True, slots=True)
class Pulse:
    """One pulse between two rests; voltages in V, the rest SI.

    Attributes:
        time: Of the end of the rest behind it.
        charge: Passed since the titration began, of either sign, per footprint.
        duration: tau.
        rest: Duration of the rest behind it.
        current: Per footprint.
        open_circuit: At the end of the rest behind it.
        jump: V just after the start of the current minus that before.
        steady_change: Of the open-circuit voltage.
        transient_change: During the pulse, without the jump.
    """

    time: float
    charge: float
    duration: float
    rest: float
    current: float
    open_circuit: float
    jump: float
    steady_change: float
    transient_change: float


def pulses(
    protocol: Sequence[Step], entries: Sequence[Mapping[str, Any]], table: Mapping[str, Array]
) -> list[Pulse]:
    """The pulses of a run that are complete.

    Args:
        protocol: The steps.
        entries: Of ``summary.json``.
        table: Columns of ``timeseries.csv``.
    """
    done = {int(entry["step"]): entry for entry in entries}
    found: list[Pulse] = []
    charge = 0.0
    for number, entry in done.items():
        step = protocol[number - 1]
        if step.experiment != GITT or step.kind != "current":
            continue
        pulse = table[STEP] == number
        charge += step.direction * float(table[AREAL_CAPACITY][pulse][-1]) * 36e3
        before, behind = done.get(number - 1), done.get(number + 1)
        if not (before and behind and protocol[number - 2].kind == "rest"):
            continue
        start, end = (float(table[VOLTAGE][table[STEP] == n][-1]) for n in (number - 1, number + 1))
        begin = float(table[TIME][table[STEP] == number - 1][-1])
        duration, last = float(entry["duration_s"]), float(table[VOLTAGE][pulse][-1])
        first = _extrapolated(table[TIME][pulse] - begin, table[VOLTAGE][pulse], duration)
        found.append(
            Pulse(
                float(table[TIME][table[STEP] == number + 1][-1]),
                charge,
                duration,
                float(behind["duration_s"]),
                float(table[CURRENT_DENSITY][pulse][-1]) * 10.0,
                end,
                first - start,
                end - start,
                last - first,
            )
        )
    return found


def _extrapolated(times: Array, voltages: Array, duration: float) -> float:
    """Voltage just after the start of a pulse, V; times count from there, s."""
    low, high = (share * duration for share in MOMENTS)
    near = (times >= low) & (times <= high)
    if near.sum() < 2:  # a pulse of few steps
        near = np.arange(times.size) < 2
    return float(np.polyfit(np.sqrt(times[near]), voltages[near], 1)[1])


def row(pulse: Pulse, sample: Sample) -> dict[str, float]:
    """A pulse as a row of the table."""
    values = {
        TIME: pulse.time,
        AREAL_CAPACITY: pulse.charge / 36e3,
        "Open-Circuit Voltage / V": pulse.open_circuit,
        "IR Drop / mV": 1e3 * abs(pulse.jump),
        "IR Resistance / ohm.cm2": 1e4 * pulse.jump / pulse.current,
        "Steady Change / mV": 1e3 * pulse.steady_change,
        "Transient Change / mV": 1e3 * pulse.transient_change,
    }
    for name, area in sample.areas.items():
        found = weppner_huggins(
            pulse.duration,
            sample.volume / area if area else np.inf,
            pulse.steady_change,
            pulse.transient_change,
        )
        values[label(name)] = M2_TO_CM2 * found
    return values


def label(area: str) -> str:
    """Column of the pseudo-diffusivity for an area."""
    return f"Diffusivity By {area.title()} / cm2.s-1"


def warnings(found: Sequence[Pulse], sample: Sample) -> list[str]:
    """Where the assumptions of the formula fail."""
    lines = []
    long = [bias(sample.time(p.duration), sample.shape) for p in found]
    worst = min(long, default=1.0)
    if abs(worst - 1.0) > TOLERATED_BIAS:
        lines.append(
            f"the pulse takes {sample.time(found[0].duration):.3g} of l^2/D: on an ideal "
            f"{sample.shape} the formula finds {worst:.3g} times D, with the right area"
        )
    rest = min((sample.time(p.rest) for p in found), default=np.inf)
    if rest < RELAXED:
        lines.append(
            f"the rest takes {rest:.3g} of l^2/D: lithium has not come to rest, the open-circuit "
            "points and the steady change are not those of equilibrium"
        )
    return lines


def write(folder: Path, found: Sequence[Pulse], sample: Sample) -> list[str]:
    """Replace both files; the warnings. Not collective."""
    rows = [row(pulse, sample) for pulse in found]
    lines = [",".join(rows[0]), *(",".join(f"{x:.9g}" for x in r.values()) for r in rows)]
    replace_text(folder / TABLE, "\n".join(lines) + "\n")
    problems = warnings(found, sample)
    medians = {
        name: float(np.median([r[label(name)] for r in rows])) / M2_TO_CM2 for name in sample.areas
    }
    duration = found[0].duration
    facts = {
        "sample": asdict(sample),
        "pulses": len(found),
        "diffusivity_used_m2_s": sample.diffusivity,
        "median_diffusivity_m2_s": medians,
        "pulse_over_diffusion_time": sample.time(duration),
        "rest_over_diffusion_time": sample.time(found[0].rest),
        "formula_over_diffusivity_of_an_ideal_body": bias(sample.time(duration), sample.shape),
        "warnings": problems,
    }
    replace_json(folder / FACTS, facts)
    return problems


def read_sample(folder: Path) -> Sample:
    """The sample of a results folder."""
    return Sample(**json.loads((folder / FACTS).read_text())["sample"])

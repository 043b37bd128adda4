r"""Cyclic voltammetry: ``voltammetry.csv`` and ``voltammetry.json``.

The peaks of the current in every sweep, and for every scan rate :math:`\nu` the highest peak of
the last sweep up (anodic) and of the last sweep down (cathodic), their separation, and over the
rates the exponent b of

.. math:: i_p \propto \nu^b

which is 1/2 where diffusion limits and one where a layer fills evenly. A maximum at the end of a
sweep is no peak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from fem_cell.output.files import replace_json, replace_text
from fem_cell.output.series import CURRENT_DENSITY, CYCLE, STEP, VOLTAGE
from fem_cell.protocol import Step

TABLE, FACTS = "voltammetry.csv", "voltammetry.json"
ANODIC, CATHODIC = "anodic", "cathodic"
PROMINENCE = 0.03
"""Of a peak, over the largest current of the sweep; less is a shoulder."""

RATE, PEAK_VOLTAGE = "Scan Rate / mV.s-1", "Peak Voltage / V"
PEAK_CURRENT, HEIGHT = "Peak Current Density / mA.cm-2", "Peak Prominence / mA.cm-2"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak of the current.

    Attributes:
        step: Number of the protocol step.
        cycle: Number of the cycle.
        rate: V/s, positive for a sweep up.
        voltage: V.
        current: Per footprint, mA/cm^2, positive on charge.
        prominence: How far it stands out, mA/cm^2.
    """

    step: int
    cycle: int
    rate: float
    voltage: float
    current: float
    prominence: float

    @property
    def kind(self) -> str:
        """``anodic`` or ``cathodic``."""
        return ANODIC if self.rate > 0 else CATHODIC

    @property
    def row(self) -> dict[str, float]:
        """As a row of the table."""
        return {
            STEP: self.step,
            CYCLE: self.cycle,
            RATE: 1e3 * self.rate,
            PEAK_VOLTAGE: self.voltage,
            PEAK_CURRENT: self.current,
            HEIGHT: self.prominence,
        }


def peaks(
    protocol: Sequence[Step], finished: Sequence[int], table: Mapping[str, Array]
) -> list[Peak]:
    """All peaks of the finished sweeps.

    Args:
        protocol: The steps.
        finished: Numbers of the finished steps.
        table: Columns of ``timeseries.csv``.
    """
    found = []
    for number in finished:
        step = protocol[number - 1]
        rows = table[STEP] == number
        if step.kind != "sweep" or step.value is None or rows.sum() < 5:
            continue
        voltage, current = table[VOLTAGE][rows], table[CURRENT_DENSITY][rows]
        rate = float(np.copysign(step.value.value, voltage[-1] - voltage[0]))
        found += [
            Peak(number, step.cycle, rate, *shape)
            for shape in _extremes(voltage, current, int(np.sign(rate)))
        ]
    return found


def _extremes(voltage: Array, current: Array, side: int) -> list[tuple[float, float, float]]:
    """Voltage, current and prominence of the maxima of ``side`` times the current."""
    height = side * current
    least = PROMINENCE * float(np.abs(current).max())
    places, shapes = find_peaks(height, prominence=least)
    found = []
    for k, prominence in zip(places, shapes["prominences"], strict=True):
        near = slice(k - 1, k + 2)
        a, b, c = np.polyfit(voltage[near] - voltage[k], height[near], 2)
        top = -b / (2 * a)
        found.append((float(voltage[k] + top), side * float(c + b * top / 2), float(prominence)))
    return found


def facts(found: Sequence[Peak]) -> dict[str, Any]:
    """Highest peaks of the last sweeps of every rate, their separations and exponents."""
    rates = sorted({abs(peak.rate) for peak in found})
    pairs = []
    for rate in rates:
        pair: dict[str, Any] = {"rate_mV_s": 1e3 * rate}
        main = {kind: _main(found, rate, kind) for kind in (ANODIC, CATHODIC)}
        for kind, peak in main.items():
            if peak:
                pair[kind] = {"voltage_V": peak.voltage, "current_mA_cm2": peak.current}
        anodic, cathodic = main[ANODIC], main[CATHODIC]
        if anodic and cathodic:
            pair["separation_mV"] = 1e3 * (anodic.voltage - cathodic.voltage)
            pair["ratio_of_currents"] = -anodic.current / cathodic.current
        pairs.append(pair)
    exponents = {kind: _exponent(pairs, kind) for kind in (ANODIC, CATHODIC)}
    return {"rates": pairs, "exponents": {k: b for k, b in exponents.items() if b is not None}}


def _main(found: Sequence[Peak], rate: float, kind: str) -> Peak | None:
    """Highest peak of the last sweep of a rate and direction."""
    own = [peak for peak in found if abs(peak.rate) == rate and peak.kind == kind]
    last = [peak for peak in own if peak.step == own[-1].step]
    return max(last, key=lambda peak: abs(peak.current), default=None)


def _exponent(pairs: Sequence[Mapping[str, Any]], kind: str) -> float | None:
    """Slope of the logarithms of peak current over scan rate; ``None`` with one rate."""
    points = [(p["rate_mV_s"], abs(p[kind]["current_mA_cm2"])) for p in pairs if kind in p]
    if len(points) < 2:
        return None
    rates, currents = np.log(np.array(points)).T
    return float(np.polyfit(rates, currents, 1)[0])


def write(folder: Path, found: Sequence[Peak]) -> None:
    """Replace both files; not collective."""
    rows = [peak.row for peak in found]
    lines = [",".join(rows[0]), *(",".join(f"{x:.9g}" for x in row.values()) for row in rows)]
    replace_text(folder / TABLE, "\n".join(lines) + "\n")
    replace_json(folder / FACTS, facts(found))

r"""What a piece under pressure comes to.

Intrusion: the highest pressure in lithium at the face so far over the stress at which it flows
steadily. A rigid body that is pressed into a plastic one sinks in at about three times the flow
stress (Hill, The Mathematical Theory of Plasticity, 1950), and so lithium is pressed into what is
open before it. Fracture of the electrolyte and growth of filaments are not in it.

Collapse of the skeleton alone: it is elastic, so that it breaks at P sigma_s/sigma, with its
strength over the stress that 99 % of it do not exceed under P.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from fem_cell.analysis.pressing.press import BROKEN, CLOSED, DENSE, Pressed
from fem_cell.laws.crushing import crushing_pressure
from fem_cell.laws.viscoplasticity import Viscoplastic, intrusion_ratio

INTRUDES = 3.0
"""Pressure over flow stress."""

Row = dict[str, Any]


def outcome(pressed: Pressed, pressure: float, law: Viscoplastic, rate: float) -> Row:
    """Of a piece that flows.

    Args:
        pressed: What came of it.
        pressure: That was asked for, Pa.
        law: Of the flow.
        rate: At which the flow stress is taken, 1/s.
    """
    last = dict(pressed.rows[-1])
    last.pop("largest_strain")
    if last["porosity"] < 1.0 - DENSE:
        last["porosity"] = 0.0  # the step in which pores close goes a little too far
    if pressed.event.startswith(CLOSED) and "skeleton_share" not in last:
        # lithium alone carries all that is put on it
        last |= dict.fromkeys(("pressure", "face_pressure", "lithium_pressure"), pressure)
    highest = max(row["face_pressure"] for row in (*pressed.rows, last))
    flow_stress = law.steady_stress(rate)
    ratio = intrusion_ratio(highest, flow_stress)
    return {
        **last,
        "half_closed": half_closed(pressed.rows),
        "face_highest": highest,
        "flow_stress": flow_stress,
        "intrusion": ratio,
        "intrudes": ratio > INTRUDES,
        "stiffness": pressed.stiffness,
        "porosity_at_first": pressed.rows[0]["porosity"],
        "event": pressed.event,
        **pressed.iterations,
    }


def breaks(rows: Sequence[Row], temperature: float, pressure: float) -> bool:
    """Whether the skeleton as given breaks, or was not pressed."""
    same = [
        row for row in rows
        if (row["variant"], row["temperature"], row["asked"]) == ("as_given", temperature, pressure)
    ]  # fmt: skip
    return not same or same[0]["event"].startswith(BROKEN)


def keeps_pores(rows: Sequence[Row], temperature: float, pressure: float) -> bool:
    """Whether a piece, as given or unbreakable, has borne a pressure before its pores were full."""
    return any(
        (row["temperature"], row["asked"], row["event"]) == (temperature, pressure, "")
        for row in rows
        if row["variant"] in ("as_given", "unbroken")
    )


def half_closed(rows: Sequence[Mapping[str, float]]) -> float | None:
    """Time at which half of the porosity is left, s; ``None`` if more is, or there was none."""
    if rows[0]["porosity"] < 1.0 - DENSE:
        return None
    goal = 0.5 * rows[0]["porosity"]
    for one, other in pairwise(rows):
        if other["porosity"] <= goal:
            share = (one["porosity"] - goal) / (one["porosity"] - other["porosity"])
            return float(one["time"] + share * (other["time"] - one["time"]))
    return None


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def skeleton_alone(pressed: Pressed, pressure: float, strength: float, fraction: float) -> Row:
    """Of a stripped skeleton under a pressure, from its response to another one.

    Args:
        pressed: Response.
        pressure: P, Pa.
        strength: Of its solid, Pa.
        fraction: Volume fraction of its solid.
    """
    last = pressed.rows[-1]
    scale = pressure / last["pressure"]
    largest = max(last["skeleton_peak"], last["skeleton_tension"])
    breaks = strength * last["pressure"] / largest
    event = ""
    if pressure >= breaks:
        event = (
            f"collapses: it breaks at {breaks * 1e-6:.3g} MPa; a crushed skeleton is not modelled"
        )
    row = {key: last[key] * scale for key in last if key.startswith("skeleton_")}
    return {
        "pressure": pressure,
        "compaction": None if event else last["compaction"] * scale,
        "porosity": last["porosity"],
        **row,
        "skeleton_share": last["skeleton_share"],
        # what is given no strength never breaks, and JSON knows no infinity
        "strength": _finite(strength),
        "breaks_at": _finite(breaks),
        "crushing_law": _finite(crushing_pressure(strength, fraction)),
        "stiffness": pressed.stiffness,
        "event": event,
        **pressed.iterations,
    }

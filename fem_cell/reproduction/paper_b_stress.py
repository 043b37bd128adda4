"""Paper B, figure 5e-f: hot spots of stress and how they grow with the rate."""

from __future__ import annotations

import json
from typing import Any

from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number

CASES = {"0.1C": ("stress-0.1C", (9000.0, 18000.0)), "1C": ("stress-1C", (900.0, 1800.0))}
"""Case and the times at which a quarter and a half of the nominal charge have passed, s."""
SHARES = ("a quarter", "half")
TENSION = "max_principal_stress"
HOT = "99"
"""Percentile of the volume that stands for hot spots: the largest value itself is singular."""


def at(results: Results, rate: str, share: int) -> dict[str, Any] | None:
    """Statistics of the largest principal stress when a share of the charge has passed."""
    name, times = CASES[rate]
    path = results.folder(name) / "stress.json"
    if not results.outcome(name).finished or not path.is_file():
        return None
    snapshots = json.loads(path.read_text())["snapshots"]
    near = [s for s in snapshots if abs(s["time_s"] / times[share] - 1) < 0.01]
    return near[0][TENSION] if near else None


def hot(results: Results, rate: str, share: int) -> float | None:
    """Tension that one per cent of the volume exceeds, MPa."""
    found = at(results, rate, share)
    return None if found is None else float(found["percentiles_MPa"][HOT])


def growth(results: Results) -> float | None:
    """Hot spots at 1C over those at 0.1C, a quarter of the charge passed."""
    fast, slow = hot(results, "1C", 0), hot(results, "0.1C", 0)
    return fast / slow if fast and slow else None


def stress(results: Results) -> Section:
    """Percentiles and where the largest tension is."""
    table: list[dict[str, object]] = []
    for share, word in enumerate(SHARES):
        for rate in CASES:
            found = at(results, rate, share)
            row: dict[str, object] = {"charge": word, "rate": rate}
            if found:
                parts = found["percentiles_MPa"]
                row |= {"middle": parts["50"], "hot": parts[HOT], "most": found["largest_MPa"]}
                row["front"] = found["distance_um"].get("front")
            table.append(row)
    titles = {
        "charge": "charge passed", "rate": "rate", "middle": "median MPa",
        "hot": "MPa that 1 % of the volume exceeds", "most": "largest MPa",
        "front": "um from a front",
    }  # fmt: skip
    return Section(
        "Hot spots of stress",
        titles,
        table,
        [
            "Eight crystals with two cracks and a disc without contact, elastic, each with its own "
            "stiffness and swelling. A front is where a crack or the patch without contact ends; "
            "the last column says how far from it the largest tension is.",
            "The film is held by its surroundings and shrinks along c as lithium comes in, so that "
            "all of it is under tension. At equal charge what 1 % of the volume exceeds at 1C is "
            f"{number(growth(results), '')} times that at 0.1C: hot spots grow with the rate, but "
            "most of the stress is there at any rate. The largest tension is not at a front, "
            "where the paper sees it, but most likely between grains that pull along different "
            "axes, which a film of standing crystals has in three dimensions.",
            "Stresses of some GPa say that the crystals break, not at what load.",
        ],
    )

"""Anodes under pressure as tables for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem_cell.analysis.pressing.outcome import INTRUDES
from fem_cell.sweep.table import columns_of

TITLES = {
    "anode": "anode", "celsius": "degC", "pressure": "MPa", "compaction": "compaction %",
    "porosity": "pores %", "half": "half closed s", "face": "lithium at face MPa",
    "most": "at most MPa", "ratio": "over flow stress", "intrudes": "intrudes",
    "share": "skeleton carries %", "peak": "skeleton peak MPa", "breaks": "breaks at MPa",
}  # fmt: skip
NAMES = {
    "as_given": "as given", "unbroken": "same, unbreakable", "filled": "unbreakable, pores full",
    "plain": "plain lithium",
    "stripped": "skeleton alone",
}  # fmt: skip
MEGA, CELSIUS, PERCENT = 1e-6, 273.15, 100.0

Row = Mapping[str, Any]


def table(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Rows of ``press.json`` in the units of :data:`TITLES`."""
    return [_row(row) for row in rows]


def _row(row: Row) -> dict[str, object]:
    def scaled(key: str, factor: float) -> float | None:
        value = row.get(key)
        return None if value is None else factor * value

    intrudes = {True: "yes", False: "no", None: ""}[row.get("intrudes")]
    return {
        "anode": NAMES[row["variant"]],
        "celsius": None if row["temperature"] is None else row["temperature"] - CELSIUS,
        "pressure": scaled("asked", MEGA),
        "compaction": scaled("compaction", PERCENT),
        "porosity": scaled("porosity", PERCENT),
        "half": row.get("half_closed"),
        "face": scaled("face_pressure", MEGA),
        "most": scaled("face_highest", MEGA),
        "ratio": row.get("intrusion"),
        "intrudes": intrudes,
        "share": scaled("skeleton_share", PERCENT),
        "peak": scaled("skeleton_peak", MEGA),
        "breaks": scaled("breaks_at", MEGA),
    }


def events(rows: Sequence[Row]) -> list[str]:
    """What ended early, as sentences."""
    said = []
    for row in rows:
        if row["event"]:
            warm = (
                "" if row["temperature"] is None else f", {row['temperature'] - CELSIUS:.4g} degC"
            )
            said.append(
                f"{NAMES[row['variant']]}{warm}, {row['asked'] * MEGA:.4g} MPa: {row['event']}."
            )
    return said


def as_text(content: Mapping[str, Any]) -> str:
    """The table, and what it means."""
    rows, moving = content["rows"], content["moving"]
    missing = "contact of walls that meet" if moving else "pores that change shape as they close"
    return "\n".join(
        [
            content["title"],
            "",
            columns_of(TITLES, table(rows)),
            "",
            *events(rows),
            f"Held for {content['hold']:.4g} s between smooth platens, sides as mirror planes, "
            f"{'large' if moving else 'small'} strains. Lithium at face: its pressure at the "
            f"upper platen, at the end and at most; above {INTRUDES:g} times the stress of steady "
            f"flow at {content['rate']:.2g} 1/s it is taken to intrude.",
            "Skeleton peak: what 99 % of it do not exceed. Not modelled: fracture, filaments, "
            f"what a crushed skeleton does, {missing}.",
        ]
    )

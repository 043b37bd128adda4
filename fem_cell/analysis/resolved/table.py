"""Effective properties of a sample as a table for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_cell.sweep.table import columns_of

UNITS = {
    "diffusivity": ("cm2/s", 1e4),
    "electronic_conductivity": ("S/m", 1.0),
    "ionic_conductivity": ("mS/cm", 10.0),
    "stiffness": ("GPa", 1e-9),
}
NAMES = {"stiffness": "Young's modulus"}
TITLES = {
    "what": "property", "size": "size", "condition": "faces", "pieces": "pieces", "mean": "mean",
    "interval": "95 % +-", "reuss": "Reuss", "lower": "HS lower", "upper": "HS upper",
    "voigt": "Voigt", "inside": "inside", "unknowns": "unknowns",
}  # fmt: skip


def table(content: Mapping[str, Any]) -> list[dict[str, object]]:
    """Rows of ``effective.json``'s summary in the units of :data:`UNITS`."""
    return [_row(row) for row in content["summary"]]


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    unit, scale = UNITS[row["property"]]
    bounds = dict(zip(("reuss", "lower", "upper", "voigt"), row["bounds"], strict=True))
    half = row["half_width"]
    narrow = "HS" if row["inside_hashin_shtrikman"] else "Voigt-Reuss"
    return {
        "what": f"{NAMES.get(row['property'], row['property'].replace('_', ' '))} {unit}",
        "size": row["size"] or "as given",
        "condition": row["condition"],
        "pieces": row["pieces"],
        "mean": scale * row["mean"],
        "interval": None if half is None else scale * half,
        "inside": narrow if row["inside"] else "no",
        "unknowns": row["unknowns"],
        **{name: scale * value for name, value in bounds.items()},
    }


def needed_lines(content: Mapping[str, Any]) -> list[str]:
    """For each target, what the phase would need, as sentences."""
    groups: dict[tuple[str, str, float], list[float | None]] = {}
    for row in content.get("needed", ()):
        key = (row["property"], row["phase"], row["target"])
        groups.setdefault(key, []).append(row["value"])
    return [_needed_line(*key, values) for key, values in groups.items()]


def _needed_line(name: str, phase: str, target: float, values: list[float | None]) -> str:
    unit, scale = UNITS[name]
    what = NAMES.get(name, name.replace("_", " "))
    found = [scale * value for value in values if value is not None]
    goal = f"For a {what} of {scale * target:.3g} {unit}"
    if not found:
        return f"{goal} no value of {phase} is enough."
    span = f"{min(found):.3g} to {max(found):.3g}" if len(found) > 1 else f"{found[0]:.3g}"
    return f"{goal} {phase} needs {span} {unit} (pieces of the first size)."


def as_text(content: Mapping[str, Any]) -> str:
    """The table, and what it means."""
    return "\n".join(
        [
            content["title"],
            "",
            columns_of(TITLES, table(content)),
            "",
            "faces: linear bounds a sample from above, uniform from below; mixed lies between.",
            *needed_lines(content),
            "Mean over pieces with the 95 % confidence interval of the mean; HS: Hashin-Shtrikman.",
        ]
    )

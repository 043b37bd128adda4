"""Effective properties of a sample as a table for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_cell.sweep.table import columns_of

UNITS = {
    "diffusivity": ("cm2/s", 1e4),
    "electronic_conductivity": ("S/m", 1.0),
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


def as_text(content: Mapping[str, Any]) -> str:
    """The table, and what it means."""
    return "\n".join(
        [
            content["title"],
            "",
            columns_of(TITLES, table(content)),
            "",
            "faces: linear bounds a sample from above, uniform from below; mixed lies between.",
            "Mean over pieces with the 95 % confidence interval of the mean; HS: Hashin-Shtrikman.",
        ]
    )

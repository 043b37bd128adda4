"""The table of a sweep: a row for each step of the protocol at each point."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from fem_cell.sweep.plan import Sweep
from fem_cell.sweep.results import outcome

_LONGEST = 60
_STEP = (
    "step",
    "capacity_mAh_cm2",
    "capacity_mAh_g",
    "energy_Wh_kg",
    "energy_Wh_L",
    "mean_voltage_V",
    "duration_s",
    "end_reason",
)
_LAST = ("status", "reason", "wall_time_s")

Row = dict[str, Any]


def rows(sweep: Sweep) -> list[Row]:
    """The rows, from the results folders as they are now."""
    found = []
    for point in sweep.points:
        now = outcome(point)
        shared = {"point": point.name, **point.varied}
        reason = "" if now.finished else now.end_reason
        ends = {"status": now.status, "reason": reason, "wall_time_s": now.wall_time}
        steps = now.steps or [{}]
        found += [{**shared, **{key: step.get(key) for key in _STEP}, **ends} for step in steps]
    return found


def as_csv(table: Sequence[Row]) -> str:
    """The table as comma-separated values with a header."""
    text = io.StringIO()
    columns = list(dict.fromkeys(key for row in table for key in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def as_text(table: Sequence[Row]) -> str:
    """The table to be read: without the varied keys, which the names contain."""
    titles = {
        "point": "point",
        "step": "step",
        "capacity_mAh_cm2": "mAh/cm2",
        "capacity_mAh_g": "mAh/g",
        "energy_Wh_kg": "Wh/kg",
        "mean_voltage_V": "mean V",
        "duration_s": "s",
        "end_reason": "ended by",
        "status": "status",
        "reason": "why",
        "wall_time_s": "wall s",
    }
    return columns_of(titles, table)


def columns_of(titles: Mapping[str, str], table: Sequence[Row]) -> str:
    """Rows as aligned columns, numbers to the right.

    Args:
        titles: Title of every key to be shown.
        table: The rows.
    """
    lines = [list(titles.values())]
    lines += [[show(row.get(key)) for key in titles] for row in table]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    numeric = [any(isinstance(row.get(key), int | float) for row in table) for key in titles]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def show(value: object) -> str:
    """A value of a table, shortened; a dash where there is none."""
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

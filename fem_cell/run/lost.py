"""Runs that ended without a word."""

from __future__ import annotations

from pathlib import Path

from fem_cell.errors import InputError
from fem_cell.output.files import read_json, replace_json


def note_lost_run(out: Path, reason: str) -> None:
    """Say in ``run.json`` that a run has failed whose ranks could not say so themselves."""
    try:
        record = read_json(out / "run.json")
        if record.get("status") == "running":
            replace_json(out / "run.json", record | {"status": "failed", "end_reason": reason})
    except (OSError, InputError):
        pass  # nothing was begun

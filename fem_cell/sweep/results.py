"""What has become of a point: read from its results folder, without computing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fem_cell import __version__
from fem_cell.output.generations import any_there
from fem_cell.output.lock import is_locked
from fem_cell.sweep.plan import Point

MISSING, CHANGED = "not run", "of another case"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of a results folder.

    Attributes:
        status: ``finished``, ``failed``, ``interrupted``, ``running``, ``not run``, or
            ``of another case`` if the folder holds results of something else.
        end_reason: Why it ended.
        wall_time: s.
        steps: Entries of ``summary.json``.
    """

    status: str
    end_reason: str = ""
    wall_time: float | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether the results are complete and those of the case."""
        return self.status == "finished"


def outcome(point: Point) -> Outcome:
    """The outcome of a point; results of another effective case or version do not count."""
    record = _json(point.folder / "run.json")
    if not record:
        return Outcome(MISSING)
    if not _same_case(point) or record.get("versions", {}).get("fem_cell") != __version__:
        return Outcome(CHANGED)
    status, reason = str(record.get("status", "")), str(record.get("end_reason", ""))
    if status == "running" and not is_locked(point.folder):
        reason = "or killed: no process is seen in its folder"
    return Outcome(
        status,
        reason,
        record.get("wall_time_s", {}).get("total"),
        _json(point.folder / "summary.json").get("steps", []),
    )


def resumable(point: Point) -> bool:
    """Whether an earlier run of the same case left a checkpoint to go on from."""
    left = outcome(point).status in ("interrupted", "running", "failed")
    return left and any_there(point.folder / "checkpoint")


def _same_case(point: Point) -> bool:
    path = point.folder / "case.toml"
    return path.is_file() and path.read_text(encoding="utf-8") == point.case.effective_toml()


def _json(path: Path) -> dict[str, Any]:
    """A JSON file, empty if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}

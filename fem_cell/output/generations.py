"""Files of checkpoints: two generations, written beside their place and moved there.

Reading needs no finite element library, so that a checkpoint that does not fit is refused
before anything heavy is imported.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.errors import Fault, InputError
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_with

FILE = "checkpoint.npz"
PREVIOUS = "checkpoint_previous.npz"

FORMAT = 2
"""Of the files; another one is refused."""

PROGRESS = "progress"

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where in its protocol a run is.

    Attributes:
        time: s since the start.
        step: Index of the protocol step.
        step_time: When that step started, s.
        step_charge: Q when it started, C.
        step_voltage: V when it started.
        duration: The longest that step can take, s.
        energies: Parts of the energy since it started, J.
        powers: Parts of the power at ``time``, W; absent before the first state of the step.
        rows: Of the time series and of the losses so far.
        fingerprint: Of the mesh file.
        protocol: The lines of the steps done and of the one under way.
        done: Entries of ``summary.json``.
        times: Of the states that are kept, newest first, s.
        beyond: Time of the solution that lies ahead, if there is one, s.
        outlook: What the choice of the next time step goes by; absent before the first one.
        counters: Work done so far, by its name in ``run.json``.
    """

    time: float
    step: int
    step_time: float
    step_charge: float
    step_voltage: float
    duration: float
    energies: list[float]
    powers: list[float] | None
    rows: int
    fingerprint: str
    protocol: list[str]
    done: list[dict[str, Any]]
    times: list[float]
    beyond: float | None = None
    outlook: dict[str, Any] | None = None
    counters: dict[str, int] = field(default_factory=dict)


def write(folder: Path, progress: Progress, arrays: Arrays) -> None:
    """Write a checkpoint; the one before it is kept. Not collective.

    Raises:
        OSError: It cannot be written; those that are there stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = np.array(json.dumps({"format": FORMAT, **asdict(progress)}))

    def keep_previous() -> None:
        if (folder / FILE).is_file():
            os.replace(folder / FILE, folder / PREVIOUS)

    replace_with(
        folder / FILE,
        lambda file: np.savez(file, allow_pickle=False, **arrays, **{PROGRESS: note}),
        keep_previous,
    )


def any_there(folder: Path) -> bool:
    """Whether a folder holds a checkpoint, be it damaged."""
    return any((folder / name).is_file() for name in (FILE, PREVIOUS))


def newest(folder: Path) -> tuple[Path, Progress]:
    """The newest checkpoint that is whole. Not collective.

    Raises:
        InputError: There is none, or another version wrote it.
    """
    there = [folder / name for name in (FILE, PREVIOUS) if (folder / name).is_file()]
    for path in there:
        try:
            with np.load(path, allow_pickle=False) as archive:
                for key in archive.files:
                    archive[key]  # reading it compares its checksum
                note = json.loads(str(archive[PROGRESS]))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            LOGGER.warning("%s is damaged: %s", path, error)
            continue
        return path, _progress(path, note)
    problem = f"there is no checkpoint in {folder}"
    if there:
        problem = f"no checkpoint in {folder} can be read"
    raise InputError([Fault("--resume", problem, "run without --resume")])


def take_up(folder: Path) -> tuple[Path, Progress]:
    """The newest checkpoint that is whole, in the place of one that is damaged. Not collective.

    The next checkpoint would otherwise take the place of the good one.

    Raises:
        InputError: As :func:`newest`.
    """
    path, progress = newest(folder)
    if path.name == PREVIOUS:
        path = path.replace(folder / FILE)
    return path, progress


def _progress(path: Path, note: object) -> Progress:
    names = {f.name for f in fields(Progress)} | {"format"}
    if not isinstance(note, dict) or note.get("format") != FORMAT or set(note) != names:
        problem = f"{path} was written by another version of fem_cell"
        remedy = "resume with that version, or run without --resume"
        raise InputError([Fault("--resume", problem, remedy)])
    del note["format"]
    return Progress(**note)

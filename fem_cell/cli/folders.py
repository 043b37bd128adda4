"""Results folders and the mesh in them."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

from fem_cell.case.model import Case, GeometryCase
from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script.build import MeshFile, build_mesh
from fem_cell.log import LOGGER
from fem_cell.output.files import damaged, read_json, replace_text
from fem_cell.output.generations import newest
from fem_cell.output.lock import locked

_PRODUCTS = (
    "fields",
    "pictures",
    "checkpoint",
    "timeseries.csv",
    "losses.csv",
    "cycles.csv",
    "gitt.csv",
    "gitt.json",
    "voltammetry.csv",
    "voltammetry.json",
    "impedance.csv",
    "resistances.csv",
    "relaxation_times.csv",
    "relaxation_peaks.csv",
    "summary.json",
    "stress.json",
    "run.json",
    "log.txt",
    "open_in_paraview.py",
)
"""What a run or a command leaves in its folder, but the mesh: a new run clears it away."""

SHOWN = 5
"""Differences from the case that was run, of which each is named."""

_MAY_CHANGE = ("title", "solver", "output", "protocol")
"""Sections in which a case may differ when its run is resumed; of the protocol what is to come."""


def results_folder(case: Path, given: Path | None) -> Path:
    """Where the results of a case go."""
    return given if given is not None else Path("results") / case.stem


def check_folder(out: Path, case: Case, resume: bool) -> None:
    """Check that a run can use a folder; changes nothing. Not collective.

    Raises:
        InputError: The folder holds something else, or there is nothing to resume, or what
            was run there is another case.
    """
    if resume:
        _check_resumable(out, case)
        return
    if out.exists() and not out.is_dir():
        raise InputError([Fault("--out", f"{out} is a file", "give a folder")])
    if out.is_dir() and any(_visible(out)) and not (out / "case.toml").is_file():
        problem = f"{out} holds something that is not a result"
        raise InputError([Fault("--out", problem, "give another folder")])
    if case.path == (out / "case.toml").resolve():
        problem = f"the effective case would replace {case.path}"
        raise InputError([Fault("--out", problem, "give another folder")])


def prepare(out: Path, case: Case, resume: bool, kept: ExitStack) -> None:
    """Make the folder, or clear it of an earlier run. Not collective.

    Args:
        out: The folder.
        case: What is to be run in it.
        resume: Whether a run there goes on.
        kept: Keeps the folder to this run until it is closed.

    Raises:
        InputError: The folder cannot be used or written, or another run is at work in it.
    """
    check_folder(out, case, resume)
    try:
        kept.enter_context(locked(out))
        for left in out.rglob(".*.part"):  # by a run that was killed while it wrote
            left.unlink()
        if not resume:
            _clear(out)
        replace_text(out / "case.toml", case.effective_toml())
    except OSError as error:
        raise InputError([_unwritable(out, error)]) from None


def keep(out: Path, kept: ExitStack) -> None:
    """Make the folder of a study if it is not there, and keep it to this process. Not collective.

    Args:
        out: The folder.
        kept: Keeps it until it is closed.

    Raises:
        InputError: It cannot be used or written, or another process is at work in it.
    """
    try:
        kept.enter_context(locked(out))
    except OSError as error:
        raise InputError([_unwritable(out, error)]) from None


def _unwritable(out: Path, error: OSError) -> Fault:
    return Fault("--out", f"{out} cannot be written: {error.strerror}", "give another folder")


def is_finished(out: Path, case: Case) -> bool:
    """Whether this very case was run to its end in a folder. Not collective."""
    try:
        finished = read_json(out / "run.json").get("status") == "finished"
        return finished and (out / "case.toml").read_text("utf-8") == case.effective_toml()
    except (OSError, InputError):
        return False


def _clear(out: Path) -> None:
    for name in _PRODUCTS:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _visible(out: Path) -> Iterator[Path]:
    """What is in a folder, without what a run leaves there that is killed as it begins."""
    return (path for path in out.iterdir() if not path.name.startswith("."))


def _check_resumable(out: Path, case: Case) -> None:
    """A checkpoint can only be continued with the case it was written by."""
    if not (out / "case.toml").is_file():
        fault = Fault("--resume", f"there is no checkpoint in {out}", "run without --resume")
        raise InputError([fault])
    if link := next((p for p in out.rglob("*") if p.is_symlink() and not p.is_dir()), None):
        problem = f"{link} is a symbolic link, and results are written to it"
        raise InputError([Fault("--resume", problem, "put the file itself in its place")])
    _, progress = newest(out / "checkpoint")
    try:
        before = dict(_leaves(tomllib.loads((out / "case.toml").read_text(encoding="utf-8"))))
    except ValueError as error:
        raise InputError([damaged(out / "case.toml", error)]) from None
    now = dict(_leaves(tomllib.loads(case.effective_toml())))
    remedy = "resume with the same settings, or run without --resume"
    faults = [
        Fault(key, f"is {now.get(key)!r}, and was {before.get(key)!r} in {out}", remedy)
        for key in dict.fromkeys([*now, *before])
        if not _may_change(key, before) and now.get(key) != before.get(key)
    ]
    lines = [step.text for step in case.protocol]
    for number, (was, line) in enumerate(zip_longest(progress.protocol, lines), start=1):
        if number <= len(progress.protocol) and line != was:
            problem = f"step {number} is {line!r}, and was {was!r} when it was run in {out}"
            faults.append(Fault("protocol", problem, "only change steps that have not begun"))
    if len(faults) > SHOWN:
        problem = f"differs in {len(faults) - SHOWN} more keys; is it damaged?"
        faults[SHOWN:] = [Fault(str(out / "case.toml"), problem, remedy)]
    if faults:
        raise InputError(faults)


def _may_change(key: str, before: Mapping[str, Any]) -> bool:
    """Whether a key may differ when its run is resumed."""
    if key == "output.fields_format":  # one series is of one format
        return key not in before
    return key.split(".")[0] in _MAY_CHANGE


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested tables with its dotted key."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def mesh_for(case: Case, out: Path) -> MeshFile:
    """Build the mesh of a case in its folder, or take the one that is there already.

    Not collective.
    """
    return mesh_of(case.geometry, out)


def mesh_of(geometry: GeometryCase, out: Path) -> MeshFile:
    """Build a mesh in a folder, or take the one that is there already. Not collective."""
    path = out / "mesh" / "mesh.msh"
    wanted = _wanted(geometry)
    note = out / "mesh" / "geometry.toml"
    if path.is_file() and note.is_file() and note.read_text() == wanted:
        try:
            return MeshFile.load(path)
        except (InputError, ValueError) as error:
            LOGGER.warning("the mesh is damaged and made again: %s", error)
    LOGGER.info("building the mesh with %s", geometry.script.name)
    mesh = build_mesh(geometry.loaded, geometry.values, out / "mesh")
    replace_text(note, wanted)
    return mesh


def _wanted(geometry: GeometryCase) -> str:
    """What the mesh depends on: the script's text, its parameters and the files they name."""
    given = dict(geometry.values)
    values = [f"# {key} = {value!r}" for key, value in given.items()]
    for file in geometry.loaded.files(given):
        values += [f"# {line}" for line in file.read_text().splitlines()]
    return "\n".join([*values, geometry.script.read_text()])

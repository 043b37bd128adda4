"""Results folders and the mesh in them."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_cell.case.model import Case, GeometryCase
from fem_cell.errors import Fault, FemCellError, InputError
from fem_cell.geometry_script.build import MeshFile, build_mesh
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_text

if TYPE_CHECKING:
    from mpi4py import MPI

_PRODUCTS = (
    "fields",
    "pictures",
    "checkpoint",
    "timeseries.csv",
    "summary.json",
    "stress.json",
    "run.json",
    "log.txt",
)

_MAY_CHANGE = ("title", "solver", "output")
"""Sections in which a case may differ when its run is resumed."""


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
    if out.is_dir() and any(out.iterdir()) and not (out / "case.toml").is_file():
        problem = f"{out} holds something that is not a result"
        raise InputError([Fault("--out", problem, "give another folder")])
    if case.path == (out / "case.toml").resolve():
        problem = f"the effective case would replace {case.path}"
        raise InputError([Fault("--out", problem, "give another folder")])


def prepare(out: Path, case: Case, resume: bool) -> None:
    """Make the folder, or clear it of an earlier run. Not collective.

    Raises:
        InputError: The folder cannot be used or written.
    """
    check_folder(out, case, resume)
    if resume:
        return
    try:
        _clear(out)
        replace_text(out / "case.toml", case.effective_toml())
    except OSError as error:
        problem = f"{out} cannot be written: {error.strerror}"
        raise InputError([Fault("--out", problem, "give another folder")]) from None


def _clear(out: Path) -> None:
    for name in _PRODUCTS:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)


def _check_resumable(out: Path, case: Case) -> None:
    """A checkpoint can only be continued with the case it was written by."""
    if not (out / "checkpoint").is_dir() or not (out / "case.toml").is_file():
        fault = Fault("--resume", f"there is no checkpoint in {out}", "run without --resume")
        raise InputError([fault])
    before = dict(_leaves(tomllib.loads((out / "case.toml").read_text())))
    now = dict(_leaves(tomllib.loads(case.effective_toml())))
    remedy = "resume with the same settings, or run without --resume"
    faults = [
        Fault(key, f"is {now.get(key)!r}, and was {before.get(key)!r} in {out}", remedy)
        for key in dict.fromkeys([*now, *before])
        if key.split(".")[0] not in _MAY_CHANGE and now.get(key) != before.get(key)
    ]
    if faults:
        raise InputError(faults)


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
        return MeshFile.load(path)
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


def on_root[T](comm: MPI.Comm, action: Callable[[], T]) -> T:
    """Do something on rank 0; its result, or its error, on every rank. Collective."""
    result: T | None = None
    error: Exception | None = None
    if comm.rank == 0:
        try:
            result = action()
        except (FemCellError, OSError) as caught:
            error = caught
    result, error = comm.bcast((result, error))
    if error is not None:
        raise error
    return result

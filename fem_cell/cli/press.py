"""``fem-cell press``: pieces of an anode under pressure, by a pressing file."""

from __future__ import annotations

import argparse
import hashlib
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_cell.case.pressing import Pressing, load_pressing
from fem_cell.cli.folders import keep, mesh_of, results_folder
from fem_cell.cli.launch import start_mpirun
from fem_cell.cli.ranks import begin, warn_of_unused
from fem_cell.errors import InputError
from fem_cell.geometry_script.build import MeshFile
from fem_cell.log import LOGGER, under_mpi
from fem_cell.output.files import read_json, replace_json, replace_text
from fem_cell.parallel import on_root
from fem_cell.signals import end_on_request

if TYPE_CHECKING:
    from mpi4py import MPI

    from fem_cell.mesh import CellMesh

FILE = "press.json"
Row = dict[str, Any]


def command(options: argparse.Namespace) -> int:
    """Validate, start mpirun if asked to, compute what is not there yet, print a table."""
    end_on_request()
    pressing = load_pressing(options.case, options.overrides, smoke=options.smoke)
    if options.ranks and options.ranks > 1 and not under_mpi():
        return start_mpirun(options.ranks, options.given)
    comm = begin(options.petsc)
    out = results_folder(options.case, options.out)
    with ExitStack() as kept:
        on_root(comm, lambda: keep(out, kept))
        rows, mesh = _rows(pressing, out, comm)
        warn_of_unused(options.petsc)
        on_root(comm, lambda: _write(pressing, rows, mesh, out))
    return 0


def _rows(pressing: Pressing, out: Path, comm: MPI.Comm) -> tuple[list[Row], MeshFile]:
    """Rows of all pieces, and the mesh that they share. Collective."""
    from fem_cell.analysis.pressing.variants import is_needed, loads
    from fem_cell.mesh import read_cell_mesh

    mesh = on_root(comm, lambda: mesh_of(pressing.geometry, out))
    cells = read_cell_mesh(mesh.path, comm)
    mark = f"{mesh.fingerprint}{_materials(pressing)}"
    rows: list[Row] = []
    for variant, temperature, pressures in loads(pressing.wanted):
        needed = [P for P in pressures if is_needed(variant, rows, temperature, P)]
        if needed:
            rows += _kept(pressing, variant, temperature, needed, cells, out, mark)
    return rows, mesh


def _write(pressing: Pressing, rows: list[Row], mesh: MeshFile, out: Path) -> None:
    """Tables and pictures of all pieces. Not collective."""
    from fem_cell.analysis.pressing.table import as_text
    from fem_cell.output.pictures.pressing import make_pressing_pictures
    from fem_cell.sweep.table import as_csv

    wanted = pressing.wanted
    content = {
        "title": pressing.title,
        "hold": wanted.hold,
        "rate": wanted.intrusion_rate,
        "moving": wanted.moving,
        "cells": mesh.info["cells"],
        "measures": mesh.info.get("measures", {}),
        "rows": rows,
    }
    replace_json(out / FILE, content)
    replace_text(out / "press.csv", as_csv(rows))
    LOGGER.info("%s", as_text(content))
    make_pressing_pictures(out)
    LOGGER.info("results: %s", out / FILE)


def _kept(
    pressing: Pressing,
    variant: str,
    temperature: float,
    pressures: list[float],
    mesh: CellMesh,
    out: Path,
    mark: str,
) -> list[Row]:
    """Rows of one piece, from its file if they are there. Collective."""
    from fem_cell.analysis.pressing.study import rows_of

    comm: MPI.Comm = mesh.mesh.comm
    name = f"{variant}-{temperature:.2f}K-{pressures[-1] * 1e-6:g}MPa"
    path = out / "pieces" / f"{name}.json"
    own = hashlib.sha256(f"{mark}{name}{pressures}".encode()).hexdigest()
    if (known := on_root(comm, lambda: _known(path, own))) is not None:
        return known
    LOGGER.info("%s", name)
    rows = rows_of(pressing, variant, temperature, pressures, mesh, out / "fields" / f"{name}.pvtu")
    content = {"mark": own, **rows}

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, content)

    on_root(comm, write)
    found: list[Row] = rows["rows"]
    return found


def _materials(pressing: Pressing) -> str:
    """What else the rows depend on."""
    wanted = pressing.wanted.model_dump(exclude={"pressures", "temperatures", "variants"})
    values = {
        phase: {
            key: [entry.at(T) for T in pressing.wanted.temperatures] for key, entry in e.items()
        }
        for phase, e in ((name, sheet.entries) for name, sheet in pressing.phases.items())
    }
    return json.dumps([values, wanted], sort_keys=True)


def _known(path: Path, mark: str) -> list[Row] | None:
    """What an earlier call left; ``None`` if it is of something else."""
    try:
        content = read_json(path)
    except (OSError, InputError):  # it is not there, or damaged
        return None
    return list(content["rows"]) if content.get("mark") == mark else None

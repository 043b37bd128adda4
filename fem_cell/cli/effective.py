"""``fem-cell effective``: effective properties of the pieces of a sample file."""

from __future__ import annotations

import argparse
import hashlib
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_cell.case.sample import Piece, Sample, load_sample
from fem_cell.case.sample_tables import NeededTable
from fem_cell.cli.folders import keep, mesh_of, results_folder
from fem_cell.cli.launch import start_mpirun
from fem_cell.cli.ranks import begin, warn_of_unused
from fem_cell.errors import InputError
from fem_cell.log import LOGGER, under_mpi
from fem_cell.output.files import read_json, replace_json
from fem_cell.parallel import on_root
from fem_cell.signals import end_on_request

if TYPE_CHECKING:
    from mpi4py import MPI

    from fem_cell.analysis.resolved import ResolvedBody

FILE = "effective.json"


def command(options: argparse.Namespace) -> int:
    """Validate, start mpirun if asked to, compute what is not there yet, print a table."""
    end_on_request()
    sample = load_sample(options.case, options.overrides, smoke=options.smoke)
    if options.ranks and options.ranks > 1 and not under_mpi():
        return start_mpirun(options.ranks, options.given)
    comm = begin(options.petsc)
    from fem_cell.analysis.resolved.sample import summary
    from fem_cell.analysis.resolved.table import as_text

    out = results_folder(options.case, options.out)
    with ExitStack() as kept:
        on_root(comm, lambda: keep(out, kept))
        found = [_piece(sample, piece, out / piece.name, comm) for piece in sample.pieces]
    warn_of_unused(options.petsc)
    rows = [row for one in found for row in one["rows"]]
    needed = [row for one in found for row in one["needed"]]
    content = {
        "title": sample.title,
        "pieces": rows,
        "summary": summary(rows),
        "needed": needed,
    }
    on_root(comm, lambda: replace_json(out / FILE, content))
    if comm.rank == 0:
        print(as_text(content))
        LOGGER.info("results: %s", out / FILE)
    return 0


Content = dict[str, list[dict[str, Any]]]


def _piece(sample: Sample, piece: Piece, out: Path, comm: MPI.Comm) -> Content:
    """Rows of one piece, from its folder if they are there. Collective."""
    from fem_cell.analysis.resolved import resolved_body
    from fem_cell.analysis.resolved.sample import properties_of
    from fem_cell.mesh import read_cell_mesh

    mesh = on_root(comm, lambda: mesh_of(piece.geometry, out))
    sought = sample.wanted.needed if piece.size == sample.pieces[0].size else None
    text = f"{mesh.fingerprint}{_sheets(sample)}{sought or ''}"
    mark = hashlib.sha256(text.encode()).hexdigest()
    if known := on_root(comm, lambda: _known(out / FILE, mark)):
        return known
    LOGGER.info("%s: %d cells", piece.name, mesh.info["cells"])
    body = resolved_body(read_cell_mesh(mesh.path, comm), sample.empty)
    wanted = sample.wanted
    found = properties_of(
        body, sample.phases, sample.temperature, wanted.properties, wanted.conditions
    )
    about = {
        "piece": piece.name,
        "size": piece.size,
        "seed": piece.seed,
        "ranks": comm.size,
        "fractions": dict(body.fractions),
        "measures": mesh.info.get("measures", {}),
    }
    content: Content = {"rows": [{**about, **row} for row in found], "needed": []}
    if sought:
        content["needed"] = _needed(sample, sought, piece, body)
    on_root(comm, lambda: replace_json(out / FILE, {"mark": mark, **content}))
    return content


def _needed(
    sample: Sample, sought: NeededTable, piece: Piece, body: ResolvedBody
) -> list[dict[str, Any]]:
    """What the phase would have to be in this piece. Collective."""
    from fem_cell.analysis.resolved.needed import needed_value

    rows = []
    for name, target in sought.targets.items():
        T, phase = sample.temperature, sought.phase
        value = needed_value(body, sample.phases, T, name, phase, target)
        row = {"property": name, "phase": phase, "target": target, "value": value}
        rows.append({"piece": piece.name, "size": piece.size, **row})
    return rows


def _sheets(sample: Sample) -> str:
    """What else the rows depend on."""
    values = {
        phase: {key: entry.at(sample.temperature) for key, entry in sheet.entries.items()}
        for phase, sheet in sample.phases.items()
    }
    wanted = sample.wanted
    return json.dumps([values, wanted.properties, wanted.conditions], sort_keys=True)


def _known(path: Path, mark: str) -> Content | None:
    """What an earlier call left; ``None`` if it is of something else."""
    try:
        content = read_json(path)
    except (OSError, InputError):  # it is not there, or damaged
        return None
    if content.get("mark") != mark:
        return None
    return {"rows": content["rows"], "needed": content.get("needed", [])}

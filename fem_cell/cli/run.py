"""``fem-cell run``: run a case."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from fem_cell.case import load_case
from fem_cell.case.model import Case
from fem_cell.cli.folders import check_folder, is_finished, mesh_for, prepare, results_folder
from fem_cell.cli.launch import start_mpirun
from fem_cell.cli.ranks import begin, warn_of_unused
from fem_cell.errors import FemCellError, Interrupted
from fem_cell.log import LOGGER, add_file, under_mpi
from fem_cell.output.generations import any_there
from fem_cell.parallel import on_root, together
from fem_cell.run.lost import note_lost_run
from fem_cell.signals import remember

if TYPE_CHECKING:
    from mpi4py import MPI


def command(options: argparse.Namespace) -> int:
    """Validate, start mpirun if asked to, run."""
    remember()
    case = load_case(options.case, options.overrides, smoke=options.smoke)
    out = results_folder(options.case, options.out)
    if not under_mpi():  # at once, before anything heavy is imported
        check_folder(out, case, wants_resume(out, options))
    if options.ranks and options.ranks > 1 and not under_mpi():
        code = start_mpirun(options.ranks, options.given)
        if code == FemCellError.exit_code:
            note_lost_run(out, "a rank was lost")
        return code
    comm = begin(options.petsc)
    with ExitStack() as kept:
        return _run(case, out, options, comm, kept)


def wants_resume(out: Path, options: argparse.Namespace) -> bool:
    """Whether to go on from a checkpoint. Not collective."""
    return options.resume or (options.if_possible and any_there(out / "checkpoint"))


def _run(
    case: Case, out: Path, options: argparse.Namespace, comm: MPI.Comm, kept: ExitStack
) -> int:
    from fem_cell.run.record import RunRecord
    from fem_cell.run.simulation import Simulation
    from fem_cell.run.stopping import StopRequest

    resume = on_root(comm, lambda: wants_resume(out, options))
    if resume and on_root(comm, lambda: is_finished(out, case)):
        LOGGER.info("finished already: %s", out)
        return 0
    on_root(comm, lambda: prepare(out, case, resume, kept))
    add_file(out / "log.txt")
    LOGGER.info("%s", case.title or options.case.name)
    record = RunRecord(out / "run.json", comm)
    record.begin()
    record.update(
        options={"overrides": options.overrides, "petsc": options.petsc, "smoke": options.smoke}
    )
    stop = StopRequest(comm, options.max_wall_time)
    stop.listen()
    try:
        with together():
            with record.stage("geometry"):
                mesh_file = on_root(comm, lambda: mesh_for(case, out))
            simulation = Simulation(case, out, mesh_file, record, stop, options.quiet)
            simulation.set_up(comm)
            simulation.run(resume)
    except Interrupted as error:
        record.finish("interrupted", str(error))
        raise
    except FemCellError as error:
        record.finish("failed", str(error))
        raise
    except (Exception, SystemExit) as error:
        record.fail(error)
        raise
    finally:
        warn_of_unused(options.petsc)
    record.finish("finished", record.content["end_reason"])
    _make_pictures(case, out, comm.rank)
    LOGGER.info("results: %s", out)
    return 0


def _make_pictures(case: Case, out: Path, rank: int) -> None:
    """Pictures are a courtesy: a failure to draw must not spoil a finished run."""
    if not case.output.pictures or rank != 0:
        return
    from fem_cell.output.pictures import make_pictures

    try:
        make_pictures(out)
    except Exception as error:  # drawing libraries raise anything
        LOGGER.warning("no pictures: %s; try 'fem-cell plot %s'", error, out)

"""The batch scripts of ``container/slurm`` and what Slurm does to a run, on a real cluster."""

from __future__ import annotations

import os
import re
import sys
from signal import SIGTERM, SIGUSR1

import pytest

from tests.conftest import mpi_environment
from tests.support.killing import assert_same_results
from tests.support.program import ROOT, SLAB, SMALL_STEPS, Results, changed, rows_written, solve
from tests.support.program import write_case as write

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(300)]

SCRIPTS = ROOT / "container" / "slurm"
FEM_CELL = f"{sys.executable} -m fem_cell"
PROTOCOL = ["Discharge at 1C for 10 minutes", "Rest for 4 minutes"]
CASE = changed(SLAB, protocol=PROTOCOL, output__checkpoint_every="1 hour")
OPTIONS = ("--set", SMALL_STEPS)
LIMIT = 90.0
"""s; for jobs that take five on an idle machine."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The case and its results without Slurm."""
    folder = tmp_path_factory.mktemp("whole")
    case = write(folder, CASE)
    return case, solve(case, folder / "out", *OPTIONS)


def submit(slurm, folder, *command, **variables):
    """Submit a script; the number of the job. Its log is ``folder/log``."""
    environment = mpi_environment() | {"FEM_CELL": FEM_CELL} | variables
    log = (f"--output={folder / 'log'}", "--open-mode=append", f"--chdir={folder}")
    return slurm.call("sbatch", "--parsable", *log, *command, env=environment)


def log(folder):
    return (folder / "log").read_text() if (folder / "log").is_file() else ""


def test_one_node_stopped_and_submitted_again(slurm, tmp_path, whole):
    case, reference = whole
    out = tmp_path / "out"
    command = ("--ntasks=2", SCRIPTS / "one_node.sh", case, "--out", out, *OPTIONS)
    job = submit(slurm, tmp_path, *command)
    slurm.wait(lambda: rows_written(out) > 20, LIMIT, "rows")
    slurm.signal(job, SIGUSR1)
    slurm.wait_for_all(LIMIT)
    assert slurm.exit_code(job) == "4:0", log(tmp_path)
    assert Results(out).record["end_reason"].startswith("stopped by signal SIGUSR1")
    rows = rows_written(out)
    job = submit(slurm, tmp_path, *command)
    slurm.wait_for_all(LIMIT)
    assert slurm.exit_code(job) == "0:0", log(tmp_path)
    assert Results(out).record["ranks"] == 2
    assert rows < rows_written(out)
    assert_same_results(reference, Results(out), 1e-9)


def test_resubmits_itself_until_it_is_finished(slurm, tmp_path, whole):
    case, reference = whole
    out = tmp_path / "out"
    command = (SCRIPTS / "resubmit.sh", case, "--out", out, *OPTIONS)
    job = submit(slurm, tmp_path, "--ntasks=1", *command)
    slurm.wait(lambda: rows_written(out) > 20, LIMIT, "rows")
    slurm.signal(job, SIGUSR1)
    slurm.wait_for_all(LIMIT)
    assert slurm.exit_code(job) == "0:0", log(tmp_path)
    assert log(tmp_path).count("back into the queue") == 1
    assert_same_results(reference, Results(out), 1e-9)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_resubmits_itself_when_its_time_is_up(slurm, tmp_path):
    """Slurm counts time in minutes and looks twice in each: it signals some time in the first."""
    case = write(tmp_path, changed(CASE, solver__maximum_time_step="0.5 s"))
    reference = solve(case, tmp_path / "whole", timeout=290)
    out = tmp_path / "out"
    limit = ("--time=1", "--signal=B:USR1@20")
    job = submit(slurm, tmp_path, "--ntasks=1", *limit, SCRIPTS / "resubmit.sh", case, "--out", out)
    slurm.wait_for_all(600)
    assert slurm.exit_code(job) == "0:0", log(tmp_path)
    assert log(tmp_path).count("stopped by signal SIGUSR1") >= 1
    assert_same_results(reference, Results(out), 1e-9)


@pytest.mark.parametrize("variables", [{"FEM_CELL_RESTARTS": "0"}, {}])
def test_resubmission_ends(slurm, tmp_path, whole, variables):
    """After so many times, and when the job is cancelled."""
    out = tmp_path / "out"
    limit = ("--max-wall-time", "0.1s") if variables else ()
    command = (SCRIPTS / "resubmit.sh", whole[0], "--out", out, *OPTIONS, *limit)
    job = submit(slurm, tmp_path, "--ntasks=1", *command, **variables)
    if not variables:
        slurm.wait(lambda: rows_written(out) > 20, LIMIT, "rows")
        slurm.call("scancel", job)
    slurm.wait_for_all(LIMIT)
    assert "back into the queue" not in log(tmp_path)
    assert Results(out).record["status"] == "interrupted"
    if variables:
        assert slurm.exit_code(job) == "4:0"
        assert "submit it again to go on" in log(tmp_path)


SRUN = {"FEM_CELL_MPI": "srun --ntasks=1"}
STOPS = {
    "mpirun": ("several_nodes.sh", {}, SIGUSR1, "batch"),
    "srun": ("several_nodes_apptainer.sh", SRUN, SIGUSR1, "batch"),
    "step of srun": ("several_nodes.sh", SRUN, SIGTERM, "0"),
}
"""A script, its variables, how it is stopped, and which step of it.

mpirun and srun pass SIGUSR1 on to the ranks, and answer SIGTERM by killing them. Where there is
one machine several nodes cannot exchange messages: one node with two ranks stands for them.
"""


@pytest.mark.parametrize("how", STOPS)
def test_several_nodes(slurm, tmp_path, whole, how):
    script, variables, signal, step = STOPS[how]
    out = tmp_path / "out"
    command = (SCRIPTS / script, whole[0], "--out", out, *OPTIONS)
    options = ("--nodes=1", "--ntasks-per-node=2", stand_in_for_apptainer(slurm, tmp_path))
    job = submit(slurm, tmp_path, *options, *command, FEM_CELL_IMAGE="my.sif", **variables)
    slurm.wait(lambda: rows_written(out) > 20, LIMIT, "rows")
    slurm.signal(job, signal, step)
    slurm.wait_for_all(LIMIT)
    assert slurm.exit_code(job) == "4:0", log(tmp_path)
    record = Results(out).record
    assert record["status"] == "interrupted"
    assert signal.name in record["end_reason"]
    assert record["ranks"] == (1 if variables else 2)


def stand_in_for_apptainer(slurm, folder):
    """A program that runs what follows the image; the option with which a job finds it."""
    program = folder / "bin" / "apptainer"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/bash\n[[ "$1 $2 $4 $5" == "exec --bind my.sif fem-cell" ]] || exit 9\n'
        f'shift 5\nexec {FEM_CELL} "$@"\n'
    )
    program.chmod(0o755)
    return f"--export=ALL,PATH={program.parent}{os.pathsep}{slurm.environment['PATH']}"


def test_ranks_that_do_not_know_of_each_other(slurm, tmp_path, whole):
    """srun starts two, and MPI was not told: each would run the whole case."""
    mpi = {"FEM_CELL_MPI": "srun --mpi=none"}
    command = (SCRIPTS / "several_nodes.sh", whole[0], "--out", tmp_path / "out")
    job = submit(slurm, tmp_path, "--nodes=1", "--ntasks-per-node=2", *command, **mpi)
    slurm.wait_for_all(LIMIT)
    assert slurm.exit_code(job) == "2:0", log(tmp_path)
    found = re.findall("error: mpirun or srun: 2 ranks were started, but MPI", log(tmp_path))
    assert len(found) == 1
    assert not (tmp_path / "out").exists()

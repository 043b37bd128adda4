"""A sweep as a job array: a task is killed, another one's time is up, and the table is complete."""

from __future__ import annotations

import contextlib
import csv
import sys
from signal import SIGUSR1

import numpy as np
import psutil
import pytest
import tomli_w

from fem_cell.sweep import read_sweep
from tests.conftest import mpi_environment
from tests.support.program import SLAB, Results, changed, finish, rows_written, start, write_case

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(400)]

LIMIT = 300.0
"""s; the whole takes fifty on an idle machine."""

CASE = changed(
    SLAB, geometry__elements=[6, 3], output__snapshots=1, output__checkpoint_every="0.05 s"
)
SWEEP = {
    "case": "case.toml",
    "set": {"solver": {"maximum_time_step": "5 s"}},
    "grid": {
        "protocol": [["Discharge at C/2 for 1 minute"], ["Discharge at 1C for 12 minutes"]],
        "phases": {"cathode": {"porosity": [0.3, 0.35, 0.4, 0.45, 0.5, 0.55]}},
    },
}
VICTIM = 6
"""The first of the longer tasks."""


def sweep(slurm, path, out, *options):
    env = mpi_environment() | slurm.environment | {"FEM_CELL": f"{sys.executable} -m fem_cell"}
    return finish(start("sweep", path, "--out", out, "--slurm", *options, env=env), 60)


def rows(out):
    with (out / "table.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_array_with_a_task_that_is_killed(slurm, tmp_path):
    path, out = tmp_path / "my sweep.toml", tmp_path / "my results"
    write_case(tmp_path, CASE)
    path.write_text(tomli_w.dumps(SWEEP))
    done = sweep(slurm, path, out, "--jobs", "3", "--", "--time=00:10:00")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "submitted 12 points as job array" in done.stdout
    number = done.stdout.split("job array ")[1].split()[0]
    assert "ArrayTaskThrottle=3" in slurm.call("scontrol", "show", "job", number)

    # without a warning, as where memory runs out
    victim, requeued = (read_sweep(path, out).points[VICTIM + k].folder for k in (0, 1))
    slurm.wait(lambda: rows_written(victim) > 30, LIMIT, f"rows of task {VICTIM}")
    for process in processes(victim):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    # and the next one as --signal does when its time is up: it goes back into the queue
    slurm.wait(lambda: rows_written(requeued) > 10, LIMIT, "rows of the next task")
    slurm.signal(f"{number}_{VICTIM + 1}", SIGUSR1)
    slurm.wait_for_all(LIMIT)
    assert "stopped by signal SIGUSR1" in (out / f"slurm-{VICTIM + 1}.log").read_text()
    assert rows_written(victim) < 140
    table = rows(out)
    assert len(table) == 12
    assert [row["status"] for row in table].count("finished") == 11
    assert table[VICTIM]["status"] == "running"
    assert table[VICTIM]["reason"].startswith("or killed")

    before = rows_written(victim)
    done = sweep(slurm, path, out)
    assert "submitted 1 points" in done.stdout, done.stdout + done.stderr
    slurm.wait_for_all(LIMIT)
    table = rows(out)
    assert len(table) == 12
    assert {row["status"] for row in table} == {"finished"}
    assert {row["end_reason"] for row in table} == {"time 1 minute", "time 12 minutes"}
    assert (out / "map.png").stat().st_size > 5_000
    assert before < rows_written(victim)
    for folder in (victim, requeued):
        times = Results(folder).column("Test Time / s")
        assert np.all(np.diff(times) > 0.0)
        assert times[-1] == pytest.approx(720.0)
    assert "none of the 12 points is left to run" in sweep(slurm, path, out).stdout


def processes(folder):
    """Those that run a case in a folder."""
    found = psutil.process_iter(["cmdline"])
    return [process for process in found if str(folder) in (process.info["cmdline"] or [])]

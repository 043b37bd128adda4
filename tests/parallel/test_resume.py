"""Runs that are stopped leave a checkpoint, and go on from it on any number of ranks."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from tests.support.killing import assert_same_results
from tests.support.program import (
    CRYSTALS,
    SLAB,
    SMALL_STEPS,
    Results,
    changed,
    finish,
    rows_written,
    run,
    solve,
    start,
    wait_for,
    write_case,
)

pytestmark = [pytest.mark.parallel, pytest.mark.timeout(240)]

PROTOCOL = [
    "Discharge at 1C until 2.7 V or for 8 minutes",
    "Rest for 4 minutes",
    "Charge at 1C until 4.3 V or for 4 minutes",
    "Hold at 4.1 V until C/100 or for 4 minutes",
]
CYCLE = changed(SLAB, protocol=PROTOCOL, output__checkpoint_every="1 hour")
VOLTAGE, TIME = "Voltage / V", "Test Time / s"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The protocol run without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    case = write_case(folder, CYCLE)
    return case, solve(case, folder / "out", "--set", SMALL_STEPS)


def stop_after(case, out, rows, *, ranks=1, command="run", number=signal.SIGTERM, launcher=False):
    """Start a run and send it a signal once it has written so many rows."""
    n = ("-n", ranks) if launcher else ()
    options = ("--out", out, "--quiet", "--set", SMALL_STEPS, *n)
    process = start(command, case, *options, ranks=1 if launcher else ranks)
    wait_for(lambda: rows_written(out) >= rows, process, 90)
    os.kill(process.pid, number)
    return finish(process, 60)


@pytest.mark.parametrize(
    ("before", "after", "number", "launcher", "rows"),
    [
        (1, 2, signal.SIGTERM, False, 20),  # in the first step
        (1, 1, signal.SIGINT, False, 125),  # in the rest
        (2, 1, signal.SIGTERM, True, 170),  # -n 2: SIGTERM goes to the launcher; in the charge
        (3, 2, signal.SIGUSR1, False, 30),  # mpirun -n 3 forwards this one
    ],
)
def test_stopped_run_goes_on(tmp_path, whole, before, after, number, launcher, rows):
    case, reference = whole
    out = tmp_path / "out"
    stopped = stop_after(case, out, rows, ranks=before, number=number, launcher=launcher)
    assert stopped.returncode == 4, stopped.stdout + stopped.stderr
    text = stopped.stdout + stopped.stderr
    assert text.count("go on with --resume") == 1
    results = Results(out)
    assert results.record["status"] == "interrupted"
    assert "signal SIG" in results.record["end_reason"]
    assert (out / "checkpoint" / "checkpoint.npz").is_file()
    kept, done = results.rows, results.record["accepted_steps"]
    assert reference.rows.shape[0] > kept.shape[0]
    finished = solve(case, out, "--resume", "--set", SMALL_STEPS, ranks=after)
    assert finished.record["status"] == "finished"
    assert finished.record["ranks"] == after
    np.testing.assert_array_equal(finished.rows[: len(kept)], kept)
    assert finished.record["accepted_steps"] > done
    assert_same_results(reference, finished, 1e-9)


def test_run_with_split_fields_goes_on(tmp_path):
    """Both sides of cracks and boundaries of grains find their values again."""
    protocol = ["Discharge at 1C for 8 minutes"]
    case = write_case(tmp_path, changed(CRYSTALS, protocol=protocol))
    reference = solve(case, tmp_path / "whole", "--set", SMALL_STEPS)
    out = tmp_path / "out"
    stopped = stop_after(case, out, 30, ranks=2, number=signal.SIGUSR1)
    assert stopped.returncode == 4, stopped.stdout + stopped.stderr
    finished = solve(case, out, "--resume", "--set", SMALL_STEPS, ranks=3)
    assert finished.record["status"] == "finished"
    assert finished.record["lithium_balance_error"] < 1e-9
    # mechanics starts from another guess; its contacts are met within a tolerance
    assert_same_results(reference, finished, 1e-6)


def test_wall_time_limit(tmp_path, whole):
    case, reference = whole
    out = tmp_path / "out"
    results = solve(case, out, "--max-wall-time", "0.2s", "--set", SMALL_STEPS, code=4)
    assert results.record["status"] == "interrupted"
    assert "wall-time limit" in results.record["end_reason"]
    # again and again until it is done: each run gets further
    times = [results.column(TIME)[-1]]
    for _ in range(3):
        results = solve(
            case, out, "--resume", "--max-wall-time", "0.2s", "--set", SMALL_STEPS, code=4
        )
        times.append(results.column(TIME)[-1])
    assert np.all(np.diff(times) > 0)
    results = solve(case, out, "--resume", "--set", SMALL_STEPS)
    assert_same_results(reference, results, 1e-9)


def test_resume_of_a_finished_run_changes_nothing(tmp_path, whole):
    case, _ = whole
    out = tmp_path / "out"
    before = solve(case, out)
    rows, steps, record = before.rows, before.steps, before.record
    after = solve(case, out, "--resume")
    np.testing.assert_array_equal(after.rows, rows)
    assert after.steps == steps
    assert after.record == record
    # nor does one whose title is another
    renamed = solve(case, out, "--resume", "--set", "title=Another")
    assert renamed.steps == steps
    assert renamed.record["accepted_steps"] == record["accepted_steps"]
    assert renamed.record["end_reason"] == steps[-1]["end_reason"]


def test_continue_starts_or_goes_on(tmp_path, whole):
    """The same command again and again, as batch scripts have it."""
    case, reference = whole
    out = tmp_path / "out"
    out.mkdir()
    (out / ".case.toml.1.part").write_text("of a run that was killed as it began")
    command = (case, out, "--continue", "--set", SMALL_STEPS)
    stopped = solve(*command, "--max-wall-time", "0.2s", code=4, ranks=2)
    assert stopped.record["status"] == "interrupted"
    assert not list(out.glob(".*.part"))
    assert_same_results(reference, solve(*command, ranks=2), 1e-9)
    rows = Results(out).rows
    again = ("--continue", "--set", "temperature=40 degC")
    done = run("run", case, "--out", out, *again, ranks=2)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "temperature" in done.stdout + done.stderr
    np.testing.assert_array_equal(solve(*command, ranks=2).rows, rows)


def test_resume_without_a_checkpoint(tmp_path, whole):
    case, _ = whole
    done = run("run", case, "--out", tmp_path / "none", "--resume")
    assert done.returncode == 2
    assert "--resume" in done.stdout + done.stderr
    assert "no checkpoint" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("geometry.elements=[12, 5]", "geometry.elements"),
        ("temperature=40 degC", "temperature"),
        ("phases.cathode.radial_points=5", "radial_points"),
        ('protocol=["Discharge at 2C until 2.7 V"]', "protocol"),
    ],
)
def test_resume_of_another_case_is_refused(tmp_path, whole, setting, word):
    case, _ = whole
    out = tmp_path / "out"
    stop = ("--max-wall-time", "0.1s", "--set", SMALL_STEPS)
    solve(case, out, *stop, code=4)
    rows = Results(out).rows
    done = run("run", case, "--out", out, "--resume", "--set", setting)
    text = done.stdout + done.stderr
    assert done.returncode == 2, text
    assert "Traceback" not in text
    assert word in text
    np.testing.assert_array_equal(Results(out).rows, rows)

"""Runs that are stopped leave a checkpoint, and go on from it on any number of ranks."""

from __future__ import annotations

import csv
import json
import os
import signal

import numpy as np
import pytest

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


def assert_same_curve(one: Results, other: Results, tolerance: float) -> None:
    times = one.column(TIME)
    inside = times[(times > 60) & (times < other.column(TIME)[-1])]
    near_switch = np.zeros(inside.size, dtype=bool)
    for end in np.cumsum([step["duration_s"] for step in one.steps]):
        near_switch |= np.abs(inside - end) < 20.0
    inside = inside[~near_switch]
    assert inside.size > 50
    assert np.abs(one.voltage_at(inside) - other.voltage_at(inside)).max() < tolerance


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
    taken = finished.record["accepted_steps"]
    assert taken - done == pytest.approx(len(finished.rows) - len(kept), abs=len(PROTOCOL))
    assert np.all(np.diff(finished.column(TIME)) >= 0)
    # BDF starts anew at the checkpoint with one step of first order
    assert_same_curve(reference, finished, 5e-4)
    assert [step["end_reason"] for step in finished.steps] == [
        step["end_reason"] for step in reference.steps
    ]
    for key in ("duration_s", "capacity_mAh_cm2", "energy_Wh_kg"):
        np.testing.assert_allclose(
            [step[key] for step in finished.steps],
            [step[key] for step in reference.steps],
            rtol=1e-3,
            atol=1e-6,
        )


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
    assert_same_curve(reference, finished, 1e-4)


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
    assert_same_curve(reference, results, 5e-4)


def test_resume_of_a_finished_run_changes_nothing(tmp_path, whole):
    case, _ = whole
    out = tmp_path / "out"
    before = solve(case, out)
    rows, steps = before.rows, before.steps
    after = solve(case, out, "--resume")
    np.testing.assert_array_equal(after.rows, rows)
    assert after.steps == steps
    assert after.record["status"] == "finished"
    assert after.record["end_reason"] == steps[-1]["end_reason"]


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


def test_killed_run_leaves_readable_files(tmp_path, whole):
    case, reference = whole
    out = tmp_path / "out"
    settings = ("--set", "output.checkpoint_every=0.2 s")
    process = start("run", case, "--out", out, "--quiet", "--set", SMALL_STEPS, *settings)
    checkpoint = out / "checkpoint" / "checkpoint.npz"
    wait_for(lambda: checkpoint.is_file() and rows_written(out) >= 30, process, 90)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process, 20)
    with (out / "timeseries.csv").open(newline="") as file:
        lengths = {len(row) for row in csv.reader(file)}
    assert len(lengths) == 1
    assert (out / "timeseries.csv").read_text().endswith("\n")
    assert json.loads((out / "run.json").read_text())["status"] == "running"
    assert json.loads((out / "summary.json").read_text())["steps"] is not None
    finished = solve(case, out, "--resume", "--set", SMALL_STEPS, ranks=2)
    assert_same_curve(reference, finished, 5e-4)


def test_broken_checkpoint_falls_back_to_the_previous_one(tmp_path, whole):
    case, _ = whole
    out = tmp_path / "out"
    settings = ("--set", "output.checkpoint_every=0.05 s", "--set", SMALL_STEPS)
    solve(case, out, "--max-wall-time", "0.5s", *settings, code=4)
    checkpoint = out / "checkpoint" / "checkpoint.npz"
    assert (out / "checkpoint" / "checkpoint_previous.npz").is_file()
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    solve(case, out, "--resume", "--set", SMALL_STEPS)

"""Runs that are killed at some instant, and what they must have left."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.collection import read_collection
from fem_cell.output.generations import FILE, PREVIOUS
from tests.conftest import end_process
from tests.support.program import Results, finish, rows_written, run, start

TIMEOUT = 300.0
"""s; of runs that take three on an idle machine."""


def kill_after(process: subprocess.Popen[str], out: Path, seconds: float) -> bool:
    """Kill a run and all its ranks so long after its first row; whether it still ran.

    Its files are read again and again meanwhile.
    """
    end = time.monotonic() + TIMEOUT
    while rows_written(out) == 0 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    instant = time.monotonic() + seconds
    while time.monotonic() < instant and process.poll() is None:
        check_files(out)
    alive = process.poll() is None
    end_process(process)
    finish(process, 30)
    check_files(out)
    return alive


def check_files(out: Path) -> None:
    """Every file that is there can be read, and holds only whole rows."""
    table = out / "timeseries.csv"
    if table.is_file():
        text = table.read_text()
        assert text.endswith("\n")
        assert len({len(row) for row in csv.reader(text.splitlines())}) == 1
    for name in ("run.json", "summary.json"):
        if (out / name).is_file():
            json.loads((out / name).read_text())
    for index in out.glob("fields/*.pvd"):
        for snapshot in read_collection(index):
            assert (index.parent / snapshot.file).is_file()


def complete(case: Path, out: Path, ranks: int, *options: object) -> Results:
    """Go on with a killed run, from the start if it was killed before its first checkpoint."""
    there = any((out / "checkpoint" / name).is_file() for name in (FILE, PREVIOUS))
    again = ("--resume",) if there else ()
    done = run("run", case, "--out", out, "--quiet", *options, *again, ranks=ranks, timeout=TIMEOUT)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return Results(out)


def survive(
    case: Path, out: Path, seconds: float, before: int, after: int, *options: object
) -> tuple[Results, bool]:
    """Start a run, kill it, go on with it; its results, and whether it was killed in time.

    Args:
        case: Case file.
        out: Results folder.
        seconds: Between the first row and the kill.
        before: Ranks that are killed.
        after: Ranks that go on.
        options: Of both runs.
    """
    process = start("run", case, "--out", out, "--quiet", *options, ranks=before)
    killed = kill_after(process, out, seconds)
    return complete(case, out, after, *options), killed


def assert_same_results(one: Results, other: Results, relative: float) -> None:
    """The same steps and rows, every column equal relative to its size; the same snapshots."""
    assert one.labels == other.labels
    assert one.rows.shape == other.rows.shape
    size = np.abs(one.rows).max(axis=0)
    worst = (np.abs(one.rows - other.rows) / np.where(size > 0.0, size, 1.0)).max(axis=0)
    assert worst.max() <= relative, dict(zip(one.labels, worst, strict=True))
    files = (results.folder / "losses.csv" for results in (one, other))
    first, second = (np.loadtxt(file, delimiter=",", skiprows=1) for file in files)
    assert first.shape == second.shape
    # after time, step and cycle: powers, one of which is what rounding leaves of the balance
    assert np.abs(first - second)[:, 3:].max() <= relative * np.abs(first[:, 3:]).max()
    for step, same in zip(one.steps, other.steps, strict=True):
        assert step["end_reason"] == same["end_reason"]
        numbers = [k for k, value in step.items() if isinstance(value, float)]
        np.testing.assert_allclose(
            [same[k] for k in numbers], [step[k] for k in numbers], rtol=relative, atol=1e-9
        )
    assert counted(one) == counted(other)
    assert snapshots(one.folder) == snapshots(other.folder)


def counted(results: Results) -> dict[str, Any]:
    """Steps of the whole run as ``run.json`` counts them."""
    return {key: results.record[key] for key in ("accepted_steps", "status", "end_reason")}


def snapshots(out: Path) -> dict[str, list[str]]:
    """Times of the snapshots of every series, with six digits."""
    return {
        index.stem: [f"{snapshot.time:.6g}" for snapshot in read_collection(index)]
        for index in sorted(out.glob("fields/*.pvd"))
    }

"""The table of cycles goes on after a resumption on another number of ranks."""

from __future__ import annotations

import csv
import os
import signal

import numpy as np
import pytest

from tests.support.program import SLAB, changed, finish, rows_written, solve, start, wait_for
from tests.support.program import write_case as write

pytestmark = [pytest.mark.parallel, pytest.mark.timeout(240)]

PASS = ["Discharge at 1C for 4 minutes", "Charge at 0.5C for 7 minutes"]
CASE = changed(
    SLAB, protocol=["Rest for 1 minute", {"repeat": 3, "steps": PASS}, "Rest for 1 minute"]
)
STEPS = 'solver.maximum_time_step="20 s"'


def cycles(results):
    with (results.folder / "cycles.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    return head, np.array(rows, dtype=float)


def test_table_goes_on(tmp_path):
    case, out = write(tmp_path, CASE), tmp_path / "out"
    whole = solve(case, tmp_path / "whole", "--set", STEPS)
    process = start("run", case, "--out", out, "--quiet", "--set", STEPS)
    # in the second cycle
    wait_for(lambda: rows_written(out) >= 70, process, 90)
    os.kill(process.pid, signal.SIGTERM)
    assert finish(process, 60).returncode == 4
    resumed = solve(case, out, "--resume", "--set", STEPS, ranks=2)
    head, rows = cycles(resumed)
    expected_head, expected = cycles(whole)
    assert head == expected_head
    assert rows[:, 0].tolist() == [1, 2, 3]
    for label in ("Capacity", "Efficiency", "Voltage", "Duration"):
        columns = [i for i, name in enumerate(head) if label in name]
        np.testing.assert_allclose(rows[:, columns], expected[:, columns], rtol=2e-4)
    losses = [i for i, name in enumerate(head) if "Loss" in name]
    total = expected[:, losses].sum(axis=1)
    np.testing.assert_allclose(rows[:, losses].sum(axis=1), total, rtol=5e-3)
    assert resumed.record["energy_balance_error"] < 1e-5

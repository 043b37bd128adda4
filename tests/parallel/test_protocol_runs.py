"""Protocols end to end: what ends a step, where exactly, and what the summary says of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.program import (
    DENSE,
    SLAB,
    SYMMETRIC,
    Results,
    changed,
    solve,
    write_case,
)

pytestmark = pytest.mark.timeout(120)

TIME, CURRENT, VOLTAGE = "Test Time / s", "Current / A", "Voltage / V"
STEP, CYCLE = "Step Count / 1", "Cycle Count / 1"
DENSITY, AREAL, SPECIFIC = (
    "Current Density / mA.cm-2",
    "Areal Capacity / mAh.cm-2",
    "Specific Capacity / mAh.g-1",
)

FOOTPRINT = 25e-8  # cm^2: the slab is 5 um by 5 um
ONE_C = 2.41054471  # mA/cm^2: 50 um * 0.56 solid * 96 % ... * 200 mA/g

LINES = [
    ("Discharge at 1C until 3.9 V", "voltage 3.9 V"),
    ("Rest for 5 minutes", "time 5 minutes"),
    ("Discharge at 2.5 mA/cm^2 for 60 s or until 2.7 V", "time 60 s"),
    ("Discharge at 0.6 nA until 0.05 mAh/cm^2 or until 2.7 V", "capacity 0.05 mAh/cm^2"),
    ("Discharge at C/2 until 1 mAh/g", "capacity 1 mAh/g"),
    ("Charge at 1C until 4.15 V", "voltage 4.15 V"),
    ("Hold at 4.15 V until C/2", "current C/2"),
    ("Hold at 4.15 V until 0.5 mA/cm^2 or for 1 hour", "current 0.5 mA/cm^2"),
    ("Hold at 4.17 V for 30 s", "time 30 s"),
    ("Charge at 1C until 3.5 V", "voltage 3.5 V"),  # holds already
    ("Rest for 0.5 s", "time 0.5 s"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Results:
    """All kinds of steps in one run."""
    folder = tmp_path_factory.mktemp("lines")
    document = changed(SLAB, protocol=[line for line, _ in LINES])
    return solve(write_case(folder, document), folder / "out")


def test_end_reasons(results):
    assert [step["text"] for step in results.steps] == [line for line, _ in LINES]
    assert [step["end_reason"] for step in results.steps] == [reason for _, reason in LINES]
    assert [step["step"] for step in results.steps] == list(range(1, len(LINES) + 1))
    assert results.record["end_reason"] == LINES[-1][1]


def test_voltage_events_are_met(results):
    for step, limit in ((1, 3.9), (6, 4.15)):
        assert abs(results.column(VOLTAGE, step)[-1] - limit) < 1e-4


def test_durations(results):
    for step, seconds in ((2, 300.0), (3, 60.0), (9, 30.0), (11, 0.5)):
        assert abs(results.steps[step - 1]["duration_s"] - seconds) < 1e-6


def test_step_that_is_over_at_its_start(results):
    step = results.steps[9]
    assert step["duration_s"] < 0.1
    assert step["capacity_mAh_cm2"] < 1e-4


def test_capacities(results):
    assert abs(results.steps[3]["capacity_mAh_cm2"] - 0.05) < 1e-6
    assert abs(results.steps[4]["capacity_mAh_g"] - 1.0) < 1e-5
    # charge = current * time, also in units of the footprint
    third = results.steps[2]
    assert abs(third["capacity_mAh_cm2"] - 2.5 / 60.0) < 1e-5
    fourth = results.steps[3]
    expected = 0.05 * FOOTPRINT / 0.6e-6 * 3600.0
    assert abs(fourth["duration_s"] - expected) < 0.1


def test_currents(results):
    np.testing.assert_allclose(results.column(DENSITY, 1), -ONE_C, rtol=1e-6)
    np.testing.assert_allclose(results.column(CURRENT, 2), 0.0, atol=1e-17)
    np.testing.assert_allclose(results.column(DENSITY, 3), -2.5, rtol=1e-6)
    np.testing.assert_allclose(results.column(CURRENT, 4), -0.6e-9, rtol=1e-6)
    np.testing.assert_allclose(results.column(DENSITY, 5), -ONE_C / 2, rtol=1e-6)
    np.testing.assert_allclose(results.column(DENSITY, 6), ONE_C, rtol=1e-6)


def test_hold(results):
    """The current falls from the charge's, the voltage stays."""
    for step, limit in ((7, ONE_C / 2), (8, 0.5)):
        current = results.column(DENSITY, step)
        assert np.all(np.diff(current) < 1e-9)
        assert abs(current[-1] / limit - 1) < 1e-3
        assert np.abs(results.column(VOLTAGE, step)[1:] - 4.15).max() < 1e-6
    before, after = results.column(DENSITY, 6)[-1], results.column(DENSITY, 7)[0]
    assert abs(after / before - 1) < 0.02
    assert abs(results.column(DENSITY, 8)[0] / results.column(DENSITY, 7)[-1] - 1) < 0.02


def test_series(results):
    labels = results.labels
    assert labels[:8] == [TIME, CURRENT, VOLTAGE, STEP, CYCLE, DENSITY, AREAL, SPECIFIC]
    for low, high in zip(labels[8::2], labels[9::2], strict=True):
        assert low.startswith("Minimum ")
        assert high == low.replace("Minimum", "Maximum")
        assert np.all(results.column(low) <= results.column(high))
    assert len(labels) == len(set(labels))
    assert np.all(np.isfinite(results.rows))
    assert np.all(np.diff(results.column(TIME)) > 0)
    assert np.all(np.diff(results.column(STEP)) >= 0)
    assert set(results.column(CYCLE)) == {1.0}
    np.testing.assert_allclose(
        results.column(DENSITY), results.column(CURRENT) * 1e3 / FOOTPRINT, rtol=1e-8
    )


def test_summary_agrees_with_the_series(results):
    """Integrals of the series, with the first ten milliseconds that it does not show."""
    start = 0.0
    for step in results.steps:
        n = step["step"]
        time, voltage = results.column(TIME, n), results.column(VOLTAGE, n)
        density = results.column(DENSITY, n)
        assert abs(time[-1] - start - step["duration_s"]) < 1e-4
        charge = np.trapezoid(density, time) + density[0] * (time[0] - start)
        slack = 5e-3 * abs(charge) + 1e-6
        assert abs(abs(charge) / 3600 - step["capacity_mAh_cm2"]) < slack
        energy = abs(np.trapezoid(density * voltage, time)) / 3600
        if step["capacity_mAh_cm2"] > 1e-3:
            mean = energy / step["capacity_mAh_cm2"]
            assert abs(mean - step["mean_voltage_V"]) < 5e-3 * mean
            areal, specific = results.column(AREAL, n)[-1], results.column(SPECIFIC, n)[-1]
            assert abs(areal - step["capacity_mAh_cm2"]) < 1e-6
            assert abs(specific - step["capacity_mAh_g"]) < 1e-4
        start = time[-1]


def test_record(results):
    record = results.record
    for key in (
        "status", "end_reason", "versions", "ranks", "options", "mesh", "unknowns",
        "accepted_steps", "rejected_steps", "newton_iterations", "linear_iterations",
        "wall_time_s", "peak_memory_MB", "lithium_balance_error", "charge_balance_error", "seed",
        "started", "finished",
    ):  # fmt: skip
        assert key in record, key
    assert record["status"] == "finished"
    assert record["ranks"] == 1
    assert {"cells", "vertices", "fingerprint"} <= set(record["mesh"])
    assert record["mesh"]["vertices"] == 64
    assert record["mesh"]["cells"] == 90
    unknowns = dict(record["unknowns"])
    assert unknowns.pop("total") == sum(unknowns.values())
    # one row for each accepted step, and one for the start of each protocol step
    assert record["accepted_steps"] + len(LINES) == len(results.rows)
    assert record["newton_iterations"] >= record["accepted_steps"]
    assert record["linear_iterations"] > 0
    assert 50 < record["peak_memory_MB"] < 2000
    assert record["lithium_balance_error"] < 1e-9
    assert record["charge_balance_error"] < 1e-7
    wall = record["wall_time_s"]
    assert wall["total"] >= max(v for k, v in wall.items() if k != "total")
    assert record["started"] <= record["finished"]
    assert {"fem_cell", "dolfinx", "petsc", "python"} <= set(record["versions"])


def test_repeat(tmp_path):
    protocol = [
        "Rest for 10 s",
        {"repeat": 3, "steps": [
            "Discharge at 2C for 40 s",
            {"repeat": 2, "steps": ["Rest for 5 s"]},
            "Charge at 2C for 40 s",
        ]},
    ]  # fmt: skip
    results = solve(write_case(tmp_path, changed(SLAB, protocol=protocol)), tmp_path / "out")
    assert len(results.steps) == 13
    assert [s["text"][:4] for s in results.steps] == ["Rest", *["Disc", "Rest", "Rest", "Char"] * 3]
    cycles = {int(s): int(c) for s, c in results.rows[:, [3, 4]]}
    assert cycles == {1: 1} | {k: 1 + (k - 2) // 4 for k in range(2, 14)}
    starts = [results.column("Maximum Cathode Stoichiometry / 1", n)[0] for n in (2, 6, 10)]
    assert np.ptp(starts) < 0.05


def test_dense_cell_forth_and_back(tmp_path):
    """LiCoO2 | LPSCl | lithium-indium: discharge, rest, charge to the voltage it came from."""
    protocol = [
        "Discharge at C/5 until 0.3 mAh/cm^2 or until 2.2 V",
        "Rest for 2 hours",
        "Charge at C/5 until 3.6 V",
        "Hold at 3.6 V until C/100",
    ]
    results = solve(write_case(tmp_path, changed(DENSE, protocol=protocol)), tmp_path / "out")
    forth, _, back, rest = (step["capacity_mAh_cm2"] for step in results.steps)
    assert abs(back + rest - forth) < 0.05 * forth
    lithium = results.column("Maximum Cathode Stoichiometry / 1")
    assert lithium.max() < 1.01
    assert abs(lithium[-1] - lithium[0]) < 0.05
    assert results.record["lithium_balance_error"] < 1e-9


def test_symmetric_cell(tmp_path):
    """Without active material: currents per area, no capacity per mass."""
    protocol = [
        "Charge at 0.1 mA/cm^2 for 10 minutes",
        "Discharge at 0.1 mA/cm^2 for 10 minutes",
        "Rest for 30 minutes",
    ]
    results = solve(write_case(tmp_path, changed(SYMMETRIC, protocol=protocol)), tmp_path / "out")
    ends = [results.column(VOLTAGE, n)[-1] for n in (1, 2, 3)]
    assert ends[0] > 0 > ends[1]
    assert abs(ends[2]) < 1e-3
    assert all(step["capacity_mAh_g"] == 0 for step in results.steps)
    assert abs(results.steps[0]["capacity_mAh_cm2"] - 0.1 / 6) < 1e-6

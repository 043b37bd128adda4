"""Runs in which stress acts back on lithium: their end, their balances, ranks and resuming."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.killing import assert_same_results
from tests.support.program import CRYSTALS, changed, run, solve, write_case

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(240)]

CASE = changed(CRYSTALS, mechanics__stack_pressure="5 MPa", mechanics__coupling="two_way")
SHORT = 'protocol=["Discharge at 1C for 1 minute", "Rest for 4 minutes"]'
VOLTAGE, TIME = "Voltage / V", "Test Time / s"


def test_cracked_crystals_discharge_to_the_end(tmp_path):
    """Cracks, resisting boundaries, lost contact: lithium is conserved, two or three turns a step.

    Filling the sites of crystals that are held costs work: the voltage is lower.
    """
    two = solve(write_case(tmp_path, CASE), tmp_path / "two", "--quiet")
    one_way = changed(CASE, mechanics__coupling="one_way")
    one = solve(write_case(tmp_path, one_way, "one.toml"), tmp_path / "one", "--quiet")
    assert two.record["status"] == "finished"
    assert two.record["lithium_balance_error"] < 1e-9
    assert two.record["charge_balance_error"] < 1e-9
    turns = two.record["coupling_iterations"] / two.record["accepted_steps"]
    print(f"{turns:.1f} solutions of mechanics a step")
    assert turns < 3.5
    assert "coupling_iterations" not in one.record
    at = np.linspace(0.2, 0.7, 6) * two.column(TIME)[-1]
    assert np.all(two.voltage_at(at) < one.voltage_at(at) - 1e-4)


@pytest.mark.parametrize(("degree", "ranks"), [(1, (1, 2, 3)), (2, (1, 2))])
def test_same_on_any_ranks(tmp_path, degree, ranks):
    """All columns of the time series agree within 1e-7 of their size."""
    case = write_case(tmp_path, changed(CASE, mechanics__displacement_degree=degree))
    found = [solve(case, tmp_path / str(n), "--quiet", "--set", SHORT, ranks=n) for n in ranks]
    first = found[0]
    for other in found[1:]:
        size = np.maximum(np.abs(first.rows).max(axis=0), 1e-12)
        assert other.rows.shape == first.rows.shape
        assert np.abs((other.rows - first.rows) / size).max() < 1e-7


def test_goes_on_from_a_checkpoint(tmp_path):
    """The work of stress is found anew from the stoichiometry."""
    case = write_case(tmp_path, CASE)
    whole = solve(case, tmp_path / "whole", "--quiet", "--set", SHORT)
    part = tmp_path / "part"
    stopped = run("run", case, "--out", part, "--quiet", "--set", SHORT, "--max-wall-time", "1 s")
    assert stopped.returncode == 4, stopped.stdout + stopped.stderr
    resumed = solve(case, part, "--resume", "--quiet", "--set", SHORT)
    # guesses of mechanics are not kept: the same within its tolerance
    assert_same_results(whole, resumed, 1e-5)

"""Runs that are killed without warning go on as if nothing had happened.

Four instants by default; with ``--slow`` twenty and more, and stress that acts back on lithium.
"""

from __future__ import annotations

import random
import time

import pytest

from tests.support.killing import TIMEOUT, assert_same_results, survive
from tests.support.program import CRYSTALS, SLAB, SMALL_STEPS, changed, solve, write_case

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(900)]

PROTOCOL = [
    "Discharge at 1C until 2.7 V or for 4 minutes",
    "Rest for 2 minutes",
    "Charge at 1C until 4.3 V or for 2 minutes",
    "Sweep at 0.4 mV/s until 4.22 V",
    "Measure impedance from 1 kHz to 1 Hz at 2 frequencies",
    "Hold at 4.1 V until C/100 or for 2 minutes",
]
CASE = changed(SLAB, protocol=PROTOCOL, output__snapshots=4, output__checkpoint_every="0.05 s")
TWO_WAY = changed(
    CRYSTALS,
    mechanics__stack_pressure="5 MPa",
    mechanics__coupling="two_way",
    protocol=["Discharge at 1C for 2 minutes", "Rest for 4 minutes"],
    output__checkpoint_every="0.1 s",
)
QUICK = [(1, 1, 0.15), (1, 2, 0.7), (2, 1, 0.4), (2, 3, 0.85)]
"""Ranks that are killed, ranks that go on, and when, as a share of the run."""

RANDOM = random.Random(20)
TWENTY = [
    (before, after, RANDOM.random())
    for before, after in [(1, 1), (1, 2), (2, 2), (2, 1), (2, 3)]
    for _ in range(4)
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nobody disturbs, and how long it takes on one rank and on two."""
    folder = tmp_path_factory.mktemp("whole")
    case = write_case(folder, CASE)
    results = solve(case, folder / "1", "--set", SMALL_STEPS, timeout=TIMEOUT)
    two = solve(case, folder / "2", "--set", SMALL_STEPS, ranks=2, timeout=TIMEOUT)
    durations = {n: r.record["wall_time_s"]["solve"] for n, r in ((1, results), (2, two))}
    return case, results, durations


def kill_and_compare(tmp_path, whole, before, after, share):
    case, reference, durations = whole
    seconds = share * durations[before]
    options = ("--set", SMALL_STEPS)
    results, killed = survive(case, tmp_path / "out", seconds, before, after, *options)
    print(f"killed after {seconds:.2f} s: {killed}")
    # measured: the same to the last digit on as many ranks, 3e-10 on another number
    assert_same_results(reference, results, 1e-9)


@pytest.mark.parametrize(("before", "after", "share"), QUICK)
def test_killed_run_goes_on(tmp_path, whole, before, after, share):
    kill_and_compare(tmp_path, whole, before, after, share)


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after", "share"), TWENTY)
def test_twenty_kills(tmp_path, whole, before, after, share):
    kill_and_compare(tmp_path, whole, before, after, share)


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [1, 2])
def test_killed_run_with_stress_goes_on(tmp_path, ranks):
    """Mechanics remembers former solutions as guesses: the same within its tolerance."""
    case = write_case(tmp_path, TWO_WAY)
    begin = time.monotonic()
    reference = solve(case, tmp_path / "whole", ranks=ranks, timeout=TIMEOUT)
    share = 0.5 * (time.monotonic() - begin)
    results, _ = survive(case, tmp_path / "out", share, ranks, ranks)
    assert_same_results(reference, results, 1e-5)

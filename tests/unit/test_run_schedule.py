"""When fields are written during a step."""

import numpy as np
import pytest

from fem_cell.case.tables import OutputTable
from fem_cell.run.snapshots import Schedule, crossings


def of_step(start, duration, **wishes):
    return Schedule.of_step(start, duration, OutputTable.model_construct(**wishes))


def test_snapshots_are_spread_between_the_ends():
    np.testing.assert_allclose(of_step(100.0, 60.0, snapshots=4).times, [120.0, 140.0])


@pytest.mark.parametrize("snapshots", [0, 1, 2])
def test_ends_are_written_anyway(snapshots):
    assert of_step(0.0, 10.0, snapshots=snapshots).due(20.0) == []


def test_all_wishes_together_in_order():
    given = [50.0, 100.0, 110.0, 160.0, 170.0]
    schedule = of_step(100.0, 60.0, snapshots=3, fields_every=25.0, fields_at=given)
    # the middle, every 25 s, and those given times that lie in the step
    assert schedule.due(128.0) == [110.0, 125.0]
    assert schedule.due(1e9) == [130.0, 150.0, 160.0]


def test_a_tiny_interval_needs_no_memory():
    assert len(of_step(0.0, 1e12, snapshots=2, fields_every=1e-3).due(0.0105)) == 10


def test_each_time_is_due_once():
    schedule = Schedule([1.0, 2.0, 3.0, 10.0])
    assert schedule.due(0.5) == []
    assert schedule.due(2.0) == [1.0, 2.0]
    assert schedule.due(2.0) == []
    assert schedule.due(20.0) == [3.0, 10.0]
    assert schedule.due(30.0) == []


@pytest.mark.parametrize(
    ("before", "now", "times"),
    [
        ((0.0, 0.4), (10.0, 0.6), [5.0]),
        ((0.0, 0.6), (10.0, 0.4), [5.0]),
        ((0.0, 0.4), (10.0, 0.9), [2.0, 10.0]),
        ((10.0, 0.9), (20.0, 0.95), []),  # was met at the end of the step before
        ((0.0, 0.5), (10.0, 0.5), []),  # at rest
    ],
)
def test_states_that_are_passed(before, now, times):
    np.testing.assert_allclose(crossings([0.9, 0.5], before, now), times)

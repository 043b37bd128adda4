"""When fields are written during a step."""

import numpy as np
import pytest

from fem_cell.run.snapshots import Schedule


def test_snapshots_are_spread_between_the_ends():
    schedule = Schedule.of_step(100.0, 60.0, 4, None, [])
    np.testing.assert_allclose(schedule.times, [120.0, 140.0])


@pytest.mark.parametrize("snapshots", [0, 1, 2])
def test_ends_are_written_anyway(snapshots):
    assert Schedule.of_step(0.0, 10.0, snapshots, None, []).times == []


def test_all_wishes_together_in_order():
    schedule = Schedule.of_step(100.0, 60.0, 3, 25.0, [50.0, 100.0, 110.0, 160.0, 170.0])
    # the middle, every 25 s, and those given times that lie in the step
    assert schedule.times == [110.0, 125.0, 130.0, 150.0, 160.0]


def test_each_time_is_due_once():
    schedule = Schedule([1.0, 2.0, 3.0, 10.0])
    assert schedule.due(0.5) == []
    assert schedule.due(2.0) == [1.0, 2.0]
    assert schedule.due(2.0) == []
    assert schedule.due(20.0) == [3.0, 10.0]
    assert schedule.due(30.0) == []

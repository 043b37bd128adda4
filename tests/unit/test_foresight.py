"""Steps shrink in time and do not go far beyond events."""

from __future__ import annotations

import numpy as np
import pytest
from petsc4py import PETSc

from fem_cell.solver.foresight import SMALLEST_SHARE, Foresight


def take(foresight: Foresight, proposed: float, latest: float = np.inf) -> float:
    """The step taken where TS proposes one."""
    ts = PETSc.TS().create(PETSc.COMM_SELF)
    ts.setTimeStep(proposed)
    foresight.shorten(ts, latest)
    return float(ts.getTimeStep())


def test_trend_of_shrinking_steps_goes_on() -> None:
    """A step half as long as the one before is halved once more; growth is left alone."""
    foresight = Foresight()
    assert take(foresight, 10.0) == 10.0
    assert take(foresight, 5.0) == pytest.approx(2.5)
    assert take(foresight, 8.0) == 8.0
    assert take(foresight, 0.8) == pytest.approx(0.8 * SMALLEST_SHARE)
    foresight.reset()
    assert take(foresight, 0.1) == pytest.approx(0.1)


def test_steps_end_where_an_indicator_vanishes() -> None:
    """Along a line through its last two values; what rises or has passed does not count."""
    foresight = Foresight()
    foresight.see(0.0, np.array([3.0, -1.0, 1.0]))
    assert take(foresight, 10.0) == 10.0
    foresight.see(7.0, np.array([1e-9, 0.0, 0.0]))  # rejected, and seen again:
    foresight.see(1.0, np.array([2.0, -2.0, 1.5]))
    assert take(foresight, 10.0) == pytest.approx(2.0)


def test_steps_end_where_the_event_is_due() -> None:
    """What is known of an event besides its indicator."""
    assert take(Foresight(), 10.0, latest=3.0) == 3.0
    assert take(Foresight(), 2.0, latest=3.0) == 2.0

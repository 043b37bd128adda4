"""When the open-circuit curve says that a voltage will be reached."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.open_circuit import OpenCircuitPotential
from fem_cell.materials import load_sheet
from fem_cell.run.equilibrium import BEYOND, EDGE, SHARE, Equilibrium

CAPACITY = 100.0


@pytest.fixture(scope="module")
def curve() -> OpenCircuitPotential:
    return OpenCircuitPotential.from_law(load_sheet("LiCoO2").law("open_circuit_potential"))


def half_full(curve: OpenCircuitPotential) -> Equilibrium:
    return Equilibrium(curve, CAPACITY, 0.5, charge=7.0)


def test_time_at_which_the_curve_has_moved(curve):
    """At 2 A from s = 0.6, after 10 C more than at the start."""
    time = half_full(curve).time_to_move(0.05, 7.0 - 10.0, -2.0)
    end = 0.6 + 2.0 * time / CAPACITY
    assert curve(0.6) - curve(end) == pytest.approx(BEYOND * 0.05, rel=1e-2)


def test_charging_goes_the_other_way(curve):
    time = half_full(curve).time_to_move(0.05, 7.0, 2.0)
    assert curve(0.5 - 2.0 * time / CAPACITY) - curve(0.5) == pytest.approx(BEYOND * 0.05, rel=1e-2)


def test_no_more_than_a_share_of_what_is_left(curve):
    """A voltage the curve never reaches, near full and beyond it."""
    for s in (0.9, 1.0):
        moved = half_full(curve).time_to_move(50.0, 7.0 - (s - 0.5) * CAPACITY, -1.0)
        assert moved == pytest.approx(SHARE * (1.0 + EDGE - s) * CAPACITY)


def test_rest_moves_nothing(curve):
    assert half_full(curve).time_to_move(0.05, 7.0, 0.0) == np.inf

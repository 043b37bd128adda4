"""Statistics of a stress by volume."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.mechanics.hot_spots import hot_spots
from fem_cell.mechanics.volumes import cell_centres
from tests.support.mechanics import EDGE, cube


def test_percentiles_are_by_volume():
    """A value that grows with z: half of the volume lies below the middle."""
    mesh = cube(8)
    spots = hot_spots(mesh, ["solid"], cell_centres(mesh)[:, 2] / EDGE)
    assert spots.percentiles[50.0] == pytest.approx(0.5, abs=1 / 8)
    assert spots.percentiles[95.0] == pytest.approx(0.95, abs=1 / 8)
    assert spots.least < 1 / 8
    assert spots.largest == spots.percentiles[99.9]


def test_place_and_distance():
    """Of equal extremes the first one in space counts; an empty set is infinitely far."""
    mesh = cube(4)
    values = np.ones(len(mesh.phase_of_cell))
    edge = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, EDGE]]])
    spots = hot_spots(mesh, ["solid"], values, {"edge": edge, "none": edge[:0]})
    assert max(spots.place) < EDGE / 4
    assert spots.distances["edge"] == pytest.approx(np.hypot(*spots.place[:2]))
    assert spots.distances["none"] == np.inf

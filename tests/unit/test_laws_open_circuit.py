"""Open-circuit potentials: check values, monotone everywhere, joints, inverse."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.open_circuit import OpenCircuitPotential
from fem_cell.materials import load_sheet

CURVES = {
    name: OpenCircuitPotential.from_law(load_sheet(name).law("open_circuit_potential"))
    for name in ("NMC811", "LiCoO2")
}


@pytest.fixture(params=CURVES, ids=str)
def curve(request):
    return CURVES[request.param]


@pytest.mark.parametrize(
    ("name", "s", "potential"),
    [
        ("NMC811", 0.15, 4.5005),
        ("NMC811", 0.2157, 4.2991),
        ("NMC811", 0.3, 4.1813),
        ("NMC811", 0.5, 3.9448),
        ("NMC811", 0.7, 3.7421),
        ("NMC811", 0.9, 3.5895),
        ("NMC811", 0.99, 3.5385),
        ("NMC811", 0.999, 3.4816),
        ("LiCoO2", 0.45, 4.2520),
        ("LiCoO2", 0.489, 4.1809),
        ("LiCoO2", 0.55, 4.0810),
        ("LiCoO2", 0.7, 3.9295),
        ("LiCoO2", 0.9, 3.8753),
        ("LiCoO2", 0.98, 3.7129),
        ("LiCoO2", 0.999, 3.4006),
    ],
)
def test_check_values(name, s, potential):
    """Values published with the fits, to 0.2 mV: the last digits of fit and value."""
    assert float(CURVES[name](s)) == pytest.approx(potential, abs=2e-4)


def test_falls_everywhere(curve):
    """Strictly decreasing from s = -1 to 2, also across both ends of the data.

    A rise would mean a negative thermodynamic factor: two stoichiometries at one
    potential, and Newton's method astray.
    """
    low, high = curve.valid
    edge = np.geomspace(1e-7, 1.0, 500)
    s = np.unique(
        np.concatenate(
            [np.linspace(-1, 2, 20001), *[e + k * edge for e in (low, high) for k in (-1, 1)]]
        )
    )
    assert np.all(np.diff(curve(s)) < 0)


def test_joints_are_continuously_differentiable(curve):
    """Value and slope agree on both sides of each end of the valid range.

    One-sided differences over 1e-7 see curvature of at most 3e3^2 V: 1e-4 of a slope
    that is hundreds of volts there.
    """
    h = 1e-7
    for joint in curve.valid:
        left = (curve(joint) - curve(joint - h)) / h
        right = (curve(joint + h) - curve(joint)) / h
        assert left == pytest.approx(right, rel=2e-3)
        assert curve.slope(joint) == pytest.approx(float(left), rel=2e-3)


def test_slope_is_the_derivative(curve):
    """slope(s) against central differences within the range."""
    low, high = curve.valid
    s = np.linspace(low + 1e-3, high - 1e-3, 301)
    h = 1e-7
    differences = (curve(s + h) - curve(s - h)) / (2 * h)
    slopes = np.array([curve.slope(x) for x in s])
    assert np.allclose(slopes, differences, rtol=1e-5, atol=1e-6)


def test_inverse(curve):
    """stoichiometry(U(s)) = s; a potential off the curve is refused with its range."""
    low, high = curve.valid
    for s in np.linspace(low, high, 17):
        assert curve.stoichiometry(float(curve(s))) == pytest.approx(s, abs=1e-9)
    with pytest.raises(ValueError, match="outside the open-circuit curve"):
        curve.stoichiometry(6.0)

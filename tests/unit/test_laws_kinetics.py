"""Kinetics: signs, values computed by hand, the law behind a film, smooth stand-ins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.expressions import positive
from fem_cell.laws.kinetics import (
    OCCUPANCY_WIDTH,
    bounded_sinh,
    butler_volmer,
    occupancy,
    overpotential_behind_film,
    salt_activity,
)

# the branch that is not taken may divide by zero: where() evaluates both
pytestmark = pytest.mark.filterwarnings("ignore:divide by zero")

TEMPERATURE = 298.15
THERMAL = GAS_CONSTANT * TEMPERATURE / FARADAY


def current(i0: float, driving_force: float, film: float = 0.0) -> float:
    return float(butler_volmer(i0, driving_force, film, TEMPERATURE, has_film=film > 0))


@pytest.mark.parametrize(
    ("i0", "overpotential", "expected"),
    [
        # RT/F = 25.692579 mV at 25 degC; 2 i0 sinh(eta / 51.385158 mV)
        (2.0, 0.01, 0.78335776),
        (2.0, 0.1, 13.7168156),
        (0.5, -0.05, -1.13402728),
        (3.0, 0.0, 0.0),
    ],
)
def test_current_is_that_computed_by_hand(i0, overpotential, expected):
    """i_n = i0 [exp(F eta/2RT) - exp(-F eta/2RT)], evaluated with a pocket calculator."""
    assert current(i0, overpotential) == pytest.approx(expected, rel=1e-8, abs=1e-15)


def test_positive_overpotential_oxidises():
    """A potential above equilibrium takes lithium out of the electrode: i_n > 0."""
    assert current(1.0, 0.02) > 0
    assert current(1.0, -0.02) < 0
    assert current(1.0, 0.02, film=1e-2) > 0
    assert current(1.0, -0.02, film=1e-2) < 0


def test_small_overpotential_gives_charge_transfer_resistance():
    """di/deta at equilibrium is i0 F/RT: a factor of two lost anywhere shows here."""
    step = 1e-6
    slope = (current(4.0, step) - current(4.0, -step)) / (2 * step)
    assert slope == pytest.approx(4.0 / THERMAL, rel=1e-8)


def test_tafel_slope():
    """Far from equilibrium a decade of current costs 2 ln(10) RT/F = 118 mV."""
    ratio = current(1.0, 0.6) / current(1.0, 0.6 - 2 * np.log(10) * THERMAL)
    assert ratio == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize("film", [1e-6, 1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("driving_force", [-0.9, -0.03, 1e-5, 0.2, 1.5])
def test_current_behind_a_film_satisfies_its_implicit_law(film, driving_force):
    """i_n = 2 i0 sinh[F (dphi - U - i_n R)/2RT], solved here by bisection instead."""
    i0 = 2.0

    def defect(i: float) -> float:
        return float(np.arcsinh(i / (2 * i0)) * 2 * THERMAL + i * film - driving_force)

    bound = abs(driving_force) / film + 1
    expected = brentq(defect, -bound, bound, xtol=1e-14, rtol=1e-14)
    assert current(i0, driving_force, film) == pytest.approx(expected, rel=1e-9, abs=1e-12)


X = np.concatenate([-np.logspace(3, -8, 60), [0.0], np.logspace(-8, 3, 60)])
RATIO = np.logspace(-12, 8, 81)


def test_film_equation_is_solved_everywhere():
    """w + r sinh w = x to rounding for 20 decades of r and x up to 1000 (52 V).

    Six Newton steps from a bound above the root; the residual is relative to |x|
    because the terms are as large as x.
    """
    x, r = np.meshgrid(X, RATIO)
    w = overpotential_behind_film(x, r)
    floor = positive(r, 1e-12)
    residual = w + floor * bounded_sinh(w) - x
    assert np.max(np.abs(residual) / np.maximum(np.abs(x), 1e-9)) < 1e-9


def test_film_overpotential_is_odd_increasing_and_a_share_of_the_whole():
    """0 <= w <= x for x >= 0, w(-x) = -w(x), and w grows with x."""
    for r in (1e-9, 1e-3, 1.0, 1e4):
        x = np.linspace(-60, 60, 4001)
        w = overpotential_behind_film(x, r)
        assert np.allclose(w, -w[::-1], rtol=1e-12, atol=1e-14)
        assert np.all(np.diff(w) > 0)
        assert np.all(np.abs(w) <= np.abs(x) * (1 + 1e-12))


@pytest.mark.parametrize("r", [1e-6, 1e-2, 1.0, 30.0])
@pytest.mark.parametrize("x", [-25.0, -1.0, -1e-3, 1e-2, 3.0, 20.0])
def test_slope_of_the_film_overpotential(x, r):
    """dw/dx = 1/(1 + r cosh w), here by central differences.

    Newton's method for the cell differentiates the six steps; at the root their
    derivative is that of the implicit function. A relative step of 1e-5
    leaves errors of 1e-10.
    """
    step = 1e-5 * max(abs(x), 1e-2)
    ends = overpotential_behind_film(np.array([x - step, x + step]), r)
    slope = (ends[1] - ends[0]) / (2 * step)
    w = overpotential_behind_film(np.array([x]), r)[0]
    assert slope == pytest.approx(1 / (1 + r * np.cosh(w)), rel=1e-6)


def test_bounded_sinh_goes_on_along_its_tangent():
    """Equal to sinh up to 40, continuous with its slope there, finite far beyond."""
    x = np.linspace(-40, 40, 401)
    assert np.allclose(bounded_sinh(x), np.sinh(x), rtol=1e-14)
    assert bounded_sinh(41.0) == pytest.approx(np.sinh(40.0) + np.cosh(40.0))
    assert bounded_sinh(-41.0) == pytest.approx(-float(bounded_sinh(41.0)))
    assert np.isfinite(bounded_sinh(1e6))


def test_positive_is_smooth_monotone_and_close_to_the_maximum():
    """p(x) - x < w^2/x above, p > 0 below; C1 through the change of formula at zero."""
    w = 1e-3
    x = np.concatenate([-np.logspace(4, -6, 200), [0.0], np.logspace(-6, 4, 200)])
    p = positive(x, w)
    assert np.all(p > 0)
    assert np.all(np.diff(p) > 0)
    above = x > 0
    assert np.all(p[above] - x[above] <= w * w / x[above] * (1 + 1e-9) + 1e-12 * x[above])
    h = 1e-8
    left, right = (positive(0.0, w) - positive(-h, w)) / h, (positive(h, w) - positive(0.0, w)) / h
    assert left == pytest.approx(0.5, rel=1e-4)
    assert right == pytest.approx(0.5, rel=1e-4)


def test_occupancy():
    """One at half full, 2 sqrt(s (1-s)) within, symmetric, positive beyond empty and full."""
    assert occupancy(0.5) == pytest.approx(1.0, abs=1e-8)
    assert occupancy(0.2) == pytest.approx(0.8, rel=1e-8)
    assert occupancy(0.9) == pytest.approx(float(occupancy(0.1)), rel=1e-12)
    beyond = occupancy(np.array([-0.5, 0.0, 1.0, 1.5]))
    assert np.all(beyond > 0)
    assert np.all(beyond <= 2 * np.sqrt(OCCUPANCY_WIDTH) * (1 + 1e-12))


def test_salt_activity():
    """sqrt(c/c_ref): one at the reference, one half at a quarter, positive when depleted."""
    assert salt_activity(1.0) == pytest.approx(1.0, abs=1e-6)
    assert salt_activity(0.25) == pytest.approx(0.5, rel=1e-5)
    assert 0 < salt_activity(-1e-4) < salt_activity(0.0) < 0.004
    assert np.isfinite(np.log(salt_activity(-1e-2)))

"""Viscoplastic lithium: steady flow stresses, and a single element against exact integration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fem_cell.laws.viscoplasticity import Viscoplastic
from fem_cell.materials import load_sheet

MPA, SHEAR = 1e6, 7.8e9 / (2 * 1.38)


def lithium(celsius: float = 25.0) -> Viscoplastic:
    return Viscoplastic.from_sheet(load_sheet("lithium-layer"), celsius + 273.15)


def stretch(
    law: Viscoplastic, rate: float, end: float, steps: int, start: float = 1.0
) -> tuple[float, float]:
    """q and S of an element that is sheared at a constant equivalent strain rate."""
    q, s = np.array([start]), np.array([law.resistance])
    for _ in range(steps):
        q, s, _ = law.step(q + 3 * SHEAR * rate * end / steps, SHEAR, s, end / steps)
    return float(q[0]), float(s[0])


@pytest.mark.parametrize(
    ("celsius", "stresses"),
    [(25.0, (0.47, 0.74, 1.18, 1.87)), (80.0, (0.30, 0.47, 0.74, 1.17))],
)
def test_steady_flow_stress(celsius, stresses):
    """Published values at 1e-5 to 1e-2 1/s, which have two digits; reached by the element too."""
    law = lithium(celsius)
    for rate, stress in zip((1e-5, 1e-4, 1e-3, 1e-2), stresses, strict=True):
        assert law.steady_stress(rate) == pytest.approx(stress * MPA, rel=0.02)
        q, _ = stretch(law, rate, 50.0 / rate, 200)  # S settles as slowly as 1/strain
        assert q == pytest.approx(law.steady_stress(rate), rel=5e-3)


def test_relaxation_without_hardening_is_exact():
    r"""Held at constant strain: :math:`q^{1-1/m} = q_0^{1-1/m} + (1/m - 1) 3 G R S^{-1/m} t`."""
    law = replace(lithium(), hardening=0.0)
    start, time, power = 1.5 * MPA, 100.0, 1 / law.sensitivity
    base = start ** (1 - power) + (
        (power - 1) * 3 * SHEAR * law.rate * law.resistance**-power * time
    )
    exact = base ** (1 / (1 - power))
    errors = [abs(stretch(law, 0.0, time, n, start)[0] / exact - 1) for n in (200, 400, 800)]
    assert errors[-1] < 2e-3
    assert np.log2(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("rate", [1e-4, 1e-2])
def test_hardening_element_against_a_tight_integration(rate):
    """Stress and resistance on the way to steady flow, at a strain of 5 %."""
    law, end = lithium(), 0.05 / rate

    def slope(t: float, y: np.ndarray) -> list[float]:
        flow = law.strain_rate(np.maximum(y[:1], 0.0), y[1:])
        return [3 * SHEAR * (rate - flow[0]), law.hardening_rate(flow, y[1:])[0]]

    exact = solve_ivp(
        slope, (0, end), [1.0, law.resistance], method="Radau", rtol=1e-10, atol=1e-4
    ).y[:, -1]
    errors = [np.abs(np.array(stretch(law, rate, end, n)) / exact - 1) for n in (250, 500)]
    assert errors[1].max() < 1e-3
    assert (errors[0] / errors[1]) == pytest.approx(2.0, abs=0.3)


def test_many_points_at_once_and_points_at_rest():
    """Entries do not see each other; what is not loaded does not flow."""
    law = lithium()
    trial = np.array([0.0, 0.5, 50.0]) * MPA
    before = np.full(3, law.resistance)
    q, s, share = law.step(trial, SHEAR, before, 1.0)
    for i in range(3):
        alone = law.step(trial[i : i + 1], SHEAR, before[i : i + 1], 1.0)
        assert (q[i], s[i]) == pytest.approx((alone[0][0], alone[1][0]))
    assert q[0] == 0.0
    assert share[0] == 1.0
    assert q[2] < trial[2]


@pytest.mark.parametrize("time", [1e-3, 1.0, 1e4])
def test_share_is_the_derivative(time):
    """Against central differences, hardening and softening, creeping and flowing."""
    law = lithium()
    trial = np.array([0.3, 1.0, 3.0, 60.0, 0.3, 1.0, 3.0, 60.0]) * MPA
    before = np.repeat([0.4, 3.0], 4) * MPA
    h = 1e-6 * trial
    up, down = (law.step(trial + sign * h, SHEAR, before, time).stress for sign in (1, -1))
    share = law.step(trial, SHEAR, before, time).share
    assert share == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-8)

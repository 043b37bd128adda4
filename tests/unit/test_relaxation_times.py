"""Relaxation times of circuits whose elements are known."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.experiments.kramers_kronig import can_be_checked, kramers_kronig_residual
from fem_cell.experiments.relaxation_times import relaxation_times

FREQUENCY = np.logspace(5, -2, 60)
OMEGA = 2 * np.pi * FREQUENCY


def circuit(*elements: tuple[float, float]) -> np.ndarray:
    """3 ohm and elements of R in parallel with C = tau/R."""
    return 3.0 + sum(r / (1 + 1j * OMEGA * tau) for r, tau in elements)


def test_one_element():
    found = relaxation_times(FREQUENCY, circuit((20.0, 1e-2)))
    (peak,) = found.peaks
    print(found.weight, found.residual, peak, found.resistance)
    assert peak.time_constant == pytest.approx(1e-2, rel=0.02)
    assert peak.resistance == pytest.approx(20.0, rel=0.01)
    assert found.resistance == pytest.approx(3.0, rel=0.01)
    assert found.polarisation == pytest.approx(20.0, rel=0.01)
    assert found.residual < 3e-3


@pytest.mark.parametrize("second", [5.0, 50.0])
def test_two_elements(second):
    found = relaxation_times(FREQUENCY, circuit((10.0, 2e-3), (second, 0.2)))
    fast, slow = found.peaks
    print(found.weight, found.residual, fast, slow)
    assert fast.time_constant == pytest.approx(2e-3, rel=0.05)
    assert slow.time_constant == pytest.approx(0.2, rel=0.05)
    assert fast.resistance == pytest.approx(10.0, rel=0.03)
    assert slow.resistance == pytest.approx(second, rel=0.03)
    assert fast.inside
    assert slow.inside


def test_noise_does_not_make_peaks():
    """Half a percent of noise: the weight grows and both elements are still found."""
    rng = np.random.default_rng(1)
    noise = 5e-3 * (rng.standard_normal(60) + 1j * rng.standard_normal(60))
    exact = circuit((10.0, 2e-3), (20.0, 0.2))
    found = relaxation_times(FREQUENCY, exact * (1 + noise))
    print(found.weight, found.residual, *found.peaks, sep="\n")
    assert found.weight > relaxation_times(FREQUENCY, exact).weight
    large = [peak for peak in found.peaks if peak.resistance > 2.0]
    assert [peak.time_constant for peak in large] == pytest.approx([2e-3, 0.2], rel=0.15)
    assert [peak.resistance for peak in large] == pytest.approx([10.0, 20.0], rel=0.1)


def test_inductance_and_capacitance_make_no_peaks():
    impedance = circuit((20.0, 1e-2)) + 1j * OMEGA * 1e-6 + 1 / (1j * OMEGA * 5.0)
    found = relaxation_times(FREQUENCY, impedance)
    print(found.peaks)
    (peak,) = [p for p in found.peaks if p.resistance > 0.5]
    assert peak.resistance == pytest.approx(20.0, rel=0.02)
    assert found.inductance == pytest.approx(1e-6, rel=0.05)
    assert found.elastance == pytest.approx(0.2, rel=0.05)


def test_kramers_and_kronig():
    """A circuit obeys them; one whose imaginary part drifts away does not."""
    impedance = circuit((10.0, 2e-3), (20.0, 0.2)) + 4.0 / np.sqrt(1j * OMEGA)
    assert kramers_kronig_residual(FREQUENCY, impedance).max() < 1e-3
    wrong = impedance.real * (1 + 0.1 * (FREQUENCY < 1)) + 1j * impedance.imag
    assert kramers_kronig_residual(FREQUENCY, wrong).max() > 0.01
    assert can_be_checked(FREQUENCY)
    assert not can_be_checked(FREQUENCY[::3])

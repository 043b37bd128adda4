"""Volumes of a layer of lithium at known states, and the supply of its interface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_cell.analysis.lithium_supply import critical_current_density, rise
from fem_cell.case import load_case
from fem_cell.case.derived import derive
from fem_cell.laws.lithium_host import FILLING_WIDTH, LithiumHost, pore_closing_rate
from fem_cell.materials import load_sheet
from fem_cell.materials.lithium_layer import LithiumLayer, lithium_layer

LOSS = 0.0485
"""Volume of 1 mAh/cm2 of lithium over 100 um."""
CELSIUS = 273.15


def layer(name: str = "Li-B", pressure: float = 20e6, celsius: float = 80.0) -> LithiumLayer:
    return lithium_layer(load_sheet(name), celsius + CELSIUS, pressure, 100e-6)


@pytest.mark.parametrize(("taken", "porosity"), [(0, 0.066), (5, 0.257), (10, 0.478)])
def test_porosity_without_so_many_mah_per_cm2(taken, porosity):
    """(p0 + (1 - chi) q)/(1 - chi q), worked out by hand."""
    host = layer().host
    assert host.porosity(host.lithium - taken * LOSS) == pytest.approx(porosity, abs=1e-3)


def test_volumes_add_up():
    host = layer().host
    psi = np.linspace(0.0, host.full, 11)
    assert psi + host.skeleton + host.pores(psi) == pytest.approx(host.stretch(psi), abs=1e-14)


def test_what_full_pores_take():
    """The layer swells back by what it settles, so that pores of 1.4 mAh/cm2 take 1.9."""
    host = layer().host
    assert (host.full - host.lithium) / LOSS == pytest.approx(0.066 / 0.71 / LOSS)
    assert host.porosity(host.full) == pytest.approx(0.0, abs=1e-12)
    assert host.in_pores(np.array([host.full + 3.0])) == pytest.approx(host.full, abs=1e-7)
    assert host.in_pores(0.5) == pytest.approx(0.5, abs=FILLING_WIDTH**2 * 10)


def test_potential_rises_where_lithium_ends_and_goes_on_below():
    host = layer().host
    phi = np.linspace(-0.01, 0.02, 301)
    assert (np.diff(host.potential(phi)) < 0).all()
    assert host.potential(0.7) == pytest.approx(0.0, abs=1e-12)
    assert host.potential(0.0) == pytest.approx(0.8)


def test_collapse_pressure_falls_with_the_solid_that_is_left():
    """0.3 * 0.6 GPa * rho^1.5."""
    host = LithiumHost(0.727, 0.207, 0.0, 0.8, 0.6e9)
    assert host.collapse_pressure(0.0) == pytest.approx(180e6 * 0.207**1.5, rel=1e-6)
    assert host.collapse_pressure(0.35 * 0.727) == pytest.approx(56.4e6, rel=0.01)


def test_closing_of_pores_by_creep():
    assert pore_closing_rate(4.4e6, 1e-3, 1e6, 6.6) == pytest.approx(1.5e-3)
    assert pore_closing_rate(8.8e6, 1e-3, 1e6, 6.6) == pytest.approx(1.5e-3 * 2**6.6)


def test_creep_keeps_plain_lithium_dense_and_its_lack_does_not():
    assert layer("lithium-layer").host.settling == pytest.approx(1.0, abs=1e-6)
    assert layer("lithium-layer", 0.0).host.settling == 0.0
    assert layer("lithium-layer", 0.0).supply == layer("lithium-layer", 0.0).diffusivity
    assert layer().creep_supply == 0.0  # the skeleton carries the pressure


def test_critical_current_of_thick_and_of_thin_layers():
    r"""Thick: :math:`i = \pi D (F\varphi_0/\Omega)^2/(4Q)`; slow: all but i L/(3 D) is had."""
    cold, charge = layer(celsius=25.0), 3.6e3
    thick = np.pi * cold.supply * (cold.charge_density * cold.host.lithium) ** 2 / (4 * charge)
    assert critical_current_density(cold, 100e-6, charge) == pytest.approx(thick, rel=1e-6)
    warm = layer()
    available = warm.charge_density * warm.host.lithium * 100e-6
    current = critical_current_density(warm, 100e-6, 0.98 * available)
    left = current * 100e-6**2 / (3 * warm.supply)
    assert left == pytest.approx(0.02 * available, rel=1e-6)
    assert critical_current_density(warm, 100e-6, 1.01 * available) == 0.0


def test_ready_case_holds_what_the_paper_says():
    """15 mAh/cm2 in 100 um."""
    case = load_case(Path(__file__).parents[2] / "runs" / "boron_skeleton.toml")
    assert (derive(case).free_lithium or 0.0) / 36e3 == pytest.approx(15.0, rel=1e-3)


def test_series_meets_the_thick_layer():
    assert rise(0.0199999) == pytest.approx(rise(0.0200001), rel=1e-5)

"""Volumes of a layer of lithium at known states, and the supply of its interface."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from fem_cell.analysis.contact_supply import steady_contact, stripping_current
from fem_cell.analysis.lithium_supply import critical_current_density, fraction_at, rise
from fem_cell.case import load_case
from fem_cell.case.derived import derive
from fem_cell.laws.lithium_host import FILLING_WIDTH, LithiumHost
from fem_cell.laws.pore_closing import AT_ONCE, PoreClosing, pore_closing_rate
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


@pytest.mark.parametrize("hollow", [1e-3, 0.1, 0.5])
def test_closing_of_a_hollow_sphere(hollow):
    """The stress that belongs to the rate, integrated over the wall, is the pressure."""
    m, sigma, epsilon, pressure = 4.0, 1e6, 1e-3, 2e6
    law = PoreClosing(pore_closing_rate(pressure, epsilon, sigma, m) * 1e-9, m)
    swept = 1e9 * law.relative_rate(hollow) / 3.0  # of a sphere of radius one: -u at its inside
    radius, outside = 1.0, hollow ** (-1 / 3)
    carried, _ = quad(
        lambda r: 2.0 / r * sigma * (2.0 * swept * radius**3 / r**3 / epsilon) ** (1 / m),
        radius,
        outside,
    )
    assert carried == pytest.approx(pressure, rel=1e-5)


def test_what_is_left_around_large_pores_carries_all_the_pressure():
    """3/2 P/(1 - f); and nothing closes faster than at once, or opens a layer that is too full."""
    law = PoreClosing(pore_closing_rate(2e6, 1e-3, 1e6, 4.0) * 1e-20, 4.0)
    stress = 1.5 * 2e6 / 1e-3
    expected = 1.5 * 1e-3 * (stress / 1e6) ** 4 * 1e-20
    assert law.relative_rate(0.999) == pytest.approx(expected, rel=0.01)
    assert PoreClosing(1e9, 6.6).relative_rate(0.5) == pytest.approx(1 / AT_ONCE)
    assert PoreClosing(0.0, 6.6).loss(0.3) == pytest.approx(0.0, abs=1e-12)
    assert PoreClosing(0.0, 6.6).loss(-0.01) == pytest.approx(-0.01 / AT_ONCE)


def test_compaction_takes_room_and_thickness():
    """Volumes add up; full pores are those that are left; plain lithium has no full ones."""
    host = layer().host
    psi, e = np.linspace(0.0, 0.7, 8), 0.02
    assert psi + host.skeleton + host.pores(psi, e) == pytest.approx(host.stretch(psi, e))
    assert host.porosity(host.capacity(e), e) == pytest.approx(0.0, abs=1e-12)
    plain = layer("lithium-layer").host
    assert plain.in_pores(3.0, -2.0) == 3.0
    assert plain.porosity(0.9, 0.1) == pytest.approx(0.0, abs=1e-12)


def test_skeleton_carries_the_pressure_and_plain_lithium_does_not():
    assert not layer().is_compacted
    lithium = layer("lithium-layer")
    assert lithium.is_compacted
    assert lithium.closing.rate == pytest.approx(pore_closing_rate(
        20e6, load_sheet("lithium-layer").value("creep_rate", 80 + CELSIUS), 1e6, 6.6
    ))  # fmt: skip
    shared = load_sheet("Li-B").with_overrides({"skeleton_load_share": 0.9})
    held = lithium_layer(shared, 353.15, 20e6, 100e-6)
    assert held.is_compacted
    assert held.mobility == 0.0
    assert held.closing.rate == pytest.approx(layer("lithium-layer", 2e6).closing.rate)


def test_contact_that_creep_feeds():
    r"""Few voids: :math:`i = (F/\Omega)\, p \sqrt{k D}`, if g is 1; there and back."""
    lithium = layer("lithium-layer", 1e6, 25.0)
    linear = replace(lithium, closing=PoreClosing(1e-9, 0.01))
    few = stripping_current(linear, 0.999) / linear.charge_density
    assert few == pytest.approx(1e-3 * np.sqrt(1e-9 * linear.diffusivity), rel=2e-3)
    current = stripping_current(lithium, 0.7)
    assert steady_contact(lithium, current) == pytest.approx(0.7, rel=1e-4)
    more = layer("lithium-layer", 2e6, 25.0)
    assert stripping_current(more, 0.7) / current == pytest.approx(2**3.3, rel=1e-4)
    assert stripping_current(layer("lithium-layer", 0.0), 0.7) == 0.0
    assert steady_contact(layer("lithium-layer", 0.0), 1.0) == 0.0


def test_critical_current_of_thick_and_of_thin_layers():
    r"""Thick: :math:`i = \pi D (F\varphi_0/\Omega)^2/(4Q)`; slow: all but i L/(3 D) is had."""
    cold, charge = layer(celsius=25.0), 3.6e3
    thick = np.pi * cold.diffusivity * (cold.charge_density * cold.host.lithium) ** 2 / (4 * charge)
    assert critical_current_density(cold, 100e-6, charge, 0.0) == pytest.approx(thick, rel=1e-6)
    warm = layer()
    available = warm.charge_density * warm.host.lithium * 100e-6
    current = critical_current_density(warm, 100e-6, 0.98 * available, 0.0)
    left = current * 100e-6**2 / (3 * warm.diffusivity)
    assert left == pytest.approx(0.02 * available, rel=1e-6)
    assert critical_current_density(warm, 100e-6, 1.01 * available, 0.0) == 0.0


def test_ready_case_holds_what_the_paper_says():
    """15 mAh/cm2 in 100 um."""
    case = load_case(Path(__file__).parents[2] / "runs" / "boron_skeleton.toml")
    assert (derive(case).free_lithium or 0.0) / 36e3 == pytest.approx(15.0, rel=1e-3)


def test_series_meets_the_thick_layer():
    assert rise(0.0199999) == pytest.approx(rise(0.0200001), rel=1e-5)


def test_fraction_that_a_contact_needs():
    host = layer().host
    assert host.contact(fraction_at(host, 0.6)) == pytest.approx(0.6)
    assert fraction_at(host, 0.1) == 0.0  # the bare skeleton is more
    assert fraction_at(layer("lithium-layer").host, 0.25) == pytest.approx(0.25)

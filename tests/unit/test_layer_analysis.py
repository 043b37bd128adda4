"""Energies, roughness, filling by depth: exact values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from fem_cell.analysis.depth import slice_means
from fem_cell.analysis.energy import composite_density, gain, layer_energy
from fem_cell.analysis.roughness import area_factor


@pytest.mark.parametrize(
    ("capacity", "voltage", "gravimetric", "volumetric"),
    [(140.0, 3.757, 526, 2521), (119.0, 3.757, 447, 2143), (86.0, 3.663, 315, 1510)],
)
def test_energies_of_a_dense_layer(capacity, voltage, gravimetric, volumetric):
    """Paper B, figure 7, from its capacities."""
    found = layer_energy(capacity, voltage, 4.79)
    assert found.gravimetric == pytest.approx(gravimetric, rel=2e-3)
    assert found.volumetric == pytest.approx(volumetric, rel=2e-3)


def test_density_of_a_composite():
    """90 and 70 wt% of 4.79 in 1.80 g/cm3; a layer of one thing has its density."""
    assert composite_density({"a": (0.9, 4.79), "b": (0.1, 1.8)}) == pytest.approx(4.1079, rel=1e-4)
    assert composite_density({"a": (0.7, 4.79), "b": (0.3, 1.8)}) == pytest.approx(3.1969, rel=1e-4)
    assert composite_density({"a": (1.0, 4.79)}) == pytest.approx(4.79)
    with pytest.raises(ValueError, match="do not add up"):
        composite_density({"a": (0.5, 4.79)})


def test_energy_of_a_composite():
    """Only the active share delivers."""
    found = layer_energy(120.0, 3.782, 4.108, 0.9)
    assert found.gravimetric == pytest.approx(0.9 * 120.0 * 3.782)
    assert found.volumetric == pytest.approx(4.108 * found.gravimetric)
    assert gain(360.0, 309.0) == pytest.approx(16.505, rel=1e-4)


@pytest.mark.parametrize("ratio", [0.1, 0.725, 2.1])
def test_area_of_a_rough_surface(ratio):
    """Against the integral over the distribution of slopes."""
    mean = 4 * ratio**2
    exact, _ = quad(lambda x: np.sqrt(1 + mean * x) * np.exp(-x), 0, np.inf)
    assert area_factor(ratio, 1.0) == pytest.approx(exact, rel=1e-8)


def test_area_of_flat_and_gentle_surfaces():
    """One; and 1 + m/2 for small slopes."""
    assert area_factor(0.0, 1.0) == 1.0
    assert area_factor(0.01, 1.0) == pytest.approx(1 + 2 * 0.01**2, rel=1e-6)


def test_slices_are_weighted_with_volume():
    """Two cells in the lower slice, one in the upper, none in the last."""
    found = slice_means(
        np.array([0.1, 0.4, 1.5]), np.array([1.0, 3.0, 2.0]), np.array([0.0, 1.0, 0.5]),
        np.array([0.0, 1.0, 2.0, 3.0]),
    )  # fmt: skip
    assert found[:2] == pytest.approx([0.75, 0.5])
    assert np.isnan(found[2])

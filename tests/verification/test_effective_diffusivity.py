r"""Effective diffusivity of cracked and polycrystalline layers against exact and known values."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem

from fem_cell.laws.crystal import orientation_of_axis
from tests.support.crystals import COLLECTOR, Crystals, crystals
from tests.support.models import active

EDGE = 20.0
"""um, of the layer and of its slice."""

WITHIN, ACROSS = 1e-13, 1e-14
"""m^2/s, in the layers of a crystal and across them."""

SLICE = {
    "dimension": "quasi-2D",
    "arrangement": "single",
    "width": f"{EDGE} um",
    "thickness": f"{EDGE} um",
    "separator_thickness": "2 um",
    "mesh_size": "1 um",
}


def isotropic():
    """LiCoO2 that diffuses alike in all directions."""
    return active("LiCoO2", None, diffusivity=f"{WITHIN} m^2/s")


def layered(across: float = ACROSS):
    """LiCoO2 with fast layers."""
    return active("LiCoO2", None, diffusivity_ab=f"{WITHIN} m^2/s", diffusivity_c=f"{across} m^2/s")


def with_crack(tilt: float, length: float) -> dict[str, object]:
    """The slice with one crack in the middle."""
    crack = {
        "cracks": 1,
        "crack_shape": "rectangle",
        "crack_placement": "grid",
        "crack_diameter": f"{length} um",
        "crack_tilt": f"{tilt} deg",
        "crack_size": "0.1 um",
    }
    return SLICE | crack


@pytest.mark.parametrize("length", [2.0, 4.0])
def test_crack_across_the_flux(length: float) -> None:
    """Dilute insulating cracks of half-length a, n per area: D/(1 + pi n a^2) (science 3.7)."""
    found = crystals(with_crack(0.0, length), isotropic()).through_layer()
    dilute = 1 / (1 + np.pi * (length / 2) ** 2 / EDGE**2)
    assert found / WITHIN == pytest.approx(dilute, rel=2e-3)


def test_crack_across_the_fast_direction_of_a_crystal() -> None:
    """Anisotropy multiplies the density of cracks by sqrt(D_z/D_x); coordinates stretched."""
    standing = {1: orientation_of_axis((1, 0, 0))}
    found = crystals(with_crack(0.0, 2.0), layered(), standing).through_layer()
    density = np.pi / EDGE**2 * np.sqrt(WITHIN / ACROSS)
    assert found / WITHIN == pytest.approx(1 / (1 + density), rel=1e-2)


def test_crack_along_the_flux_is_harmless() -> None:
    """Nothing would pass it anyway."""
    found = crystals(with_crack(90.0, 4.0), isotropic()).through_layer()
    assert found / WITHIN == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.2, np.pi / 2])
def test_tilted_crystal_with_blocked_sides(tilt: float) -> None:
    """Far from its ends the flux of a long column is vertical: 1/D = sin^2/D_ab + cos^2/D_c.

    Near the ends it is not; a column seven times as high as wide is within some per cent.
    """
    column = SLICE | {"width": "3 um", "mesh_size": "0.5 um"}
    crystal = {1: orientation_of_axis((np.sin(tilt), 0, np.cos(tilt)))}
    found = crystals(column, layered(0.2 * WITHIN), crystal).through_layer()
    exact = 1 / (np.sin(tilt) ** 2 / WITHIN + np.cos(tilt) ** 2 / (0.2 * WITHIN))
    assert found == pytest.approx(exact, rel=0.05)


def test_tilted_crystal_with_free_sides() -> None:
    """A plate far wider than high lets the flux go where it likes: D_zz of the tensor."""
    plate = SLICE | {"width": "60 um", "thickness": "4 um", "mesh_size": "0.5 um"}
    crystal = {1: orientation_of_axis((np.sin(0.5), 0, np.cos(0.5)))}
    found = crystals(plate, layered(0.2 * WITHIN), crystal).through_layer()
    exact = WITHIN * np.sin(0.5) ** 2 + 0.2 * WITHIN * np.cos(0.5) ** 2
    assert found == pytest.approx(exact, rel=0.05)


def test_polycrystal_of_two_dimensions() -> None:
    """D_x D_z = D_ab D_c for every sample between opposite sides (Keller 1964, Dykhne 1971).

    Rotating the field by 90 degrees turns the problem along x into that along z, with the
    tensor over its determinant, which all grains share. Both values are bounds from above.
    """
    table = SLICE | {"arrangement": "equiaxed", "grains": 20, "mesh_size": "0.6 um", "seed": 3}
    angles = np.random.default_rng(1).uniform(0, np.pi, 20)
    turned = {g + 1: orientation_of_axis((np.sin(a), 0, np.cos(a))) for g, a in enumerate(angles)}
    cell = crystals(table, layered(), turned)
    length, depth = EDGE * 1e-6, cell.info["footprint"] / (EDGE * 1e-6)
    up = cell.through_layer()
    along = cell.through(cell.side(0, 0.0), cell.side(0, length), length, length * depth)
    assert np.sqrt(up * along) == pytest.approx(np.sqrt(WITHIN * ACROSS), rel=0.02)
    assert np.sqrt(up * along) > np.sqrt(WITHIN * ACROSS)


@pytest.mark.skip_in_parallel
def test_random_polycrystal_of_three_dimensions() -> None:
    """Effective-medium theory gives half of D_ab where D_c hardly counts (science 3.7)."""
    table = {
        "arrangement": "equiaxed",
        "grains": 40,
        "width": f"{EDGE} um",
        "thickness": f"{EDGE} um",
        "separator_thickness": "2 um",
        "mesh_size": "1 um",
        "interface_size": "1 um",
        "texture": "random",
    }
    found = [crystals(table | {"seed": k}, layered(1e-3 * WITHIN)).through_layer() for k in (1, 2)]
    assert np.mean(found) / WITHIN == pytest.approx(0.5, rel=0.05)


def jumps(cell: Crystals) -> int:
    """How many more degrees of freedom the stoichiometry has than the potential."""
    s, phi = (cell.cell.unknown(k, "cathode") for k in ("stoichiometry", "electrode_potential"))
    sizes = [u.value.function_space.dofmap.index_map.size_global for u in (s, phi)]
    return sizes[0] - sizes[1]


def test_boundaries_of_grains_in_parallel_columns() -> None:
    """Columns side by side: no flux crosses their boundaries, whatever they resist."""
    table = SLICE | {"arrangement": "columnar", "grains": 4}
    cell = crystals(table, isotropic(), None, 1e-12)
    assert jumps(cell) > 0
    assert cell.through_layer() / WITHIN == pytest.approx(1.0, rel=1e-9)


def test_boundaries_that_hardly_resist() -> None:
    """With a large k_gb equiaxed grains are one crystal; with a small one they are not."""
    table = SLICE | {"arrangement": "equiaxed", "grains": 12, "seed": 2}
    perfect = crystals(table, isotropic()).through_layer()
    good = crystals(table, isotropic(), None, 1.0).through_layer()
    poor = crystals(table, isotropic(), None, 1e-8).through_layer()
    assert perfect / WITHIN == pytest.approx(1.0, rel=1e-9)
    assert good / perfect == pytest.approx(1.0, rel=1e-5)
    # a boundary resists as half the layer does; a path crosses one to five of them
    assert 1 / (1 + 0.5 * 5) < poor / perfect < 1 / (1 + 0.5 * 1)


def test_resistance_of_a_boundary_across_the_flux() -> None:
    """In series: L/D_eff = L/D + 1/k_gb, exactly: plates cut by planes, seen from their side."""
    table = SLICE | {"arrangement": "columnar", "grains": 2, "seed": 1}
    transfer = 2e-9
    cell = crystals(table, isotropic(), None, transfer)
    length, depth = EDGE * 1e-6, cell.info["footprint"] / (EDGE * 1e-6)
    along = cell.through(cell.side(0, 0.0), cell.side(0, length), length, length * depth)
    assert length / along == pytest.approx(length / WITHIN + 1 / transfer, rel=1e-9)
    assert cell.mesh.cut_area("cathode.grain_boundaries") == pytest.approx(length * depth)
    assert COLLECTOR in cell.mesh.surface_facets


def test_dissipation_equals_flux() -> None:
    """The value from the energy is that of the mean gradient for a homogeneous layer."""
    cell = crystals(SLICE, isotropic())
    s = cell.cell.unknown("stoichiometry", "cathode")
    assert isinstance(s.value, fem.Function)
    assert cell.through_layer() == pytest.approx(WITHIN, rel=1e-12)

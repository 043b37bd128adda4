r"""Effective properties of composites with known values, and their bounds."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.analysis.resolved import (
    LINEAR,
    MIXED,
    PERIODIC,
    UNIFORM,
    effective_conductivity,
    effective_stiffness,
)
from fem_cell.analysis.resolved.bounds import conductivity_bounds, modulus_bounds
from fem_cell.analysis.resolved.needed import needed_value
from fem_cell.errors import InputError
from fem_cell.laws.stiffness import Isotropic, isotropic_stiffness, voigt_average
from fem_cell.materials import load_sheet
from tests.support.composites import ball, composite, cylinder, layer, whole_ball

STIFF = Isotropic(bulk=20e9, shear=12e9)
SOFT = Isotropic(bulk=10e9, shear=3e9)


def stiffness(one: Isotropic, other: Isotropic) -> dict[str, np.ndarray]:
    return {
        name: isotropic_stiffness(m.youngs_modulus, m.poisson_ratio)
        for name, m in (("skeleton", one), ("lithium", other))
    }


def cubic_array_of_balls(f: float, ratio: float) -> float:
    """Conductivity of a simple cubic array over that of the matrix.

    Sangani and Acrivos, Proc. R. Soc. A 386, 263 (1983), with alpha the ratio of ball to matrix
    and L_i = (alpha - 1)/(alpha + 2i/(2i - 1)).
    """
    L1, L2, L3, L4 = ((ratio - 1) / (ratio + 2 * i / (2 * i - 1)) for i in (1, 2, 3, 4))
    series = -1 / L1 + f
    series += (
        1.305
        * L2
        * f ** (10 / 3)
        * (1 + 0.231 * L2 * f ** (11 / 3))
        / (1 - 0.405 * L2 * f ** (7 / 3))
    )
    series += 0.0723 * L3 * f ** (14 / 3) + 0.153 * L4 * f**6
    return 1 - 3 * f / series


def square_array_of_cylinders(f: float, ratio: float) -> float:
    """Transverse conductivity over that of the matrix (Perrins et al. 1979)."""
    T = (1 + ratio) / (1 - ratio)
    inner = T + f - 0.305827 * f**4 * T / (T**2 - 1.402958 * f**8) - 0.013362 * f**8 / T
    return 1 - 2 * f / inner


@pytest.mark.parametrize(("ratio", "radius"), [(10.0, 0.8), (44.0, 0.7), (0.1, 0.7)])
def test_cubic_array_of_balls(ratio: float, radius: float) -> None:
    """An eighth of a ball between mirror planes; within 1 % (0.5 % measured at this mesh)."""
    body = composite((12, 12, 12), ball(radius))
    K = effective_conductivity(body, {"skeleton": ratio, "lithium": 1.0}, MIXED)
    exact = cubic_array_of_balls(np.pi / 6 * radius**3, ratio)
    assert np.diag(K) == pytest.approx(exact, rel=1e-2)


def test_periodic_array_of_balls_wherever_they_lie() -> None:
    """The same array as a periodic cell: off the middle, where no face is a mirror plane."""
    exact = cubic_array_of_balls(np.pi / 6 * 0.8**3, 10.0)
    for centre in (0.5, 0.13):
        body = composite((16, 16, 16), whole_ball(0.4, centre), periodic=True)
        K = effective_conductivity(body, {"skeleton": 10.0, "lithium": 1.0}, PERIODIC)
        assert np.diag(K) == pytest.approx(exact, rel=1e-2)
        assert np.abs(K - np.diag(np.diag(K))).max() < 5e-3 * exact


def test_periodic_phases_of_one_shear_modulus() -> None:
    """Hill's bulk modulus by a periodic cell, with holes as well as without."""
    one, other = Isotropic(40e9, 4e9), Isotropic(5e9, 4e9)
    body = composite((12, 12, 12), whole_ball(0.4, 0.2), periodic=True)
    C = effective_stiffness(body, stiffness(one, other), PERIODIC)
    f = np.pi / 6 * 0.8**3
    bulk = 1 / (f / (40e9 + 16e9 / 3) + (1 - f) / (5e9 + 16e9 / 3)) - 16e9 / 3
    assert C[:3, :3].sum() / 9 == pytest.approx(bulk, rel=1e-2)
    assert np.diag(C)[3:] == pytest.approx(4e9, rel=1e-6)
    holes = composite((12, 12, 12), whole_ball(0.4, 0.2), empty=("skeleton",), periodic=True)
    K = effective_conductivity(holes, {"lithium": 1.0}, PERIODIC)
    assert np.diag(K) == pytest.approx(cubic_array_of_balls(f, 1e-12), rel=1e-2)
    with pytest.raises(InputError, match="does not suit a body that is periodic"):
        effective_conductivity(holes, {"lithium": 1.0}, MIXED)


@pytest.mark.parametrize(("ratio", "exact"), [(10.0, 1.382935), (0.0, 0.671627)])
def test_square_array_of_cylinders(ratio: float, exact: float) -> None:
    """Aligned fibres, 19.6 % by volume: across them, and along them the arithmetic mean."""
    f = np.pi / 16
    assert square_array_of_cylinders(f, ratio) == pytest.approx(exact, abs=2e-6)
    empty = ("skeleton",) if ratio == 0.0 else ()
    body = composite((16, 16, 2), cylinder(0.5), empty=empty)
    K = effective_conductivity(body, {"skeleton": ratio, "lithium": 1.0}, MIXED)
    assert np.diag(K)[:2] == pytest.approx(exact, rel=1e-2)
    assert K[2, 2] == pytest.approx(1 - f + f * ratio, rel=1e-2)
    mesh_mean = body.fractions["lithium"] + body.fractions.get("skeleton", 0.0) * ratio
    assert K[2, 2] == pytest.approx(mesh_mean, rel=1e-6)


def test_conductivity_of_a_laminate() -> None:
    """Along the layers the arithmetic, across them the harmonic mean, by any condition."""
    body = composite((3, 3, 6), layer(0.37))
    K = effective_conductivity(body, {"skeleton": 5.0, "lithium": 1.0}, MIXED)
    along, across = 0.37 * 5 + 0.63, 1 / (0.37 / 5 + 0.63)
    assert np.diag(K) == pytest.approx([along, along, across], rel=1e-9)


def test_stiffness_of_a_laminate() -> None:
    """Backus (1962): means of C33, C44 and what follows from them."""
    body = composite((3, 3, 6), layer(0.37))
    values = stiffness(STIFF, SOFT)
    C = effective_stiffness(body, values, MIXED)
    parts = [(0.37, values["skeleton"]), (0.63, values["lithium"])]
    c33 = 1 / sum(f / c[2, 2] for f, c in parts)
    ratio = sum(f * c[0, 2] / c[2, 2] for f, c in parts)
    c11 = sum(f * (c[0, 0] - c[0, 2] ** 2 / c[2, 2]) for f, c in parts) + ratio**2 * c33
    c12 = sum(f * (c[0, 1] - c[0, 2] ** 2 / c[2, 2]) for f, c in parts) + ratio**2 * c33
    c44 = 1 / sum(f / c[3, 3] for f, c in parts)
    c66 = sum(f * c[5, 5] for f, c in parts)
    found = [C[0, 0], C[0, 1], C[0, 2], C[2, 2], C[3, 3], C[4, 4], C[5, 5]]
    assert found == pytest.approx([c11, c12, ratio * c33, c33, c44, c44, c66], rel=1e-8)


def test_phases_of_one_shear_modulus() -> None:
    """Hill (1963): the bulk modulus is exact for any geometry, 1/(K + 4G/3) averages."""
    one, other = Isotropic(40e9, 4e9), Isotropic(5e9, 4e9)
    body = composite((10, 10, 10), ball(0.8))
    C = effective_stiffness(body, stiffness(one, other), MIXED)
    f = np.pi / 6 * 0.8**3
    bulk = 1 / (f / (40e9 + 16e9 / 3) + (1 - f) / (5e9 + 16e9 / 3)) - 16e9 / 3
    assert C[:3, :3].sum() / 9 == pytest.approx(bulk, rel=1e-2)
    assert np.diag(C)[3:] == pytest.approx(4e9, rel=1e-6)


def test_aligned_fibres_of_one_shear_modulus() -> None:
    """Hill (1964): k + G averages harmonically across them, k = K + G/3 in plane strain."""
    one, other = Isotropic(40e9, 4e9), Isotropic(5e9, 4e9)
    C = effective_stiffness(composite((14, 14, 2), cylinder(0.5)), stiffness(one, other), MIXED)
    f = np.pi / 16
    plane = [m.bulk + m.shear / 3 for m in (one, other)]
    exact = 1 / (f / (plane[0] + 4e9) + (1 - f) / (plane[1] + 4e9)) - 4e9
    assert C[:2, :2].sum() / 4 == pytest.approx(exact, rel=1e-2)


def test_conditions_bound_each_other() -> None:
    """Uniform <= mixed <= linear within Reuss and Voigt, mixed within the narrow bounds."""
    body = composite((8, 8, 8), ball(0.8))
    k = {"skeleton": 10.0, "lithium": 1.0}
    means = [
        np.trace(effective_conductivity(body, k, condition)) / 3
        for condition in (UNIFORM, MIXED, LINEAR)
    ]
    bounds = conductivity_bounds(body.fractions, k)
    assert bounds.reuss < means[0] < means[1] < means[2] < bounds.voigt
    assert bounds.hold(means[1])
    stiff = [
        voigt_average(effective_stiffness(body, stiffness(STIFF, SOFT), condition))
        for condition in (UNIFORM, MIXED, LINEAR)
    ]
    bulk, shear = modulus_bounds(body.fractions, {"skeleton": STIFF, "lithium": SOFT})
    assert bulk.reuss < stiff[0].bulk < stiff[1].bulk < stiff[2].bulk < bulk.voigt
    assert shear.reuss < stiff[0].shear < stiff[1].shear < stiff[2].shear < shear.voigt
    assert bulk.hold(stiff[1].bulk)


def test_one_phase_is_itself() -> None:
    """With one conductivity and one stiffness every condition returns it."""
    body = composite((4, 4, 4), ball(0.6))
    C = isotropic_stiffness(20e9, 0.3)
    for condition in (LINEAR, MIXED, UNIFORM):
        K = effective_conductivity(body, {"skeleton": 3.0, "lithium": 3.0}, condition)
        assert pytest.approx(3.0 * np.eye(3), abs=1e-9) == K
        found = effective_stiffness(body, {"skeleton": C, "lithium": C}, condition)
        assert pytest.approx(C, abs=1e-8 * C.max()) == found


def test_empty_faces_take_no_uniform_load() -> None:
    """What is impossible is refused with the key, and so are unknown names."""
    body = composite((4, 4, 4), ball(0.6), empty=("skeleton",))
    assert not body.covered
    with pytest.raises(InputError, match="conditions: empty phases on faces"):
        effective_conductivity(body, {"lithium": 1.0}, UNIFORM)
    with pytest.raises(InputError, match="did you mean 'linear'"):
        effective_conductivity(body, {"lithium": 1.0}, "liner")
    with pytest.raises(InputError, match=r"phases.lithium: has no value"):
        effective_conductivity(body, {"litium": 1.0}, MIXED)


def test_needed_value_of_a_phase() -> None:
    """Balls that conduct ten times as well raise K to what makes ten the answer."""
    body = composite((6, 6, 6), ball(0.8))
    sheets = {"skeleton": load_sheet("Li5B4"), "lithium": load_sheet("lithium")}
    matrix = sheets["lithium"].value("diffusivity")
    values = {"skeleton": 10 * matrix, "lithium": matrix}
    target = np.trace(effective_conductivity(body, values, MIXED)) / 3
    found = needed_value(body, sheets, 298.15, "diffusivity", "skeleton", target)
    assert found == pytest.approx(10 * matrix, rel=5e-3)
    assert needed_value(body, sheets, 298.15, "diffusivity", "skeleton", 50 * matrix) is None


@pytest.mark.parallel
@pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="starts ranks itself")
def test_ranks_agree(launch) -> None:
    """The same tensors on any number of ranks."""
    values = []
    for ranks in (1, 2, 3):
        done = launch(ranks, ["-m", "tests.support.composites"])
        assert done.returncode == 0, done.stderr
        values.append(np.array(done.stdout.split(), dtype=float))
    assert values[0].size == 9 + 36 + 36
    for other in values[1:]:
        assert other == pytest.approx(values[0], rel=1e-6, abs=1e-6)

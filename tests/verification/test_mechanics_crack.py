"""The disc-shaped crack under tension: opening, energy release, stress intensity."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem

from fem_cell.laws.stiffness import (
    directional_youngs_modulus,
    isotropic_stiffness,
    trigonal_stiffness,
)
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding, Swelling
from fem_cell.mechanics.energy_release import EnergyRelease
from fem_cell.mechanics.fronts import find_fronts
from fem_cell.mechanics.toughness import opening_intensity
from tests.support.mechanics import GPA, LICRO2
from tests.support.mechanics_crack import BOTTOM, CRACK, RADIUS, SIDES, TOP, penny_mesh

E, NU, TENSION = 200 * GPA, 0.25, 100e6
INTENSITY = 2 * TENSION * np.sqrt(RADIUS / np.pi)
"""K_I = 2 sigma sqrt(a / pi), Pa m^0.5 (Sneddon 1946)."""

ENERGY_RELEASE = (1 - NU**2) / E * INTENSITY**2
"""G = K_I^2 (1 - nu^2) / E under plane strain (Irwin), J/m^2."""

WIDTH = 6.0
"""Of the box over the radius: its sides change K_I by less than one per cent."""

INNER = 0.8
"""Share of the radius in which the opening is compared: the cells at the front blunt it."""


@pytest.fixture(scope="module")
def coarse():
    """Fine enough for displacements of degree two."""
    return penny_mesh(WIDTH, 0.08, 2.0, 0.1)


def pulled(mesh, degree: int) -> Elasticity:
    phases = {"solid": ElasticPhase(isotropic_stiffness(E, NU))}
    conditions = [Sliding(SIDES), Sliding(BOTTOM), PlaneFace(TOP, pressure=-TENSION)]
    body = Elasticity(mesh, phases, conditions, contacts=[CRACK], degree=degree)
    print(body.solve())
    return body


def intensities(body: Elasticity, radius: float):
    """K_I of the whole front and of its parts over the exact one."""
    found = EnergyRelease(body, [CRACK], radius * RADIUS)()
    local = np.sqrt(found.energy_release / ENERGY_RELEASE)
    return float(np.sqrt(found.mean[0] / ENERGY_RELEASE)), local


def test_front_is_the_rim():
    """The front is a quarter of a circle; where the crack meets symmetry planes it has none."""
    mesh = penny_mesh(3.0, 0.1, 1.0, 0.2)
    fronts = find_fronts(mesh, ("solid",), (CRACK,))
    assert fronts.count == 1
    assert fronts.lengths.sum() == pytest.approx(np.pi / 2 * RADIUS, rel=1e-3)
    away = fronts.middles / np.linalg.norm(fronts.middles, axis=1, keepdims=True)
    assert fronts.outwards == pytest.approx(away, abs=0.01)
    assert np.abs(fronts.normals[:, 2]) == pytest.approx(1.0)


def test_quadratic_displacements(coarse):
    r"""Opening 8 (1-nu^2) sigma sqrt(a^2 - r^2) / (pi E) and K_I, both within 3 %."""
    body = pulled(coarse, degree=2)
    whole, local = intensities(body, 0.3)
    gaps = body.contact.pairs.gaps(body.u)
    points = body.u.function_space.tabulate_dof_coordinates()[body.contact.pairs.plus]
    square = np.maximum(RADIUS**2 - np.sum(points**2, axis=1), 0.0)
    exact = 8 * (1 - NU**2) * TENSION * np.sqrt(square) / (np.pi * E)
    largest = 8 * (1 - NU**2) * TENSION * RADIUS / (np.pi * E)
    inner = square > (1 - INNER**2) * RADIUS**2
    wrong = np.abs(gaps - exact)[inner].max(initial=0.0) / largest
    print(f"K_I {whole:.4f}, local {local.min():.3f} to {local.max():.3f}, opening {wrong:.4f}")
    assert whole == pytest.approx(1.0, abs=0.01)
    assert local == pytest.approx(1.0, abs=0.1)
    assert wrong < 0.03


def test_linear_displacements():
    """K_I within 3 % on cells of a fortieth of the radius, whatever the radius of the tube."""
    body = pulled(penny_mesh(WIDTH, 0.025, 2.0, 0.06), degree=1)
    for radius in (0.1, 0.2):
        whole, local = intensities(body, radius)
        print(f"tube {radius}: K_I {whole:.4f}, local {local.min():.3f} to {local.max():.3f}")
        assert whole == pytest.approx(1.0, abs=0.03)
        assert np.median(local) == pytest.approx(1.0, abs=0.04)


def test_layered_crystal_that_shrinks_between_plates(coarse):
    r"""A crack on the (003) plane of a hexagonal crystal, pulled by the crystal's own shrinking.

    Between plates the crystal bears sigma = -E_c beta_c (s - s0) < 0 along c and nothing
    sideways. On a plane of isotropy K_I = 2 sigma sqrt(a / pi) whatever the constants
    (Kassir and Sih, Three-dimensional Crack Problems, 1975), and G = Lambda K_I^2.
    """
    C = trigonal_stiffness({key: value * GPA for key, value in LICRO2.items() if key != "14"})
    sub = coarse.sub_mesh(("solid",))
    s = fem.Function(fem.functionspace(sub.mesh, ("Lagrange", 1)))
    s.x.array[:] = 0.9
    crystal = ElasticPhase(C, Swelling(0.006, -0.05, s, sub, 0.88))
    held = PlaneFace(TOP, stiffness=np.inf)
    conditions = [Sliding(SIDES), Sliding(BOTTOM), held]
    body = Elasticity(coarse, {"solid": crystal}, conditions, contacts=[CRACK], degree=2)
    body.solve()
    tension = -body.face_pressure()
    along_c = directional_youngs_modulus(C, np.array([0.0, 0.0, 1.0]))
    assert tension == pytest.approx(along_c * 0.05 * 0.02, rel=0.01)
    release = EnergyRelease(body, [CRACK], 0.3 * RADIUS)
    x, _, z = np.eye(3)
    K = opening_intensity(release().mean[0], C, x, z)
    print(f"K_I {K / (2 * tension * np.sqrt(RADIUS / np.pi)):.4f}")
    assert pytest.approx(2 * tension * np.sqrt(RADIUS / np.pi), rel=0.015) == K


def test_energy_release_does_not_depend_on_the_tube(coarse):
    """Where s varies in the tube, the explicit derivative of the energy makes up for it.

    It is most of J in the wide tube here, which without it would even be negative.
    """
    sub = coarse.sub_mesh(("solid",), (CRACK,))
    s = fem.Function(fem.functionspace(sub.mesh, ("Lagrange", 1)))
    s.interpolate(lambda x: 0.5 - 0.1 * np.exp(-np.sum(x**2, axis=0) / RADIUS**2))
    solid = ElasticPhase(isotropic_stiffness(E, NU), Swelling(0.02, 0.02, s, sub, 0.5))
    conditions = [Sliding(SIDES), Sliding(BOTTOM), PlaneFace(TOP)]
    body = Elasticity(coarse, {"solid": solid}, conditions, contacts=[CRACK], degree=2)
    body.solve()
    narrow, wide = (
        EnergyRelease(body, [CRACK], radius * RADIUS)().mean[0] for radius in (0.2, 0.6)
    )
    print(f"G {narrow:.4f} and {wide:.4f} J/m^2")
    assert wide == pytest.approx(narrow, rel=0.03)

"""Elasticity against solutions that linear displacements reproduce exactly."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem

from fem_cell.errors import InputError
from fem_cell.laws.stiffness import (
    chemical_strain,
    directional_youngs_modulus,
    isotropic_stiffness,
    rotated_stiffness,
    strain_as_voigt,
)
from fem_cell.mechanics import (
    Displaced,
    Elasticity,
    ElasticPhase,
    Pin,
    PlaneFace,
    Sliding,
    Swelling,
)
from fem_cell.mechanics.stress import StressRecovery, elastic_energy
from tests.support.mechanics import EDGE, GPA, TILTED, cube, owned_stress, relative_error, trigonal
from tests.support.slab import BOTTOM, SIDES, TOP

GRADIENT = np.array([[1.0, 2.0, 3.0], [-1.0, 2.0, 0.5], [0.3, 0.2, -1.0]]) * 1e-3
ROUNDING = 1e-8
EVERYWHERE = (BOTTOM, SIDES, TOP)
FLOATING = (Sliding(BOTTOM), Pin((0.0, 0.0, 0.0), (0, 1)), Pin((EDGE, 0.0, 0.0), (1,)))
"""Holds a bar without straining it, whatever the symmetry of its crystal."""


def tilted(swelling=None):
    return ElasticPhase(trigonal(), swelling, {0: TILTED})


def stoichiometry(mesh, phase, profile):
    """A field on a phase, with its sub-mesh."""
    sub = mesh.sub_mesh((phase,))
    s = fem.Function(fem.functionspace(sub.mesh, ("Lagrange", 1)))
    s.interpolate(profile)
    return s, sub


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("method", ["direct", "iterative"])
def test_patch(degree, method):
    """u = G x on the outside gives u = G x inside and the stress C : sym G everywhere.

    A constant stress is in balance, and linear displacements are among the discrete ones.
    """
    mesh = cube(4, ("lower", "upper"))
    faces = [Displaced(name, lambda x: GRADIENT @ x) for name in EVERYWHERE]
    body = Elasticity(
        mesh, {name: tilted() for name in ("lower", "upper")}, faces, degree=degree, method=method
    )
    body.solve()
    V = body.u.function_space
    exact = V.tabulate_dof_coordinates() @ GRADIENT.T
    assert relative_error(body.u.x.array.reshape(-1, 3), exact) < ROUNDING
    strain = strain_as_voigt((GRADIENT + GRADIENT.T) / 2)
    C = rotated_stiffness(trigonal(), TILTED)
    stress = owned_stress(body)
    assert relative_error(stress, np.broadcast_to(C @ strain, stress.shape)) < ROUNDING
    assert elastic_energy(body) == pytest.approx(strain @ C @ strain / 2 * EDGE**3, rel=ROUNDING)


def test_laminate():
    r"""Two layers in series, held at the sides: one stress, strains by their moduli.

    With e_x = e_y = 0, sigma_z = M_i e_i in each layer, M = E (1-nu) / ((1+nu) (1-2 nu)), so
    U = -P sum(h_i / M_i) and the lateral stress is nu / (1-nu) sigma_z.
    """
    mesh = cube(4, ("soft", "hard"))
    moduli = {"soft": (22.0 * GPA, 0.37), "hard": (191.0 * GPA, 0.24)}
    phases = {name: ElasticPhase(isotropic_stiffness(*given)) for name, given in moduli.items()}
    pressure = 5e6
    face = PlaneFace(TOP, pressure=pressure)
    body = Elasticity(mesh, phases, [Sliding(BOTTOM), Sliding(SIDES), face])
    body.solve()
    M = {n: E * (1 - nu) / ((1 + nu) * (1 - 2 * nu)) for n, (E, nu) in moduli.items()}
    expected = -pressure * sum(EDGE / 2 / m for m in M.values())
    assert body.face_displacement == pytest.approx(expected, rel=ROUNDING)
    assert body.face_pressure() == pytest.approx(pressure, rel=ROUNDING)
    stress = StressRecovery(body)()
    for name, (_, nu) in moduli.items():
        lateral = -pressure * nu / (1 - nu)
        exact = np.array([lateral, lateral, -pressure, 0.0, 0.0, 0.0])
        here = stress.voigt[mesh.cells_of([name], ghosts=True)]
        assert relative_error(here, np.broadcast_to(exact, here.shape)) < ROUNDING


def test_clamped_swelling():
    """A body held all around cannot strain: sigma = -C : beta (s - s0), cell by cell."""
    mesh = cube(3)
    s, sub = stoichiometry(mesh, "solid", lambda x: np.full(x.shape[1], 0.7))
    swelling = Swelling(0.006, -0.053, s, sub, reference=0.99)
    body = Elasticity(mesh, {"solid": tilted(swelling)}, [Displaced(n) for n in EVERYWHERE])
    body.solve()
    beta = chemical_strain(0.006, -0.053, TILTED)
    strain = strain_as_voigt(beta) * (0.7 - 0.99)
    C = rotated_stiffness(trigonal(), TILTED)
    stress = owned_stress(body)
    assert relative_error(stress, np.broadcast_to(-C @ strain, stress.shape)) < ROUNDING
    recovery = StressRecovery(body)
    normal = recovery.normal_to_layers(recovery(), ("solid",))
    c = TILTED[:, 2]
    exact = c @ np.array(_tensor(-C @ strain)) @ c
    assert normal[mesh.cells_of(["solid"], ghosts=False)] == pytest.approx(exact, rel=ROUNDING)


def _tensor(v):
    return [[v[0], v[5], v[4]], [v[5], v[1], v[3]], [v[4], v[3], v[2]]]


def test_free_swelling_strains_without_stress():
    """A free body with a linear s, one crystal: strains linear in x are compatible, so no stress.

    u is quadratic then, which displacements of degree two contain.
    """
    mesh = cube(3)
    s, sub = stoichiometry(mesh, "solid", lambda x: 0.5 + 0.3 * x[2] / EDGE)
    swelling = Swelling(0.01, 0.01, s, sub, reference=0.5)
    supports = [
        Pin((0.0, 0.0, 0.0), (0, 1, 2)), Pin((EDGE, 0.0, 0.0), (1, 2)), Pin((0.0, EDGE, 0.0), (2,))
    ]  # fmt: skip
    body = Elasticity(mesh, {"solid": tilted(swelling)}, supports, degree=2)
    body.solve()
    clamped = np.abs(trigonal()).max() * 0.01 * 0.3
    assert np.abs(owned_stress(body)).max() < ROUNDING * clamped


def test_bar_of_a_tilted_crystal():
    """Uniaxial tension of a free bar: E = 1 / (n n : S : n n) of the rotated crystal."""
    mesh = cube(3)
    tension = 1e6
    face = PlaneFace(TOP, pressure=-tension)
    body = Elasticity(mesh, {"solid": tilted()}, [*FLOATING, face])
    body.solve()
    modulus = tension * EDGE / body.face_displacement
    C = rotated_stiffness(trigonal(), TILTED)
    exact = directional_youngs_modulus(C, np.array([0.0, 0.0, 1.0]))
    assert modulus == pytest.approx(exact, rel=ROUNDING)
    stress = owned_stress(body)
    uniaxial = np.array([0.0, 0.0, tension, 0.0, 0.0, 0.0])
    assert relative_error(stress, np.broadcast_to(uniaxial, stress.shape)) < ROUNDING


@pytest.mark.parametrize("stiffness", [0.0, 1e10, 1e15, 1e22, np.inf])
def test_fixture(stiffness):
    r"""A swelling bar against a spring: P = P0 + K U with U = h (beta ds - P / E).

    So P = (P0 + K h beta ds) / (1 + K h / E): P0 for K = 0, E beta ds for K = inf.
    """
    E, beta, ds, P0 = 100 * GPA, 0.01, 0.2, 3e6
    mesh = cube(2)
    s, sub = stoichiometry(mesh, "solid", lambda x: np.full(x.shape[1], 0.5 + ds))
    solid = ElasticPhase(isotropic_stiffness(E, 0.3), Swelling(beta, beta, s, sub, 0.5))
    face = PlaneFace(TOP, pressure=P0, stiffness=stiffness)
    body = Elasticity(mesh, {"solid": solid}, [*FLOATING, face])
    body.solve()
    soft = 1 / stiffness if stiffness else np.inf
    expected = P0
    if stiffness:
        expected = (P0 * soft + EDGE * beta * ds) / (soft + EDGE / E)
    assert body.face_pressure() == pytest.approx(expected, rel=1e-7)
    free = EDGE * (beta * ds - expected / E)
    assert body.face_displacement == pytest.approx(free, rel=1e-7, abs=1e-12 * EDGE)


def test_face_can_be_moved_and_loads_changed_between_solves():
    """Hooke's law at every step, from the state of the step before."""
    E = 100 * GPA
    mesh = cube(2)
    face = PlaneFace(TOP, stiffness=np.inf, position=1e-3 * EDGE)
    body = Elasticity(mesh, {"solid": ElasticPhase(isotropic_stiffness(E, 0.3))}, [*FLOATING, face])
    body.solve()
    assert body.face_pressure() == pytest.approx(-1e-3 * E, rel=1e-7)
    face.position = -2e-3 * EDGE
    assert body.solve().renewals == 0
    assert body.face_pressure() == pytest.approx(2e-3 * E, rel=1e-7)
    face.stiffness, face.pressure = 0.0, 1e6
    body.solve()
    assert body.face_displacement == pytest.approx(-1e6 / E * EDGE, rel=1e-7)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([Sliding(BOTTOM), PlaneFace(TOP, 1e6)], "moves along x, moves along y and turns about z"),
        ([Sliding(SIDES), PlaneFace(TOP, 1e6)], "moves along z"),
        ([Sliding("botom")], "did you mean 'bottom'"),
        ([PlaneFace(SIDES, 1e6)], "faces 4 directions"),
        ([PlaneFace(TOP), PlaneFace(BOTTOM)], "loads 'bottom' and 'top'"),
    ],
)
def test_supports_that_do_not_do(conditions, message):
    with pytest.raises(InputError, match=message):
        Elasticity(cube(2), {"solid": tilted()}, conditions)

"""Cuts that close and open."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem

from fem_cell.errors import InputError
from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding, Swelling
from tests.support.mechanics import GPA, owned_stress, relative_error
from tests.support.mechanics_crack import (
    BOTTOM,
    CRACK,
    OUTER,
    SIDES,
    TOP,
    halves_mesh,
    penny_mesh,
)

E, NU = 200 * GPA, 0.25
CONFINED = E * (1 - NU) / ((1 + NU) * (1 - 2 * NU))
"""Modulus of a body held at its sides, Pa."""

HEIGHT = 2e-6
AREA = 1e-12
PASSES = 1e-3
"""Penetration over the deformation of the cells beside: what the penalty is made for."""

HELD = (Sliding(BOTTOM), Sliding(SIDES), Sliding(OUTER))


def solid(swelling=None):
    return {"solid": ElasticPhase(isotropic_stiffness(E, NU), swelling)}


@pytest.mark.parametrize("degree", [1, 2])
def test_closed_cut_transmits_like_an_uncut_body(degree):
    """A pressed pile: sigma_z = -P in both halves and U = -P h / M, but for the penalty's give."""
    pressure = 50e6
    mesh = halves_mesh(0.3)
    face = PlaneFace(TOP, pressure=pressure)
    body = Elasticity(mesh, solid(), [*HELD, face], contacts=[CRACK], degree=degree)
    body.solve()
    report = body.contact_report()
    uncut = -pressure * HEIGHT / CONFINED
    assert body.face_displacement == pytest.approx(uncut, rel=PASSES)
    assert 0 < report.penetration < PASSES * abs(uncut)
    assert report.closed_fraction == 1.0
    assert report.force == pytest.approx(pressure * AREA, rel=1e-6)
    side = -pressure * NU / (1 - NU)
    exact = np.array([side, side, -pressure, 0.0, 0.0, 0.0])
    stress = owned_stress(body)
    assert relative_error(stress, np.broadcast_to(exact, stress.shape)) < PASSES


def test_open_cut_transmits_nothing():
    """Pulled apart, a pile opens by the way of its face and is free of stress."""
    mesh = halves_mesh(0.3)
    way = 1e-9
    face = PlaneFace(TOP, stiffness=np.inf, position=way)
    body = Elasticity(mesh, solid(), [*HELD, face], contacts=[CRACK])
    body.solve()
    report = body.contact_report()
    assert report.opening == pytest.approx(way, rel=1e-9)
    assert (report.closed_fraction, report.force) == (0.0, 0.0)
    assert np.abs(owned_stress(body)).max(initial=0.0) < 1e-6 * E * way / HEIGHT
    face.position = -way  # and it closes again
    body.solve()
    assert body.face_pressure() == pytest.approx(CONFINED * way / HEIGHT, rel=PASSES)


def test_bulging_faces_touch_in_part():
    """Faces that bulge touch somewhere: the contact forces add up to the load, none is tensile."""
    mesh = halves_mesh(0.2)
    sub = mesh.sub_mesh(("solid",))
    s = fem.Function(fem.functionspace(sub.mesh, ("Lagrange", 1)))
    s.interpolate(lambda x: 0.5 + 0.3 * (x[0] / 1e-6) ** 2 * (x[2] > -0.5e-6))
    pressure = 200e6
    face = PlaneFace(TOP, pressure=pressure)
    swelling = Swelling(0.02, 0.02, s, sub, 0.5)
    body = Elasticity(mesh, solid(swelling), [*HELD[:2], face], contacts=[CRACK])
    report = body.solve()
    contact = body.contact_report()
    print(report, contact)
    assert report.corrections <= 15
    assert 0.1 < contact.closed_fraction < 0.9
    assert contact.force == pytest.approx(pressure * AREA, rel=1e-6)
    assert contact.penetration < PASSES * contact.opening


def test_loose_piece():
    """A piece that leans on a cut is held; one beyond an open cut is not, and is named."""
    mesh = halves_mesh(0.5)
    with pytest.raises(InputError, match=r"piece 2 of 2 about .* moves along z"):
        Elasticity(mesh, solid(), [*HELD], open_cuts=[CRACK])


def test_pressed_crack_is_not_there():
    """A crack under compression changes nothing; under tension it carries nothing."""
    mesh = penny_mesh(3.0, 0.15, 1.0, 0.15)
    face = PlaneFace(TOP, pressure=80e6)
    body = Elasticity(mesh, solid(), [*HELD[:2], face], contacts=[CRACK])
    body.solve()
    stress = owned_stress(body)
    exact = np.array([0.0, 0.0, -80e6, 0.0, 0.0, 0.0])
    assert relative_error(stress, np.broadcast_to(exact, stress.shape)) < PASSES
    face.pressure = -80e6
    report = body.solve()
    contact = body.contact_report()
    assert report.corrections <= 4
    assert (contact.closed_fraction, contact.force, contact.penetration) == (0.0, 0.0, 0.0)

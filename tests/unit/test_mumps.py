"""A factorisation for which MUMPS takes too little working space at first."""

from __future__ import annotations

import pytest
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding
from fem_cell.mechanics.preconditioner import PREFIX
from fem_cell.solver import mumps
from tests.support.mechanics import cube, trigonal


@pytest.fixture(autouse=True)
def clean_options():
    """Working space that a test has set must not reach the next."""
    yield
    PETSc.Options(PREFIX).delValue(mumps.WORKING_SPACE)


def pressed() -> float:
    """How far the upper face of a cube moves under 1 MPa, m. Collective."""
    supports = [Sliding("symmetry"), Sliding("bottom"), PlaneFace("top", pressure=1e6)]
    body = Elasticity(cube(5), {"solid": ElasticPhase(trigonal())}, supports, method="direct")
    body.solve()
    return body.face_displacement


def test_body_is_factorised_with_more(monkeypatch):
    """A run with mechanics goes on, and later factorisations begin with what was enough."""
    enough = pressed()
    PETSc.Options(PREFIX).delValue(mumps.WORKING_SPACE)
    monkeypatch.setattr(mumps, "SPACES", (-60, 200))
    assert pressed() == pytest.approx(enough, rel=1e-6)
    assert PETSc.Options(PREFIX).getInt(mumps.WORKING_SPACE) == 200


def test_body_is_not_factorised_at_all(monkeypatch):
    monkeypatch.setattr(mumps, "SPACES", (-60, -50))
    with pytest.raises(SolverError, match="working space"):
        pressed()

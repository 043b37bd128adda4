"""The first load on a body at rest: what tells the linear solver when to end."""

from __future__ import annotations

import pytest

from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding
from tests.support.mechanics import EDGE, cube

E, P = 1e11, 1e6


@pytest.mark.parametrize(("method", "most"), [("direct", 3), ("iterative", 60)])
def test_pressure_on_a_body_at_rest(method, most):
    """No swelling, no displacement: only the pressure says how small a residual is small."""
    solid = ElasticPhase(isotropic_stiffness(E, 0.0))
    supports = [Sliding("symmetry"), Sliding("bottom"), PlaneFace("top", pressure=P)]
    body = Elasticity(cube(8), {"solid": solid}, supports, method=method)
    assert body.solve().linear_iterations <= most
    assert body.face_displacement == pytest.approx(-P / E * EDGE, rel=1e-7)

"""Observed order of the displacement in space, by a manufactured solution."""

from __future__ import annotations

import numpy as np
import pytest
import ufl

from fem_cell.laws.elasticity import strain_voigt, tensor_of_stress
from fem_cell.laws.stiffness import rotated_stiffness
from fem_cell.mechanics import Displaced, Elasticity, ElasticPhase
from tests.support.mechanics import EDGE, TILTED, cube, trigonal
from tests.support.slab import BOTTOM, SIDES, TOP

DEGREE = 6
"""Quadrature of the error."""


def chosen(x, m):
    """A displacement with curvature in all directions, m."""
    k = 2.0 / EDGE
    return [
        1e-8 * m.sin(k * x[0] + 0.3) * m.cos(k * x[2]),
        2e-8 * m.cos(k * x[1]) * m.sin(k * x[2] + 0.1),
        1e-8 * m.sin(k * x[0]) * m.cos(k * x[1] + 0.2),
    ]


def l2_error(n: int, degree: int) -> float:
    """Relative L2 error on a cube of n elements a side."""
    mesh = cube(n)
    x = ufl.SpatialCoordinate(mesh.mesh)
    exact = ufl.as_vector(chosen(x, ufl))
    C = ufl.as_matrix(rotated_stiffness(trigonal(), TILTED).tolist())
    force = -ufl.div(tensor_of_stress(ufl.dot(C, strain_voigt(exact))))
    faces = [Displaced(name, lambda x: np.array(chosen(x, np))) for name in (BOTTOM, SIDES, TOP)]
    body = Elasticity(
        mesh,
        {"solid": ElasticPhase(trigonal(), None, {0: TILTED})},
        faces,
        degree=degree,
        body_force=force,
    )
    body.solve()
    dx = body.body.dx("solid", DEGREE)
    wrong = body.integrate(ufl.inner(body.u - exact, body.u - exact) * dx)
    size = body.integrate(ufl.inner(exact, exact) * dx)
    return float(np.sqrt(wrong / size))


@pytest.mark.parametrize(("degree", "coarse", "least"), [(1, 6, 1.9), (2, 3, 2.85)])
def test_order(degree, coarse, least):
    """div (C : eps(u)) + f = 0 for a chosen u: the error falls by 2^(degree + 1) per halving."""
    one, two = l2_error(coarse, degree), l2_error(2 * coarse, degree)
    order = np.log2(one / two)
    print(f"degree {degree}: errors {one:.3e}, {two:.3e}; order {order:.2f}")
    assert order >= least

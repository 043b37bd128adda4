"""The direct solver of effective properties: working space, and what it says when it fails."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.analysis.resolved import linear
from fem_cell.errors import SolverError
from fem_cell.solver import mumps

PREFIX = "fem_cell_effective_displacement_"


@pytest.fixture(autouse=True)
def clean_options():
    """Working space that a test has set must not reach the next."""
    yield
    PETSc.Options(PREFIX).delValue(mumps.WORKING_SPACE)


def solve(weight: float = 1.0) -> float:
    """a (u, v) + a (grad u, grad v) = (e_x, v) on a cube; the mean of u_x is 1/a. Collective."""
    body = mesh.create_unit_cube(MPI.COMM_WORLD, 8, 8, 8)
    V = fem.functionspace(body, ("P", 1, (3,)))
    u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    right = ufl.dx(body, metadata={"quadrature_degree": 2})
    one = fem.Constant(body, weight)
    form = one * (ufl.inner(u, v) + ufl.inner(ufl.grad(u), ufl.grad(v))) * right
    matrix = linear.LoadedMatrix.of(V, fem.form(form))
    load = linear.assembled(ufl.inner(v, ufl.as_vector([1.0, 0.0, 0.0])) * right)
    given = np.zeros(matrix.matrix.getLocalSize()[0], dtype=bool)
    (found,) = matrix.solve(given, [None], [load])
    return float(found.dot(load))


def test_more_working_space_is_tried(monkeypatch):
    """With far too little at first it works all the same, on any number of ranks."""
    monkeypatch.setattr(mumps, "SPACES", (-60, 200))
    assert solve() == pytest.approx(1.0, rel=1e-6)


def test_what_is_said_without_enough(monkeypatch):
    monkeypatch.setattr(mumps, "SPACES", (-60, -50))
    with pytest.raises(SolverError, match="MUMPS has not enough working space: use fewer ranks"):
        solve()


def test_what_is_said_of_a_singular_matrix():
    with pytest.raises(SolverError, match="hang on nothing"):
        solve(0.0)

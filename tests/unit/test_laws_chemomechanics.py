"""Thermodynamic factor and what stress is worth in stoichiometry."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from fem_cell.laws.chemomechanics import response_to_work, thermodynamic_factor
from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.open_circuit import OpenCircuitPotential
from fem_cell.materials import load_sheet

LCO = OpenCircuitPotential.from_law(load_sheet("LiCoO2").law("open_circuit_potential"))
T = 298.15
C_MAX = 51600.0


def test_factor_follows_from_the_curve() -> None:
    """-(F/RT) s dU/ds by central differences, within 0.1 % (0.02 % is the smoothing at four)."""
    s = np.linspace(0.45, 0.99, 40)
    slope = (LCO(s + 1e-6) - LCO(s - 1e-6)) / 2e-6
    assert thermodynamic_factor(LCO, s, T) == pytest.approx(
        -FARADAY / (GAS_CONSTANT * T) * s * slope, rel=1e-3
    )


def test_factor_of_published_plateau() -> None:
    """The flattest part of the curve of LiCoO2, near s = 0.85, has a factor of about four."""
    factor = thermodynamic_factor(LCO, np.linspace(0.6, 0.95, 200), T)
    assert 3.0 < factor.min() < 6.0


def test_factor_is_at_least_one() -> None:
    """On a plateau, and where an iterate has left the range of the curve."""
    flat = OpenCircuitPotential(3.4, ((0.001, 1.0, 0.5),), (), (0.01, 0.99))
    s = np.linspace(-0.2, 1.2, 50)
    assert np.all(thermodynamic_factor(flat, s, T) >= 1.0)
    assert thermodynamic_factor(flat, 0.5, T) == pytest.approx(1.0, abs=0.01)


def test_response_is_the_inverse_slope() -> None:
    """M = 1 / (F c_max |dU/ds|) where the factor is not held."""
    s = 0.7
    expected = -1 / (FARADAY * C_MAX * float(LCO.slope(s)))
    assert response_to_work(LCO, s, T, C_MAX) == pytest.approx(expected, rel=1e-3)


@pytest.mark.skip_in_parallel
def test_same_in_forms() -> None:
    """UFL and NumPy give the same numbers, beyond the range of the curve too."""
    line = mesh.create_interval(MPI.COMM_SELF, 40, (0.3, 1.1))
    s = ufl.SpatialCoordinate(line)[0]
    space = fem.functionspace(line, ("Lagrange", 1))
    found = fem.Function(space)
    points = space.element.interpolation_points
    found.interpolate(fem.Expression(response_to_work(LCO, s, T, C_MAX), points))
    x = space.tabulate_dof_coordinates()[:, 0]
    assert found.x.array == pytest.approx(response_to_work(LCO, x, T, C_MAX), rel=1e-10)

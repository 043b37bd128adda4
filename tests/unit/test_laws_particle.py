"""Particle matrices: conservation, the analytic sphere, eigenvalues, convergence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh, expm
from scipy.optimize import brentq

from fem_cell.laws.particle import ParticleMatrices, particle_matrices, particle_response


def eigenvalues(count: int) -> np.ndarray:
    """Roots of tan(lambda) = lambda: the modes of a sphere without flux at its surface."""
    roots = [
        brentq(lambda y: np.sin(y) - y * np.cos(y), k * np.pi, (k + 0.5) * np.pi)
        for k in range(1, count + 1)
    ]
    return np.array(roots)


def exact_surface(tau: np.ndarray) -> np.ndarray:
    """Surface of a sphere under constant influx, over j R/D, at tau = D t/R^2.

    3 tau + 1/5 - 2 sum exp(-lambda^2 tau)/lambda^2 (Crank, Mathematics of Diffusion,
    eq. 6.45). For tau >= 1e-3, 60 modes leave exp(-35).
    """
    square = eigenvalues(60) ** 2
    decay = np.exp(-np.outer(tau, square)) / square
    return 3 * tau + 0.2 - 2 * decay.sum(axis=1)


def surface(matrices: ParticleMatrices, tau: np.ndarray) -> np.ndarray:
    """The same by M ds/dt + K s = 3 e_N, integrated exactly by the matrix exponential."""
    n = matrices.radius.size
    rate = np.linalg.solve(matrices.mass, -matrices.stiffness)
    load = np.linalg.solve(matrices.mass, 3 * np.eye(n)[-1])
    extended = np.zeros((n + 1, n + 1))
    extended[:n, :n], extended[:n, n] = rate, load
    return np.array([expm(extended * t)[n - 1, n] for t in tau])


@pytest.mark.parametrize("points", [2, 3, 8, 9, 16])
def test_lithium_is_conserved(points):
    """1^T M 1 = 1 and K 1 = 0 = 1^T K: what enters is what the mean gains."""
    m = particle_matrices(points)
    assert m.mass.sum() == pytest.approx(1.0, rel=1e-12)
    assert np.abs(m.stiffness.sum(axis=0)).max() < 1e-9 * np.abs(m.stiffness).max()
    assert np.abs(m.stiffness.sum(axis=1)).max() < 1e-9 * np.abs(m.stiffness).max()
    assert m.radius[-1] == 1.0
    assert np.all(np.diff(m.radius) > 0)


@pytest.mark.parametrize("points", [3, 8])
def test_polynomials_are_integrated_exactly(points):
    """Mean of r^2 over the ball is 3/5, and int |grad r^2|^2 = 3 int 4 r^4 dr = 12/5."""
    m = particle_matrices(points)
    square = m.radius**2
    assert m.weights @ square == pytest.approx(0.6, rel=1e-12)
    assert square @ m.mass @ square == pytest.approx(3 / 7, rel=1e-12)
    assert square @ m.stiffness @ square == pytest.approx(12 / 5, rel=1e-12)


def test_surface_under_constant_flux():
    """Nine points within 1e-4 of the series from D t/R^2 = 2e-3 on, as the module says."""
    tau = np.geomspace(2e-3, 3.0, 40)
    error = np.abs(surface(particle_matrices(9), tau) - exact_surface(tau))
    assert error.max() < 1e-4


def test_convergence_is_spectral():
    """The worst error from D t/R^2 = 3e-3 on falls by more than 30 with four more points."""
    tau = np.geomspace(3e-3, 1.0, 40)
    exact = exact_surface(tau)
    worst = [np.abs(surface(particle_matrices(n), tau) - exact).max() for n in (4, 8, 12)]
    assert worst[1] < worst[0] / 30
    assert worst[2] < worst[1] / 30


def test_lowest_modes_decay_at_the_exact_rates():
    """Eigenvalues of K against M: 0, then 20.19, 59.68, 118.9 (tan lambda = lambda).

    Galerkin's eigenvalues are above the exact ones; nine points give three to 1e-6.
    """
    m = particle_matrices(9)
    values = eigh(m.stiffness, m.mass, eigvals_only=True)
    exact = eigenvalues(3) ** 2
    assert abs(values[0]) < 1e-8
    assert values[1:4] == pytest.approx(exact, rel=1e-6)
    assert np.all(values[1:4] >= exact * (1 - 1e-9))
    assert exact[0] == pytest.approx(20.190729, abs=1e-5)


@pytest.mark.parametrize("omega", [1e-3, 0.1, 10.0, 1e3])
def test_an_oscillation_is_the_limit_of_many_nodes(omega):
    """B_NN - B_NI B_II^-1 B_IN with B = i omega M + K for D/R^2 = 1, sixty nodes."""
    matrices = particle_matrices(60)
    b = 1j * omega * matrices.mass + matrices.stiffness
    eliminated = b[-1, -1] - b[-1, :-1] @ np.linalg.solve(b[:-1, :-1], b[:-1, -1])
    assert particle_response(omega, 1.0) == pytest.approx(eliminated, rel=1e-6)


def test_slow_oscillations_fill_the_whole_particle():
    assert particle_response(1e-6, 2.0) == pytest.approx(1e-6j, rel=1e-5)

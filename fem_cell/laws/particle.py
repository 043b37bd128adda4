r"""Diffusion in a spherical particle, by polynomials in the squared radius.

.. math::
   \frac{\partial s}{\partial t}
   = \frac{D}{r^2}\frac{\partial}{\partial r}\Bigl(r^2 \frac{\partial s}{\partial r}\Bigr),
   \qquad -D\,\partial_r s|_R = J

Galerkin's method with Lagrange polynomials in :math:`\xi = (r/R)^2`. Written
for the volume average (weights of the ball add up to one) it reads

.. math:: M \dot{s} + \frac{D}{R^2} K s + \frac{3}{R} J\, e_N = 0

with :math:`1^T M 1 = 1` and :math:`K 1 = 0`: lithium is conserved exactly. The
last nodal value is the stoichiometry at the surface. N even polynomials
converge spectrally: nine place the surface value of a particle under constant
flux within 1e-4 of the exact one from :math:`t D/R^2 = 2\cdot 10^{-3}` on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParticleMatrices:
    """Mass and stiffness of a sphere of radius one.

    Attributes:
        radius: Radial coordinates r/R of the nodes, shape (N,); the last is 1.
        mass: M, shape (N, N), dimensionless; the entries add up to one.
        stiffness: K, shape (N, N), dimensionless; multiply by D/R^2.
    """

    radius: Array
    mass: Array
    stiffness: Array

    @property
    def weights(self) -> Array:
        """Share of the ball's volume that each node stands for, shape (N,)."""
        return self.mass.sum(axis=0)

    def diffusion(self, s: Array, weight: Callable[[Array], Array]) -> Array:
        r"""Integral of :math:`g(s)\,|\partial s/\partial(r/R)|^2` over the ball's volume average.

        Args:
            s: Nodal values, shape (particles, N).
            weight: g.

        Returns:
            Shape (particles,).
        """
        x, w = legendre.leggauss(self.radius.size + 2)
        x, w = 0.5 * (x + 1), 0.5 * w
        values, slopes = _lagrange(self.radius**2, x**2)
        gradient = s @ (2 * x[:, None] * slopes).T
        return np.asarray((weight(s @ values.T) * gradient**2) @ (3 * w * x**2))


def particle_matrices(points: int) -> ParticleMatrices:
    """Galerkin matrices with ``points`` radial nodes, surface included.

    Args:
        points: Number of nodes N, at least two.
    """
    squared = _nodes(points)
    quadrature, weights = legendre.leggauss(2 * points + 2)
    x, w = 0.5 * (quadrature + 1), 0.5 * weights
    values, slopes = _lagrange(squared, x**2)
    ball = 3 * w * x**2
    mass = np.einsum("q,qi,qj->ij", ball, values, values)
    # d/dx of p(x^2) is 2 x p'(x^2)
    stiffness = np.einsum("q,qi,qj->ij", ball * 4 * x**2, slopes, slopes)
    return ParticleMatrices(np.sqrt(squared), mass, stiffness)


def particle_response(omega: float, rate: float) -> complex:
    r"""What a surface value that oscillates takes up, :math:`(M\dot s + (D/R^2) K s)_N`.

    The limit of infinitely many nodes, exact since diffusion in the particle is linear:

    .. math:: g(i\omega) = 3 \frac{D}{R^2} (z \coth z - 1), \qquad z^2 = i\omega R^2 / D

    Args:
        omega: Angular frequency, 1/s, positive.
        rate: D/R^2, 1/s.

    Returns:
        g in 1/s; times F c_max and the volume of active material it is a current.
    """
    z = np.sqrt(1j * omega / rate)
    return complex(3 * rate * (z / np.tanh(z) - 1))


def _nodes(points: int) -> Array:
    """Chebyshev-Radau points on (0, 1], dense near the surface."""
    k = np.arange(points)
    return np.asarray(0.5 * (1 + np.cos(2 * np.pi * k / (2 * points - 1)))[::-1])


def _lagrange(nodes: Array, at: Array) -> tuple[Array, Array]:
    """Values and slopes of the Lagrange polynomials of ``nodes`` at given points."""
    scaled, target = 2 * nodes - 1, 2 * at - 1
    inverse = np.linalg.inv(legendre.legvander(scaled, nodes.size - 1))
    values = legendre.legvander(target, nodes.size - 1) @ inverse
    derivative = np.column_stack(
        [legendre.legval(target, legendre.legder(row)) for row in np.eye(nodes.size)]
    )
    return values, 2 * derivative @ inverse

r"""Radial unknowns of particles, condensed out of the linear systems.

Behind every node of a porous active phase stands a particle with N radial
nodes (:mod:`fem_cell.laws.particle`). The last is the field's own value; the
N-1 inner ones couple to nothing but their own node. For a time derivative
:math:`\dot s = \sigma s + \dots` and :math:`B = \sigma M + (D/R^2) K` the inner
rows are eliminated exactly, the same small matrices serving every node:

.. math::
   A_{NN} \leftarrow A_{NN} + v\,(B_{NN} - B_{NI} B_{II}^{-1} B_{IN}), \qquad
   r_N \leftarrow r_N - v\, B_{NI} B_{II}^{-1} r_I

where v is the charge capacity of a node: F c_max times the volume it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.laws.particle import ParticleMatrices, particle_response

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Elimination:
    """The parts of B that the elimination of the inner nodes needs.

    Attributes:
        shift: sigma, 1/s.
        solve: B_II^-1.
        couple: B_NI B_II^-1.
        column: B_IN.
        schur: B_NN - B_NI B_II^-1 B_IN, 1/s.
    """

    shift: float
    solve: Array
    couple: Array
    column: Array
    schur: float

    @classmethod
    def of(cls, matrices: ParticleMatrices, rate: float, shift: float) -> Elimination:
        """Factor B = sigma M + rate K."""
        b = shift * matrices.mass + rate * matrices.stiffness
        inverse = np.asarray(np.linalg.inv(b[:-1, :-1]), dtype=np.float64)
        couple, column = b[-1, :-1] @ inverse, b[:-1, -1]
        return cls(shift, inverse, couple, column, float(b[-1, -1] - couple @ column))


@dataclass(slots=True)
class ParticleBlock:
    """The particles behind the owned nodes of one field.

    Attributes:
        matrices: Galerkin matrices of a sphere.
        rate: D/R^2, 1/s.
        capacity: v of every owned node, in units of the residual times s.
    """

    matrices: ParticleMatrices
    rate: float
    capacity: Array
    _elimination: Elimination | None = None

    @property
    def inner_points(self) -> int:
        """Radial nodes below the surface."""
        return self.matrices.radius.size - 1

    def residual(
        self, inner: Array, surface: Array, inner_rate: Array, surface_rate: Array
    ) -> tuple[Array, Array]:
        """Storage terms: rows of the inner nodes (1/s) and of the surface nodes.

        Args:
            inner: Shape (nodes, N-1).
            surface: Shape (nodes,).
            inner_rate: Time derivative of ``inner``.
            surface_rate: Time derivative of ``surface``.
        """
        s = np.column_stack([inner, surface])
        rate = np.column_stack([inner_rate, surface_rate])
        rows = rate @ self.matrices.mass.T + self.rate * (s @ self.matrices.stiffness.T)
        return rows[:, :-1], self.capacity * rows[:, -1]

    def factor(self, shift: float) -> Array:
        """Prepare the elimination for dF/du + shift dF/du'.

        Returns:
            What the elimination adds to the diagonal of the surface nodes.
        """
        if self._elimination is None or self._elimination.shift != shift:
            self._elimination = Elimination.of(self.matrices, self.rate, shift)
        return self.stiffness

    def response(self, omega: float) -> Complex:
        """Derivative of the surface rows by an oscillating surface value (local)."""
        return np.asarray(self.capacity * particle_response(omega, self.rate), np.complex128)

    @property
    def stiffness(self) -> Array:
        """Derivative of the surface rows by the surface values, inner nodes following."""
        return self.capacity * self._factored().schur

    def condense(self, inner_rows: Array) -> Array:
        """What the inner rows take off the right-hand side of the surface rows."""
        return self.capacity * (inner_rows @ self._factored().couple)

    def recover(self, inner_rows: Array, surface_update: Array) -> Array:
        """Updates of the inner nodes from those of the surface nodes."""
        parts = self._factored()
        return (inner_rows - np.outer(surface_update, parts.column)) @ parts.solve.T

    def _factored(self) -> Elimination:
        if self._elimination is None:
            raise RuntimeError("the elimination is used before it was prepared")
        return self._elimination

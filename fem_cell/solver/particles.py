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

from fem_cell.laws.particle import ParticleMatrices

Array = npt.NDArray[np.float64]


@dataclass(slots=True)
class ParticleBlock:
    """The particles behind the owned nodes of one field.

    Attributes:
        matrices: Galerkin matrices of a sphere.
        rate: D/R^2, 1/s.
        capacity: v of every owned node, in units of the residual times s.
        radial: Inner stoichiometries, shape (nodes, N-1).
    """

    matrices: ParticleMatrices
    rate: float
    capacity: Array
    _shift: float = float("nan")
    _solve: Array | None = None
    _couple: Array | None = None
    _schur: float = 0.0

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
        if shift != self._shift:
            b = shift * self.matrices.mass + self.rate * self.matrices.stiffness
            inverse = np.linalg.inv(b[:-1, :-1])
            self._solve = inverse
            self._couple = b[-1, :-1] @ inverse
            self._schur = float(b[-1, -1] - self._couple @ b[:-1, -1])
            self._column = b[:-1, -1]
            self._shift = shift
        return self.capacity * self._schur

    _column: Array | None = None

    def condense(self, inner_rows: Array) -> Array:
        """What the inner rows take off the right-hand side of the surface rows."""
        return self.capacity * (inner_rows @ self._couple)

    def recover(self, inner_rows: Array, surface_update: Array) -> Array:
        """Updates of the inner nodes from those of the surface nodes."""
        return (inner_rows - np.outer(surface_update, self._column)) @ self._solve.T

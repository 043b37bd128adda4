r"""Balance of forces of a loaded face that stays plane.

With u_1 the displacement that U = 1 causes, K u_1 is zero inside the body, so

.. math:: R(u; u_1) + (P_0 + K_f U) A = 0

is the balance of the face, whatever residuals are left inside, and U follows from it by one
division with the stiffness :math:`u_1 \cdot K u_1 + K_f A`.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.mechanics.conditions import PlaneFace
from fem_cell.mechanics.forms import Forms
from fem_cell.mechanics.linear import StiffnessSolver
from fem_cell.mechanics.supports import Supports

RESPONSE_TOLERANCE = 1e-9
"""Of the linear solver: the balance of the face is as exact as the response."""


class FaceBalance:
    """Keeps U of a loaded face.

    Attributes:
        face: Load and fixture.
        area: Of the face, m^2.
        displacement: U, m.
        response: u_1, valid after :meth:`respond`.
    """

    def __init__(self, face: PlaneFace, area: float, supports: Supports) -> None:
        """Start from U = 0. Collective."""
        self.face = face
        self.area = area
        self.displacement = 0.0
        self.response = fem.Function(supports.unit.function_space)
        self.response.x.array[:] = supports.unit.x.array
        self._supports = supports
        self._stiffness = 0.0

    @property
    def load(self) -> float:
        """(P_0 + K_f U) A, N; zero on a face that is held."""
        if self.face.held:
            return 0.0
        return (self.face.pressure + self.face.stiffness * self.displacement) * self.area

    def impose(self, u: fem.Function) -> None:
        """Move a face that is held to its place, and the body as it responds."""
        if self.face.held:
            self._move(u, self.face.position - self.displacement)

    def respond(self, forms: Forms, solver: StiffnessSolver) -> None:
        """Find u_1 for the present matrix. Collective."""
        unit, response = self._supports.unit, self.response
        forces = forms.stiff_forces(unit)
        forces.scale(-1.0)
        self._supports.clear(forces.array_w)
        solver.solve(forces, response, tolerance=RESPONSE_TOLERANCE)
        response.x.array[:] += unit.x.array
        forces.destroy()
        forces = forms.stiff_forces(response)
        self._stiffness = float(forces.dot(response.x.petsc_vec))
        forces.destroy()

    def shift(self, forces: PETSc.Vec) -> float:
        """Change of U that balances the face. Collective."""
        if self.face.held:
            return 0.0
        out_of_balance = forces.dot(self.response.x.petsc_vec) + self.load
        return float(-out_of_balance / (self._stiffness + self.face.stiffness * self.area))

    def reaction(self, forces: PETSc.Vec) -> float:
        """Force on the body along the outer normal of the face, N. Collective."""
        return float(forces.dot(self._supports.unit.x.petsc_vec))

    def size(self, forces: PETSc.Vec) -> float:
        """Sum of the magnitudes of the nodal forces on the face, N. Collective."""
        magnitudes = forces.copy()
        magnitudes.abs()
        unit = self._supports.unit.x.petsc_vec.copy()
        unit.abs()
        return float(magnitudes.dot(unit))

    def out_of_balance(self, forces: PETSc.Vec) -> float:
        """Force that is missing for the balance of the face, N. Collective."""
        return 0.0 if self.face.held else abs(self.reaction(forces) + self.load)

    def _move(self, u: fem.Function, way: float) -> None:
        if way and np.isfinite(way):
            u.x.array[:] += way * self.response.x.array
        self.displacement += way

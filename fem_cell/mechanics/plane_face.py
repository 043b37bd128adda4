r"""Balance of forces of a loaded face that stays plane.

The nodes of the face share one displacement U along its normal, one more unknown:

.. math:: R(u)\cdot e + (P_0 + K_f U) A = 0

with e the displacement field that is the outer normal on the nodes of the face and zero elsewhere.
It needs no place of its own in vectors: a correction whose normal components on the face are all
alike carries it, and forces on the face are replaced by their mean.
"""

from __future__ import annotations

import math

from petsc4py import PETSc

from fem_cell.mechanics.conditions import PlaneFace
from fem_cell.mechanics.supports import Supports


class FaceBalance:
    """Keeps U of a loaded face.

    Attributes:
        face: Load and fixture.
        area: Of the face, m^2.
        displacement: U, m.
        unit: e.
        nodes: Their number, e . e.
    """

    def __init__(self, face: PlaneFace, area: float, supports: Supports) -> None:
        """Start from U = 0. Collective."""
        self.face = face
        self.area = area
        self.displacement = 0.0
        self.unit: PETSc.Vec = supports.unit.x.petsc_vec
        self.nodes = float(self.unit.dot(self.unit))

    @property
    def load(self) -> float:
        """(P_0 + K_f U) A, N; zero on a face that is held."""
        if self.face.held:
            return 0.0
        return (self.face.pressure + self.face.stiffness * self.displacement) * self.area

    @property
    def fixture(self) -> float:
        """K_f A, N/m; zero on a face that is held."""
        return 0.0 if self.face.held else self.face.stiffness * self.area

    def mean(self, vector: PETSc.Vec) -> float:
        """Mean normal component on the face: U of a displacement. Collective."""
        return float(self.unit.dot(vector)) / self.nodes

    def reaction(self, forces: PETSc.Vec) -> float:
        """Force on the body along the outer normal of the face, N. Collective."""
        return float(forces.dot(self.unit))

    def size(self, forces: PETSc.Vec) -> float:
        """Sum of the magnitudes of the nodal forces on the face, N. Collective."""
        magnitudes, unit = forces.copy(), self.unit.copy()
        magnitudes.abs()
        unit.abs()
        return float(magnitudes.dot(unit))

    def least_norm(self, force: float) -> float:
        """Norm of nodal forces that put a force on the face, N, if it is in equal parts (local)."""
        return abs(force) / math.sqrt(self.nodes)

    def out_of_balance(self, forces: PETSc.Vec) -> float:
        """Force that is missing for the balance of the face, N. Collective."""
        return 0.0 if self.face.held else self.reaction(forces) + self.load

    def way(self) -> float:
        """How far a face that is held is from its place, m; zero for others."""
        return self.face.position - self.displacement if self.face.held else 0.0

    def spread(self, force: float, vector: PETSc.Vec) -> None:
        """Put a force on the nodes of the face, in equal parts. Collective."""
        vector.axpy(force / self.nodes, self.unit)

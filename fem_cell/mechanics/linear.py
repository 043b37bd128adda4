r"""Linear solver of elasticity: conjugate gradients.

.. math:: P\,(K + B^T \mathrm{diag}(d)\, B)\, P\, x = P\,r

K is the stiffness of the body with its cuts open, assembled once for the whole run, d the springs
of the contacts that are closed (:mod:`fem_cell.mechanics.contact`) and P the projection on
corrections that the supports allow: zero where the displacement is given, alike on a loaded face
that is free. Such a face moves along the response of the body to it with all contacts closed,
which is worked out once and only serves the preconditioner.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.mechanics.contact import Contact
from fem_cell.mechanics.plane_face import FaceBalance
from fem_cell.mechanics.preconditioner import PREFIX, Preconditioner
from fem_cell.mechanics.supports import Supports

Array = npt.NDArray[np.float64]

MAX_ITERATIONS = 1000

RESPONSE_TOLERANCE = 1e-3
"""Of the response to the face."""


@dataclass(frozen=True, slots=True)
class Goal:
    """When a linear solution is good enough.

    Attributes:
        relative: Norm of the residual over that of the right-hand side, or
        inside: norm of the residual, N, and
        face: force out of balance on the loaded face, N.
    """

    relative: float
    inside: float = 0.0
    face: float = 0.0


@dataclass(frozen=True, slots=True)
class _Callbacks:
    solver: StiffnessSolver

    def mult(self, _: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        self.solver.mult(x, y)

    def apply(self, _: PETSc.PC, r: PETSc.Vec, z: PETSc.Vec) -> None:
        self.solver.apply(r, z)

    def converged(self, _: PETSc.KSP, iteration: int, norm: float) -> int:
        return self.solver.converged(iteration, norm)


class StiffnessSolver:
    """Solves for corrections of the displacement.

    Attributes:
        matrix: K, all rows.
        diagonal: Mean of its diagonal, N/m.
        preconditioner: Of the linear systems.
        iterations: Linear iterations so far.
    """

    def __init__(
        self,
        stiffness: fem.Form,
        supports: Supports,
        contact: Contact | None,
        face: FaceBalance | None,
        method: str,
    ) -> None:
        """Assemble and set up. Collective.

        Args:
            stiffness: Form of K.
            supports: Components that are given.
            contact: On cuts; ``None`` without.
            face: Loaded; ``None`` without.
            method: ``"direct"``, ``"iterative"`` or ``"auto"``.
        """
        self._contact, self._face = contact, face
        self.matrix = assemble_matrix(stiffness)
        self.matrix.assemble()
        self.diagonal = float(self.matrix.getDiagonal().sum() / self.matrix.getSize()[0])
        self._free = supports.fixed.x.petsc_vec.copy()
        self._free.scale(-1.0)
        self._free.shift(1.0)
        V = supports.fixed.function_space
        self.preconditioner = Preconditioner(self.matrix, self._free, V, contact, method)
        self.iterations = 0
        self._solution = self.matrix.createVecRight()
        self._inside = self._solution.duplicate()
        self._springs = self.preconditioner.springs
        self._goal = Goal(RESPONSE_TOLERANCE)
        self._first = self._on_face = 0.0
        self._ksp = self._gradients()
        self._response: PETSc.Vec | None = None
        self._response_stiffness = 0.0
        if face:
            self._respond(face.unit)

    # -- solution -----------------------------------------------------------

    def solve(
        self, right: PETSc.Vec, springs: Array, correction: fem.Function, goal: Goal
    ) -> float:
        """Solve for a correction; its ghosts are updated. Collective.

        Args:
            right: r.
            springs: d, zero for open contacts (local).
            correction: Receives x.
            goal: When to end.

        Returns:
            Norm of the residual, N.

        Raises:
            SolverError: The iteration failed or the matrix is singular.
        """
        self._springs, self._goal = springs, goal
        self._iterate(right)
        self.iterations += self._ksp.getIterationNumber()
        correction.x.array[: self._solution.getLocalSize()] = self._solution.array_r
        correction.x.scatter_forward()
        return float(self._ksp.getResidualNorm())

    def project(self, forces: PETSc.Vec) -> None:
        """Leave of forces what acts on allowed corrections, P f. Collective."""
        face = self._moving
        total = face.reaction(forces) if face else 0.0
        forces.pointwiseMult(forces, self._free)
        if face:
            face.spread(total, forces)

    def move_face(self, u: fem.Function, way: float) -> None:
        """Move the loaded face, and the body as it responds. Collective."""
        if way and self._response is not None:
            owned = self._response.getLocalSize()
            u.x.array[:owned] += way * self._response.array_r
            u.x.scatter_forward()

    # -- what PETSc calls back ----------------------------------------------

    def mult(self, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """The matrix."""
        self._stiff_forces(x, y)
        self.project(y)
        if face := self._moving:
            face.spread(face.fixture * face.mean(x), y)

    def apply(self, r: PETSc.Vec, z: PETSc.Vec) -> None:
        """The preconditioner, with the face along its response."""
        self._inside.pointwiseMult(r, self._free)
        self.preconditioner.apply(self._inside, z)
        if (face := self._moving) and self._response:
            self._on_face = abs(face.reaction(r))
            stiffness = self._response_stiffness + face.fixture
            z.axpy(float(self._response.dot(r)) / stiffness, self._response)

    def converged(self, iteration: int, norm: float) -> int:
        """Whether to end; the force on the face is that of the iteration before."""
        reason, goal = PETSc.KSP.ConvergedReason, self._goal
        if iteration == 0:
            self._first, self._on_face = norm, 0.0 if norm == 0.0 else np.inf
        if not np.isfinite(norm):
            return int(reason.DIVERGED_NANORINF)
        balanced = self._moving is None or self._on_face <= goal.face
        if norm <= goal.relative * self._first or (norm <= goal.inside and balanced):
            return int(reason.CONVERGED_ATOL)
        return int(reason.DIVERGED_MAX_IT if iteration >= MAX_ITERATIONS else reason.ITERATING)

    # -- set-up ---------------------------------------------------------------

    @property
    def _moving(self) -> FaceBalance | None:
        """The loaded face if its displacement is not known."""
        known = self._face is None or self._face.face.held or self._response is None
        return None if known else self._face

    def _stiff_forces(self, x: PETSc.Vec, y: PETSc.Vec) -> None:
        self.matrix.mult(x, y)
        if self._contact:
            self._contact.add_forces(self._springs, self._contact.gaps(x), y)

    def _iterate(self, right: PETSc.Vec) -> None:
        self._ksp.solve(right, self._solution)
        reason = self._ksp.getConvergedReason()
        if reason < 0 or not np.isfinite(self._solution.norm()):
            raise SolverError(
                f"mechanics: the displacements could not be solved for (PETSc reason {reason} "
                f"after {self._ksp.getIterationNumber()} iterations); {self.preconditioner.trouble}"
            )

    def _gradients(self) -> PETSc.KSP:
        me = _Callbacks(weakref.proxy(self))  # PETSc would keep this object alive for ever
        sizes, comm = self.matrix.getSizes(), self.matrix.comm
        operator = PETSc.Mat().createPython(sizes, context=me, comm=comm)
        operator.setUp()
        ksp = PETSc.KSP().create(comm)
        ksp.setOptionsPrefix(PREFIX)
        ksp.setOperators(operator)
        ksp.setType("cg")
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        ksp.setFromOptions()
        ksp.setConvergenceTest(me.converged)
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(me)
        return ksp

    def _respond(self, unit: PETSc.Vec) -> None:
        """Find how the body, with all contacts closed, follows its face."""
        right, response = self._solution.duplicate(), unit.copy()
        self._stiff_forces(unit, right)
        right.scale(-1.0)
        self.project(right)
        self._iterate(right)
        response.axpy(1.0, self._solution)
        self._stiff_forces(response, right)
        self._response_stiffness = float(right.dot(response))
        self._response = response

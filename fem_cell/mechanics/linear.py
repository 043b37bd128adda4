r"""Linear solver of elasticity: conjugate gradients with one preconditioner for the whole run.

.. math:: P\,(K + B^T \mathrm{diag}(d)\, B)\, P\, x = P\,r

K is the stiffness of the body with its cuts open, d the springs of the contacts that are closed
(:mod:`fem_cell.mechanics.contact`) and P the projection on corrections that the supports allow:
zero where the displacement is given, alike on a loaded face that is free. K is assembled once.

The preconditioner is made from the matrix of some state of the contacts, with those that were open
held by a tenth of their springs. Contacts that close then are stiff directions of the preconditioned
system, but at most tenfold (without the tenth, unbounded as faces are refined), and those that open
are few soft ones. It serves until a hundredth of the contacts have changed, and is renewed not before
the next state is found. MUMPS factorises small matrices, smoothed aggregation stands for large ones.
PETSc options of both have the prefix ``fem_cell_mechanics_``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.mechanics.contact import Contact
from fem_cell.mechanics.plane_face import FaceBalance
from fem_cell.mechanics.rigid import near_null_space
from fem_cell.mechanics.supports import Supports

Array = npt.NDArray[np.float64]

PREFIX = "fem_cell_mechanics_"

DIRECT_SOLVER_LIMIT = 20_000
"""Displacement unknowns up to which ``auto`` factorises."""

MAX_ITERATIONS = 1000

SOFT = 0.1
"""Springs of open contacts in the preconditioner, over those of closed ones."""

CHANGED = 0.01
"""Share of the contacts that may be open and not closed, or the reverse, in the preconditioner."""

RESPONSE_TOLERANCE = 1e-3
"""Of the response to the face, which only serves the preconditioner."""

MULTIGRID = {
    "pc_gamg_type": "agg",
    "pc_gamg_agg_nsmooths": "1",
    "pc_gamg_threshold": "0.0",
    "pc_gamg_aggressive_coarsening": "2",
    "pc_gamg_reuse_interpolation": "false",
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_ksp_max_it": "2",
    "mg_levels_pc_type": "pbjacobi",
}
"""Smoothed aggregation from the rigid motions. Two levels coarsen fast, which keeps the coarse
matrices thin; the smoother takes the three components of a node together, as they are coupled
strongly where a contact is closed. Aggregates that suit one state of the contacts do not suit
another, so they are not used again."""


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


class StiffnessSolver:
    """Solves for corrections of the displacement.

    Attributes:
        stiffness: K, all rows.
        matrix: That of the preconditioner, without the components that are given.
        direct: Whether it is factorised.
        diagonal: Mean of K's diagonal, N/m.
        iterations: Linear iterations so far.
        renewals: Preconditioners so far.
    """

    def __init__(
        self,
        stiffness: fem.Form,
        supports: Supports,
        contact: Contact | None,
        face: FaceBalance | None,
        method: str,
        reference: float,
    ) -> None:
        """Assemble and set up. Collective.

        Args:
            stiffness: Form of K.
            supports: Components that are given.
            contact: On cuts; ``None`` without.
            face: Loaded; ``None`` without.
            method: ``"direct"``, ``"iterative"`` or ``"auto"``.
            reference: Share of the springs of closed contacts in the preconditioner.
        """
        self._contact, self._face = contact, face
        self.stiffness = assemble_matrix(stiffness)
        self.stiffness.assemble()
        self.diagonal = _mean(self.stiffness.getDiagonal())
        self._free = supports.fixed.x.petsc_vec.copy()
        self._free.scale(-1.0)
        self._free.shift(1.0)
        self._springs = np.zeros(0)
        self._goal = Goal(RESPONSE_TOLERANCE)
        self._first = self._on_face = 0.0
        self.iterations = self.renewals = 0
        size = self.stiffness.getSize()[0]
        self.direct = method == "direct" or (method == "auto" and size <= DIRECT_SOLVER_LIMIT)
        self._reference = reference
        self._supported = self._without_given()
        self.matrix = self._supported.copy()
        self._solution = self.matrix.createVecRight()
        self._inside = self._solution.duplicate()
        self._rigid = near_null_space(supports.fixed.function_space)
        self._inner = self._preconditioner()
        self._closed = np.ones(len(contact.springs) if contact else 0, dtype=bool)
        self._renew()
        self._ksp = self._gradients()
        self._response: PETSc.Vec | None = None
        self._response_stiffness = 0.0
        if face:
            self._respond()

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
        self._ksp.solve(right, self._solution)
        self.iterations += self._ksp.getIterationNumber()
        solution = self._solution
        if self._ksp.getConvergedReason() < 0 or not np.isfinite(solution.norm()):
            raise SolverError(
                "mechanics: the displacements could not be solved for (PETSc reason "
                f"{self._ksp.getConvergedReason()} after {self._ksp.getIterationNumber()} "
                "iterations); a piece of the body that only leans on a cut may have come loose"
            )
        correction.x.array[: solution.getLocalSize()] = solution.array_r
        correction.x.scatter_forward()
        return float(self._ksp.getResidualNorm())

    def adapt(self, springs: Array) -> None:
        """Renew the preconditioner if contacts have changed much since. Collective.

        Args:
            springs: d, zero for open contacts (local).
        """
        if self._contact is None:
            return
        closed = springs > 0.0
        counts = np.array([np.count_nonzero(closed != self._closed), closed.size])
        changed, points = self.matrix.comm.tompi4py().allreduce(counts)
        if changed > CHANGED * points:
            self._closed = closed
            self._renew()

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

    def mult(self, _: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """The matrix."""
        self._stiff_forces(x, y)
        self.project(y)
        if face := self._moving:
            face.spread(face.fixture * face.mean(x), y)

    def apply(self, _: PETSc.PC, r: PETSc.Vec, z: PETSc.Vec) -> None:
        """The preconditioner, with the face along its response."""
        self._inside.pointwiseMult(r, self._free)
        self._inner.apply(self._inside, z)
        z.pointwiseMult(z, self._free)  # multigrid moves what is given
        if face := self._moving:
            self._on_face = abs(face.reaction(r))
            stiffness = self._response_stiffness + face.fixture
            z.axpy(float(self._response.dot(r)) / stiffness, self._response)

    def converged(self, ksp: PETSc.KSP, iteration: int, norm: float) -> int:
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
        self.stiffness.mult(x, y)
        if self._contact:
            self._contact.add_forces(self._springs, self._contact.gaps(x), y)

    def _without_given(self) -> PETSc.Mat:
        """K without the components that are given."""
        matrix = self.stiffness.copy()
        given = np.flatnonzero(self._free.array_r == 0.0) + matrix.getOwnershipRange()[0]
        matrix.zeroRowsColumns(given.astype(PETSc.IntType), diag=self.diagonal)
        return matrix

    def _renew(self) -> None:
        """Set the preconditioner up for the contacts in ``_closed``."""
        matrix = self._supported.copy()
        if self._contact:
            springs = np.where(self._closed, 1.0, SOFT) * self._reference * self._contact.springs
            closed = self._contact.matrix(springs, self._free)
            matrix.axpy(1.0, closed, structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
            closed.destroy()
        matrix.setBlockSize(3)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        matrix.setNearNullSpace(self._rigid)
        self.matrix.destroy()
        self.matrix = matrix
        self._inner.setOperators(matrix)
        self._inner.setUp()
        self.renewals += 1

    def _preconditioner(self) -> PETSc.PC:
        inner = PETSc.PC().create(self.matrix.comm)
        inner.setOptionsPrefix(PREFIX)
        if self.direct:
            inner.setType("cholesky")
            inner.setFactorSolverType("mumps")
        else:
            inner.setType("gamg")
            options = PETSc.Options(PREFIX)
            for key, value in MULTIGRID.items():
                if not options.hasName(key):  # what the command line says stays
                    options.setValue(key, value)
        inner.setFromOptions()
        return inner

    def _gradients(self) -> PETSc.KSP:
        operator = PETSc.Mat().createPython(
            self.matrix.getSizes(), context=self, comm=self.matrix.comm
        )
        operator.setUp()
        ksp = PETSc.KSP().create(self.matrix.comm)
        ksp.setOptionsPrefix(PREFIX)
        ksp.setOperators(operator)
        ksp.setType("cg")
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        ksp.setFromOptions()
        ksp.setConvergenceTest(self.converged)
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self)
        return ksp

    def _respond(self) -> None:
        """Find how the body, with all contacts closed, follows its face."""
        if self._contact:
            self._springs = self._reference * self._contact.springs
        unit = self._face.unit
        right, response = self._solution.duplicate(), unit.copy()
        self._stiff_forces(unit, right)
        right.scale(-1.0)
        self.project(right)
        self._goal = Goal(RESPONSE_TOLERANCE)
        self._ksp.solve(right, self._solution)
        response.axpy(1.0, self._solution)
        self._stiff_forces(response, right)
        self._response_stiffness = float(right.dot(response))
        self._response = response


def _mean(diagonal: PETSc.Vec) -> float:
    return float(diagonal.sum() / diagonal.getSize())

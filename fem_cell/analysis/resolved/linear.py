r"""Solutions of one symmetric matrix under several loads, some unknowns given.

.. math::
   \begin{pmatrix} A_{ff} & A_{fc} \\ A_{cf} & A_{cc} \end{pmatrix}
   \begin{pmatrix} u_f \\ u_c \end{pmatrix} = \begin{pmatrix} b_f \\ \cdot \end{pmatrix}, \qquad
   E_{kl} = u_k^T A\, u_l

Conjugate gradients with one preconditioner for all loads: BoomerAMG for scalars, smoothed
aggregation from the rigid motions for displacements, MUMPS for small matrices. The energies E are
of second order in the error of u.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, assemble_vector
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.log import LOGGER
from fem_cell.mechanics.preconditioner import DIRECT_SOLVER_LIMIT, MULTIGRID
from fem_cell.mechanics.rigid import near_null_space
from fem_cell.solver import mumps
from fem_cell.solver.blocks import PREFIX, set_default

Array = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Relative residual; that of an energy is its square."""
MAX_ITERATIONS = 1000

SINGULAR = (-10, -40)
"""States of MUMPS that say that the matrix is not positive definite."""

BOOMERAMG = {
    "pc_hypre_type": "boomeramg",
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_interp_type": "ext+i",
    "pc_hypre_boomeramg_agg_nl": "1",
    "pc_hypre_boomeramg_strong_threshold": "0.5",
}

CONTRASTED = {**MULTIGRID, "mg_levels_esteig_ksp_max_it": "30"}
"""Of phases that differ by five orders of magnitude: after ten iterations, PETSc's number, the
largest eigenvalue is found too small, and the smoother makes the preconditioner indefinite."""


def assembled(form: ufl.Form) -> PETSc.Vec:
    """The vector of a linear form. Collective."""
    vector = assemble_vector(fem.form(form))
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector


@dataclass
class LoadedMatrix:
    """A symmetric matrix whose solutions under loads are wanted.

    Attributes:
        space: Of the unknowns.
        matrix: A, without conditions.
    """

    space: fem.FunctionSpace
    matrix: PETSc.Mat

    @classmethod
    def of(cls, space: fem.FunctionSpace, form: fem.Form) -> LoadedMatrix:
        """Assemble. Collective."""
        matrix = assemble_matrix(form)
        matrix.assemble()
        return cls(space, matrix)

    @property
    def unknowns(self) -> int:
        """Size of the matrix."""
        return int(self.matrix.getSize()[0])

    def first(self) -> npt.NDArray[np.bool_]:
        """The components of the first node of all, owned ones (local)."""
        low, high = self.matrix.getOwnershipRange()
        return np.arange(low, high) < self.space.dofmap.index_map_bs

    def vector(self, values: Array) -> PETSc.Vec:
        """A vector from its owned entries."""
        vector = self.matrix.createVecRight()
        vector.setArray(values)
        return vector

    def solve(
        self,
        given: npt.NDArray[np.bool_],
        values: Sequence[Array | None],
        loads: Sequence[PETSc.Vec | None],
    ) -> list[PETSc.Vec]:
        """Solutions under each load. Collective.

        Args:
            given: Unknowns whose value is given, owned ones (local).
            values: u of each load, of which those given count; ``None`` for zeros.
            loads: b of each load; ``None`` for none.

        Raises:
            SolverError: The iteration did not converge.
        """
        rows = np.flatnonzero(given).astype(PETSc.IntType) + self.matrix.getOwnershipRange()[0]
        diagonal = self.matrix.getDiagonal().sum() / self.unknowns
        constrained = self.matrix.copy()
        constrained.zeroRowsColumns(rows, diag=diagonal)
        ksp = self._solver(constrained)
        found = [
            self._solve(ksp, given, diagonal, value, load)
            for value, load in zip(values, loads, strict=True)
        ]
        ksp.destroy()
        constrained.destroy()
        return found

    def energies(self, solutions: Sequence[PETSc.Vec]) -> Array:
        """E of pairs of solutions. Collective."""
        product = self.matrix.createVecRight()
        result = np.zeros((len(solutions), len(solutions)))
        for k, one in enumerate(solutions):
            self.matrix.mult(one, product)
            result[k] = [product.dot(other) for other in solutions]
        return 0.5 * (result + result.T)

    def _solve(
        self,
        ksp: PETSc.KSP,
        given: npt.NDArray[np.bool_],
        diagonal: float,
        value: Array | None,
        load: PETSc.Vec | None,
    ) -> PETSc.Vec:
        guess = np.zeros(len(given)) if value is None else value
        solution = self.vector(np.where(given, guess, 0.0))
        right = self.matrix.createVecRight()
        self.matrix.mult(solution, right)
        right.scale(-1.0)
        if load is not None:
            right.axpy(1.0, load)
        right.setArray(np.where(given, diagonal * guess, right.array_r))
        solution.setArray(guess)
        ksp.solve(right, solution)
        if ksp.getConvergedReason() <= 0:
            raise SolverError(
                f"an effective property could not be solved for (PETSc reason "
                f"{ksp.getConvergedReason()} after {ksp.getIterationNumber()} iterations)"
                f"{_said_by_mumps(ksp)}"
            )
        if ksp.getType() == "cg":
            iterations = ksp.getIterationNumber()
            LOGGER.info("%d unknowns, %d linear iterations", self.unknowns, iterations)
        return solution

    def _solver(self, matrix: PETSc.Mat) -> PETSc.KSP:
        ksp = PETSc.KSP().create(matrix.comm)
        prefix = f"{PREFIX}effective_{'scalar' if self._scalar else 'displacement'}_"
        ksp.setOptionsPrefix(prefix)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        ksp.setTolerances(rtol=TOLERANCE, atol=0.0, max_it=MAX_ITERATIONS)
        ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        ksp.setInitialGuessNonzero(True)
        self._precondition(ksp, matrix, prefix)
        ksp.setFromOptions()
        mumps.set_up(ksp, matrix)
        return ksp

    @property
    def _scalar(self) -> bool:
        return int(self.space.dofmap.index_map_bs) == 1

    def _precondition(self, ksp: PETSc.KSP, matrix: PETSc.Mat, prefix: str) -> None:
        pc = ksp.getPC()
        if self.unknowns <= DIRECT_SOLVER_LIMIT:
            ksp.setType("preonly")
            ksp.setInitialGuessNonzero(False)
            pc.setType("cholesky")
            pc.setFactorSolverType("mumps")
            return
        ksp.setType("cg")
        pc.setType("hypre" if self._scalar else "gamg")
        if not self._scalar:
            matrix.setNearNullSpace(near_null_space(self.space))
        set_default(prefix, **(BOOMERAMG if self._scalar else CONTRASTED))


def _said_by_mumps(ksp: PETSc.KSP) -> str:
    """The state of a factorisation, for a message."""
    state, detail = mumps.state(ksp)
    if state in SINGULAR:
        return "; the matrix is singular: some of the solid may hang on nothing"
    if state in mumps.OUT_OF_SPACE:
        return "; MUMPS has not enough working space: use fewer ranks, or a larger piece"
    return f"; MUMPS says {state}, {detail}" if state else ""

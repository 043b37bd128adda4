"""Linear solver of elasticity: MUMPS for small bodies, conjugate gradients for large ones.

PETSc options have the prefix ``fem_cell_mechanics_``.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, create_matrix
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.mechanics.rigid import near_null_space
from fem_cell.mechanics.supports import Supports

PREFIX = "fem_cell_mechanics_"

DIRECT_SOLVER_LIMIT = 20_000
"""Displacement unknowns up to which ``auto`` factorises."""

LINEAR_TOLERANCE = 1e-5
"""Relative residual of the iterative solver: contacts change with a correction, so to solve it
further would be in vain."""

MAX_ITERATIONS = 500

MULTIGRID = {
    "pc_gamg_type": "agg",
    "pc_gamg_agg_nsmooths": "1",
    "pc_gamg_threshold": "0.03",
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_ksp_max_it": "2",
    "mg_levels_pc_type": "jacobi",
}
"""Smoothed aggregation from the rigid motions. Weak couplings are dropped, so that nodes which
touch each other across a cut come together: a third of the iterations with closed contacts."""


class StiffnessSolver:
    """Solves K d = r for corrections d of displacements that are not given.

    Attributes:
        iterations: Linear iterations so far (a factorisation counts as one).
        assemblies: Matrices so far.
    """

    def __init__(
        self, tangent: fem.Form, V: fem.FunctionSpace, supports: Supports, method: str, diag: float
    ) -> None:
        """Create matrix and solver. Collective.

        Args:
            tangent: Form of K.
            V: Displacements.
            supports: Components that are given.
            method: ``"direct"``, ``"iterative"`` or ``"auto"``.
            diag: Diagonal of rows of given components, of the size of the others, N/m.
        """
        self._tangent, self._diag, self._supports = tangent, diag, supports
        self._dirichlet = supports.dirichlet()
        self.matrix = create_matrix(tangent)
        self._solution = self.matrix.createVecRight()
        size = self.matrix.getSize()[0]
        self.direct = method == "direct" or (method == "auto" and size <= DIRECT_SOLVER_LIMIT)
        self.iterations = 0
        self.assemblies = 0
        self.ksp = PETSc.KSP().create(V.mesh.comm)
        self.ksp.setOptionsPrefix(PREFIX)
        self.ksp.setOperators(self.matrix)
        if self.direct:
            self._set_direct()
        else:
            self.matrix.setNearNullSpace(near_null_space(V))
            self._set_iterative()
        self.ksp.setFromOptions()

    def assemble(self) -> None:
        """Take over the present state. Collective."""
        self.matrix.zeroEntries()
        assemble_matrix(self.matrix, self._tangent, bcs=self._dirichlet, diag=self._diag)
        self.matrix.assemble()
        self.matrix.setOption(PETSc.Mat.Option.SPD, True)
        self.assemblies += 1

    def solve(
        self,
        right: PETSc.Vec,
        correction: fem.Function,
        floor: float = 0.0,
        tolerance: float = LINEAR_TOLERANCE,
    ) -> None:
        """Solve for a correction; its ghosts are updated. Collective.

        Args:
            right: r, zero in rows of given components.
            correction: Receives d.
            floor: Norm of the residual that is small enough in any case, N.
            tolerance: Relative residual of an iterative solution.

        Raises:
            SolverError: The iteration failed or the matrix is singular.
        """
        self.ksp.setTolerances(rtol=tolerance, atol=floor, max_it=MAX_ITERATIONS)
        self.ksp.solve(right, self._solution)
        self.iterations += self.ksp.getIterationNumber()
        solution = self._solution  # PETSc must know of every change, so no view of an array
        failed = self.ksp.getConvergedReason() < 0 or not np.isfinite(solution.norm())
        if failed:
            raise SolverError(
                "mechanics: the displacements could not be solved for (PETSc reason "
                f"{self.ksp.getConvergedReason()} after {self.ksp.getIterationNumber()} "
                "iterations); a piece of the body that only leans on a cut may have come loose"
            )
        owned = solution.getLocalSize()
        correction.x.array[:owned] = solution.array_r
        correction.x.scatter_forward()
        self._supports.clear(correction.x.array)

    def _set_direct(self) -> None:
        self.ksp.setType("preonly")
        pc = self.ksp.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps")

    def _set_iterative(self) -> None:
        self.ksp.setType("cg")
        self.ksp.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
        self.ksp.getPC().setType("gamg")
        options = PETSc.Options(PREFIX)
        for key, value in MULTIGRID.items():
            if not options.hasName(key):  # what the command line says stays
                options.setValue(key, value)

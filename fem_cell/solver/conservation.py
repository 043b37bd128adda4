r"""A correction that restores the balances of a cell exactly.

Newton's method stops when what it still changes does not matter, but a residual is left.
Its sums over each balance (lithium, salt, charge on either side) would spoil conservation.
They are removed by a last Newton step in which every unknown moves by one constant,

.. math:: x \leftarrow x - Z (Z^T A Z)^{-1} Z^T F(x)

with one column of Z per unknown, one on its entries and zero elsewhere. F here is what is left
of the residual when the rows inside particles and that of the charge Q are eliminated; the step
makes those vanish too, which a shortened update may have left behind. What is left then is of
second order in a correction that is far below the tolerance itself; a second or third
correction removes that.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from petsc4py import PETSc

from fem_cell.solver.system import System

SUM_TOLERANCE = 1e-11
"""Of the sums, in units of the cell's current scale."""

ROUNDING = 1e-6
"""Of its tolerance: a correction so small is rounding, as in cells of very good conductors."""

CORRECTIONS = 3


class Conservation:
    """Applies the correction; all methods are collective."""

    def __init__(self, system: System) -> None:
        """Prepare the constants."""
        self._system = system
        matrix = system.matrix
        self._rows, self._macro = matrix.createVecLeft(), matrix.createVecRight()
        self._update = system.create_state()
        self._constants = []
        for block in system.blocks:
            vector = matrix.createVecRight()
            vector.array[block.slice] = 1.0
            self._constants.append(vector)

    def correct(self, snes: PETSc.SNES, measure: Callable[[PETSc.Vec], float]) -> bool:
        """Change the iterate of a SNES so that the sums of its residual vanish.

        Args:
            snes: Its function value must be that of its solution.
            measure: Size of an update in multiples of its tolerance.

        Returns:
            Whether small corrections sufficed. If not, the iterate is not good enough yet.
        """
        state, residual = snes.getSolution(), snes.getFunction()[0]
        coarse, size = self._galerkin(), np.inf
        for _ in range(CORRECTIONS):
            sums = self._sums(residual)
            if self._violation(sums, residual) <= SUM_TOLERANCE:
                return True
            size = measure(self._update) if self._find(sums, coarse, residual) else np.inf
            if not size <= 1.0:
                return False
            state.axpy(-1.0, self._update)
            snes.computeFunction(state, residual)
        left = self._violation(self._sums(residual), residual)
        return left <= SUM_TOLERANCE or size <= ROUNDING

    def _violation(self, sums: np.ndarray, residual: PETSc.Vec) -> float:
        """Worst of the balances and of the rows that are eliminated from them."""
        return max(float(np.abs(sums).max()), self._system.eliminated_residual(residual))

    def _sums(self, residual: PETSc.Vec) -> np.ndarray:
        """Z^T F."""
        self._system.condense(residual, self._rows)
        return np.array(self._rows.mDot(self._constants))

    def _find(self, sums: np.ndarray, coarse: np.ndarray, residual: PETSc.Vec) -> bool:
        """Set the update that removes the sums; whether there is one."""
        try:
            shares = np.linalg.solve(coarse, sums)
        except np.linalg.LinAlgError:
            return False
        self._macro.set(0.0)
        self._macro.maxpy(shares, self._constants)
        self._system.recover(residual, self._macro, self._update)
        return True

    def _galerkin(self) -> np.ndarray:
        """Z^T A Z."""
        columns = []
        for z in self._constants:
            self._system.matrix.mult(z, self._rows)
            columns.append(self._rows.mDot(self._constants))
        return np.array(columns).T

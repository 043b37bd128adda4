r"""Shortens Newton's updates and first guesses that lead nowhere.

Reaction currents grow exponentially with potentials. A first guess that extrapolates a
potential too far, or an update from such a guess, may raise the residual by orders of
magnitude and lose Newton's method. Both are halved until the residual does not grow.
Every trial is cut where an open-circuit curve is steep (:mod:`fem_cell.solver.limiter`)
and its particles are relaxed (:mod:`fem_cell.solver.relaxation`), so what is compared are
residuals of the cell with its particles in balance. Ordinary updates are small and
never come here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from fem_cell.solver.limiter import StepLimiter
from fem_cell.solver.relaxation import Relaxation

SUSPICIOUS_CHANGE = 0.1
"""Of a potential (V), a stoichiometry or a relative salt concentration."""

SUSPICIOUS_RESIDUAL = 1.0
"""Of a first guess, in units of the cell's current scale."""

HALVINGS = 6


@dataclass(slots=True)
class Backtracking:
    """Looks along a direction for a residual that does not grow; all methods are collective.

    Attributes:
        limiter: Cuts trials that run over the edge of an open-circuit curve.
        relaxation: Puts the particles of a trial in balance.
        cuts: Updates and guesses shortened so far.
    """

    limiter: StepLimiter
    relaxation: Relaxation
    cuts: int = 0
    _work: list[PETSc.Vec] = field(default_factory=list)

    def limit_update(
        self, snes: PETSc.SNES, state: PETSc.Vec, update: PETSc.Vec, largest: float
    ) -> None:
        """Change an update, which PETSc subtracts from the state, if it is suspicious.

        Args:
            snes: Gives the residual.
            state: Present iterate.
            update: Newton's update.
            largest: Its largest entry that is no charge.
        """
        steep = self.relaxation.is_steep(state, update)
        if not steep and not largest > SUSPICIOUS_CHANGE:
            return
        direction, best, lowest = update.copy(), update.duplicate(), np.inf
        allowed = snes.getFunctionNorm()
        for halving in range(HALVINGS + 1):
            direction.copy(update)
            update.scale(0.5**halving)
            self.limiter.limit_update(state, update)
            if steep:
                self.relaxation.relax_update(snes, state, update)
            norm = self._norm(snes, state, update)
            if norm < lowest:
                lowest = norm
                update.copy(best)
            if norm <= allowed:
                break
            self.cuts += halving == 0
        best.copy(update)
        direction.destroy()
        best.destroy()

    def limit_guess(self, snes: PETSc.SNES, accepted: PETSc.Vec, guess: PETSc.Vec) -> None:
        """Draw a guess towards the last accepted state until its residual is small."""
        self.limiter.limit_guess(accepted, guess)
        back, best, lowest = guess.duplicate(), guess.duplicate(), np.inf
        back.waxpy(-1.0, guess, accepted)
        for halving in range(HALVINGS + 1):
            update = back.copy()
            update.scale(0.5**halving)
            norm = self._norm(snes, accepted, update)
            if norm < lowest:
                lowest = norm
                update.copy(best)
            update.destroy()
            if norm <= SUSPICIOUS_RESIDUAL:
                break
            self.cuts += halving == 0
        guess.waxpy(-1.0, best, accepted)
        back.destroy()
        best.destroy()

    def _norm(self, snes: PETSc.SNES, state: PETSc.Vec, update: PETSc.Vec) -> float:
        """Norm of the residual of ``state - update``."""
        if not self._work:
            self._work = [state.duplicate(), state.duplicate()]
        trial, residual = self._work
        trial.waxpy(-1.0, update, state)
        snes.computeFunction(trial, residual)
        norm = float(residual.norm())
        return norm if np.isfinite(norm) else np.inf

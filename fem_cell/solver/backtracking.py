r"""Shortens Newton's updates and first guesses that lead nowhere.

Reaction currents grow exponentially with potentials. A first guess that extrapolates a
potential too far, or an update from such a guess, may raise the residual by orders of
magnitude and lose Newton's method. Both are halved until the residual does not grow. Where
an update moves particles along a steep part of their open-circuit curve, they are relaxed in
every trial (:mod:`fem_cell.solver.relaxation`), so what is compared are residuals of the cell
with its particles in balance. Ordinary updates are small and only pass through the limiter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from fem_cell.solver.limiter import StepLimiter
from fem_cell.solver.relaxation import Relaxation
from fem_cell.solver.system import System

SUSPICIOUS_CHANGE = 0.1
"""Of a potential (V), a stoichiometry or a relative salt concentration."""

SUSPICIOUS_RESIDUAL = 1.0
"""Of a first guess, in units of the cell's current scale."""

HALVINGS = 6


@dataclass(slots=True)
class Backtracking:
    """Looks along a direction for a residual that does not grow; all methods are collective.

    Attributes:
        system: Whose residual.
        limiter: Cuts what runs over the edge of an open-circuit curve.
        relaxation: Puts the particles of a trial in balance.
        shortened: Whether the last update was.
        cuts: Updates and guesses shortened so far.
    """

    system: System
    limiter: StepLimiter
    relaxation: Relaxation
    shortened: bool = False
    cuts: int = 0
    _work: list[PETSc.Vec] = field(default_factory=list)

    def limit_update(
        self, snes: PETSc.SNES, state: PETSc.Vec, update: PETSc.Vec, largest: float
    ) -> None:
        """Change an update, which PETSc subtracts from the state, if it is suspicious.

        Args:
            snes: Gives the residual.
            state: Present iterate.
            update: Newton's update; not a number where every trial fails.
            largest: Its largest entry that is no charge.
        """
        self.shortened = False
        direction = update.copy()
        self.limiter.limit_update(state, update)
        steep = self.relaxation.is_steep(state, update)
        if not steep and not largest > SUSPICIOUS_CHANGE:
            direction.destroy()
            return

        def change(trial: PETSc.Vec) -> float:
            self.limiter.limit_update(state, trial)
            if steep:
                self.relaxation.relax_update(snes, state, trial)
            return self._condensed(self._residual(snes, state, trial))

        allowed = self._condensed(snes.getFunction()[0])
        direction.copy(update)
        self.shortened = self._search(update, allowed, change) < 1.0
        direction.destroy()

    def limit_guess(self, snes: PETSc.SNES, accepted: PETSc.Vec, guess: PETSc.Vec) -> None:
        """Draw a guess towards the last accepted state until its residual is small."""
        self.limiter.limit_guess(accepted, guess)
        back = guess.duplicate()
        back.waxpy(-1.0, guess, accepted)

        def change(trial: PETSc.Vec) -> float:
            return self._norm_of_fields(self._residual(snes, accepted, trial))

        self._search(back, SUSPICIOUS_RESIDUAL, change)
        if not np.isfinite(back.norm()):
            back.set(0.0)  # no share of the way will do: stay
        guess.waxpy(-1.0, back, accepted)
        back.destroy()

    def _search(
        self, update: PETSc.Vec, allowed: float, change: Callable[[PETSc.Vec], float]
    ) -> float:
        """Halve an update until a residual is allowed, or take the best; the share taken.

        Args:
            update: What is scaled; not a number if no trial has a finite residual.
            allowed: Norm of the residual that will do.
            change: Changes a trial further and returns the norm of its residual.
        """
        trial, best, lowest, share = update.duplicate(), update.duplicate(), np.inf, 1.0
        best.set(float("nan"))
        for scale in (0.5**k for k in range(HALVINGS + 1)):
            update.copy(trial)
            trial.scale(scale)
            norm = change(trial)
            if norm < lowest:
                lowest, share = norm, scale
                trial.copy(best)
            if norm <= allowed:
                break
        self.cuts += share < 1.0
        best.copy(update)
        trial.destroy()
        best.destroy()
        return share

    def _residual(self, snes: PETSc.SNES, state: PETSc.Vec, update: PETSc.Vec) -> PETSc.Vec:
        """Residual of ``state - update``; valid until the next call."""
        self._rows()
        trial, residual, _ = self._work
        trial.waxpy(-1.0, update, state)
        snes.computeFunction(trial, residual)
        return residual

    def _condensed(self, residual: PETSc.Vec) -> float:
        """Norm of the rows of fields after the elimination of particles."""
        self.system.condense(residual, self._rows())
        return _finite(self._rows().norm())

    def _norm_of_fields(self, residual: PETSc.Vec) -> float:
        """Norm of the rows of fields as they are, before there is an elimination."""
        self._rows().array[:] = residual.array_r[: self.system.macro_size]
        return _finite(self._rows().norm())

    def _rows(self) -> PETSc.Vec:
        if len(self._work) < 3:
            state = self.system.create_state()
            self._work = [state, state.duplicate(), self.system.matrix.createVecLeft()]
        return self._work[2]


def _finite(norm: float) -> float:
    return float(norm) if np.isfinite(norm) else np.inf

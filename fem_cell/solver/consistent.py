"""First step after a change of current.

One backward Euler step of ten milliseconds from the state a protocol step inherits: what can jump
(potentials) adjusts to the new current, double layers charge, and what cannot follow (lithium,
salt) stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.solver.blocks import PREFIX
from fem_cell.solver.newton import Newton
from fem_cell.solver.system import System

STEPS = (1e-2, 1e-4, 1e-6)
"""Seconds; the first that works makes the algebraic state consistent. A surface that is full or
empty within ten milliseconds needs a shorter one."""

MAX_ITERATIONS = 60
"""A large jump of current costs one iteration per thermal voltage."""

HOPELESS_RESIDUAL = 1e30
"""There is none: the current has just jumped."""


@dataclass(frozen=True, slots=True)
class ConsistentStart:
    """Makes a state fit the current that is imposed.

    Attributes:
        system: The equations.
        newton: Solves them.
        drive: Sets what changes with time; ``None`` if nothing does.
    """

    system: System
    newton: Newton
    drive: Callable[[float], None] | None = None

    def advance(self, state: PETSc.Vec, time: float, duration: float) -> float:
        """Make one short step, tried ever shorter, and return its time in s. Collective.

        Args:
            state: Changed to the state after the step.
            time: Before the step, s.
            duration: Of the protocol step, s; the short step takes at most a tenth of it.

        Raises:
            SolverError: No potentials carry the imposed current.
        """
        old = state.copy()
        for step in (min(s, duration / 10) for s in STEPS):
            if self.drive:
                self.drive(time + step)
            if self._backward_euler(old, step, state):
                return time + step
            where = self.newton.worst_unknown()
            old.copy(state)
        if self.newton.trouble:
            raise SolverError(
                f"no state to start from at {time:.6g} s{self.newton.explain_trouble()}"
            )
        raise SolverError(
            f"no potentials carry the imposed current at {time:.6g} s "
            f"(Newton changed {where} most): the current is beyond "
            "what the interfaces or the salt can deliver; reduce it"
        )

    def _backward_euler(self, old: PETSc.Vec, step: float, state: PETSc.Vec) -> bool:
        """Solve F(u, (u - old)/step) = 0 for u into the state; whether that worked."""
        rate = state.duplicate()
        shift = 1.0 / step

        def residual(snes: PETSc.SNES, x: PETSc.Vec, f: PETSc.Vec) -> None:
            rate.waxpy(-1.0, old, x)
            rate.scale(shift)
            self.system.residual(x, rate, f)

        def jacobian(snes: PETSc.SNES, x: PETSc.Vec, j: PETSc.Mat, p: PETSc.Mat) -> None:
            rate.waxpy(-1.0, old, x)
            rate.scale(shift)
            self.system.assemble(x, rate, shift)
            p.assemble()

        snes = PETSc.SNES().create(self.system.comm)
        snes.setOptionsPrefix(f"{PREFIX}initial_")
        snes.setFunction(residual, state.duplicate())
        snes.setJacobian(jacobian, self.newton.matrix())
        self.newton.configure(snes, MAX_ITERATIONS, HOPELESS_RESIDUAL)
        snes.setFromOptions()
        snes.solve(None, state)
        converged = snes.getConvergedReason() > 0
        self.newton.destroy(snes)
        return bool(converged)

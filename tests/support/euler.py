"""One backward Euler step of a system as a PETSc SNES, for tests of what acts on it."""

from __future__ import annotations

from petsc4py import PETSc

from fem_cell.solver.system import System


def backward_euler(system: System, old: PETSc.Vec, step: float) -> PETSc.SNES:
    """F(x, (x - old)/step) as the function of a SNES, its Jacobian assembled at ``old``.

    Collective.
    """
    rate = old.duplicate()

    def residual(snes: PETSc.SNES, x: PETSc.Vec, f: PETSc.Vec) -> None:
        rate.waxpy(-1.0, old, x)
        rate.scale(1 / step)
        system.residual(x, rate, f)

    snes = PETSc.SNES().create(system.comm)
    snes.setFunction(residual, system.create_state())
    snes.setSolution(old.copy())
    system.assemble(old, system.create_state(), 1 / step)
    return snes

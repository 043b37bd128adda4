"""Balances are restored exactly, also where rows that are eliminated had not been solved."""

from __future__ import annotations

import numpy as np
from petsc4py import PETSc

from fem_cell.solver.conservation import SUM_TOLERANCE, Conservation
from fem_cell.solver.system import System
from tests.support.euler import backward_euler
from tests.support.models import electrolyte, nmc, wall
from tests.support.running import half_cell_mesh, planar_half_cell

STEP = 20.0
"""Of the backward Euler step, s."""


def test_rows_inside_particles_are_solved_too() -> None:
    """An update may leave them wrong; sums of the condensed rows do not see it."""
    salt = electrolyte()
    cell = planar_half_cell(
        half_cell_mesh(8, 3), wall(nmc(salt), salt, radial_points=5), salt, voltage=3.9
    )
    system = System(cell)
    old = system.create_state()
    system.store(old, None, 0.0)
    snes = backward_euler(system, old, STEP)
    state, residual = snes.getSolution(), snes.getFunction()[0]
    inner = slice(system.macro_size, system.local_size - (system.comm.rank == 0))
    state.array[inner] += 1e-6
    snes.computeFunction(state, residual)
    assert system.eliminated_residual(residual) > 1e-5

    def measure(update: PETSc.Vec) -> float:
        return float(update.norm(PETSc.NormType.NORM_INFINITY)) / 1e-5

    assert Conservation(system).correct(snes, measure)
    snes.computeFunction(state, residual)
    assert system.eliminated_residual(residual) <= SUM_TOLERANCE
    reduced = system.matrix.createVecLeft()
    system.condense(residual, reduced)
    for block in system.blocks:
        total = system.comm.allreduce(np.sum(reduced.array_r[block.slice]))
        assert abs(total) <= SUM_TOLERANCE

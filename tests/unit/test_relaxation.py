"""Particles in balance: the rows of stoichiometries vanish for given potentials."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.solver.relaxation import Relaxation
from fem_cell.solver.system import System
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY
from tests.support.euler import backward_euler
from tests.support.models import electrolyte, nmc, wall
from tests.support.running import half_cell_mesh, planar_half_cell

STEP = 20.0
"""Of the backward Euler step, s."""


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("contact", [0.0, 0.1])
def test_rows_of_particles_vanish(contact: float) -> None:
    """Nearly full particles after a jump of 0.2 V, with and without contact between them."""
    salt = electrolyte()
    cathode = wall(nmc(salt), salt, particle_contact=contact, radial_points=5)
    cell = planar_half_cell(half_cell_mesh(8, 3), cathode, salt, voltage=3.3)
    system = System(cell)
    old = system.create_state()
    system.store(old, None, 0.0)
    (s,) = [i for i, u in enumerate(cell.unknowns) if u.kind == STOICHIOMETRY]
    (phi,) = [i for i, u in enumerate(cell.unknowns) if u.kind == ELECTRODE_POTENTIAL]

    snes = backward_euler(system, old, STEP)
    update = system.create_state()
    update.array[system.blocks[phi].slice] = 0.2  # PETSc subtracts it
    update.array[system.blocks[s].slice] = -1e-3
    relaxation = Relaxation(system)
    assert relaxation.is_steep(old, update)
    relaxation.relax_update(snes, old, update)
    target, rows = old.copy(), system.create_state()
    target.axpy(-1.0, update)
    snes.computeFunction(target, rows)
    reduced = system.matrix.createVecLeft()
    system.condense(rows, reduced)
    lithium = np.abs(reduced.array_r[system.blocks[s].slice])
    inner = np.abs(rows.array_r[system.macro_size : system.local_size - 1])
    assert lithium.max() < 2e-4 * np.abs(reduced.array_r).max()
    assert inner.max() < 1e-12
    assert target.array_r[system.blocks[s].slice].max() < 1.001

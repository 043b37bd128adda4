"""The size of Newton's updates, by which every rank decides how to go on."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.newton import POTENTIAL_TOLERANCE, Newton
from fem_cell.solver.system import System
from tests.support.models import electrolyte, nmc, wall
from tests.support.running import half_cell_mesh, planar_half_cell


def test_what_is_not_a_number_on_one_rank_is_seen_by_all() -> None:
    salt = electrolyte()
    mesh = half_cell_mesh(8, 3)
    system = System(planar_half_cell(mesh, wall(nmc(salt), salt, radial_points=5), salt))
    newton = Newton(system, CondensedSolver(system, "direct"))
    update, comm = system.create_state(), system.comm
    update.set(2 * POTENTIAL_TOLERANCE)
    assert newton._measure(update) == pytest.approx(2.0)
    for rank in range(comm.size):
        values = update.array
        values[0] = np.nan if rank == comm.rank else 0.0
        del values
        assert comm.allgather(bool(np.isnan(newton._measure(update)))) == [True] * comm.size

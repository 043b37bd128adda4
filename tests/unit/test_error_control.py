"""How the error allowed in potentials follows the slope of the voltage."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.solver.error_control import (
    MARGIN,
    TERMINAL_VOLTS_PER_TOLERANCE,
    TIME_SHARE,
    UNCONTROLLED,
    VOLTS_PER_TOLERANCE,
    ErrorControl,
)
from fem_cell.solver.system import System
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY
from tests.support.models import electrolyte, nmc, wall
from tests.support.running import half_cell_mesh, planar_half_cell

TOLERANCE = 1e-3


@pytest.mark.skip_in_parallel
def test_weights_follow_the_slope() -> None:
    """Nothing for the terminal at first, volts where flat, more where the voltage falls."""
    salt = electrolyte()
    cell = planar_half_cell(half_cell_mesh(6, 3), wall(nmc(salt), salt), salt, voltage=3.9)
    system = System(cell)
    control = ErrorControl(system, TOLERANCE)
    (s,) = [i for i, u in enumerate(cell.unknowns) if u.kind == STOICHIOMETRY]
    (phi,) = [i for i, u in enumerate(cell.unknowns) if u.kind == ELECTRODE_POTENTIAL]

    def allowed(unknown: int) -> float:
        (value,) = np.unique(control.weights.array_r[system.blocks[unknown].slice])
        return float(value) / MARGIN

    control.begin(100.0, 1.0, 3.9)
    assert allowed(s) == pytest.approx(TOLERANCE)
    assert allowed(phi) == pytest.approx(VOLTS_PER_TOLERANCE * TOLERANCE)
    assert allowed(-1) == pytest.approx(UNCONTROLLED / MARGIN)
    control.accept(1100.0, 3.9)
    alone = 1 / np.sqrt(control.weights.getSize())
    volts = TERMINAL_VOLTS_PER_TOLERANCE * TOLERANCE
    assert allowed(-1) == pytest.approx(alone * volts)
    control.accept(1100.5, 3.4)
    steep = 1.0 * TIME_SHARE * 1000.5
    assert allowed(-1) == pytest.approx(alone * (volts + steep))
    assert allowed(phi) == pytest.approx(VOLTS_PER_TOLERANCE * TOLERANCE + steep)
    assert allowed(s) == pytest.approx(TOLERANCE)

r"""Order in time of the integrator on a coupled cell.

A planar porous half cell is discharged at 1C with steps of equal length, and its
voltage at one instant is compared: with a method of order p the differences between
steps h, h/2, h/4 are in the ratio :math:`2^p`. The BDF method of order two starts with
one backward Euler step of half the length, whose local error is of order two as well
and so does not spoil the global order; the jump of the current at the start leaves
singularities of :math:`\sqrt t` type that have decayed at the instant of comparison.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.models import electrolyte, nmc, wall
from tests.support.running import ONE_C, Run, half_cell_mesh, petsc_options, planar_half_cell

INSTANT = 1200.0


def voltage_with(steps: int) -> float:
    """Voltage after 1200 s of discharge at 1C in steps of equal length."""
    salt = electrolyte()
    cell = planar_half_cell(half_cell_mesh(10, 3), wall(nmc(salt), salt, radial_points=6), salt)
    run = Run(cell)
    run.impose_current(-ONE_C)
    with petsc_options(ts_adapt_type="none", ts_max_snes_failures=1):
        run.advance(INSTANT, INSTANT / steps)
    return run.voltage


@pytest.mark.skip_in_parallel
def test_voltage_converges_with_order_two():
    """At least 1.9 between the three finest of four step lengths."""
    voltages = np.array([voltage_with(n) for n in (60, 120, 240, 480)])
    differences = np.abs(np.diff(voltages))
    observed = np.log2(differences[:-1] / differences[1:])
    print("differences / V:", differences, "orders:", observed)
    assert observed[-1] >= 1.9


@pytest.mark.skip_in_parallel
def test_error_control_keeps_its_promise():
    """Tolerances ten times tighter bring the curve ten times closer or better.

    The default of 1e-3 stays within 2 mV of the curve with 1e-6 at the same charge.
    """
    salt = electrolyte()
    curves = {}
    for tolerance in (1e-3, 1e-4, 1e-6):
        cathode = wall(nmc(salt), salt, radial_points=6)
        cell = planar_half_cell(half_cell_mesh(10, 3), cathode, salt)
        run = Run(cell, tolerance)
        run.impose_current(-ONE_C)
        run.advance(2400.0, 1.0)
        curves[tolerance] = run.curve
    reference = curves[1e-6]
    errors = {}
    for tolerance in (1e-3, 1e-4):
        late = curves[tolerance][curves[tolerance][:, 0] > 10.0]
        exact = np.interp(late[:, 0], reference[:, 0], reference[:, 1])
        errors[tolerance] = np.abs(late[:, 1] - exact).max()
    print("worst voltage errors / V:", errors, {k: len(v) for k, v in curves.items()})
    assert errors[1e-3] < 2e-3
    assert errors[1e-4] < 0.3 * errors[1e-3]

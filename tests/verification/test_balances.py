"""Lithium, salt and charge over discharge, hold, rest and charge.

The discrete equations conserve all three exactly: test functions equal to one belong to
every space, particles have weights that add up to one, and the charge that passed is
integrated by the same method as the rest. What is left after each accepted step is the
tolerance of the nonlinear solver; relative to the charge of an hour at 1C and to the
current at 1C, 1e-9 is allowed. See :mod:`fem_cell.run.inventory` for the balances, with
the charge on double layers.
"""

from __future__ import annotations

import pytest

from fem_cell.cell import Cell
from fem_cell.solver.steps import Event
from tests.support.models import (
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
    nmc,
    wall,
)
from tests.support.running import ONE_C, Run, compose
from tests.support.slab import slab_mesh

TOLERANCE = 1e-9
LAYERS = [("cathode", 60.0, 12), ("electrolyte", 20.0, 4)]


def porous_cell(filling: float) -> Cell:
    """A wall with films and double layers at its face and at the foil."""
    mesh = slab_mesh(LAYERS)
    salt = electrolyte()
    cathode = wall(nmc(salt), salt, pore_filling=filling, radial_points=6)
    cell = compose(
        mesh,
        {"cathode": cathode, "electrolyte": BulkElectrolyte(salt)},
        Contact(1e-6),
        CounterElectrode(salt, 0.0, 5.0, 1e-3, 0.2),
        {("cathode", "electrolyte"): ChargeTransfer(cathode, salt, 2.0, 1e-3, 0.2)},
    )
    cell.set_initial(0.3, float(cathode.material.open_circuit(0.3)), 0.0)
    return cell


def crystal_cell() -> Cell:
    """A dense crystal against a single-ion conductor."""
    mesh = slab_mesh([("cathode", 20.0, 12), ("electrolyte", 20.0, 3)])
    ions = electrolyte("LPSCl")
    material = active("LiCoO2", ions, diffusivity_ab="4e-13 m^2/s", diffusivity_c="1e-13 m^2/s")
    crystal = dense(material, (1, 0, 1))
    cell = compose(
        mesh,
        {"cathode": crystal, "electrolyte": BulkElectrolyte(ions)},
        Contact(1e-6),
        CounterElectrode(ions, 0.62, 50.0, 1e-3, 0.2),
        {("cathode", "electrolyte"): ChargeTransfer(crystal, ions, 4.0, 1e-3, 0.2)},
    )
    cell.set_initial(0.55, float(material.open_circuit(0.55)) - 0.62, 0.62)
    return cell


CASES = {
    "filled": lambda: porous_cell(1.0),
    "half filled": lambda: porous_cell(0.5),
    "crystal": crystal_cell,
}


def voltage_event(run: Run, bound: float, side: int) -> Event:
    """The voltage reaches a bound, from below (1) or from above (-1)."""
    return Event("voltage", lambda _, x: side * (bound - run.system.voltage(x)), 1e-5)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("case", CASES)
def test_balances_over_a_protocol(case):
    """Discharge, hold, rest and charge: all balances hold after every step."""
    run = Run(CASES[case]())
    start = run.voltage
    run.impose_current(-0.5 * ONE_C)
    run.advance(2000.0, 1.0, voltage_event(run, start - 0.6, -1))
    low = run.voltage
    run.impose_voltage(low)
    run.advance(600.0, 1.0)
    run.impose_current(0.0)
    run.advance(600.0, 1.0)
    rested = run.voltage
    run.impose_current(0.5 * ONE_C)
    run.advance(1200.0, 1.0, voltage_event(run, start, 1))
    lithium, charge = run.inventory.lithium_error, run.inventory.charge_error
    print(
        f"{case}: {start:.3f} {low:.3f} {rested:.3f} {run.voltage:.3f} V;"
        f" lithium {lithium:.1e}, charge {charge:.1e}; {run.integrator.counters}"
    )
    assert rested > low
    assert lithium <= TOLERANCE
    assert charge <= TOLERANCE

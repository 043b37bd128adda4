r"""Voltammetry of a thick, reversible insertion electrode: Randles and Sevcik.

With Nernst's :math:`U = U_0 + (RT/F) \ln[(1 - s)/s]` filled and empty sites are the two species
of the classical problem, both with diffusivity D. From a full electrode, thick against
:math:`\sqrt{D t}` and with fast kinetics, a sweep up peaks at

.. math::
   i_p = 0.4463\, F c_{max} \sqrt{\frac{F \nu D}{RT}}, \qquad
   E_p = U_0 + 1.109\,\frac{RT}{F}

(Bard and Faulkner, Electrochemical Methods, sec. 6.2). A double layer adds :math:`C \nu`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fem_cell.experiments import voltammetry
from fem_cell.experiments.voltammetry import ANODIC, CATHODIC
from fem_cell.laws.expressions import extended_ln
from fem_cell.output.series import CURRENT_DENSITY, STEP, VOLTAGE
from fem_cell.protocol import parse_line
from fem_cell.run.sweep import Ramp
from tests.support.models import (
    THERMAL_VOLTAGE,
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
)
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh

D = 1e-14
STANDARD = 3.5
LOW, HIGH = STANDARD - 0.22, STANDARD + 0.25
FAST = 1e5
"""A/m^2, exchange current densities."""


@dataclass(frozen=True, slots=True)
class Nernst:
    """Lattice gas without interaction."""

    edge: float = 1e-7
    valid: tuple[float, float] = (1e-6, 1 - 1e-6)

    def __call__(self, s):
        return STANDARD + THERMAL_VOLTAGE * (
            extended_ln(1 - s, self.edge) - extended_ln(s, self.edge)
        )

    def slope(self, s):
        return -THERMAL_VOLTAGE / (s * (1 - s))

    def stoichiometry(self, potential):
        return 1 / (1 + np.exp((potential - STANDARD) / THERMAL_VOLTAGE))


def electrode(capacitance: float = 0.0) -> Run:
    """A crystal of 14 um, finely meshed at its faces, full of lithium."""
    mesh = slab_mesh(
        [("crystal", 14.0, 60), ("separator", 0.5, 2)], width=0.5, across=1, grading=20.0
    )
    ions = electrolyte("LPSCl")
    material = active(
        "LiCoO2",
        ions,
        diffusivity_ab=f"{D} m^2/s",
        diffusivity_c=f"{D} m^2/s",
        electronic_conductivity="1000 S/m",
    )
    crystal = dense(replace(material, open_circuit=Nernst()))
    transfer = ChargeTransfer(
        crystal, ions, double_layer_capacitance=capacitance, exchange_current_density=FAST
    )
    cell = compose(
        mesh,
        {"crystal": crystal, "separator": BulkElectrolyte(ions)},
        Contact(1e-9),
        CounterElectrode(ions, 0.0, FAST),
        {("crystal", "separator"): transfer},
    )
    cell.set_initial(Nernst().stoichiometry(LOW), LOW, 0.0)
    return Run(cell, tolerance=1e-5)


def sweep(run: Run, line: str, number: int) -> np.ndarray:
    """Rows (step, voltage, current / mA cm^-2) of one sweep."""
    integrator, cell = run.integrator, run.cell
    ramp = Ramp.of(parse_line(line), integrator.time, run.voltage)
    integrator.drive = lambda time: ramp.drive(cell.control, time)
    integrator.max_step = ramp.longest_step
    rows = []

    def note(accepted):
        current = run.system.currents()[0] / run.area / 10.0
        rows.append((number, run.system.voltage(accepted.state), current))
        return False

    integrator.make_consistent()
    integrator.advance(ramp.end, [], 0.1 * ramp.longest_step, note)
    return np.array(rows)


def cycle(rate: float, capacitance: float = 0.0) -> dict:
    """The peaks of a sweep up and down (V/s)."""
    run = electrode(capacitance)
    lines = [f"Sweep at {rate} V/s until {end} V" for end in (HIGH, LOW)]
    rows = np.concatenate([sweep(run, line, n) for n, line in enumerate(lines, start=1)])
    table = dict(zip((STEP, VOLTAGE, CURRENT_DENSITY), rows.T, strict=True))
    found = voltammetry.peaks([parse_line(line) for line in lines], [1, 2], table)
    return voltammetry.facts(found)["rates"][0]


def randles_sevcik(rate: float) -> float:
    """mA/cm^2."""
    material = active("LiCoO2", electrolyte("LPSCl"))
    return 0.04463 * material.charge_density * np.sqrt(rate * D / THERMAL_VOLTAGE)


@pytest.fixture(scope="module")
def slow():
    return cycle(1e-3)


def test_peak_current(slow):
    assert slow[ANODIC]["current_mA_cm2"] == pytest.approx(randles_sevcik(1e-3), rel=0.01)


def test_peak_potential(slow):
    """Within 1.5 mV of theory, ohmic drop included."""
    expected = STANDARD + 1.109 * THERMAL_VOLTAGE
    assert slow[ANODIC]["voltage_V"] == pytest.approx(expected, abs=1.5e-3)


def test_separation(slow):
    """2.22 RT/F and a little more, as the reversal is 0.22 V behind the peak."""
    assert 1e-3 * slow["separation_mV"] == pytest.approx(2.25 * THERMAL_VOLTAGE, abs=3e-3)
    assert slow[CATHODIC]["current_mA_cm2"] < 0


def test_square_root_of_the_rate_and_double_layer(slow):
    """Ten times the rate; the layer of 1 F/m^2 takes 1 mA/cm^2 for every V/s."""
    fast, charging = cycle(1e-2), cycle(1e-2, capacitance=1.0)
    ratio = fast[ANODIC]["current_mA_cm2"] / slow[ANODIC]["current_mA_cm2"]
    assert np.log10(ratio) == pytest.approx(0.5, abs=0.01)
    more = charging[ANODIC]["current_mA_cm2"] - fast[ANODIC]["current_mA_cm2"]
    assert more == pytest.approx(0.1 * 1.0 * 1e-2, rel=0.1)

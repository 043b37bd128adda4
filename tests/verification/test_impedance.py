r"""Impedance against closed forms, from 1e5 to 1e-3 Hz.

Between two foils a salt diffuses, with :math:`k = \sqrt{i\omega/D_e}`:

.. math::
   Z = \frac{L}{\kappa} + 2\,(R_{ct} + Z_w) \parallel \frac{1}{i\omega C}, \qquad
   R_{ct} = \frac{RT}{F i_0}, \quad
   Z_w = \frac{2RT}{F}\,\theta\,\frac{(1-t_+)^2}{F c_0}\,\frac{\tanh(kL/2)}{k D_e}

A dense slab fills from one side, a particle from its surface:

.. math::
   Z_{slab} = \frac{-U'}{F c_{max}}\,\frac{\coth(kL)}{k D}, \qquad
   Z_{particle} = \frac{-U'}{F c_{max}}\,\frac{R/D}{kR\coth(kR) - 1}, \qquad k = \sqrt{i\omega/D}

and a porous wall with the admittance y per volume, conductivities sigma and kappa, is a line

.. math::
   Z = \frac{L}{\sigma+\kappa} + \frac{1}{(\sigma+\kappa)\nu}\Bigl[
   \frac{2}{\sinh \nu L} + \Bigl(\frac{\sigma}{\kappa} + \frac{\kappa}{\sigma}\Bigr)\coth \nu L
   \Bigr], \qquad \nu^2 = y\,\frac{\sigma+\kappa}{\sigma\kappa}
"""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.experiments.impedance import measure_impedance
from fem_cell.experiments.kramers_kronig import kramers_kronig_residual
from fem_cell.experiments.losses import LossMeter
from fem_cell.experiments.resistances import ResistanceMeter
from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.laws.constants import FARADAY
from tests.support.models import (
    THERMAL_VOLTAGE,
    BulkElectrolyte,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
    nmc,
    wall,
)
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh

FREQUENCIES = np.logspace(5, -3, 25)
OMEGA = 2 * np.pi * FREQUENCIES
KAPPA, DIFFUSIVITY, T_PLUS, C0, FACTOR = 0.136, 5e-12, 0.4, 3400.0, 1.6
LENGTH = 50e-6


def spectrum(run: Run, direct: bool = True) -> np.ndarray:
    """Z per footprint, ohm m^2; the resistances of all processes add up to its real part."""
    meter = ResistanceMeter(LossMeter(run.system), run.state)
    found = measure_impedance(run.system, run.state, FREQUENCIES, direct, meter=meter)
    assert found is not None
    print("linear iterations:", found.iterations)
    parts = found.resistances
    assert parts is not None
    for name, resistance in zip(meter.names, parts.T, strict=True):
        print(f"{name:30} {resistance[::6] * run.area * 1e4}")
    assert parts.min() > -1e-4 * parts.max()
    np.testing.assert_allclose(parts.sum(axis=1), found.impedance.real, rtol=1e-4)
    return found.impedance * run.area


def worst(found: np.ndarray, exact: np.ndarray) -> float:
    """Largest distance in the complex plane, relative."""
    error = np.abs(found - exact) / np.abs(exact)
    for f, z, e in zip(FREQUENCIES[::3], found[::3], error[::3], strict=True):
        print(f"{f:9.3g} Hz  {z.real * 1e4:10.4f} {z.imag * 1e4:+10.4f}j ohm cm2  {e:.1e}")
    return float(error.max())


def symmetric_cell(tolerance: float = 1e-5) -> Run:
    """Two foils with a salt between them."""
    salt = electrolyte(
        conductivity=f"{KAPPA} S/m",
        salt_diffusivity=f"{DIFFUSIVITY} m^2/s",
        transference_number=T_PLUS,
        salt_concentration=f"{C0} mol/m^3",
        thermodynamic_factor=FACTOR,
    )
    foil = CounterElectrode(salt, 0.0, 5.0, 0.0, 0.2)
    mesh = slab_mesh([("electrolyte", LENGTH * 1e6, 80)], width=1.0, grading=20.0)
    cell = compose(mesh, {"electrolyte": BulkElectrolyte(salt)}, foil, foil)
    cell.set_initial(0.0, 0.0, 0.0)
    return Run(cell, tolerance=tolerance)


def exact_symmetric() -> np.ndarray:
    """See above."""
    k = np.sqrt(1j * OMEGA / DIFFUSIVITY)
    transfer = THERMAL_VOLTAGE / 5.0
    warburg = 2 * THERMAL_VOLTAGE * FACTOR * (1 - T_PLUS) ** 2 / (FARADAY * C0)
    warburg = warburg * np.tanh(k * LENGTH / 2) / (k * DIFFUSIVITY)
    return LENGTH / KAPPA + 2 / (1 / (transfer + warburg) + 1j * OMEGA * 0.2)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("direct", [True, False])
def test_foils_and_a_salt(direct):
    run = symmetric_cell()
    assert worst(spectrum(run, direct), exact_symmetric()) < 2e-3


@pytest.mark.skip_in_parallel
def test_kramers_and_kronig():
    """At eight frequencies per decade the residual is below 0.1 %."""
    run, frequencies = symmetric_cell(), np.logspace(5, -3, 65)
    found = measure_impedance(run.system, run.state, frequencies, True)
    assert found is not None
    residual = kramers_kronig_residual(frequencies, found.impedance)
    print(f"{residual.max():.1e}")
    assert residual.max() < 1e-3


def exact_slab(slope: float, charge_density: float, thickness: float, d: float) -> np.ndarray:
    """Z_slab, ohm m^2."""
    k = np.sqrt(1j * OMEGA / d)
    return -slope / charge_density / (k * d * np.tanh(k * thickness))


@pytest.mark.skip_in_parallel
def test_dense_slab():
    """Ohmic, one arc and diffusion into a slab that is closed behind."""
    thickness, d, exchange, capacitance = 5e-6, 1e-14, 0.5, 0.2
    conductor = electrolyte("LPSCl", conductivity="1 mS/cm")
    material = active(
        "LiCoO2", conductor, diffusivity_ab=f"{d} m^2/s", diffusivity_c=f"{d} m^2/s",
        electronic_conductivity="100 S/m",
    )  # fmt: skip
    cathode = dense(material)
    interface = ChargeTransfer(
        cathode, conductor, double_layer_capacitance=capacitance, exchange_current_density=exchange
    )
    layers = [("cathode", thickness * 1e6, 240), ("electrolyte", 20.0, 10)]
    cell = compose(
        slab_mesh(layers, width=0.5, grading=60.0),
        {"cathode": cathode, "electrolyte": BulkElectrolyte(conductor)},
        Contact(1e-9),
        CounterElectrode(conductor, 0.0, 5.0, 0.0, 0.2),
        {("cathode", "electrolyte"): interface},
    )
    s = 0.7
    cell.set_initial(s, float(material.open_circuit(s)), 0.0)
    slope = float(material.open_circuit(s + 1e-6) - material.open_circuit(s - 1e-6)) / 2e-6
    i0 = exchange * 2 * np.sqrt(s * (1 - s))
    inside = THERMAL_VOLTAGE / i0 + exact_slab(slope, material.charge_density, thickness, d)
    exact = (
        thickness / 100.0 + 20e-6 / 0.1 + 1e-9
        + 1 / (1 / inside + 1j * OMEGA * capacitance)
        + 1 / (5.0 / THERMAL_VOLTAGE + 1j * OMEGA * 0.2)
    )  # fmt: skip
    assert worst(spectrum(Run(cell)), exact) < 2e-3


@pytest.mark.skip_in_parallel
def test_porous_wall():
    """A transmission line with particles, double layers and foil."""
    thickness, capacitance, s = 50e-6, 0.2, 0.6
    conductor = electrolyte("LPSCl", conductivity="1 mS/cm")
    material = nmc(conductor)
    cathode = wall(material, conductor, particle_contact=0.0, double_layer_capacitance=capacitance)
    layers = [("cathode", thickness * 1e6, 80), ("electrolyte", 20.0, 10)]
    cell = compose(
        slab_mesh(layers, width=1.0, grading=10.0),
        {"cathode": cathode, "electrolyte": BulkElectrolyte(conductor)},
        Contact(1e-9),
        CounterElectrode(conductor, 0.0, 5.0, 0.0, 0.2),
        {("cathode", "electrolyte"): ChargeTransfer(cathode, conductor)},
    )
    cell.set_initial(s, float(material.open_circuit(s)), 0.0)
    slope = float(material.open_circuit(s + 1e-6) - material.open_circuit(s - 1e-6)) / 2e-6
    d, radius = material("diffusivity"), material("particle_radius")
    kr = np.sqrt(1j * OMEGA / d) * radius
    particle = -slope / material.charge_density * radius / d / (kr / np.tanh(kr) - 1)
    i0 = material.reference_exchange_current_density * 2 * np.sqrt(s * (1 - s))
    per_area = 1 / (THERMAL_VOLTAGE / i0 + particle) + 1j * OMEGA * capacitance
    y = cathode.specific_area * per_area
    sigma, kappa = material("electronic_conductivity"), 0.1 * 0.44**1.5
    nu = np.sqrt(y * (sigma + kappa) / (sigma * kappa))
    line = 2 / np.sinh(nu * thickness) + (sigma / kappa + kappa / sigma) / np.tanh(nu * thickness)
    exact = (
        (thickness + line / nu) / (sigma + kappa) + 20e-6 / 0.1 + 1e-9
        + 1 / (5.0 / THERMAL_VOLTAGE + 1j * OMEGA * 0.2)
    )  # fmt: skip
    assert worst(spectrum(Run(cell)), exact) < 2e-3


@pytest.mark.skip_in_parallel
def test_slow_oscillations_meet_the_steady_state():
    """Re Z at 1e-5 Hz is dV/dI of the transient solver after 20 times L^2/(pi^2 D)."""
    run = symmetric_cell()
    found = measure_impedance(run.system, run.state, [1e-5], True)
    assert found is not None
    current = 0.01
    run.impose_current(current)
    run.advance(20 * LENGTH**2 / DIFFUSIVITY / np.pi**2, 0.1)
    print(found.impedance * run.area, run.voltage / current)
    assert found.impedance[0].real * run.area == pytest.approx(run.voltage / current, rel=1e-3)


@pytest.mark.skip_in_parallel
def test_a_working_state():
    """At a bias the slope of the stationary curve is met, not that at rest."""
    run = symmetric_cell(tolerance=1e-4)
    voltages = []
    for current in (49.0, 51.0, 50.0):
        run.impose_current(current)
        run.advance(1500.0, 0.1)
        voltages.append(run.voltage)
    found = measure_impedance(run.system, run.state, [1e-5], True)
    assert found is not None
    slope = (voltages[1] - voltages[0]) / 2.0
    print(found.impedance * run.area, slope)
    assert found.impedance[0].real * run.area == pytest.approx(slope, rel=1e-3)
    assert slope < 0.5 * exact_symmetric()[-1].real

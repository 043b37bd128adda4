r"""Fast transport: a porous cell follows its open-circuit curve less its resistances.

With conductivities and diffusivities so large that nothing varies in space, the balance
of the wall gives :math:`s(t) = s_0 + i t/(F c_{max} \varepsilon_s L)` exactly, and

.. math::
   V = U(s) - \frac{2RT}{F}\,\mathrm{arsinh}\frac{i}{2 i_0(s)\, a L}
       - \frac{2RT}{F}\,\mathrm{arsinh}\frac{i}{2 i_{0,Li}} - i R_f - i R_c

The capacity is the integral of the current: the charge between :math:`s_0` and the
stoichiometry where this V meets the cut-off.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from fem_cell.laws.constants import FARADAY
from tests.support.models import (
    THERMAL_VOLTAGE,
    BulkElectrolyte,
    Contact,
    CounterElectrode,
    electrolyte,
    nmc,
    wall,
)
from tests.support.running import ONE_C, Run, compose, half_cell_mesh

LENGTH, SOLID, RADIUS, C_MAX, RATE, C0 = 100e-6, 0.505, 5e-6, 49340.0, 3.2e-11, 3400.0
LITHIUM, FILM, CONTACT = 5.0, 2e-3, 1e-3
START, CUT_OFF = 0.25, 3.3


def fast_cell() -> tuple[Run, object]:
    """A half cell in which transport costs less than 10 uV, and its U(s)."""
    salt = electrolyte(
        conductivity="1e3 S/m", salt_diffusivity="1e-7 m^2/s", salt_concentration=f"{C0} mol/m^3"
    )
    material = nmc(
        salt,
        diffusivity="1e-9 m^2/s",
        electronic_conductivity="1e3 S/m",
        maximum_concentration=f"{C_MAX} mol/m^3",
        particle_radius=f"{RADIUS} m",
    )
    cell = compose(
        half_cell_mesh(6, 2),
        {"cathode": wall(material, salt, radial_points=3), "electrolyte": BulkElectrolyte(salt)},
        Contact(CONTACT),
        CounterElectrode(salt, 0.0, LITHIUM, FILM),
    )
    cell.set_initial(START, float(material.open_circuit(START)), 0.0)
    return Run(cell, tolerance=1e-5), material.open_circuit


def voltage(s, current, law):
    """V of the uniform cell at a discharge current, A/m^2."""
    exchange = FARADAY * RATE * C_MAX * np.sqrt(C0 * s * (1 - s))
    area = 3 * SOLID / RADIUS * LENGTH
    kinetic = np.arcsinh(current / (2 * exchange * area))
    kinetic = kinetic + np.arcsinh(current / (2 * LITHIUM))
    return law(s) - 2 * THERMAL_VOLTAGE * kinetic - current * (FILM + CONTACT)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("rate", [0.2, 2.0])
def test_curve_and_capacity(rate):
    """Voltages within 0.1 mV all along, capacity within 1e-4.

    What transport still costs: i L (1/kappa + 1/sigma) is 10 uV at 2C, R^2/D = 25 ms.
    On a slope of 0.6 V per unit of s they move the end of 2C by 3e-5.
    """
    run, law = fast_cell()
    current = rate * ONE_C
    curve = run.discharge(current, CUT_OFF)
    charge = FARADAY * C_MAX * SOLID * LENGTH
    s = START - curve[:, 2] / charge
    late = curve[:, 0] > 1.0
    error = np.abs(curve[late, 1] - voltage(s[late], current, law)).max()
    end = brentq(lambda x: float(voltage(x, current, law)) - CUT_OFF, START, 0.9998)
    print(f"{rate}C: worst error {1e3 * error:.4f} mV; end at s {s[-1]:.6f}, exact {end:.6f}")
    assert error < 1e-4
    assert s[-1] - START == pytest.approx(end - START, rel=1e-4)

r"""Porous electrode with linear kinetics: the resistance of Newman and Tobias.

For a current so small that kinetics are linear, without changes of concentration,
:math:`d^2\eta/dx^2 = (\nu/L)^2 \eta` with :math:`\nu = L\sqrt{(a i_0 F/RT)(1/\sigma +
1/\kappa)}`; current enters as electrons at one face and as ions at the other. Solving
for the potentials gives (Newman and Tobias, J. Electrochem. Soc. 109, 1183 (1962))

.. math::
   \frac{R(\sigma + \kappa)}{L} = 1 + \frac{2 + (\sigma/\kappa + \kappa/\sigma)\cosh\nu}
   {\nu\sinh\nu}

sigma and kappa are effective values. Film of electrolyte, foil and contact add
:math:`L_f/\kappa_0`, :math:`RT/(F i_{0,Li})` and :math:`R_c`. A single-ion conductor in the
pores and fast particles leave no concentration to change.
"""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.constants import FARADAY
from tests.support.models import THERMAL_VOLTAGE, electrolyte, nmc, wall
from tests.support.running import Run, half_cell_mesh, planar_half_cell

LENGTH, SEPARATOR, POROSITY, SOLID, RADIUS = 100e-6, 20e-6, 0.44, 0.505, 5e-6
C_MAX, RATE, CONTACT, LITHIUM = 49340.0, 3.2e-11, 1e-4, 5.0


def expected(sigma: float, kappa: float, exchange: float) -> float:
    """Resistance of the half cell, ohm m^2; kappa of the bulk electrolyte."""
    inside = kappa * POROSITY**1.5
    area = 3 * SOLID / RADIUS
    nu = LENGTH * np.sqrt(area * exchange / THERMAL_VOLTAGE * (1 / sigma + 1 / inside))
    mix = sigma / inside + inside / sigma
    porous = LENGTH / (sigma + inside) * (1 + (2 + mix * np.cosh(nu)) / (nu * np.sinh(nu)))
    print(f"nu {nu:.2f}, porous electrode {1e4 * porous:.3f} ohm cm2")
    return float(porous + SEPARATOR / kappa + THERMAL_VOLTAGE / LITHIUM + CONTACT)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize(("sigma", "kappa"), [(0.17, 0.3), (0.02, 1.0), (3.0, 0.01)])
def test_resistance_of_the_porous_electrode(sigma, kappa):
    """Within 0.2 %: elements of nu/80 err by nu^2/80^2/12, sinh at 20 uV by 1e-7.

    The ten milliseconds of the first step change U by 4e-8 ohm m^2 times the current.
    """
    ions = electrolyte("LPSCl", conductivity={"value": f"{kappa} S/m", "law": "arrhenius"})
    material = nmc(
        ions,
        diffusivity="1e-9 m^2/s",
        electronic_conductivity=f"{sigma} S/m",
        maximum_concentration=f"{C_MAX} mol/m^3",
        particle_radius=f"{RADIUS} m",
    )
    cathode = wall(material, ions, radial_points=3)
    mesh = half_cell_mesh(80, 4)
    run = Run(planar_half_cell(mesh, cathode, ions, voltage=3.9, contact=CONTACT))
    current = 0.01
    run.impose_current(current)
    s = material.open_circuit.stoichiometry(3.9)
    exchange = FARADAY * RATE * C_MAX * np.sqrt(1000.0 * s * (1 - s))
    resistance = (run.voltage - 3.9) / current
    exact = expected(sigma, kappa, exchange)
    print(f"resistance {1e4 * resistance:.4f} ohm cm2, exact {1e4 * exact:.4f} ohm cm2")
    assert resistance == pytest.approx(exact, rel=2e-3)

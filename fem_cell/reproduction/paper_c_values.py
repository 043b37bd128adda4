"""Numbers of paper C and what the results say beside them."""

from __future__ import annotations

import numpy as np

from fem_cell.case.model import Case
from fem_cell.materials.lithium_layer import LithiumLayer, lithium_layer
from fem_cell.reproduction.paper import Results

CLEAN = "contact-full"
"""The case of an interface without voids."""

OHM_CM2 = 1e4
"""ohm cm^2 in one ohm m^2."""
MA_PER_CM2 = 10.0
"""A/m^2 in one mA/cm^2."""
MAH_PER_CM2 = 36e3
"""C/m^2 in one mAh/cm^2."""
CELSIUS = 273.15
THICKNESS = 100e-6
"""Of the anode, m."""

CURRENT = "Current Density / mA.cm-2"
VOLTAGE = "Voltage / V"


def thickness_loss(results: Results, name: str, step: int) -> float | None:
    """Thickness lost at the end of a step, um."""
    change = results.at_end(name, "Anode Thickness Change / um", step)
    return None if change is None else -change


def porosity(results: Results, name: str, step: int) -> float | None:
    """Mean porosity at the end of a step, %."""
    found = results.at_end(name, "Anode Porosity / 1", step)
    return None if found is None else 100.0 * found


def cell_resistance(results: Results, name: str) -> float | None:
    """Voltage over current at the end of the first step, ohm cm^2."""
    volts, current = (results.at_end(name, column, 1) for column in (VOLTAGE, CURRENT))
    return None if volts is None or not current else 1e3 * volts / current


def interface_resistance(results: Results, name: str) -> float | None:
    """Resistance of the anode's interface with what it adds to the pellet, ohm cm^2.

    The clean cell consists of the pellet and two equal interfaces.
    """
    whole, clean = cell_resistance(results, name), cell_resistance(results, CLEAN)
    if whole is None or clean is None:
        return None
    case = results.sweep.point(CLEAN).case
    kappa = case.phases["pellet"].material.value("conductivity", case.temperature)
    pellet = float(case.geometry.values["pellet_thickness"]) / kappa * OHM_CM2
    return whole - pellet - 0.5 * (clean - pellet)


def holm_resistance(case: Case, radius: float, period: float) -> float:
    r"""Constriction of the current to discs of a square lattice, ohm cm^2.

    .. math:: R = \frac{b^2 \pi}{4 a \kappa} \Bigl(1 - 1.4093 \frac ab + 0.2959 \frac{a^3}{b^3}
                  + 0.0525 \frac{a^5}{b^5}\Bigr), \qquad \pi b^2 = \text{period}^2

    of one disc of constant potential in a cylinder (Cooper, Mikic and Yovanovich 1969; Holm's
    rho/(4a) for a/b = 0): lithium is a metal, so only the electrolyte's side counts.
    """
    kappa = case.phases["pellet"].material.value("conductivity", case.temperature)
    ratio = radius * np.sqrt(np.pi) / period
    shape = 1 - 1.4093 * ratio + 0.2959 * ratio**3 + 0.0525 * ratio**5
    return float(period**2 * shape / (4 * radius * kappa) * OHM_CM2)


def layer_of(case: Case, pressure: float, temperature: float) -> LithiumLayer:
    """The anode of a case at another pressure (Pa) and temperature (K)."""
    return lithium_layer(case.phases["anode"].material, temperature, pressure, THICKNESS)


def percent(value: float | None) -> float | None:
    """A share in percent."""
    return None if value is None else 100.0 * value

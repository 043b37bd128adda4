r"""What the data sheet of a layer of lithium says at a temperature, a pressure and a thickness.

The lithium carries what a skeleton leaves of the stack pressure, :math:`P_{Li} = (1 - s) P`. Its
pores close under it by :mod:`fem_cell.laws.pore_closing`. Where nothing holds the layer it moves as
a whole to where it is needed, so that it thins evenly: within :data:`MOVING_TIME`, whatever its
thickness.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.lithium_host import LithiumHost
from fem_cell.laws.pore_closing import PoreClosing, pore_closing_rate
from fem_cell.materials.sheet import DataSheet

MOVING_TIME = 100.0
"""s; it only has to be far below the hours of a half cycle."""


@dataclass(frozen=True, slots=True)
class LithiumLayer:
    """A layer of lithium under its conditions.

    Attributes:
        host: Volumes and potential.
        charge_density: F/Omega of lithium metal, C/m^3.
        diffusivity: D, m^2/s.
        closing: How its pores close.
        mobility: M = L^2 over the moving time, m^2/s; zero where a skeleton holds the lithium.
        void_period: Distance of voids at an interface, m.
    """

    host: LithiumHost
    charge_density: float
    diffusivity: float
    closing: PoreClosing
    mobility: float
    void_period: float

    @property
    def is_compacted(self) -> bool:
        """Whether its volume changes by creep; else the skeleton keeps it."""
        return self.mobility > 0.0 or self.closing.rate > 0.0


def lithium_layer(
    sheet: DataSheet, temperature: float, pressure: float, thickness: float
) -> LithiumLayer:
    """The layer of a data sheet.

    Args:
        sheet: Of a ``lithium_host``.
        temperature: K.
        pressure: Stack pressure, Pa.
        thickness: L, m.
    """

    def value(key: str) -> float:
        return sheet.value(key, temperature)

    host = LithiumHost(
        value("lithium_fraction"),
        value("skeleton_fraction"),
        value("settling"),
        value("skeleton_potential"),
        value("skeleton_strength"),
    )
    carried = (1.0 - value("skeleton_load_share")) * pressure
    exponent = value("creep_exponent")
    rate = pore_closing_rate(carried, value("creep_rate"), value("creep_stress"), exponent)
    return LithiumLayer(
        host,
        FARADAY / value("lithium_molar_volume"),
        value("diffusivity"),
        PoreClosing(rate, exponent),
        thickness**2 / MOVING_TIME if host.skeleton == 0.0 else 0.0,
        value("void_period"),
    )

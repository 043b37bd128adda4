r"""What the data sheet of a layer of lithium says at a temperature, a pressure and a thickness.

.. math:: D_s = D(T) + k(P_{Li}, T)\, L^2, \qquad
          \chi = \chi_0 + (1 - \chi_0) \frac{k L^2}{D_s}

with the rate k at which pores close under the pressure in the lithium: creep brings lithium over
the thickness L in the time 1/k and leaves no pores behind, diffusion leaves pores. A skeleton
carries the stack pressure until it collapses, :math:`P_{Li} = 0`, and chi_0 is how much it
settles; without one lithium carries all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.lithium_host import LithiumHost, pore_closing_rate
from fem_cell.materials.sheet import DataSheet


@dataclass(frozen=True, slots=True)
class LithiumLayer:
    """A layer of lithium under its conditions.

    Attributes:
        host: Volumes and potential.
        charge_density: F/Omega of lithium metal, C/m^3.
        diffusivity: D, m^2/s.
        creep_supply: k L^2, m^2/s.
    """

    host: LithiumHost
    charge_density: float
    diffusivity: float
    creep_supply: float

    @property
    def supply(self) -> float:
        """D_s, m^2/s."""
        return self.diffusivity + self.creep_supply


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
    charge_density, diffusivity = FARADAY / value("lithium_molar_volume"), value("diffusivity")
    if host.skeleton > 0.0:
        return LithiumLayer(host, charge_density, diffusivity, 0.0)
    creep = (value("creep_rate"), value("creep_stress"), value("creep_exponent"))
    moved = pore_closing_rate(pressure, *creep) * thickness**2
    settling = host.settling + (1.0 - host.settling) * moved / (diffusivity + moved)
    return LithiumLayer(replace(host, settling=settling), charge_density, diffusivity, moved)

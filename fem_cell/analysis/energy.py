r"""Energy of an electrode layer per its mass and volume, and densities of composites.

.. math::
   E_g = \frac{1}{m}\int V\,dq = w_a\, Q\, \bar V, \qquad E_v = \rho\, E_g, \qquad
   \frac1\rho = \sum_i \frac{w_i}{\rho_i}

with the capacity Q per mass of active material and its weight fraction w_a. Only the layer counts:
no collector, separator or counter electrode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerEnergy:
    """Energy densities of an electrode layer.

    Attributes:
        gravimetric: Wh/kg.
        volumetric: Wh/L.
    """

    gravimetric: float
    volumetric: float


def composite_density(parts: Mapping[str, tuple[float, float]]) -> float:
    """Density of a composite without pores, in the unit of the densities given.

    Args:
        parts: Weight fraction and density of every part; the fractions add up to one.

    Raises:
        ValueError: They do not.
    """
    if abs(sum(weight for weight, _ in parts.values()) - 1.0) > 1e-9:
        raise ValueError("the weight fractions do not add up to one")
    return 1.0 / sum(weight / density for weight, density in parts.values())


def layer_energy(
    capacity: float, mean_voltage: float, density: float, active_fraction: float = 1.0
) -> LayerEnergy:
    """Energy densities of a layer.

    Args:
        capacity: mAh/g of active material.
        mean_voltage: V, the mean over the capacity.
        density: Of the layer, g/cm^3.
        active_fraction: Weight fraction of active material.
    """
    gravimetric = active_fraction * capacity * mean_voltage
    return LayerEnergy(gravimetric, density * gravimetric)


def gain(ours: float, other: float) -> float:
    """By how much one value exceeds another, %."""
    return 100.0 * (ours / other - 1.0)

r"""The formula of Weppner and Huggins, and how far off it is where its assumptions fail.

A pulse of a current of duration tau moves the open-circuit voltage by :math:`\Delta E_s` and the
voltage, without the jump at its start, by :math:`\Delta E_\tau`. With the volume V of the active
material and the area S that lithium enters through (Weppner and Huggins 1977)

.. math::
   D = \frac{4}{\pi\tau} \Bigl(\frac{V}{S}\Bigr)^2
       \Bigl(\frac{\Delta E_s}{\Delta E_\tau}\Bigr)^2, \qquad \tau \ll \ell^2/D

It takes the body for half-infinite during the pulse. With :math:`T = D\tau/\ell^2` and the exact
rise of the surface over that of the mean, :math:`\sigma/m`, of a slab (thickness l, m = T) or a
sphere (radius l, m = 3T), Crank, The Mathematics of Diffusion, 4.3.4 and 6.3.4, it finds

.. math:: D_{WH}/D = \frac{4\,T}{\pi\,\sigma(T)^2}

whatever the rest of the cell does.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

Array = npt.NDArray[np.float64]
Shape = Literal["slab", "sphere"]

TERMS = 400
"""Of the series; the surface of a sphere is exact to 1e-4 of the rise from T = 1e-6 on."""


def weppner_huggins(
    duration: float, depth: float, steady_change: float, transient_change: float
) -> float:
    """D, m^2/s.

    Args:
        duration: tau, s.
        depth: V/S, m.
        steady_change: Delta E_s, V.
        transient_change: Delta E_tau, V; nan or infinite results where it vanishes.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.float64(steady_change) / np.float64(transient_change)
    return float(4.0 / (np.pi * duration) * depth**2 * ratio**2)


def bias(dimensionless_time: float, shape: Shape) -> float:
    """D_WH/D of an ideal body with a linear open-circuit curve; one in the limit of short pulses.

    Args:
        dimensionless_time: T = D tau / l^2, positive.
        shape: Of the body.
    """
    return 4.0 * dimensionless_time / (np.pi * surface_rise(dimensionless_time, shape) ** 2)


def surface_rise(t: float, shape: Shape) -> float:
    """sigma(T), rise of the surface under constant flux j, over j l/D."""
    if t < 1e-3:  # where the series would need many terms
        half_infinite = 2.0 * np.sqrt(t / np.pi)
        return float(half_infinite if shape == "slab" else half_infinite + t)
    if shape == "slab":
        n = np.arange(1, TERMS)
        return float(t + 1 / 3 - 2 / np.pi**2 * np.sum(np.exp(-((n * np.pi) ** 2) * t) / n**2))
    roots = _roots()
    return float(3 * t + 1 / 5 - 2 * np.sum(np.exp(-(roots**2) * t) / roots**2))


def _roots() -> Array:
    """Positive roots of tan(x) = x, the modes of a sealed sphere."""
    edges = np.pi * (np.arange(1, 60) + 0.5)
    return np.array([brentq(lambda x: np.sin(x) - x * np.cos(x), e - 1.5, e) for e in edges])

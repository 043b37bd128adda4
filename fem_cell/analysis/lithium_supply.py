r"""How much current a layer of lithium can feed by what its interface is supplied with.

Lithium leaves one face of a layer of thickness L at the velocity :math:`v = i\Omega/F` and is
supplied with the diffusivity :math:`D_s`; the fraction at that face is (Crank, The Mathematics of
Diffusion, 4.3.4)

.. math::
   \varphi_f(t) = \varphi_0 - \frac{v L}{D_s} \Bigl[\tau + \frac13
       - \frac{2}{\pi^2}\sum_n \frac{e^{-n^2\pi^2\tau}}{n^2}\Bigr], \qquad \tau = D_s t/L^2

and the critical current of a half cycle of charge Q per area is the one that empties the face at
:math:`t = Q/i`. It is a limit of supply: nothing nucleates in it, neither voids nor dendrites.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from fem_cell.materials.lithium_layer import LithiumLayer

TERMS = 60
SHORT = 0.02
"""tau below which the layer is as good as infinitely thick."""

CURRENTS = (1e-6, 1e24)
"""Range that a critical current is looked for in, A/m^2."""


def rise(tau: float) -> float:
    """The bracket above, or its limit for a thick layer, 2 sqrt(tau/pi)."""
    if tau < SHORT:
        return float(2 * np.sqrt(tau / np.pi))
    n = np.arange(1, TERMS + 1)
    series = np.exp(-((n * np.pi) ** 2) * tau) / n**2
    return float(tau + 1 / 3 - 2 / np.pi**2 * series.sum())


def critical_current_density(layer: LithiumLayer, thickness: float, charge: float) -> float:
    """Current that uses up the lithium next to the electrolyte just as a half cycle ends, A/m^2.

    Args:
        layer: The layer at its temperature and pressure.
        thickness: L, m.
        charge: Q, C/m^2.

    Returns:
        The current; zero if the layer does not hold the charge.
    """
    available = layer.charge_density * layer.host.lithium * thickness
    if charge >= available:
        return 0.0

    def left(log_current: float) -> float:
        current = float(np.exp(log_current))
        drop = current / layer.charge_density * thickness / layer.supply
        return layer.host.lithium - drop * rise(layer.supply * charge / current / thickness**2)

    return float(np.exp(brentq(left, *np.log(CURRENTS))))

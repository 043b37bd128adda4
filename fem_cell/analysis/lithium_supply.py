r"""How much current a layer of lithium can feed by what its interface is supplied with.

Lithium leaves one face of a layer of thickness L at the velocity :math:`v = i\Omega/F` and is
supplied by diffusion; the fraction at that face is (Crank, The Mathematics of
Diffusion, 4.3.4)

.. math::
   \varphi_f(t) = \varphi_0 - \frac{v L}{D} \Bigl[\tau + \frac13
       - \frac{2}{\pi^2}\sum_n \frac{e^{-n^2\pi^2\tau}}{n^2}\Bigr], \qquad \tau = D t/L^2

and the critical current of a half cycle of charge Q per area is the one at which so little is left
at :math:`t = Q/i` that the share in contact is down to a given value. Where nothing holds the
lithium, creep feeds the interface too (:mod:`fem_cell.analysis.contact_supply`); the larger of the
two counts, a lower estimate of what both feed together. It is a limit of supply: nothing nucleates
in it, neither voids nor dendrites.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from fem_cell.analysis.contact_supply import stripping_current
from fem_cell.laws.lithium_host import LithiumHost
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


def critical_current_density(
    layer: LithiumLayer, thickness: float, charge: float, contact: float
) -> float:
    """Current at which the contact is down to a share just as a half cycle ends, A/m^2.

    Args:
        layer: The layer at its temperature and pressure.
        thickness: L, m.
        charge: Q, C/m^2.
        contact: The share; below that of a skeleton laid bare all lithium is used up.

    Returns:
        The current; zero if the layer does not hold the charge.
    """
    if charge >= layer.charge_density * layer.host.lithium * thickness:
        return 0.0
    fed = _fed_by_diffusion(layer, thickness, charge, fraction_at(layer.host, contact))
    return max(fed, stripping_current(layer, contact)) if layer.mobility > 0.0 else fed


def fraction_at(host: LithiumHost, contact: float) -> float:
    """Phi that leaves a share of a face in contact; zero where the skeleton alone is more."""
    chi = host.settling
    solid = contact * (1.0 - chi * host.lithium) - host.skeleton
    return max(solid / (1.0 - contact * chi), 0.0)


def _fed_by_diffusion(layer: LithiumLayer, thickness: float, charge: float, least: float) -> float:
    """Current that leaves the fraction ``least`` at the face as the charge has passed, A/m^2."""

    def left(log_current: float) -> float:
        current = float(np.exp(log_current))
        drop = current / layer.charge_density * thickness / layer.diffusivity
        rises = rise(layer.diffusivity * charge / current / thickness**2)
        return layer.host.lithium - least - drop * rises

    low, high = np.log(CURRENTS)
    return float(np.exp(brentq(left, low, high))) if left(low) > 0.0 else 0.0

r"""Contact that plain lithium keeps while it is stripped for a long time.

Lithium leaves one face at the velocity :math:`v = i\Omega/F` and leaves voids there. They spread
into the depth x by diffusion and close by creep (:mod:`fem_cell.laws.pore_closing`), after which
all that lies behind them moves up, at the velocity u. With the share p of voids

.. math::
   -D p' - u p = v - u =: c, \qquad u' = k g(p)\, p, \qquad
   \frac{dc}{dp} = \frac{k D\, g(p)\, p}{c + (v - c)\, p}, \qquad c(0) = 0, \quad c(p_f) = v

The share in contact is :math:`1 - p_f`. With few voids :math:`v = p_f\sqrt{k D}`; as k is a power
m of the pressure, the current that a contact can feed grows with its power m/2. It is a limit of
supply: nothing nucleates in it, neither voids nor dendrites, and it holds where voids reach far
less deep than the layer is thick.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from fem_cell.materials.lithium_layer import LithiumLayer

FEW = 1e-9
"""Share of voids from which the integration starts, along the closed form."""

MOST = 0.999
"""Share of voids beyond which a contact counts as lost."""


def stripping_current(layer: LithiumLayer, contact: float) -> float:
    """Current density that a contact can feed for ever, A/m^2; zero without any closing.

    Args:
        layer: Plain lithium at its temperature and pressure.
        contact: Share of the face in contact, between 0 and 1.
    """
    k = layer.closing.rate
    if k == 0.0:
        return 0.0

    def missing(log_speed: float) -> float:
        found = _voids(layer, float(np.exp(log_speed)), 1.0 - contact)
        return float(np.log(found.y[0, -1])) - log_speed

    # without convection: c^2 = 2 int g p dp; with it c is smaller
    most = float(np.log(_voids(layer, 0.0, 1.0 - contact).y[0, -1]))
    speed = float(np.exp(brentq(missing, most - 20.0, most + 1e-6)))
    return float(speed * np.sqrt(k * layer.diffusivity) * layer.charge_density)


def steady_contact(layer: LithiumLayer, current: float) -> float:
    """Share in contact that stripping with a current density (A/m^2) leaves in the end."""
    k = layer.closing.rate
    if k == 0.0:
        return 0.0
    speed = current / layer.charge_density / np.sqrt(k * layer.diffusivity)
    found = _voids(layer, float(speed), MOST, until=float(speed))
    return 1.0 - float(found.t_events[0][0]) if found.t_events[0].size else 0.0


def _voids(layer: LithiumLayer, speed: float, most: float, until: float = np.inf) -> Any:
    r"""C by the share of voids up to ``most``, or where c is ``until``; over :math:`\sqrt{kD}`."""

    def slope(p: float, c: np.ndarray) -> np.ndarray:
        return np.asarray(p / layer.closing.wall(p) / (c + np.maximum(speed - c, 0.0) * p))

    def reached(p: float, c: np.ndarray) -> float:
        return float(c[0]) - until if until < np.inf else 1.0

    reached.terminal = True  # type: ignore[attr-defined]
    # of c dc + v p dc = p dp, rationalised: 2 p/(sqrt(v^2 + 4) + v)
    start = 2.0 * FEW / (np.sqrt(speed**2 + 4.0) + speed)
    return solve_ivp(
        slope, (FEW, most), [start], method="LSODA", rtol=1e-8, atol=1e-300, events=reached
    )

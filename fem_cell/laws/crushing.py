r"""Pressure that crushes a brittle skeleton.

.. math:: \sigma_{cr} = 0.3\, \sigma_s \rho^{3/2}

with the strength of its solid and the share rho of the volume that is solid (Gibson and Ashby,
Cellular Solids, brittle foams).
"""

from __future__ import annotations

from typing import Any


def crushing_pressure(strength: float, solid_share: Any) -> Any:
    """sigma_cr, Pa.

    Args:
        strength: sigma_s, Pa.
        solid_share: rho, positive; a number, array or UFL expression.
    """
    return 0.3 * strength * solid_share**1.5

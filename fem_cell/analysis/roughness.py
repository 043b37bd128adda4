r"""Area of a rough interface from its height and correlation length.

The slopes of a Gaussian random surface are Gaussian, so that the squared slope is distributed
exponentially; with the correlation :math:`h^2 e^{-r^2/l^2}` its mean is :math:`m = 4 h^2/l^2` and

.. math::
   \frac{A}{A_0} = \int_0^\infty \sqrt{1 + m x}\; e^{-x}\,dx
   = 1 + \frac{\sqrt{\pi m}}{2}\, e^{1/m}\, \operatorname{erfc}\frac{1}{\sqrt m}
"""

from __future__ import annotations

import math

from scipy.special import erfcx


def area_factor(height: float, correlation_length: float) -> float:
    """Area of a Gaussian rough surface over that of its footprint.

    Args:
        height: Root mean square, in any unit of length.
        correlation_length: At which the correlation has fallen to 1/e, in the same unit.
    """
    if height == 0.0:
        return 1.0
    slope = 2.0 * height / correlation_length
    return 1.0 + 0.5 * math.sqrt(math.pi) * slope * float(erfcx(1.0 / slope))

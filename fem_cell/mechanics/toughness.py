r"""From energy release to stress intensity in an anisotropic solid.

.. math::
   G = K^T \Lambda K, \qquad \Lambda = \tfrac12 L^{-1}, \qquad
   L = \frac1\pi \int_0^\pi (mm) - (mn)(nn)^{-1}(nm)\,d\omega

for a straight front under plane strain, with :math:`(ab)_{jk} = a_i C_{ijkl} b_l` and m, n that
turn about the front (Barnett and Asaro, J. Mech. Phys. Solids 20, 353, 1972; Ting, Anisotropic
Elasticity, ch. 7 and 11). An isotropic solid has :math:`(1 - \nu^2)/E` in modes I and II and
:math:`(1 + \nu)/E` in mode III.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem_cell.laws.stiffness import stiffness_tensor

Array = npt.NDArray[np.float64]

DIRECTIONS = 180
"""Of the integral; the integrand is smooth and periodic, so this is exact to rounding."""


def crack_compliance(C: Array, outwards: Array, normal: Array) -> Array:
    """Lambda in the frame of the solid, 1/Pa, shape (3, 3).

    Args:
        C: Stiffness in Voigt's notation, Pa, shape (6, 6).
        outwards: Unit vector in the plane of the crack, away from it.
        normal: Unit normal of that plane.
    """
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    m = np.cos(angles)[:, None] * outwards + np.sin(angles)[:, None] * normal
    n = np.cos(angles)[:, None] * normal - np.sin(angles)[:, None] * outwards
    tensor = stiffness_tensor(C)

    def product(a: Array, b: Array) -> Array:
        return np.asarray(np.einsum("wi,ijkl,wl->wjk", a, tensor, b, optimize=True))

    L = (product(m, m) - product(m, n) @ np.linalg.solve(product(n, n), product(n, m))).mean(axis=0)
    return np.asarray(np.linalg.inv(L) / 2)


def opening_intensity(energy_release: float, C: Array, outwards: Array, normal: Array) -> float:
    """K_I that a crack which only opens has at an energy release rate, Pa m^0.5.

    Args:
        energy_release: G, J/m^2; a negative one, which only the error of the mesh makes,
            counts as zero.
        C: Stiffness of the crystal at the front, Pa, shape (6, 6).
        outwards: Unit vector in the plane of the crack, away from it.
        normal: Unit normal of that plane.
    """
    compliance = normal @ crack_compliance(C, outwards, normal) @ normal
    return float(np.sqrt(max(energy_release, 0.0) / compliance))

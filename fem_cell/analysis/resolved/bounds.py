r"""Bounds of effective properties that need nothing but volume fractions.

.. math::
   \Bigl(\sum f_i / k_i\Bigr)^{-1} \le K \le \sum f_i k_i, \qquad
   K_{HS} = \Bigl(\sum \frac{f_i}{k_i + k^*}\Bigr)^{-1} - k^*

with k* = 2 k_min (lower) and 2 k_max (upper) for conductivities; 4 G/3 for bulk moduli and
G (9 K + 8 G) / (6 (K + 2 G)) for shear moduli, with the least and the largest moduli (Hashin and
Shtrikman, J. Appl. Phys. 33, 3125, 1962; J. Mech. Phys. Solids 11, 127, 1963; Walpole 1966). Those
of Hashin and Shtrikman hold for isotropic mixtures without any other order, the first pair for all.
What fractions lack to one is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.laws.stiffness import Isotropic

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one scalar property, in ascending order."""

    reuss: float
    lower: float
    upper: float
    voigt: float

    def hold(self, value: float, slack: float = 0.0) -> bool:
        """Whether a value of an isotropic mixture lies between Hashin's and Shtrikman's."""
        return self.lower * (1 - slack) <= value <= self.upper * (1 + slack)


def conductivity_bounds(fractions: Mapping[str, float], values: Mapping[str, float]) -> Bounds:
    """Bounds of a conductivity or diffusivity.

    Args:
        fractions: Volume fractions of the solid phases.
        values: Their conductivities.
    """
    f, k = _with_empty(fractions, values)
    return Bounds(
        _mixed(f, k, 0.0), _mixed(f, k, 2 * k.min()), _mixed(f, k, 2 * k.max()), float(f @ k)
    )


def modulus_bounds(
    fractions: Mapping[str, float], moduli: Mapping[str, Isotropic]
) -> tuple[Bounds, Bounds]:
    """Bounds of the bulk and of the shear modulus of isotropic phases.

    Args:
        fractions: Volume fractions of the solid phases.
        moduli: Their moduli, Pa.
    """
    f, K = _with_empty(fractions, {name: one.bulk for name, one in moduli.items()})
    _, G = _with_empty(fractions, {name: one.shear for name, one in moduli.items()})
    low, high = (float(K.min()), float(G.min())), (float(K.max()), float(G.max()))
    bulk, softer = (_mixed(f, K, 4 / 3 * g) for _, g in (high, low))
    shear, weaker = (_mixed(f, G, _around_shear(*pair)) for pair in (high, low))
    return (
        Bounds(_mixed(f, K, 0.0), softer, bulk, float(f @ K)),
        Bounds(_mixed(f, G, 0.0), weaker, shear, float(f @ G)),
    )


def youngs_modulus_bounds(bulk: Bounds, shear: Bounds) -> Bounds:
    """Bounds of Young's modulus, which grows with both others."""
    pairs = [(getattr(bulk, name), getattr(shear, name)) for name in Bounds.__slots__]
    return Bounds(*(Isotropic(K, G).youngs_modulus if K > 0 and G > 0 else 0.0 for K, G in pairs))


def _with_empty(fractions: Mapping[str, float], values: Mapping[str, float]) -> tuple[Array, Array]:
    f = [fractions[name] for name in fractions]
    k = [values[name] for name in fractions]
    empty = 1.0 - sum(f)
    if empty > 1e-9:
        f, k = [*f, empty], [*k, 0.0]
    return np.array(f), np.array(k)


def _mixed(f: Array, k: Array, around: float) -> float:
    if around == 0.0 and (k == 0.0).any():
        return 0.0
    return float(1.0 / (f / (k + around)).sum() - around)


def _around_shear(K: float, G: float) -> float:
    return G * (9 * K + 8 * G) / (6 * (K + 2 * G)) if G > 0 else 0.0

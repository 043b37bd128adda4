r"""Stiffness and swelling of crystals: constants, rotation and averages.

.. math:: \beta = R\, \mathrm{diag}(\beta_a, \beta_a, \beta_c) R^T

Voigt's order is 11, 22, 33, 23, 13, 12 with doubled shear strains. In the frame of a
crystal (axes a, b*, c) the stiffness of a trigonal crystal of the classes 32, 3m and -3m is

.. math::
   C = \begin{pmatrix}
   C_{11} & C_{12} & C_{13} & C_{14} & & \\
   C_{12} & C_{11} & C_{13} & -C_{14} & & \\
   C_{13} & C_{13} & C_{33} & & & \\
   C_{14} & -C_{14} & & C_{44} & & \\
   & & & & C_{44} & C_{14} \\
   & & & & C_{14} & C_{66} \end{pmatrix}, \qquad C_{66} = (C_{11} - C_{12})/2

(Nye, Physical Properties of Crystals, ch. VIII); C14 = 0 is the hexagonal crystal.
NumPy alone is used, so that a case is checked without loading the solver; the terms of the weak
form are in :mod:`fem_cell.laws.elasticity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.errors import Fault, InputError
from fem_cell.laws.crystal import layered_tensor

Array = npt.NDArray[np.float64]

PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Tensor indices behind Voigt's."""

LEAST_EIGENVALUE = 1e-9
"""Smallest eigenvalue of a stiffness over its largest one: below, it counts as none."""

_ROWS, _COLUMNS = (np.array(index) for index in zip(*PAIRS, strict=True))
VOIGT_OF = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
"""Voigt's index of two tensor indices."""

_SHEAR_TWICE = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])


# -- stiffness of a crystal -----------------------------------------------


def trigonal_stiffness(constants: Mapping[str, float], at: str = "stiffness") -> Array:
    """Stiffness of a trigonal or hexagonal crystal in its own axes.

    Args:
        constants: C11, C12, C13, C33 and C44 under the keys ``"11"``, ``"12"``, ..., Pa; C14
            is zero unless given. C66 follows from C11 and C12 unless given: then the given
            value is taken, and only with the value it would follow from is the stiffness one
            and the same for all directions that the crystal's symmetry makes alike.
        at: Start of the names of keys in messages: ``stiffness`` makes ``stiffness_c14``.

    Returns:
        C in Voigt's notation, Pa, shape (6, 6).

    Raises:
        InputError: A constant is missing, or they belong to no stable crystal.
    """
    missing = [key for key in ("11", "12", "13", "33", "44") if key not in constants]
    if missing:
        remedy = "give C11, C12, C13, C33 and C44, and C14 of a trigonal crystal"
        raise InputError([Fault(f"{at}_c{key}", "is missing", remedy) for key in missing])
    c11, c12, c13, c33, c44 = (constants[key] for key in ("11", "12", "13", "33", "44"))
    c14 = constants.get("14", 0.0)
    c66 = constants.get("66", (c11 - c12) / 2)
    _check_trigonal(c11, c12, c13, c14, c33, c44, c66, at)
    return np.array(
        [
            [c11, c12, c13, c14, 0.0, 0.0],
            [c12, c11, c13, -c14, 0.0, 0.0],
            [c13, c13, c33, 0.0, 0.0, 0.0],
            [c14, -c14, 0.0, c44, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, c44, c14],
            [0.0, 0.0, 0.0, 0.0, c14, c66],
        ]
    )


def _check_trigonal(
    c11: float, c12: float, c13: float, c14: float, c33: float, c44: float, c66: float, at: str
) -> None:
    """Born's criteria of stability (Mouhat and Coudert, Phys. Rev. B 90, 224104, 2014)."""
    rules = (
        ("11", c11 > abs(c12), "C11 must exceed |C12|"),
        ("33", c33 > 0, "C33 must be positive"),
        ("44", c44 > 0, "C44 must be positive"),
        ("66", c66 > 0, "C66 must be positive"),
        ("13", c13**2 < c33 * (c11 + c12) / 2, "C13^2 must be less than C33 (C11 + C12) / 2"),
        (
            "14",
            c14**2 < c44 * min(c66, (c11 - c12) / 2),
            "C14^2 must be less than C44 C66 and than C44 (C11 - C12) / 2",
        ),
    )
    faults = [
        Fault(f"{at}_c{key}", "makes the crystal unstable: strains would set energy free", rule)
        for key, holds, rule in rules
        if not holds
    ]
    if faults:
        raise InputError(faults)


def isotropic_stiffness(youngs_modulus: float, poisson_ratio: float) -> Array:
    """Stiffness of an isotropic solid, Pa, shape (6, 6).

    Args:
        youngs_modulus: E, Pa.
        poisson_ratio: nu, between -1 and 1/2.

    Raises:
        InputError: The values belong to no stable solid.
    """
    faults = []
    if not youngs_modulus > 0:
        faults.append(Fault("youngs_modulus", "is not positive", "give more than zero"))
    if not -1 < poisson_ratio < 0.5:
        problem = f"is {poisson_ratio:g}, which no stable compressible solid has"
        faults.append(Fault("poisson_ratio", problem, "give a value between -1 and 0.5"))
    if faults:
        raise InputError(faults)
    shear = youngs_modulus / (2 * (1 + poisson_ratio))
    lame = 2 * shear * poisson_ratio / (1 - 2 * poisson_ratio)
    C = np.diag(shear * np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0]))
    C[:3, :3] += lame
    return C


def check_stiffness(C: Array, key: str = "stiffness") -> None:
    """Make sure that every strain costs energy.

    Args:
        C: Stiffness in Voigt's notation, shape (6, 6).
        key: Of the case file, for the message.

    Raises:
        InputError: C is not symmetric or not positive definite.
    """
    scale = np.abs(C).max()
    if not np.allclose(C, C.T, atol=LEAST_EIGENVALUE * scale):
        raise InputError([Fault(key, "is not symmetric", "give C_ij = C_ji")])
    least = float(np.linalg.eigvalsh(C).min())
    if not least > LEAST_EIGENVALUE * scale:
        problem = f"is not positive definite: its smallest eigenvalue is {least:.3g} Pa"
        raise InputError([Fault(key, problem, "check the signs and sizes of the constants")])


# -- tensors and rotation -------------------------------------------------


def stiffness_tensor(C: Array) -> Array:
    """Shape (3, 3, 3, 3) from Voigt's (6, 6)."""
    return np.asarray(C)[VOIGT_OF[:, :, None, None], VOIGT_OF[None, None, :, :]]


def stiffness_voigt(tensor: Array) -> Array:
    """Voigt's (6, 6) from shape (3, 3, 3, 3)."""
    return tensor[_ROWS[:, None], _COLUMNS[:, None], _ROWS, _COLUMNS]


def rotated_stiffness(C: Array, R: Array) -> Array:
    """Stiffness in the frame of the sample.

    Args:
        C: Stiffness in the axes of the crystal, shape (6, 6).
        R: Rotation; its columns are the crystal's axes a, b* and c in the sample.
    """
    turned = np.einsum("ai,bj,ck,dl,ijkl->abcd", R, R, R, R, stiffness_tensor(C), optimize=True)
    return stiffness_voigt(turned)


def chemical_strain(beta_a: float, beta_c: float, R: Array | None = None) -> Array:
    """Strain per unit stoichiometry, beta = R diag(beta_a, beta_a, beta_c) R^T, shape (3, 3)."""
    return layered_tensor(np.eye(3) if R is None else R, beta_a, beta_c)


def strain_as_voigt(strain: Array) -> Array:
    """Voigt's strain (..., 6) from a symmetric tensor (..., 3, 3); shear doubled."""
    return np.asarray(strain)[..., _ROWS, _COLUMNS] * _SHEAR_TWICE


def stress_as_tensor(stress: Array) -> Array:
    """Tensor (..., 3, 3) from Voigt's stress (..., 6)."""
    return np.asarray(stress)[..., VOIGT_OF]


# -- averages and directions ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Isotropic:
    """Moduli of an isotropic solid, Pa."""

    bulk: float
    shear: float

    @property
    def youngs_modulus(self) -> float:
        """E = 9 K G / (3 K + G), Pa."""
        return 9 * self.bulk * self.shear / (3 * self.bulk + self.shear)

    @property
    def poisson_ratio(self) -> float:
        """Nu = (3 K - 2 G) / (6 K + 2 G)."""
        return (3 * self.bulk - 2 * self.shear) / (6 * self.bulk + 2 * self.shear)


def voigt_average(C: Array) -> Isotropic:
    """Moduli of a polycrystal whose grains strain alike: an upper bound."""
    return _average(C, shear_weight=1.0)


def reuss_average(C: Array) -> Isotropic:
    """Moduli of a polycrystal whose grains are stressed alike: a lower bound."""
    flexible = _average(np.asarray(np.linalg.inv(C)), shear_weight=0.25)
    return Isotropic(1 / (9 * flexible.bulk), 1 / (4 * flexible.shear))


def hill_average(C: Array) -> Isotropic:
    """Mean of both bounds (Hill, Proc. Phys. Soc. A 65, 349, 1952)."""
    upper, lower = voigt_average(C), reuss_average(C)
    return Isotropic((upper.bulk + lower.bulk) / 2, (upper.shear + lower.shear) / 2)


def _average(M: Array, shear_weight: float) -> Isotropic:
    """Isotropic part of a fourth-order tensor; compliances hold four times the shear terms."""
    normal, all_normal = np.trace(M[:3, :3]), M[:3, :3].sum()
    shear = shear_weight * np.trace(M[3:, 3:])
    return Isotropic(all_normal / 9, (3 * normal - all_normal + 6 * shear) / 30)


def directional_youngs_modulus(C: Array, n: Array) -> float:
    """Young's modulus under tension along a direction, 1 / (n n : S : n n), Pa.

    Args:
        C: Stiffness, shape (6, 6).
        n: Direction, any length.
    """
    unit = np.asarray(n, dtype=float) / np.linalg.norm(n)
    stress = np.outer(unit, unit)[_ROWS, _COLUMNS]
    return float(1 / (stress @ np.linalg.solve(C, stress)))

"""Stiffness of a material from its data sheet."""

from __future__ import annotations

from fem_cell.errors import Fault, InputError
from fem_cell.laws.stiffness import Array, isotropic_stiffness, trigonal_stiffness
from fem_cell.materials.sheet import DataSheet

CONSTANTS = ("11", "12", "13", "14", "33", "44", "66")
ISOTROPIC = ("youngs_modulus", "poisson_ratio")


def stiffness_of(sheet: DataSheet, temperature: float, at: str) -> Array:
    """Stiffness in the axes of the crystal, Pa, shape (6, 6) in Voigt's notation.

    Args:
        sheet: With ``stiffness_c11`` and so on of a crystal, or with ``youngs_modulus`` and
            ``poisson_ratio``. A given ``stiffness_c66`` is used in place of (C11 - C12)/2.
        temperature: K.
        at: Key of the table the material belongs to, for messages.

    Raises:
        InputError: Neither is there, or the values belong to no stable solid.
    """
    keys = {number: f"stiffness_c{number}" for number in CONSTANTS}
    known = {n: sheet.value(key, temperature) for n, key in keys.items() if sheet.has(key)}
    if known:
        return trigonal_stiffness(known, at=f"{at}.stiffness")
    missing = [key for key in ISOTROPIC if not sheet.has(key)]
    if missing:
        problem = f"is missing in the data sheet of {sheet.name}"
        remedy = "mechanics needs it, or stiffness_c11, ... of a crystal"
        raise InputError([Fault(f"{at}.{key}", problem, remedy) for key in missing])
    return isotropic_stiffness(*(sheet.value(key, temperature) for key in ISOTROPIC))

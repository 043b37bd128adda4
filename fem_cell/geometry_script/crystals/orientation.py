"""Orientations of crystals as rotation matrices, from a texture or from Euler angles.

The columns of a matrix R are the crystal axes a, b* and c (hexagonal setting) in the frame of the
sample, where z is the normal of the current collector; a property tensor T of the crystal is
R T R^T in the sample.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fem_cell.errors import Fault
from fem_cell.geometry_script.crystals.tessellation import Array

TEXTURES = ("standing", "lying", "random")
COLUMNS = ("grain", "phi1", "Phi", "phi2")
"""Columns of a table of Bunge Euler angles, in degrees."""


def random_rotations(count: int, rng: np.random.Generator) -> Array:
    """Rotations that are uniform on SO(3), from unit quaternions that are uniform on S^3."""
    q = rng.normal(size=(count, 4))
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def bunge(phi1: float, Phi: float, phi2: float) -> Array:
    """Rotation matrix of Bunge Euler angles in rad (rotations about z, x and z again)."""
    return _about_z(phi1) @ _about_x(Phi) @ _about_z(phi2)


def textured(
    texture: str,
    count: int,
    spread: float,
    misoriented: float,
    rng: np.random.Generator,
    azimuths: Sequence[float] | Array | None = None,
) -> Array:
    """Orientations of grains.

    Args:
        texture: ``standing`` (c axis horizontal, so that the ab planes stand upright), ``lying``
            (c axis vertical) or ``random``.
        count: Number of grains.
        spread: Root mean square of the tilt of the c axis out of the plane or the line that the
            texture wants it in, rad.
        misoriented: Share of the grains that are oriented at random all the same.
        rng: Where they come from.
        azimuths: Direction of the c axis in the horizontal plane of each standing grain, rad; at
            random if not given.

    Returns:
        One matrix for each grain.
    """
    rotations = random_rotations(count, rng)
    if texture == "random":
        return rotations
    tilts, spins = rng.normal(0.0, spread, count), rng.uniform(0.0, 2 * np.pi, count)
    drawn = rng.uniform(0.0, 2 * np.pi, count)
    kept = rng.permutation(count)[round(misoriented * count) :]
    for grain in kept:
        if texture == "standing":
            azimuth = drawn[grain] if azimuths is None else azimuths[grain]
            polar = 0.5 * np.pi + tilts[grain]
        else:
            azimuth, polar = drawn[grain], tilts[grain]
        # Bunge's c axis has the azimuth phi1 - 90 deg and the polar angle Phi
        rotations[grain] = bunge(azimuth + 0.5 * np.pi, polar, spins[grain])
    return rotations


def read_table(path: Path, count: int, key: str) -> tuple[Array, list[Fault]]:
    """Orientations from a CSV file with the columns grain, phi1, Phi, phi2 (Bunge, deg).

    Args:
        path: The file.
        count: Number of grains; they are numbered from 1.
        key: Parameter that faults are reported for.

    Returns:
        One matrix for each grain, and what is wrong; matrices are complete without faults.
    """
    rotations, faults = np.tile(np.eye(3), (count, 1, 1)), []
    seen: set[int] = set()
    due = "needs a line grain,phi1,Phi,phi2 and one line of numbers (deg) for each grain"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        return rotations, [Fault(key, f"{path} cannot be read: {reason}", due)]
    if not rows or tuple(rows[0]) != COLUMNS:
        found = f"begins with '{','.join(rows[0])}'" if rows else "is empty"
        return rotations, [Fault(key, f"{path.name} {found}", due)]
    for row in rows[1:]:
        try:
            grain, angles = _numbers(row)
            _check_grain(grain, count, seen)
        except ValueError as error:
            faults.append(Fault(key, f"{path.name}: '{','.join(row)}' {error}", due))
            continue
        seen.add(grain)
        rotations[grain - 1] = bunge(*angles)
    missing = [str(grain) for grain in range(1, count + 1) if grain not in seen]
    if missing and not faults:
        faults.append(Fault(key, f"{path.name} lacks the grains {', '.join(missing)}", due))
    return rotations, faults


def _numbers(row: Sequence[str]) -> tuple[int, list[float]]:
    if len(row) != len(COLUMNS):
        raise ValueError(f"has {len(row)} values, not {len(COLUMNS)}")
    try:
        grain, angles = int(row[0]), [math.radians(float(cell)) for cell in row[1:]]
    except ValueError:
        raise ValueError("is not a grain and three numbers") from None
    if not all(math.isfinite(angle) for angle in angles):
        raise ValueError("has an angle that is not finite")
    return grain, angles


def _check_grain(grain: int, count: int, seen: set[int]) -> None:
    if not 1 <= grain <= count:
        raise ValueError(f"names a grain that does not exist; there are {count}")
    if grain in seen:
        raise ValueError("gives a grain for the second time")


def _about_z(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _about_x(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])

"""Bodies for the tests of mechanics."""

from __future__ import annotations

import math

import numpy as np

from fem_cell.laws.stiffness import trigonal_stiffness
from fem_cell.mechanics import Elasticity
from fem_cell.mechanics.stress import StressRecovery
from fem_cell.mesh import CellMesh
from tests.support.slab import slab_mesh

GPA = 1e9
EDGE = 20e-6
"""Edge of a cube, m."""

LICRO2 = {"11": 351.0, "12": 106.0, "13": 69.0, "14": -9.0, "33": 203.0, "44": 54.0, "66": 122.5}
"""GPa."""


def trigonal():
    """Stiffness of a trigonal crystal in its own axes, Pa."""
    return trigonal_stiffness({key: value * GPA for key, value in LICRO2.items()})


def rotation(phi1: float, Phi: float, phi2: float):
    """Rotation by Euler angles about z, x and z, rad."""

    def about(axis: int, angle: float):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        R = np.eye(3)
        R[one, one] = R[two, two] = math.cos(angle)
        R[two, one], R[one, two] = math.sin(angle), -math.sin(angle)
        return R

    return about(2, phi1) @ about(0, Phi) @ about(2, phi2)


TILTED = rotation(0.4, 1.1, -0.7)


def cube(n: int, layers=("solid",), order: int = 1) -> CellMesh:
    """A cube of n elements a side, of equal layers along z. Collective."""
    thickness = EDGE * 1e6 / len(layers)
    return slab_mesh(
        [(name, thickness, max(n // len(layers), 1)) for name in layers],
        width=EDGE * 1e6,
        across=n,
        order=order,
    )


def relative_error(measured, exact) -> float:
    """Largest difference over the largest exact value (local)."""
    return float(np.abs(measured - exact).max(initial=0.0) / np.abs(exact).max(initial=1e-300))


def owned_stress(body: Elasticity):
    """Voigt's stress of the cells that this rank owns, Pa."""
    return StressRecovery(body)().voigt[body.mesh.cells_of(body.body.phases, ghosts=False)]

"""Stress intensity from energy release."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.stiffness import isotropic_stiffness, rotated_stiffness
from fem_cell.mechanics.toughness import crack_compliance, opening_intensity
from tests.support.mechanics import GPA, TILTED, trigonal

OUTWARDS, FRONT, NORMAL = np.eye(3)


def test_isotropic_solid():
    """Lambda = diag((1-nu^2)/E, (1+nu)/E, (1-nu^2)/E) along outwards, front and normal."""
    E, nu = 200 * GPA, 0.3
    found = crack_compliance(isotropic_stiffness(E, nu), OUTWARDS, NORMAL)
    plane = (1 - nu**2) / E
    assert found * E == pytest.approx(np.diag([plane, (1 + nu) / E, plane]) * E)
    K = opening_intensity(plane * 1e12, isotropic_stiffness(E, nu), OUTWARDS, NORMAL)
    assert pytest.approx(1e6) == K


def test_orthotropic_solid():
    r"""Mode I on a symmetry plane (Sih, Paris and Irwin 1965), with plane-strain compliances b:

    G = K^2 sqrt(b11 b22 / 2) sqrt(sqrt(b22 / b11) + (2 b12 + b66) / (2 b11)).
    """
    C = np.diag([300.0, 200.0, 120.0, 40.0, 55.0, 70.0]) * GPA
    for (i, j), value in {(0, 1): 80.0, (0, 2): 60.0, (1, 2): 50.0}.items():
        C[i, j] = C[j, i] = value * GPA
    S = np.linalg.inv(C)
    b = S - np.outer(S[:, 1], S[1]) / S[1, 1]  # no strain along the front, y
    b11, b22, b12, b66 = b[0, 0], b[2, 2], b[0, 2], b[4, 4]
    exact = np.sqrt(b11 * b22 / 2) * np.sqrt(np.sqrt(b22 / b11) + (2 * b12 + b66) / (2 * b11))
    found = crack_compliance(C, OUTWARDS, NORMAL)
    assert found[2, 2] == pytest.approx(exact, rel=1e-10)


def test_turns_with_the_crystal():
    plain = crack_compliance(trigonal(), OUTWARDS, NORMAL)
    C = rotated_stiffness(trigonal(), TILTED)
    turned = crack_compliance(C, TILTED @ OUTWARDS, TILTED @ NORMAL)
    assert turned * GPA == pytest.approx(TILTED @ plain @ TILTED.T * GPA)
    assert np.linalg.eigvalsh(turned).min() > 0

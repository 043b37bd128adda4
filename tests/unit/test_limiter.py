"""Limits of updates: salt near depletion, stoichiometry on a steep curve."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.kinetics import DEPLETION
from fem_cell.solver.limiter import LARGEST_CHANGE, LARGEST_RATIO, Curve, limit_salt
from tests.support.models import electrolyte, nmc


@pytest.mark.parametrize(
    ("start", "wanted", "allowed"),
    [
        (1.0, 0.9, 0.9),
        (1e-2, -0.5, 1e-2 / LARGEST_RATIO),
        (1e-3, 0.4, 1e-3 * LARGEST_RATIO),
        (-1e-4, 2e-3, DEPLETION * LARGEST_RATIO),
        (2 * DEPLETION, -1e-3, -1e-3),
    ],
)
def test_salt_moves_by_a_factor_at_most(start: float, wanted: float, allowed: float) -> None:
    """Down and up, and out of depletion from where it begins."""
    assert limit_salt(np.array([start]), np.array([wanted])) == pytest.approx([allowed])


def test_stoichiometry_moves_its_potential_by_so_much() -> None:
    """A step onto the cliff near full ends on it; one on the plain is left alone."""
    law = nmc(electrolyte()).open_circuit
    curve = Curve.of(law, law.valid)
    start, wanted = np.array([0.99, 0.5]), np.array([1.05, 0.52])
    allowed = curve.limit(start, wanted)
    assert curve(start)[0] - curve(allowed)[0] == pytest.approx(LARGEST_CHANGE)
    assert allowed[1] == wanted[1]

"""Transport laws: Bruggeman's exponent."""

from __future__ import annotations

import pytest

from fem_cell.laws.transport import bruggeman


def test_bruggeman():
    """0.44^1.5 = 0.29186; a full volume conducts as the bulk."""
    assert bruggeman(0.44, 1.5) == pytest.approx(0.2918629, rel=1e-6)
    assert bruggeman(1.0, 1.5) == 1.0

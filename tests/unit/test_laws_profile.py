"""A factor that varies with stoichiometry, and what is wrong with its table."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.profile import Profile
from fem_cell.materials.profile import profile_faults

LAW = {"law": "log_linear", "stoichiometry": [0.4, 0.5, 0.8], "factor": [1.0, 0.1, 2.0]}


def test_factor_is_geometric_between_points_and_constant_beyond():
    factor = Profile.from_law(LAW)
    s = np.array([0.0, 0.4, 0.45, 0.5, 0.65, 0.8, 1.2])
    expected = [1.0, 1.0, np.sqrt(0.1), 0.1, np.sqrt(0.2), 2.0, 2.0]
    np.testing.assert_allclose(factor(s), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"law": "tanh_sum"}, "d.law"),
        ({"points": 3}, "d.points"),
        ({"factor": "half"}, "d.factor"),
        ({"factor": [1.0, 0.1]}, "d"),
        ({"factor": [1.0, 0.0, 2.0]}, "d.factor"),
        ({"stoichiometry": [0.5, 0.4, 0.8]}, "d.stoichiometry"),
        ({"stoichiometry": [0.4, 0.5, 1.1]}, "d.stoichiometry"),
    ],
)
def test_wrong_tables_are_explained(change, key):
    assert not profile_faults(LAW, "d")
    assert [fault.key for fault in profile_faults({**LAW, **change}, "d")] == [key]

"""Snapshots where a case asks for them: every so many steps, at given states."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from fem_cell.output.collection import read_collection
from tests.support.program import SLAB, SMALL_STEPS, changed, solve, write_case

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(120)]

LEVELS = [0.33, 0.35, 0.99]


def mean_stoichiometry(file):
    mesh = pyvista.read(file)
    return mesh.integrate_data()["mean_stoichiometry [1]"][0] / mesh.volume


def test_snapshots_by_steps_and_by_state(tmp_path):
    """Asked for on 2 ranks; what is never reached is never written."""
    case = changed(
        SLAB,
        protocol=["Discharge at 1C for 6 minutes", "Charge at 1C for 3 minutes"],
        output__snapshots=0,
        output__fields_every_steps=30,
        output__fields_at_stoichiometry=LEVELS,
    )
    out = tmp_path / "out"
    results = solve(write_case(tmp_path, case), out, "--set", SMALL_STEPS, ranks=2)
    found = read_collection(out / "fields" / "cathode.pvd")
    times = results.column("Test Time / s")
    ends = [0.0, *np.cumsum([step["duration_s"] for step in results.steps])]
    by_state = [s for s in found if np.abs(times - s.time).min() > 1e-6]
    shares = [mean_stoichiometry(out / "fields" / s.file) for s in by_state]
    passed = [level for level in LEVELS for s in shares if abs(s - level) < 1e-6]
    assert len(passed) == len(shares) > 0
    assert 0.99 not in passed
    # the rest are the ends of the steps, and every thirtieth time step
    at_rows = [s.time for s in found if s not in by_state]
    inside = [t for t in at_rows if np.abs(np.array(ends) - t).min() > 0.02]
    assert len(inside) == results.record["accepted_steps"] // 30

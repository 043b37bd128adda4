"""What is made of a results folder: capacity against the exact one, D_ss, filling by depth."""

from __future__ import annotations

import json

import pytest

from fem_cell.analysis import layer
from fem_cell.analysis.depth import filling_by_depth
from fem_cell.analysis.slab import slab_of
from fem_cell.case import load_case
from tests.support.program import ROOT, solve

pytestmark = pytest.mark.timeout(120)

BASE = ROOT / "runs" / "paper_b" / "base.toml"


@pytest.mark.parametrize(("rate", "ranks", "error"), [("0.1", 1, 5e-5), ("1", 2, 2e-3)])
def test_slab_of_paper_b(tmp_path, rate, ranks, error):
    """The closed form is met; from the fields comes what was delivered; D_ss is D."""
    out = tmp_path / "slab"
    protocol = f'protocol=["Discharge at {rate}C until 2.88 V"]'
    solve(BASE, out, "--set", protocol, ranks=ranks)
    case = load_case(out / "case.toml", [])
    slab, diffusivity = slab_of(case), case.phases["cathode"].material.value("diffusivity_ab")
    step = json.loads((out / "summary.json").read_text())["steps"][-1]
    delivered = step["capacity_mAh_cm2"] * 36000.0
    assert delivered == pytest.approx(slab.capacity(diffusivity), rel=error)
    assert slab.equivalent_diffusivity(delivered) == pytest.approx(diffusivity, rel=5e-3)
    profile = filling_by_depth(out, 7)
    stored = (profile.mean() - slab.start) * slab.charge_density * slab.thickness
    assert stored == pytest.approx(delivered, rel=0.02)
    assert sorted(profile) == list(profile)
    assert layer.known(out) is None
    assert layer.main([str(out)]) == 0
    assert layer.known(out) == pytest.approx(diffusivity, rel=1e-9)

"""``fem-cell effective`` on several ranks."""

from __future__ import annotations

import json

import pytest

from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel]

SMALL = [
    "--smoke", "--set", "geometry.size=1.2 um", "--set", "effective.sizes=[]",
    "--set", "effective.seeds=1", "--set", "geometry.pore_diameter=0.4 um",
    "--set", "effective.properties=['diffusivity', 'stiffness']",
    "--set", "effective.conditions=['mixed']",
]  # fmt: skip


def test_same_values_on_any_ranks_and_kept(launch, tmp_path):
    """Three ranks find what one does, and what is there is not computed again."""
    case = REPOSITORY / "runs" / "paper_c" / "network.toml"
    found = []
    for ranks in (1, 3):
        out = tmp_path / str(ranks)
        done = launch(ranks, ["-m", "fem_cell", "effective", case, "--out", out, *SMALL])
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("95 % +-") == 1
        found.append(
            [r["value"] for r in json.loads((out / "effective.json").read_text())["pieces"]]
        )
    assert found[1] == pytest.approx(found[0], rel=1e-6)
    again = launch(1, ["-m", "fem_cell", "effective", case, "--out", out, *SMALL])
    assert again.returncode == 0
    assert "stiffness, mixed" not in again.stdout + again.stderr

"""``fem-cell press`` on several ranks."""

from __future__ import annotations

import json

import pytest

from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel]

SMALL = [
    "--smoke", "--set", "geometry.size=1.0 um", "--set", "geometry.seed=3",
    "--set", "geometry.pore_diameter=0.4 um", "--set", "press.hold=0.1 s",
    "--set", "press.pressures=['5 MPa']", "--set", "press.variants=['plain', 'stripped']",
]  # fmt: skip


def test_same_rows_on_any_ranks_and_kept(launch, tmp_path):
    """Two ranks find what one does; a second call computes nothing; files are there."""
    case = REPOSITORY / "runs" / "paper_c" / "press.toml"
    found = []
    for ranks in (1, 2):
        out = tmp_path / str(ranks)
        done = launch(ranks, ["-m", "fem_cell", "press", case, "--out", out, *SMALL])
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("over flow stress") == 1
        rows = json.loads((out / "press.json").read_text())["rows"]
        found.append([rows[0][k] for k in ("compaction", "face_pressure", "stiffness")])
        found[-1].append(rows[1]["breaks_at"])
    assert found[1] == pytest.approx(found[0], rel=1e-3)
    assert (out / "fields" / "plain-353.15K-5MPa.pvtu").is_file()
    assert (out / "press.csv").read_text().count("\n") == 3
    assert (out / "pictures" / "pressing.png").is_file()
    again = launch(1, ["-m", "fem_cell", "press", case, "--out", out, *SMALL])
    assert again.returncode == 0
    assert "of Newton" not in again.stdout + again.stderr

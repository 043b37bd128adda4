"""``fem-cell press`` on several ranks."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, end_process, mpi_environment

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel]

RUNS = REPOSITORY / "runs" / "paper_c"


def press(launch, ranks: int, name: str, out: Path, *settings: str):
    changes = [part for setting in settings for part in ("--set", setting)]
    command = ["-m", "fem_cell", "press", RUNS / name, "--smoke", "--out", out, *changes]
    done = launch(ranks, command, 300.0)
    assert done.returncode == 0, done.stderr
    return done


def test_void_closes_alike_on_any_ranks(launch, tmp_path):
    """One and three ranks; a second call computes nothing; files and pictures are there."""
    settings = ("geometry.mesh_size=5 um", "press.pressures=['5 MPa']", "press.hold=0.5 ms")
    rows = []
    for ranks in (1, 3):
        out = tmp_path / str(ranks)
        done = press(launch, ranks, "void.toml", out, *settings)
        assert done.stdout.count("over flow stress") == 1
        rows += json.loads((out / "press.json").read_text())["rows"]
    keys = ("compaction", "porosity", "face_pressure", "lithium_stress", "stiffness")
    assert [rows[1][k] for k in keys] == pytest.approx([rows[0][k] for k in keys], rel=1e-3)
    touching = 1 - 0.25 * 3.1416 * 0.6**2
    assert rows[0]["face_pressure"] == pytest.approx(5e6 / touching, rel=0.1)
    assert (out / "fields" / "as_given-353.15K-5MPa.pvtu").is_file()
    with (out / "fields" / "as_given-353.15K-5MPa.csv").open(newline="") as file:
        porosity = [float(row["porosity"]) for row in csv.DictReader(file)]
    assert porosity == sorted(porosity, reverse=True)
    assert (out / "pictures" / "pressing.png").is_file()
    again = press(launch, 1, "void.toml", out, *settings)
    assert "of Newton" not in again.stdout + again.stderr
    next((out / "pieces").iterdir()).write_text("[1]")
    assert "of Newton" in press(launch, 1, "void.toml", out, *settings).stdout


def test_interrupted_and_not_disturbed(tmp_path):
    """Ctrl-C ends both ranks with code 4; until then the folder belongs to them."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "fem_cell", "press", RUNS / "void.toml", "--smoke"]
    command += ["--set", "press.strain_of_step=1e-5", "--out", out]
    process = subprocess.Popen(
        [*command, "-n", "2"], stdout=subprocess.PIPE, text=True, env=mpi_environment()
    )
    try:
        said = iter(process.stdout.readline, "")
        assert any(line.startswith("as_given") for line in said)
        second = subprocess.run(
            command, capture_output=True, text=True, env=mpi_environment(), check=False
        )
        assert (second.returncode, "is at work in" in second.stdout) == (2, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 4
    finally:
        end_process(process)


def test_what_would_float_is_an_error(launch, tmp_path):
    """Without the lithium under it, the pellet lies on nothing."""
    command = ["-m", "fem_cell", "press", RUNS / "void.toml", "--smoke", "--out", tmp_path]
    done = launch(1, [*command, "--set", "press.variants=['stripped']"])
    assert done.returncode == 2
    assert "no solid lies at the lower platen: pellet would float" in done.stdout


def test_stripped_skeleton_collapses_in_words(launch, tmp_path):
    """Elastic: one response says at which pressure it breaks, of the order of the crushing law."""
    small = ("geometry.size=1.0 um", "geometry.seed=3", "geometry.pore_diameter=0.4 um")
    done = press(launch, 1, "press.toml", tmp_path, *small, "press.variants=['stripped']")
    low, high = json.loads((tmp_path / "press.json").read_text())["rows"]
    assert low["skeleton_share"] == pytest.approx(1.0, rel=1e-3)
    assert 0.2 < low["breaks_at"] / low["crushing_law"] < 5.0
    assert "collapses" in high["event"]
    assert "skeleton alone, 50 MPa: collapses" in done.stdout


def test_full_pores_leave_the_load_to_lithium(launch, tmp_path):
    """Lithium that has relaxed is a fluid that nothing else holds up: it takes nearly all."""
    small = ("geometry.size=1.0 um", "geometry.seed=3", "geometry.pore_diameter=0.4 um")
    coarse = ("geometry.mesh_size=0.215 um", "press.strain_of_step=0.05", "press.hold=1 s")
    press(launch, 1, "press.toml", tmp_path, *small, *coarse, "press.variants=['filled']")
    content = json.loads((tmp_path / "press.json").read_text())
    (row,) = content["rows"]  # of two pressures the larger
    assert (row["asked"], row["porosity"], row["event"]) == (50e6, 0.0, "")
    assert 0.93 < row["face_pressure"] / row["pressure"] < 1.0
    rest = (1 - content["measures"]["skeleton_fraction"]) * row["lithium_pressure"]
    assert row["skeleton_share"] + rest / row["pressure"] == pytest.approx(1.0, rel=0.01)

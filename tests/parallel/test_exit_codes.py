"""How the command ends: wrong input in seconds, failures explained, no rank left hanging."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from tests.support.program import (
    MAIN,
    SLAB,
    SYMMETRIC,
    Results,
    changed,
    run,
    start,
    write_case,
)

pytestmark = [pytest.mark.parallel, pytest.mark.timeout(120)]

GRACE = 3.0
"""Seconds in which wrong input must be reported on an idle machine."""

WRONG = {
    "title": {"title": 3},
    "tittle": {"tittle": "x"},
    "temperature": {"temperature": "30"},
    "geometry.script": {"geometry__script": "no_such_script.py"},
    "geometry.widht": {"geometry__widht": "5 um"},
    "geometry.width": {"geometry__width": "-5 um"},
    "geometry.elements": {"geometry__elements": [1, 2, 3]},
    "phases.catode": {"phases__catode": {"model": "single_ion", "material": "LPSCl"}},
    "phases.cathode.model": {"phases__cathode__model": "porous"},
    "phases.cathode.material": {"phases__cathode__material": "NCM811"},
    "phases.cathode.porosity": {"phases__cathode__porosity": 1.3},
    "phases.cathode.particle_radius": {"phases__cathode__particle_radius": "5 s"},
    "phases.cathode.densty": {"phases__cathode__densty": "4 g/cm^3"},
    "interfaces.cathod-electrolyte": {"interfaces__cathod-electrolyte": {"model": "contact"}},
    "interfaces.lithium_foil.material": {"interfaces__lithium_foil__material": "lithum"},
    "terminals.positive": {"terminals__positive": "collector"},
    "terminals.negative": {"terminals__negative": "current_collector"},
    "initial.voltage": {"initial__voltage": "7 V"},
    "protocol[1]": {"protocol": ["Disharge at 1C until 2.7 V"]},
    "protocol": {"protocol": []},
    "solver.linear_solver": {"solver__linear_solver": "fast"},
    "output.fields_at": {"output__fields_at": "1 h"},
}
"""Changes of a good case, by the key that the report must name."""

ALL_AT_ONCE = [
    "title", "tittle", "temperature", "phases.catode", "phases.cathode.porosity",
    "terminals.positive", "protocol", "solver.linear_solver",
]  # fmt: skip


def lines_of(done) -> list[str]:
    """What the program says, without the noise of mpirun."""
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("error: ")]


def assert_explained(done, *keys: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = lines_of(done)
    for key in keys:
        named = [line for line in lines if line.startswith(f"error: {key}: ")]
        assert len(named) == 1, lines
        problem, _, remedy = named[0].partition("; ")
        assert problem
        assert remedy


def run_quickly(*args, **options):
    """Run up to three times: a busy machine may be slow, but not always."""
    for _ in range(3):
        start = time.monotonic()
        done = run(*args, **options)
        if time.monotonic() - start < GRACE:
            return done
    raise AssertionError(f"never took less than {GRACE:g} s")


@pytest.mark.parametrize("key", WRONG)
def test_wrong_case(tmp_path, key):
    case = write_case(tmp_path, changed(SLAB, **WRONG[key]))
    done = run_quickly("run", case, "--out", tmp_path / "out")
    assert_explained(done, key)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", [*WRONG][::7])
def test_wrong_case_on_two_ranks(tmp_path, key):
    case = write_case(tmp_path, changed(SLAB, **WRONG[key]))
    done = run_quickly("run", case, "--out", tmp_path / "out", ranks=2)
    assert_explained(done, key)
    assert len(lines_of(done)) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "check", "mesh"])
def test_all_faults_at_once(tmp_path, command):
    changes = {k: v for key in ALL_AT_ONCE for k, v in WRONG[key].items()}
    done = run(command, write_case(tmp_path, changed(SLAB, **changes)))
    assert_explained(done, *ALL_AT_ONCE)
    assert len(lines_of(done)) == len(ALL_AT_ONCE)


def test_wrong_case_from_outside_mpi(tmp_path):
    """``-n 2`` says it once, before mpirun starts."""
    case = write_case(tmp_path, changed(SLAB, title=3))
    done = run("run", case, "-n", "2")
    assert_explained(done, "title")
    assert len(lines_of(done)) == 1
    assert "prterun" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "COMMAND"),
        (("rum", MAIN), "rum"),
        (("run",), "CASE"),
        (("run", MAIN, "--max-wall-time", "soon"), "3h50m"),
        (("run", MAIN, "--max-wall-time", "-3m"), "--max-wall-time"),
        (("run", MAIN, "-n", "0"), "-n"),
        (("run", MAIN, "-n", "two"), "two"),
        (("run", MAIN, "--colour"), "--colour"),
        (("run", MAIN, "--set", "geometry"), "--set geometry"),
        (("run", MAIN, "--set", "geometry.pich=200 um"), "did you mean 'pitch'"),
        (("run", MAIN, "--set", "title.sub=1"), "title"),
        (("run", "nowhere.toml"), "there is no such file"),
        (("run", MAIN.parent), "cannot be read"),
    ],
)
def test_wrong_arguments(tmp_path, arguments, word):
    done = run(*arguments, cwd=tmp_path)
    text = done.stdout + done.stderr
    assert done.returncode == 2, text
    assert word in text
    assert "Traceback" not in text
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("out", ["file", "file/sub", "/proc/fem_cell", "full", "case"])
def test_results_folder_that_cannot_be_used(tmp_path, out):
    case = write_case(tmp_path / "case", SLAB)
    before = case.read_text()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    done = run("run", case, "--out", tmp_path / out, ranks=2 if out == "/proc/fem_cell" else 1)
    assert_explained(done, "--out")
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
    assert case.read_text() == before


def test_absurd_current(tmp_path):
    """What cannot be carried is explained, and the last good state stays."""
    document = changed(
        SLAB, protocol=["Discharge at 0.5C for 1 minutes", "Discharge at 20000C for 1 hour"]
    )
    for ranks in (1, 2):
        out = tmp_path / f"out{ranks}"
        done = run("run", write_case(tmp_path, document), "--out", out, ranks=ranks)
        text = done.stdout + done.stderr
        assert done.returncode == 3, text
        assert "Traceback" not in text
        error = "\n".join(lines_of(done))
        assert re.search(r"\d s", error), error
        assert "the terminal" in error
        assert "reduce it" in error
        record = Results(out).record
        assert record["status"] == "failed"
        assert record["end_reason"] in error
        assert (out / "checkpoint" / "checkpoint.npz").is_file()
        with np.load(out / "checkpoint" / "checkpoint.npz") as archive:
            # a NaN stands for a vertex where a field does not live, but none has only those
            assert all(np.isfinite(archive[k]).any() for k in archive.files if k != "progress")
        assert Results(out).steps[0]["end_reason"] == "time 1 minutes"


INJECT = """
import os
rank = os.environ.get("OMPI_COMM_WORLD_RANK", "0")
if rank == os.environ["FAIL_ON_RANK"]:
    import fem_cell.run.simulation as simulation
    accept, count = simulation.Simulation._accept, [0]

    def fail(self, *arguments):
        count[0] += 1
        if count[0] > 5:
            raise ZeroDivisionError("injected")
        return accept(self, *arguments)

    simulation.Simulation._accept = fail
import sys
from fem_cell.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("ranks", "which"), [(1, 0), (2, 1)])
def test_unexpected_exception_ends_all_ranks(tmp_path, launch, ranks, which):
    case = write_case(tmp_path, SLAB)
    script = tmp_path / "program.py"
    script.write_text(INJECT)
    done = launch(
        ranks,
        [script, "run", case, "--out", tmp_path / "out", "--quiet"],
        timeout=60,
        env={"FAIL_ON_RANK": str(which)},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "ZeroDivisionError: injected" in done.stdout + done.stderr
    record = Results(tmp_path / "out").record
    assert record["status"] == "failed"
    assert "injected" in record["end_reason"]


def test_beyond_the_limiting_current(tmp_path):
    """A salt that runs out lets the voltage run away; the run says so instead of going on."""
    document = changed(SYMMETRIC, protocol=["Charge at 20 mA/cm^2 for 1 hour"])
    done = run("run", write_case(tmp_path, document), "--out", tmp_path / "out", "--quiet")
    assert done.returncode == 3, done.stdout + done.stderr
    (error,) = lines_of(done)
    assert "Charge at 20 mA/cm^2 for 1 hour" in error
    assert 20 < Results(tmp_path / "out").column("Test Time / s")[-1] < 60


@pytest.mark.parametrize("ranks", [(), ("-n", "2")])
def test_nobody_reads_the_messages(tmp_path, ranks):
    """As with ``| head -1``, or a terminal that is closed: the run goes on."""
    out = tmp_path / "out"
    process = start("run", write_case(tmp_path, SLAB), "--out", out, *ranks)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(90) == 0, process.stderr.read()
    assert process.stderr.read() == ""
    assert Results(out).record["status"] == "finished"

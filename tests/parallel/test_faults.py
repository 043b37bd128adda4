"""What can go wrong around a run: it is explained, the last good state stays, no rank is left."""

from __future__ import annotations

import contextlib
import ctypes
import json
import shutil
import signal
import time

import numpy as np
import psutil
import pytest

from fem_cell.output.generations import FILE, FORMAT, PROGRESS
from tests.support.killing import TIMEOUT, assert_same_results, check_files
from tests.support.program import (
    SLAB,
    SMALL_STEPS,
    Results,
    changed,
    finish,
    rows_written,
    run,
    solve,
    start,
    wait_for,
    write_case,
)

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel, pytest.mark.timeout(900)]

CASE = changed(
    SLAB,
    protocol=["Discharge at 1C for 3 minutes", "Rest for 2 minutes"],
    output__checkpoint_every="0.05 s",
)
OPTIONS = ("--set", SMALL_STEPS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The case and its undisturbed results."""
    folder = tmp_path_factory.mktemp("whole")
    case = write_case(folder, CASE)
    return case, solve(case, folder / "out", *OPTIONS, timeout=TIMEOUT)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, whole):
    """A results folder that can be resumed."""
    out = tmp_path_factory.mktemp("stopped") / "out"
    process = start("run", whole[0], "--out", out, "--quiet", *OPTIONS)
    wait_for(lambda: rows_written(out) >= 15, process, TIMEOUT)
    process.send_signal(signal.SIGTERM)
    assert finish(process, TIMEOUT).returncode == 4
    return out


def assert_goes_on(whole, out, **options):
    case, reference = whole
    assert_same_results(
        reference, solve(case, out, "--resume", *OPTIONS, timeout=TIMEOUT, **options), 1e-9
    )


def assert_explained(done, code, *words):
    text = done.stdout + done.stderr
    assert done.returncode == code, text
    assert "Traceback" not in text
    for word in words:
        assert word in text, text


# -- while it runs ---------------------------------------------------------------

PROGRAM = """
import os, sys
RANK = int(os.environ.get("OMPI_COMM_WORLD_RANK", "0"))
COUNT = [0]

def full(action, after):
    def failing(*args, **kwargs):
        COUNT[0] += 1
        if COUNT[0] > after:
            raise OSError(28, "No space left on device", "here")
        return action(*args, **kwargs)
    return failing

{patch}
from fem_cell.cli import main
sys.exit(main(sys.argv[1:]))
"""
FULL = {
    "series": "import fem_cell.output.rows as m; m.append_line = full(m.append_line, 20)",
    "checkpoint": "import numpy as np; np.savez = full(np.savez, 3)",
    "fields of one rank": "import fem_cell.output.snapshot_files as m\n"
    "if RANK == 1: m.write_piece = full(m.write_piece, 1)",
    "index": "import fem_cell.output.snapshot_files as m\n"
    "m.write_collection = full(m.write_collection, 4)",
}


def injected(launch, tmp_path, case, patch, ranks=2):
    """Run a case on several ranks in a program that has something wrong with it."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(patch=patch))
    arguments = [program, "run", case, "--out", tmp_path / "out", "--quiet", *OPTIONS]
    return launch(ranks, arguments, timeout=TIMEOUT)


@pytest.mark.parametrize("what", FULL)
def test_disk_that_fills_up(tmp_path, launch, whole, what):
    done = injected(launch, tmp_path, whole[0], FULL[what])
    assert_explained(done, 3, "No space left on device", "--resume")
    out = tmp_path / "out"
    check_files(out)
    assert Results(out).record["status"] == "failed"
    assert not list(out.rglob("*.part"))
    assert_goes_on(whole, out)


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 20 MB, and what fills it."""
    folder.mkdir()
    system = ctypes.CDLL(None)
    if system.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=20m"):
        pytest.skip("no file system can be mounted here")

    def fill():
        with (folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(4096)) == 4096:
                pass

    try:
        yield fill
    finally:
        system.umount(bytes(folder))


def test_real_disk_that_fills_up(tmp_path, whole):
    disk = tmp_path / "disk"
    with small_disk(disk) as fill:
        process = start("run", whole[0], "--out", disk / "out", "--quiet", *OPTIONS, ranks=2)
        wait_for(lambda: rows_written(disk / "out") >= 10, process, TIMEOUT)
        fill()
        assert_explained(finish(process, TIMEOUT), 3, "No space left on device")
        check_files(disk / "out")
        (disk / "filler").unlink()
        assert_goes_on(whole, disk / "out")


def test_real_disk_that_fills_up_with_adios2(tmp_path):
    """ADIOS2 leaves ranks waiting if it cannot write, and ends the program as it closes files."""
    changes = {"output__fields_format": "vtx", "output__fields_every_steps": 1}
    case, disk = write_case(tmp_path, changed(CASE, **changes)), tmp_path / "disk"
    command = ("run", case, "--out", disk / "out", "--quiet", *OPTIONS)
    with small_disk(disk) as fill:
        process = start(*command, ranks=2)
        wait_for(lambda: rows_written(disk / "out") >= 10, process, TIMEOUT)
        fill()
        assert_explained(finish(process, TIMEOUT), 3, "No space left on device")
        (disk / "filler").unlink()
        assert run(*command, "--resume", ranks=2, timeout=TIMEOUT).returncode == 0


def test_not_a_number_in_a_field(tmp_path, launch, whole):
    """On one rank only; every attempt to go on is refused, and nothing of it is kept."""
    patch = """
from fem_cell.solver.system import System
residual = System.residual

def spoil(self, state, rate, out):
    residual(self, state, rate, out)
    COUNT[0] += 1
    if COUNT[0] > 120 and RANK == 1:
        out.array[0] = float("nan")

System.residual = spoil
"""
    done = injected(launch, tmp_path, whole[0], patch)
    assert_explained(done, 3, "could not go on at", "the last good state is in")
    out = tmp_path / "out"
    assert Results(out).record["status"] == "failed"
    assert np.isfinite(Results(out).rows).all()
    assert_goes_on(whole, out)


ALONE = """
import fem_cell.parallel
from fem_cell.errors import SolverError
from {module} import {owner}
fem_cell.parallel.PATIENCE = 2.0
action = {owner}.{name}

def spoil(self, *args, **kwargs):
    COUNT[0] += 1
    if COUNT[0] == {count} and RANK == {rank}:
        raise {error}
    return action(self, *args, **kwargs)

{owner}.{name} = spoil
"""
ON_ONE_RANK_ALONE = {
    "defect": ("fem_cell.solver.system.System.residual", 60, 1, 'ValueError("injected")', 1),
    "explained": ("fem_cell.run.recorder.Recorder.note", 8, 1, 'SolverError("injected")', 1),
    "in the end": ("fem_cell.run.keeper.Keeper.count", 3, 0, 'SolverError("injected")', 1),
    "exit": ("fem_cell.run.simulation.Simulation._measure", 1, 1, "SystemExit(0)", 1),
    "second Ctrl-C": ("fem_cell.solver.system.System.residual", 60, 1, "KeyboardInterrupt", 4),
    "impedance": (
        "fem_cell.experiments.resistances.ResistanceMeter.split", 2, 1, 'ValueError("injected")', 1,
    ),
}  # fmt: skip
"""Where, at which call, on which rank, what, and the exit code."""


@pytest.mark.parametrize("what", ON_ONE_RANK_ALONE)
def test_error_of_one_rank(tmp_path, launch, what):
    """Whatever it is: the other rank, in some collective call, does not wait for it for ever."""
    where, count, rank, error, code = ON_ONE_RANK_ALONE[what]
    module, owner, name = where.rsplit(".", 2)
    patch = ALONE.format(module=module, owner=owner, name=name, count=count, rank=rank, error=error)
    lines = ["Rest for 1 minute", "Measure impedance from 1e5 Hz to 1 Hz at 5 frequencies"]
    case = write_case(tmp_path, changed(CASE, protocol=lines))
    done = injected(launch, tmp_path, case, patch)
    assert done.returncode == code, done.stdout + done.stderr
    if code == 1:
        record = Results(tmp_path / "out").record
        assert record["status"] == "failed"
        assert "injected" in record["end_reason"] or what == "exit"


@pytest.mark.parametrize("launcher", [True, False])
def test_rank_that_is_lost(tmp_path, whole, launcher):
    """As where memory runs out: the other rank does not wait for it."""
    out = tmp_path / "out"
    how = ("-n", 2) if launcher else ()
    options = ("--out", out, "--quiet", *OPTIONS, *how)
    process = start("run", whole[0], *options, ranks=1 if launcher else 2)
    wait_for(lambda: rows_written(out) >= 10, process, TIMEOUT)
    ranks = ranks_of(process)
    assert len(ranks) == 2
    ranks[1].kill()
    done = finish(process, TIMEOUT)
    text = done.stdout + done.stderr
    assert "Traceback" not in text
    if launcher:
        assert done.returncode == 1, text
        assert "a rank was lost" in text
        assert Results(out).record["status"] == "failed"
    else:
        assert done.returncode not in range(5), text  # mpirun's own
    end = time.monotonic() + 10.0
    while any(is_alive(rank) for rank in ranks):
        assert time.monotonic() < end, ranks
        time.sleep(0.1)
    check_files(out)
    assert_goes_on(whole, out)


def test_two_runs_in_one_folder(tmp_path, whole):
    """The second is refused; one that was killed is in nobody's way."""
    out = tmp_path / "out"
    command = ("run", whole[0], "--out", out, "--quiet", *OPTIONS)
    process = start(*command, ranks=2)
    wait_for(lambda: rows_written(out) >= 5, process, TIMEOUT)
    first = [psutil.Process(process.pid), *ranks_of(process)]
    for one in first:
        one.suspend()
    done = run(*command, ranks=2, timeout=TIMEOUT)
    assert_explained(done, 2, f"another run or sweep is at work in {out}")
    for one in reversed(first):
        one.kill()
    finish(process, TIMEOUT)
    assert_goes_on(whole, out, ranks=2)


def ranks_of(process):
    """The processes that solve."""
    below = psutil.Process(process.pid).children(recursive=True)
    return [p for p in below if p.name().startswith("python")]


def is_alive(process):
    """Whether a process has not ended, be its end noticed or not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# -- before it goes on -----------------------------------------------------------


def cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def spoil_checkpoints(out):
    for path in (out / "checkpoint").iterdir():
        cut(path)


def note_in_checkpoint(**change):
    """Changes what a checkpoint says of itself."""

    def change_it(out):
        path = out / "checkpoint" / FILE
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        note = json.loads(str(arrays[PROGRESS])) | change
        np.savez(path, allow_pickle=False, **arrays | {PROGRESS: np.array(json.dumps(note))})

    return change_it


SPOILED = {
    "newest checkpoint": (lambda out: cut(out / "checkpoint" / "checkpoint.npz"), None),
    "all checkpoints": (spoil_checkpoints, "no checkpoint in"),
    "series": (lambda out: cut(out / "timeseries.csv"), "timeseries.csv has"),
    "summary": (lambda out: cut(out / "summary.json"), None),
    "index": (lambda out: cut(out / "fields" / "cathode.pvd"), "cathode.pvd is damaged"),
    "mesh": (lambda out: cut(out / "mesh" / "mesh.msh"), None),
    "mesh's description": (lambda out: cut(out / "mesh" / "mesh.json"), None),
    "case": (lambda out: cut(out / "case.toml"), "case.toml"),
    "checkpoint of another mesh": (
        note_in_checkpoint(fingerprint="another"),
        "the mesh is not the one of the checkpoint",
    ),
    "checkpoint of another version": (
        note_in_checkpoint(format=FORMAT + 1),
        "was written by another version of fem_cell",
    ),
}
"""What is damaged, and what is said of it if the run cannot go on."""

ON_ONE_RANK = ("summary", "index", "mesh's description", "case")


@pytest.mark.parametrize("what", SPOILED)
def test_damaged_file(tmp_path, whole, stopped, what):
    spoil, said = SPOILED[what]
    out = tmp_path / "out"
    shutil.copytree(stopped, out)
    spoil(out)
    ranks = 1 if what in ON_ONE_RANK else 2
    if said is None:
        assert_goes_on(whole, out, ranks=ranks)
        return
    rows = rows_written(out)
    done = run("run", whole[0], "--out", out, "--resume", *OPTIONS, ranks=ranks, timeout=TIMEOUT)
    assert_explained(done, 2, said)
    assert rows_written(out) == rows


def test_protocol_whose_end_is_changed(tmp_path, whole, stopped):
    """What has begun must be the same; what is to come may be another."""
    case, reference = whole
    out = tmp_path / "out"
    shutil.copytree(stopped, out)
    begun = ("--set", 'protocol=["Discharge at 2C for 3 minutes"]')
    done = run("run", case, "--out", out, "--resume", *OPTIONS, *begun, timeout=TIMEOUT)
    assert_explained(done, 2, "protocol: step 1 is 'Discharge at 2C for 3 minutes', and was")
    longer = ("--set", f'protocol=["{CASE["protocol"][0]}", "Charge at 1C for 1 minute"]')
    results = solve(case, out, "--resume", *OPTIONS, *longer, timeout=TIMEOUT)
    np.testing.assert_allclose(
        results.column("Voltage / V", 1), reference.column("Voltage / V", 1), rtol=1e-9
    )
    assert [step["text"] for step in results.steps][1] == "Charge at 1C for 1 minute"
    assert "Charge at 1C for 1 minute" in (out / "case.toml").read_text()
    # a finished run goes on where steps have been added
    again = ("--set", longer[1].replace("]", ', "Rest for 1 minute"]'))
    assert len(solve(case, out, "--resume", *OPTIONS, *again, timeout=TIMEOUT).steps) == 3

"""What a checkpoint keeps, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.errors import InputError, OutputError
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.output.checkpoint import restore, save
from fem_cell.output.generations import FILE, FORMAT, PREVIOUS, Progress, newest, take_up
from fem_cell.output.generations import PROGRESS as PROGRESS_KEY
from fem_cell.solver.history import KEPT
from tests.support.models import BulkElectrolyte, electrolyte, nmc, wall
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh

PROGRESS = Progress(
    time=12.5,
    step=1,
    step_time=10.0,
    step_charge=-1e-9,
    duration=3600.0,
    step_voltage=4.1,
    energies=[-2e-9, 1e-10],
    powers=[-3e-9, 1e-10],
    rows=7,
    fingerprint="mesh",
    protocol=["Rest for 10 s", "Discharge at 1C until 2.7 V"],
    done=[{"step": 1}],
    times=[12.5],
)

pytestmark = pytest.mark.skipif(
    MPI.COMM_WORLD.size > 1, reason="several ranks: tests/parallel/test_resume.py"
)


@pytest.fixture(scope="module")
def run():
    """A porous wall on an electrolyte, some time into a discharge."""
    salt = electrolyte()
    mesh = slab_mesh([("cathode", 20.0, 4), ("electrolyte", 10.0, 2)])
    phases = {
        "cathode": wall(nmc(salt), salt, radial_points=4),
        "electrolyte": BulkElectrolyte(salt),
    }
    cell = compose(mesh, phases, Contact(1e-6), CounterElectrode(salt, 0.0, 5.0, 0.0))
    cell.set_initial(0.3, 4.1, 0.0)
    run = Run(cell)
    run.impose_current(-10.0)
    run.advance(60.0, 1.0)
    return run


def write(folder, run, progress=PROGRESS):
    save(folder, run.system, run.state, run.integrator.history(), progress)


def test_a_state_comes_back_exactly(tmp_path, run):
    state, kept = run.state.copy(), run.integrator.history()
    write(tmp_path, run)
    back = run.system.create_state()
    progress, history = restore(tmp_path, run.system, back, "mesh")
    np.testing.assert_array_equal(back.array_r, state.array_r)
    assert history.outlook == kept.outlook
    assert progress.times == [time for time, _ in history.states]
    assert len(history.states) == len(kept.states) == KEPT
    for (t1, one), (t2, other) in zip(history.states, kept.states, strict=True):
        assert t1 == t2
        np.testing.assert_array_equal(one.array_r, other.array_r)
    np.testing.assert_array_equal(history.states[0][1].array_r, state.array_r)


def test_a_step_that_has_not_begun_has_no_history(tmp_path, run):
    save(tmp_path, run.system, run.state, None, PROGRESS)
    progress, history = restore(tmp_path, run.system, run.system.create_state(), "mesh")
    assert progress == PROGRESS
    assert history is None


def test_two_generations(tmp_path, run):
    write(tmp_path, run)
    assert not (tmp_path / PREVIOUS).exists()
    write(tmp_path, run, replace(PROGRESS, time=20.0))
    assert newest(tmp_path)[1].time == 20.0
    whole = (tmp_path / FILE).read_bytes()
    for broken in (b"cut short", whole[: len(whole) // 2], b"", flipped(whole)):
        (tmp_path / FILE).write_bytes(broken)
        path, progress = newest(tmp_path)
        assert (path.name, progress.time) == (PREVIOUS, 12.5)
    # the good one is not lost when the next is written
    assert take_up(tmp_path)[0].name == FILE
    assert newest(tmp_path)[1].time == 12.5
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(InputError, match=r"no checkpoint in .* can be read"):
        newest(tmp_path)
    assert not list(tmp_path.glob("*.part"))


def flipped(content):
    """One bit of the values is wrong."""
    changed = bytearray(content)
    changed[content.rindex(b"NUMPY") + 150] ^= 1
    return bytes(changed)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, run, monkeypatch):
    write(tmp_path, run)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write(tmp_path, run, replace(PROGRESS, time=20.0))
    assert newest(tmp_path)[1].time == 12.5
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_another_mesh_is_refused(tmp_path, run):
    write(tmp_path, run)
    with pytest.raises(InputError, match="mesh is not the one"):
        restore(tmp_path, run.system, run.system.create_state(), "another")


@pytest.mark.parametrize("change", [{"format": FORMAT + 1}, {"colour": "red"}])
def test_a_checkpoint_of_another_version_is_refused(tmp_path, run, change):
    write(tmp_path, run)
    edit(tmp_path / FILE, lambda arrays: arrays | {PROGRESS_KEY: changed_note(arrays, change)})
    with pytest.raises(InputError, match="another version"):
        restore(tmp_path, run.system, run.system.create_state(), "mesh")


def test_a_checkpoint_without_some_field_is_refused(tmp_path, run):
    """Another version may name the unknowns otherwise."""
    write(tmp_path, run)
    edit(tmp_path / FILE, lambda arrays: {k: v for k, v in arrays.items() if "ohmic" not in k})
    with pytest.raises(InputError, match="another version"):
        restore(tmp_path, run.system, run.system.create_state(), "mesh")


def changed_note(arrays, change):
    return np.array(json.dumps(json.loads(str(arrays[PROGRESS_KEY])) | change))


def edit(path, change):
    with np.load(path) as archive:
        arrays = change({k: archive[k] for k in archive.files})
    np.savez(path, allow_pickle=False, **arrays)

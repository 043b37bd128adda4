"""What a checkpoint keeps, and what it refuses."""

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.errors import InputError
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.output.checkpoint import FILE, PREVIOUS, Progress, read_progress, restore, save
from tests.support.models import BulkElectrolyte, electrolyte, nmc, wall
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh

PROGRESS = Progress(12.5, 1, 10.0, -1e-9, -2e-9, -3e-9, 0.5, "mesh")

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


def test_a_state_comes_back_exactly(tmp_path, run):
    state = run.state.copy()
    save(tmp_path, run.system, state, PROGRESS)
    assert read_progress(tmp_path) == PROGRESS
    back = run.system.create_state()
    assert restore(tmp_path, run.system, back, "mesh") == PROGRESS
    inner = slice(0, run.system.local_size - 1)
    np.testing.assert_array_equal(back.array_r[inner], state.array_r[inner])
    assert run.system.charge(back) == PROGRESS.charge


def test_two_generations(tmp_path, run):
    save(tmp_path, run.system, run.state, PROGRESS)
    assert not (tmp_path / PREVIOUS).exists()
    newer = Progress(20.0, 1, 10.0, 0.0, 0.0, 0.0, 0.5, "mesh")
    save(tmp_path, run.system, run.state, newer)
    assert read_progress(tmp_path).time == 20.0
    (tmp_path / FILE).write_bytes(b"cut short")
    assert read_progress(tmp_path).time == 12.5
    (tmp_path / PREVIOUS).write_bytes(b"")
    with pytest.raises(InputError, match="no checkpoint"):
        read_progress(tmp_path)
    assert not list(tmp_path.glob("*.part"))


def test_another_mesh_is_refused(tmp_path, run):
    save(tmp_path, run.system, run.state, PROGRESS)
    with pytest.raises(InputError, match="mesh is not the one"):
        restore(tmp_path, run.system, run.system.create_state(), "another")


def test_a_checkpoint_without_some_field_is_refused(tmp_path, run):
    """Another version may name the unknowns otherwise."""
    save(tmp_path, run.system, run.state, PROGRESS)
    with np.load(tmp_path / FILE) as archive:
        arrays = {k: archive[k] for k in archive.files if not k.startswith("ohmic_potential")}
    np.savez(tmp_path / FILE, allow_pickle=False, **arrays)
    with pytest.raises(InputError, match="another version"):
        restore(tmp_path, run.system, run.system.create_state(), "mesh")

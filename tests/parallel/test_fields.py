"""Fields written on several ranks are those of one rank; started again under mpirun."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.paraview import described, needs_paraview

SERIES = ("cathode", "electrolyte", "interface", "top")
RANKS = (1, 2, 3)


def discharge(folder: Path) -> None:
    """A wall with so few cells that ranks lack a phase; fields at start and after 60 s."""
    from fem_cell.output.fields import FieldWriter
    from tests.support.models import (
        BulkElectrolyte,
        ChargeTransfer,
        Contact,
        CounterElectrode,
        electrolyte,
        nmc,
        wall,
    )
    from tests.support.running import ONE_C, Run, compose
    from tests.support.slab import slab_mesh

    salt = electrolyte()
    cathode = wall(nmc(salt), salt, radial_points=4)
    mesh = slab_mesh([("cathode", 60, 6), ("electrolyte", 20, 1)])
    phases = {"cathode": cathode, "electrolyte": BulkElectrolyte(salt)}
    face = {("cathode", "electrolyte"): ChargeTransfer(cathode, salt)}
    cell = compose(mesh, phases, Contact(1e-4), CounterElectrode(salt, 0.0, 5.0), face)
    cell.set_initial(0.4, 3.9, 0.0)
    run = Run(cell)
    writers = [
        FieldWriter(folder / "fields", cell, run.system, ["top"]),
        FieldWriter(folder / "vtx" / "fields", cell, run.system, ["top"], file_format="vtx"),
    ]
    run.impose_current(-ONE_C)
    for time in (0.0, 60.0):
        if time:
            run.advance_to(time, 1.0)
        for writer in writers:
            writer.write(run.integrator.time, run.state, 1)
    for writer in writers:
        writer.close()


def last_grid(folder: Path, series: str) -> Any:
    import pyvista

    from fem_cell.output.collection import read_collection

    listed = read_collection(folder / "fields" / f"{series}.pvd")
    assert len(listed) == 2
    return pyvista.read(folder / "fields" / listed[-1].file)


def by_position(grid: Any, array: str) -> np.ndarray:
    """Values of point data, one row (x, y, z, value) per place, in order of place."""
    rows = np.column_stack([np.round(grid.points, 3), grid.point_data[array]])
    _, first = np.unique(rows[:, :3], axis=0, return_index=True)
    return np.asarray(rows[first], dtype=float)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    from tests.conftest import launch_ranks

    found = {}
    for ranks in RANKS:
        found[ranks] = tmp_path_factory.mktemp(f"ranks{ranks}")
        done = launch_ranks(ranks, ["-m", "mpi4py", __file__, found[ranks]])
        assert done.returncode == 0, done.stderr[-3000:]
    return found


@pytest.mark.parallel
@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("ranks", RANKS[1:])
def test_same_fields_on_any_number_of_ranks(
    folders: dict[int, Path], ranks: int, series: str
) -> None:
    one, many = last_grid(folders[1], series), last_grid(folders[ranks], series)
    assert many.n_cells == one.n_cells
    assert many.point_data.keys() == one.point_data.keys()
    assert many.cell_data.keys() == one.cell_data.keys()
    for array in one.point_data:
        a, b = by_position(one, array), by_position(many, array)
        scale = np.abs(a[:, 3]).max()
        # single precision in the files, and currents are differences of potentials
        np.testing.assert_allclose(b[:, 3], a[:, 3], atol=1e-5 * scale, err_msg=array)


@pytest.mark.parallel
@pytest.mark.parametrize("ranks", RANKS)
def test_current_is_conserved(folders: dict[int, Path], ranks: int) -> None:
    array = "current_density_into_electrode [A/m2]"
    total = {}
    for series in ("interface", "top"):
        grid = last_grid(folders[ranks], series)
        areas = np.asarray(grid.compute_cell_sizes()["Area"], dtype=float)
        total[series] = float((grid.cell_data[array] * areas).sum() / 25.0)
    assert total["interface"] == pytest.approx(36.3, rel=1e-5)
    assert total["top"] == pytest.approx(-36.3, rel=1e-5)


@pytest.mark.parallel
def test_ranks_without_cells_write_no_piece(folders: dict[int, Path]) -> None:
    pieces = {p.name for p in (folders[3] / "fields" / "top").glob("*.vtu")}
    grid = last_grid(folders[3], "cathode")
    assert pieces
    assert len(pieces) < 2 * 3
    assert len(np.unique(grid.cell_data["rank"])) > 1
    assert not list(folders[3].rglob("*.part"))


@needs_paraview
@pytest.mark.parallel
def test_vtx_files_hold_the_same(folders: dict[int, Path]) -> None:
    """On 3 ranks, of which some have no cell of a series."""
    pvd, vtx = described(folders[3]), described(folders[3] / "vtx")
    assert vtx.keys() == pvd.keys() == set(SERIES)
    for name, series in pvd.items():
        same = vtx[name]
        for key in ("cells", "points", "times"):
            assert same[key] == series[key]
        assert same["point_data"].items() >= series["point_data"].items()
        once = series["cell_data"].keys() - series["point_data"].keys()
        assert same["cell_data"] == {array: series["cell_data"][array] for array in once}


if __name__ == "__main__":
    discharge(Path(sys.argv[1]))

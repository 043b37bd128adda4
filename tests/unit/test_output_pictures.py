"""Pictures and comparisons from results folders made by hand, without a solver."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import pyvista

from fem_cell.geometry_script import build_mesh, load_script
from fem_cell.output.collection import Snapshot, write_collection
from fem_cell.output.compare import compare
from fem_cell.output.pictures import make_pictures, side_by_side
from fem_cell.output.pictures.folder import NothingToShow, ResultsFolder, show_time, spread
from fem_cell.output.pictures.mesh import make_mesh_picture
from fem_cell.output.pictures.solids import body_of
from fem_cell.output.vtu import TETRAHEDRON, TRIANGLE, Grid, write_piece, write_pieces_list
from tests.conftest import REPOSITORY

TIMES = (0.0, 600.0, 1200.0)
CURRENT = "current_density_into_electrode [A/m2]"
PRISM = np.array([[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]])
HALF_PITCH = 100.0
CORNER = HALF_PITCH / np.sqrt(3)


def prism(bottom: float, top: float) -> Grid:
    """A wedge of 30 degrees between two levels, micrometres."""
    outline = np.array([[0.0, 0.0], [HALF_PITCH, 0.0], [HALF_PITCH, CORNER]])
    points = np.vstack([np.column_stack([outline, np.full(3, z)]) for z in (bottom, top)])
    return Grid(points, PRISM, TETRAHEDRON)


def write_series(folder: Path, name: str, grids: list[Grid]) -> None:
    (folder / "fields" / name).mkdir(parents=True)
    listed = []
    for i, (time, grid) in enumerate(zip(TIMES, grids, strict=True)):
        write_piece(folder / "fields" / name / f"{name}_{i}_r0.vtu", grid, {"TimeValue": time})
        write_pieces_list(
            folder / "fields" / name / f"{name}_{i}.pvtu", grid, [f"{name}_{i}_r0.vtu"]
        )
        listed.append(Snapshot(time, f"{name}/{name}_{i}.pvtu"))
    write_collection(folder / "fields" / f"{name}.pvd", listed)


def write_results(folder: Path, fields: bool = True) -> Path:
    """Results of a wedge: a coating of 80 um, an electrolyte of 20 um, a foil."""
    rows = [f"{t},-1.0,{4.0 - 1e-3 * t},1,-3.6,{1e-3 * t}" for t in np.linspace(0, 1200, 20)]
    head = "Test Time / s,Current / A,Voltage / V,Step Count / 1,"
    head += "Current Density / mA.cm-2,Areal Capacity / mAh.cm-2"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timeseries.csv").write_text("\n".join([head, *rows]) + "\n1200,-1.0")
    (folder / "case.toml").write_text('title = "Made by hand"\n')
    if not fields:
        return folder
    (folder / "mesh").mkdir()
    (folder / "mesh" / "mesh.json").write_text(json.dumps({"multiplicity": 12}))
    walls, bulks, faces, foils = [], [], [], []
    for time in TIMES:
        wall, bulk = prism(0.0, 80.0), prism(80.0, 100.0)
        level = np.float32(wall.points[:, 2])
        data = {"mean_stoichiometry [1]": 0.3 + 1e-4 * time + 1e-3 * level}
        data["salt_concentration [mol/m3]"] = 1000 + level
        walls.append(Grid(wall.points, PRISM, TETRAHEDRON, data, {"phase": np.int32([1] * 3)}))
        data = {"salt_concentration [mol/m3]": np.float32(bulk.points[:, 2] + time)}
        bulks.append(Grid(bulk.points, PRISM, TETRAHEDRON, data, {"phase": np.int32([2] * 3)}))
        density = {CURRENT: np.float32([30, 35, 40])}
        triangle = np.array([[0, 1, 2]])
        faces.append(Grid(bulk.points[:3], triangle, TRIANGLE, density))
        foils.append(Grid(bulk.points[3:], triangle, TRIANGLE, density))
    named = {"cathode": walls, "electrolyte": bulks, "interface": faces, "lithium_foil": foils}
    for name, grids in named.items():
        write_series(folder, name, grids)
    return folder


def is_drawn(picture: Path) -> bool:
    """A picture of some size that is not mostly one colour."""
    from matplotlib.image import imread

    image = imread(picture)
    return min(image.shape[:2]) > 200 and float(image[..., :3].std()) > 0.02


def test_sectors_make_a_whole_hexagon() -> None:
    grid = prism(0.0, 50.0)
    tets = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: grid.cells}, grid.points)
    body = body_of([tets], 12)
    assert body.size == pytest.approx([2 * HALF_PITCH, 4 * CORNER, 50.0])
    triangle = 0.5 * HALF_PITCH * CORNER
    for surface, sectors in ((body.half(tets), 6), (body.opened(tets, 100.0), 9)):
        areas = surface.compute_cell_sizes()["Area"]
        flat = np.abs(np.asarray(surface.compute_normals(cell_normals=True)["Normals"])[:, 2]) > 0.9
        assert float(areas[flat].sum()) == pytest.approx(2 * sectors * triangle, rel=1e-5)
    assert np.asarray(body.half(tets).points)[:, 1].min() > -1e-3


def test_other_pieces_are_not_mirrored() -> None:
    slab = pyvista.ImageData(dimensions=(2, 2, 9), spacing=(5, 5, 15)).cast_to_unstructured_grid()
    body = body_of([slab], 12)
    assert body.multiplicity == 1
    assert body.note == "width not to scale"
    assert np.ptp(np.asarray(body.half(slab).points), axis=0) == pytest.approx([42, 42, 120])
    block = pyvista.ImageData(dimensions=(3, 3, 3)).cast_to_unstructured_grid()
    assert body_of([block], 1).half(block).bounds == pytest.approx((0, 2, 1, 2, 0, 2))


def test_snapshots_spread_over_time() -> None:
    listed = [Snapshot(float(t), "") for t in (0, 1, 2, 3, 50, 99.99, 100)]
    assert [s.time for s in spread(listed, 3)] == [0, 50, 100]
    assert [s.time for s in spread(listed[:1], 6)] == [0]
    assert [show_time(t) for t in (1e-6, 5.0, 600.0, 9000.0)] == ["0 s", "5 s", "10 min", "2.5 h"]


def test_all_pictures_of_a_run(tmp_path: Path) -> None:
    results = write_results(tmp_path / "run")
    drawn = make_pictures(results)
    expected = ["voltage", "architecture", "stoichiometry", "salt", "interface_current"]
    assert drawn == [results / "pictures" / f"{name}.png" for name in expected]
    assert all(is_drawn(picture) for picture in drawn)


def test_picture_of_a_mesh(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Phases by name; some whole, some hidden; what cannot be drawn is said."""
    script = load_script(REPOSITORY / "geometry" / "layered_slab.py")
    values, _ = script.read({"layers": ["cathode: 20 um", "electrolyte: 10 um", "foil: 5 um"]})
    mesh = build_mesh(script, values, tmp_path)
    make_mesh_picture(mesh.path, "A slab", ["cathode"], ["foil"])
    assert is_drawn(tmp_path / "mesh.png")
    mesh.path.unlink()
    make_mesh_picture(mesh.path, "A slab")
    assert "drawing the mesh failed" in caplog.text


def test_missing_and_broken_files_spoil_only_their_pictures(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert make_pictures(tmp_path / "nothing") == []
    results = write_results(tmp_path / "run")
    (results / "timeseries.csv").unlink()
    (results / "fields" / "interface.pvd").unlink()
    for piece in (results / "fields" / "electrolyte").glob("*.vtu"):
        piece.write_bytes(b"<VTKFile")
    with caplog.at_level(logging.INFO, logger="fem_cell"):
        drawn = make_pictures(results)
    assert results / "pictures" / "stoichiometry.png" in drawn
    assert not {p.name for p in drawn} & {"voltage.png", "interface_current.png"}


def test_two_runs_side_by_side(tmp_path: Path) -> None:
    one, two = write_results(tmp_path / "one"), write_results(tmp_path / "two")
    picture = side_by_side([one, two], "stoichiometry", [0.0, 600.0, 5000.0])
    assert picture == one / "pictures" / "side_by_side_stoichiometry.png"
    assert is_drawn(picture)
    with pytest.raises(NothingToShow, match="known: stoichiometry"):
        side_by_side([one], "temperature", [0.0])
    with pytest.raises(NothingToShow, match="had ended"):
        side_by_side([one], "salt", [5000.0])


def test_half_a_row_of_a_running_series_is_left_out(tmp_path: Path) -> None:
    results = ResultsFolder(write_results(tmp_path / "run", fields=False))
    assert results.table["Voltage / V"].size == 20
    assert results.voltage_at(600.0) == pytest.approx(3.4)
    assert results.title == "Made by hand"


def test_comparison(tmp_path: Path) -> None:
    folders = [write_results(tmp_path / name / "run", fields=False) for name in ("a", "b")]
    step = {
        "text": "Discharge at 1C",
        "end_reason": "voltage 2.7 V",
        "capacity_mAh_cm2": 3.775,
        "capacity_mAh_g": 207.03,
        "energy_Wh_kg": 730.15,
        "mean_voltage_V": 3.674,
        "duration_s": 3726.4,
    }
    (folders[0] / "summary.json").write_text(json.dumps({"steps": [step]}))
    run = {"status": "finished", "wall_time_s": {"total": 61.2}, "end_reason": "voltage 2.7 V"}
    (folders[0] / "run.json").write_text(json.dumps(run))
    table = compare(folders, tmp_path / "out")
    assert (tmp_path / "out" / "table.txt").read_text() == table + "\n"
    first, second = table.splitlines()[2:]
    assert first.split("  ")[0] == "a/run"
    assert "3.775" in first
    assert "voltage 2.7 V" in first
    assert first.endswith("61")
    assert second.startswith("b/run")
    assert "(no run.json)" in second
    assert is_drawn(tmp_path / "out" / "voltage.png")


def test_comparison_draws_what_two_results_have(tmp_path: Path) -> None:
    """Maps of both on one scale; nothing of what only one has, and nothing of a single run."""
    whole, part = (write_results(tmp_path / name) for name in ("whole", "part"))
    plain = write_results(tmp_path / "plain", fields=False)
    (part / "fields" / "interface.pvd").unlink()
    compare([whole, part, plain], tmp_path / "out")
    for name in ("stoichiometry", "salt"):
        assert is_drawn(tmp_path / "out" / f"{name}.png")
    assert not (tmp_path / "out" / "interface_current.png").exists()
    compare([whole, plain], tmp_path / "one")
    assert {p.name for p in (tmp_path / "one").iterdir()} == {"table.txt", "voltage.png"}

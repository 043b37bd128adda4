"""Meshes of the geometry scripts: sizes against the exact ones, quality, files, faults."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from fem_cell.errors import InputError
from fem_cell.geometry_script import MeshFile, build_mesh, describe, load_script

gmsh = pytest.importorskip("gmsh")

GEOMETRY = Path(__file__).parents[2] / "geometry"
CATHODE = load_script(GEOMETRY / "channelled_cathode.py")
SLAB = load_script(GEOMETRY / "layered_slab.py")
ALIGNED = load_script(GEOMETRY / "aligned_layer.py")


def built(script, folder: Path, **table) -> MeshFile:
    values, faults = script.read(table)
    assert faults == []
    return build_mesh(script, values, folder)


def worst(info, *tables) -> float:
    rows = [row for table in tables for row in info[table].values()]
    return max(abs(row["relative_error"]) for row in rows)


CATHODES = [
    {},
    {"mesh_size": "6 um", "interface_size": "6 um"},  # flat cells at the first attempt
    {"lattice": "square", "mesh_size": "10 um"},
    {"lattice": "none", "mesh_size": "10 um"},
    {"channel_depth": "70 um", "taper": "10 deg"},
    {"taper": "5 deg", "mesh_size": "10 um"},
    {"cell": "full", "lattice": "square", "mesh_size": "15 um"},
    {"cell": "full", "mesh_size": "20 um"},
]


@pytest.mark.parametrize("table", CATHODES, ids=lambda t: "-".join(t.values()) or "default")
def test_cathode_has_good_cells_and_the_exact_sizes(tmp_path: Path, table):
    """Chords cut off (h/R)^2/12 of a circle's area; curved cells leave (h/R)^4."""
    info = built(CATHODE, tmp_path, **table).info
    assert info["quality"]["minimum"] > 0.2
    assert info["quality"]["percentile_1"] > 0.4
    assert info["quality"]["median"] > 0.7
    assert worst(info, "phases") < 3e-3
    assert worst(info, "surfaces", "interfaces") < 4e-3
    values, _ = CATHODE.read(table)
    for number, expected in CATHODE.estimate(values).items():
        assert expected == pytest.approx(info[number], rel=0.2)


@pytest.mark.parametrize("table", CATHODES[4:6], ids=["blind", "tapered"])
def test_curved_cells_follow_the_channel(tmp_path: Path, table):
    info = built(CATHODE, tmp_path, order=2, **table).info
    assert info["order"] == 2
    assert worst(info, "phases", "surfaces", "interfaces") < 5e-7
    assert info["nodes"] > 5 * info["vertices"]


def test_cells_are_smaller_at_the_interface(tmp_path: Path):
    info = built(CATHODE, tmp_path, interface_size="2 um").info
    assert info["edge_length"]["minimum"] < 2e-6 < 6e-6 < info["edge_length"]["maximum"]


SLABS = [
    {},
    {"elements": [20, 8], "grading": 8.0},
    {"order": 2, "cross_section": "triangle"},
    {"width_elements": 4, "depth_elements": 3, "order": 2, "grading": 3.0},
    {"layers": ["li: 10 um", "se: 20 um", "li: 10 um"], "bottom": "left", "top": "right"},
    {"cross_section": "triangle", "width_elements": 3, "depth_elements": 3, "width": "30 um"},
]


@pytest.mark.parametrize("table", SLABS)
def test_slab_is_exact_and_as_large_as_announced(tmp_path: Path, table):
    info = built(SLAB, tmp_path, **table).info
    assert worst(info, "phases", "surfaces", "interfaces") < 1e-10
    values, _ = SLAB.read(table)
    assert SLAB.estimate(values) == {"nodes": info["nodes"], "cells": info["cells"]}
    volumes, surfaces = SLAB.names(values)
    assert set(info["phases"]) == set(volumes)
    assert set(info["surfaces"]) == set(surfaces)
    assert len(info["interfaces"]) == 1


LAYERS = [
    ({}, 0),
    ({"gap_width": "2 um"}, 1),
    ({"depth": "5 um", "gap_width": "3 um", "gap_depth": "3 um", "mesh_size": "1 um"}, 1),
    ({"crack": "vertical", "crack_length": "10 um", "gap_width": "2.5 um"}, 2),
    ({"crack": "horizontal", "depth": "4 um", "crack_depth": "2 um", "mesh_size": "1 um"}, 1),
]


@pytest.mark.parametrize(("table", "cuts"), LAYERS)
def test_aligned_layer_is_exact_and_as_large_as_announced(tmp_path: Path, table, cuts):
    info = built(ALIGNED, tmp_path, **table).info
    assert worst(info, "phases", "surfaces", "interfaces") < 1e-10
    values, _ = ALIGNED.read(table)
    assert ALIGNED.estimate(values) == {"nodes": info["nodes"], "cells": info["cells"]}
    volumes, surfaces = ALIGNED.names(values)
    assert set(info["surfaces"]) == set(surfaces)
    assert len(surfaces) == 3 + cuts
    assert set(info["phases"]) == set(volumes)


@pytest.mark.parametrize("depth", [{}, {"depth": "2 um"}])
def test_aligned_layer_follows_steep_roughness(tmp_path: Path, depth):
    """Nodes keep their columns: volumes stay exact, and the area that of the surface, refined."""
    rough = {"width": "2 um", "roughness": "0.5 um", "correlation_length": "0.5 um", **depth}
    errors = []
    for size in (0.16, 0.08):
        info = built(ALIGNED, tmp_path / str(size), mesh_size=f"{size} um", **rough).info
        assert worst(info, "phases") < 1e-4
        assert worst(info, "surfaces") < 1e-6
        (area,) = info["interfaces"].values()
        assert area["exact"] > 1.3 * info["footprint"]
        errors.append(worst(info, "interfaces"))
    assert errors[1] < 0.35 * errors[0]
    assert errors[1] < 0.02


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"gap_width": "5 um"}, "gap_width"),
        ({"gap_width": "1 um", "depth": "2 um", "gap_depth": "3 um"}, "gap_depth"),
        ({"crack": "horizontal", "crack_height": "24 um"}, "crack_height"),
        ({"crack": "vertical", "crack_length": "24 um"}, "crack_height"),
        ({"crack": "horizontal", "roughness": "1 um"}, "roughness"),
        ({"roughness": "1 um", "correlation_length": "0.5 um"}, "mesh_size"),
        ({"roughness": "10 um"}, "roughness"),
    ],
)
def test_aligned_layers_that_cannot_be(table, key):
    assert [fault.key for fault in ALIGNED.read(table)[1]] == [key]


def test_slab_levels_are_graded(tmp_path: Path):
    path = built(SLAB, tmp_path, layers=["a: 10 um"], elements=[5], grading=4.0).path
    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(path))
        levels = sorted({round(z, 9) for z in gmsh.model.mesh.getNodes()[1][2::3]})
    finally:
        gmsh.finalize()
    steps = [b - a for a, b in pairwise(levels)]
    unit = 10.0 / (1 + 2 + 4 + 2 + 1)
    assert steps == pytest.approx([unit, 2 * unit, 4 * unit, 2 * unit, unit], rel=1e-6)


def test_files_are_complete_and_reproducible(tmp_path: Path):
    first = built(CATHODE, tmp_path, mesh_size="12 um")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mesh.json", "mesh.msh", "mesh_log.txt"]
    assert MeshFile.load(first.path) == first
    assert first.info["parameters"]["pitch"] == "200 um"
    assert CATHODE.read(first.info["parameters"])[1] == []
    again = built(CATHODE, tmp_path, mesh_size="12 um")
    assert again.fingerprint == first.fingerprint
    assert not gmsh.isInitialized()


def test_mesh_and_description_must_belong_together(tmp_path: Path):
    path = built(SLAB, tmp_path).path
    side = path.with_suffix(".json")
    side.write_text(json.dumps(json.loads(side.read_text()) | {"fingerprint": "0"}))
    with pytest.raises(InputError, match="do not belong together"):
        MeshFile.load(path)
    side.unlink()
    with pytest.raises(InputError, match="there is no file"):
        MeshFile.load(path)


def test_description_for_people(tmp_path: Path):
    text = describe(built(CATHODE, tmp_path, mesh_size="12 um").info)
    for part in ("cells", "footprint 2886.75 um^2", "12 such pieces", "cathode [um^3]",
                 "channel_bottom [um^2]", "cathode-electrolyte [um^2]", "0.9-1.0"):  # fmt: skip
        assert part in text
    shares = [float(share) for share in re.findall(r"([\d.]+)%", text)]
    assert sum(shares) == pytest.approx(100.0, abs=0.5)


def test_impossible_values_are_refused_before_meshing(tmp_path: Path):
    values, _ = CATHODE.read({})
    with pytest.raises(InputError, match=r"geometry\.channel_depth"):
        build_mesh(CATHODE, values | {"channel_depth": 2e-4}, tmp_path)


BRICKS = """
from fem_cell.geometry_script import Geometry
from fem_cell.geometry_script.groups import name_group, outer_faces
PARAMETERS = ()
def names(p):
    return ("a", "b"), ("outside",)
def build(p):
    import gmsh
    a = gmsh.model.occ.addBox(0, 0, 0, 1, 1, 1)
    b = gmsh.model.occ.addBox(0, 0, 1, 1, 1, 1)
    gmsh.model.occ.fragment([(3, a)], [(3, b)])
    gmsh.model.occ.synchronize()
    {groups}
    return Geometry(volumes={{"a": 1e-18}}, areas={{}}, footprint=1e-12, thickness={{"a": 1e-6}})
"""
SIDES = 'name_group(gmsh, 2, outer_faces(gmsh), "outside")'


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (f'name_group(gmsh, 3, [a], "a"); {SIDES}', "made no volume group 'b'"),
        (f'name_group(gmsh, 3, [a], "a"); {SIDES}', "is in no group"),
        (f'name_group(gmsh, 3, [a], "a"); name_group(gmsh, 3, [a, b], "b"); {SIDES}',
         "is in the groups a, b"),
        ('name_group(gmsh, 3, [a], "a"); name_group(gmsh, 3, [b], "b")',
         "made no surface group 'outside'"),
        (f'name_group(gmsh, 3, [a], "a"); name_group(gmsh, 3, [b], "b"); {SIDES}; '
         'name_group(gmsh, 2, [1], "c")', "surface group 'c', which names.. does not list"),
        ('raise RuntimeError("no such brick")', "cannot be meshed: no such brick"),
        ("return 3", "did not return a Geometry"),
    ],
)  # fmt: skip
def test_faulty_scripts_are_explained(tmp_path: Path, groups, said):
    path = tmp_path / "bricks.py"
    path.write_text(BRICKS.format(groups=groups))
    with pytest.raises(InputError, match=said):
        build_mesh(load_script(path), {}, tmp_path / "out")
    assert not gmsh.isInitialized()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mesh_log.txt"]


def test_sizes_without_a_closed_form(tmp_path: Path):
    path = tmp_path / "bricks.py"
    groups = f'name_group(gmsh, 3, [a], "a"); name_group(gmsh, 3, [b], "b"); {SIDES}'
    path.write_text(BRICKS.format(groups=groups))
    info = build_mesh(load_script(path), {}, tmp_path).info
    assert info["phases"]["a"]["relative_error"] == pytest.approx(0.0, abs=1e-10)
    assert info["phases"]["b"] | {"cells": 0} == {
        "cells": 0, "exact": None, "mesh": pytest.approx(1e-18), "relative_error": None
    }  # fmt: skip
    assert info["surfaces"]["outside"]["mesh"] == pytest.approx(10e-12)
    assert "outside" in describe(info)


def test_the_script_of_the_readme_works(tmp_path: Path):
    text = (GEOMETRY / "README.md").read_text()
    path = tmp_path / "bricks.py"
    path.write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0])
    script = load_script(path)
    info = built(script, tmp_path / "out", film="8 um").info
    assert worst(info, "phases", "surfaces") < 1e-10
    assert script.read({"mesh_size": "11 um"})[1][0].key == "mesh_size"


def test_command_line_of_a_script(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(GEOMETRY / "layered_slab.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    out = tmp_path / "slab.msh"
    made = run("--layers", "a: 4 um", "b: 2 um", "--elements", "4", "2", "--out", str(out))
    assert made.returncode == 0, made.stderr
    assert "cells             36" in made.stdout
    assert MeshFile.load(out).info["phases"]["b"]["cells"] == 12
    wrong = run("--layers", "a: 4", "--out", str(out))
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("layers: ")
    assert "--grading" in run("--help").stdout

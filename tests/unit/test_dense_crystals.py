"""The script of dense crystals: names, faults, and meshes against exact sizes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from fem_cell.geometry_script import build_mesh, describe, load_script
from fem_cell.geometry_script.crystals import MICRO, microstructure

CRYSTALS = load_script(Path(__file__).parents[2] / "geometry" / "dense_crystals.py")

SMALL = {"width": "12 um", "thickness": "10 um", "separator_thickness": "5 um", "grains": 6,
         "plate_length": "8 um", "mesh_size": "2 um"}  # fmt: skip
FLAWS = {"cracks": 2, "crack_diameter": "4 um", "crack_tilt": "15 deg", "pores": 1,
         "microcracks": 1, "microcrack_diameter": "3 um", "contact_fraction": 0.7,
         "contact_pattern": "random", "contact_patches": 2}  # fmt: skip
ARRANGEMENTS = ("columnar", "equiaxed", "plates", "single")


def values_of(**table):
    values, faults = CRYSTALS.read(SMALL | table)
    assert faults == []
    return values


def built(folder, **table):
    pytest.importorskip("gmsh")
    return build_mesh(CRYSTALS, values_of(**table), folder).info


def error(info, table, name):
    return abs(info[table][name]["relative_error"])


@pytest.mark.parametrize("dimension", ["3D", "quasi-2D"])
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_every_arrangement_with_all_flaws(tmp_path, dimension, arrangement):
    """build_mesh itself checks that the groups are those of names()."""
    table = FLAWS | {"dimension": dimension, "arrangement": arrangement}
    info = built(tmp_path, **table)
    volumes, surfaces = CRYSTALS.names(values_of(**table))
    assert set(surfaces) == {"current_collector", "counter_electrode", "symmetry", "cracks",
                             "no_contact", "pores"}  # fmt: skip
    assert set(info["surfaces"]) == set(surfaces)
    assert [grain["name"] for grain in info["grains"]] == list(volumes[:-1])
    assert list(info["phases"]) == ["cathode", "separator"]
    assert list(info["interfaces"]) == ["cathode-separator"]
    for surface in ("current_collector", "counter_electrode"):
        assert error(info, "surfaces", surface) < 1e-9
    assert error(info, "phases", "separator") < 1e-9
    assert error(info, "phases", "cathode") < 0.01
    assert error(info, "interfaces", "cathode-separator") < 1e-9
    for surface in ("cracks", "no_contact"):  # discs lose what chords cut off
        assert error(info, "surfaces", surface) < (0.1 if dimension == "3D" else 1e-9)
    assert info["quality"]["minimum"] > 0.05
    expected = CRYSTALS.estimate(values_of(**table))
    assert expected["nodes"] == pytest.approx(info["nodes"], rel=0.35)
    assert expected["cells"] == pytest.approx(info["cells"], rel=0.35)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_grains_have_their_exact_volumes(tmp_path, arrangement):
    info = built(tmp_path, arrangement=arrangement, contact_fraction=0.5, cracks=2,
                 crack_diameter="4 um", crack_shape="rectangle")  # fmt: skip
    total = 0.0
    for grain in info["grains"]:
        assert grain["volume"] == pytest.approx(grain["exact_volume"], rel=1e-9)
        assert math.pi / 6 * grain["equivalent_diameter"] ** 3 == pytest.approx(grain["volume"])
        assert np.linalg.det(grain["orientation"]) == pytest.approx(1.0)
        total += grain["volume"]
    assert total == pytest.approx(info["phases"]["cathode"]["mesh"], rel=1e-9)
    assert sum(grain["cells"] for grain in info["grains"]) == info["phases"]["cathode"]["cells"]
    assert info["surfaces"]["no_contact"]["mesh"] == pytest.approx(0.5 * 144e-12, rel=1e-9)
    assert info["surfaces"]["cracks"]["mesh"] == pytest.approx(2 * 48e-12, rel=1e-9)
    assert (info["grain_boundary_area"] > 0.0) is (arrangement != "single")


def test_boundary_area_of_columns(tmp_path):
    """All inner walls of the columns, over their height."""
    info = built(tmp_path)
    plan = microstructure(values_of())[0].plan
    inner = [pair[1] >= 0 for pair in plan.neighbours]
    ends = plan.vertices[[face for face, keep in zip(plan.faces, inner, strict=True) if keep]]
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()
    assert info["grain_boundary_area"] == pytest.approx(length * 10.0 / MICRO**2, rel=1e-9)


def test_same_seed_same_mesh(tmp_path):
    first, again = (
        built(tmp_path / str(n), arrangement="equiaxed", seed=4, **FLAWS) for n in range(2)
    )
    assert first["fingerprint"] == again["fingerprint"]
    assert first["grains"] == again["grains"]


def test_the_seed_decides():
    first, other = (microstructure(values_of(seed=seed, **FLAWS))[0] for seed in (4, 5))
    assert not np.array_equal(first.grains.inner, other.grains.inner)
    assert first.cracks != other.cracks
    assert first.pores != other.pores
    assert first.patches != other.patches


def test_flaws_leave_the_grains_as_they_are():
    plain, flawed = (microstructure(values_of(**t))[0] for t in ({}, FLAWS))
    assert np.array_equal(plain.grains.vertices, flawed.grains.vertices)


@pytest.mark.parametrize("dimension", ["3D", "quasi-2D"])
def test_rough_interface(tmp_path, dimension):
    table = FLAWS | {"dimension": dimension, "arrangement": "equiaxed", "mesh_size": "1.4 um",
                     "roughness": "0.4 um", "correlation_length": "3 um"}  # fmt: skip
    info = built(tmp_path, **table)  # inverted cells would be a fault
    ratio = microstructure(values_of(**table))[0].roughness.area_ratio
    footprint = info["footprint"]
    assert info["interfaces"]["cathode-separator"]["exact"] == pytest.approx(ratio * footprint)
    assert error(info, "interfaces", "cathode-separator") < 0.01
    assert error(info, "phases", "separator") < 0.002
    assert info["surfaces"]["current_collector"]["mesh"] == pytest.approx(footprint, rel=1e-9)
    assert "times the flat area" in info["notes"][-1]
    assert info["notes"][-1] in describe(info)


def test_slice_has_one_layer_of_cells(tmp_path):
    gmsh = pytest.importorskip("gmsh")
    built(tmp_path, dimension="quasi-2D", arrangement="equiaxed", depth="1 um", **FLAWS)
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(tmp_path / "mesh.msh"))
        y = gmsh.model.mesh.getNodes()[1].reshape(-1, 3)[:, 1]
    finally:
        gmsh.finalize()
    assert set(np.round(y, 9)) == {0.0, 1.0}


def test_orientations_from_a_table(tmp_path):
    table = tmp_path / "table.csv"
    rows = [f"{n},0,90,{10 * n}" for n in range(1, 7)]
    table.write_text("\n".join(["grain,phi1,Phi,phi2", *rows]))
    values, faults = CRYSTALS.read(SMALL | {"orientations": "table.csv"}, tmp_path)
    assert faults == []
    assert values["orientations"] == str(table)
    axes = [np.array(grain.orientation)[:, 2] for grain in CRYSTALS.exact(values).grains]
    assert np.array(axes) == pytest.approx(np.tile([0.0, -1.0, 0.0], (6, 1)), abs=1e-12)
    table.write_text("\n".join(["grain,phi1,Phi,phi2", *rows[:-1]]))
    _, faults = CRYSTALS.read(SMALL | {"orientations": str(table)})
    assert "table.csv lacks the grains 6" in str(faults[0])


def test_sizes_without_a_mesh():
    values = values_of(**FLAWS)
    exact = CRYSTALS.exact(values)
    assert set(exact.areas) == set(CRYSTALS.names(values)[1])
    assert exact.footprint == pytest.approx(144e-12)
    assert exact.areas["no_contact"] == pytest.approx(0.3 * 144e-12)
    assert exact.areas["cracks"] == pytest.approx(2 * math.pi * 4e-12)
    lens_volume = 2 * math.pi * 0.25**2 * (3 * (1.5**2 + 0.25**2) / 0.5 - 0.25) / 3
    pores = 4 / 3 * math.pi + lens_volume
    assert exact.volumes["cathode"] == pytest.approx((1440 - pores) * 1e-18)
    assert sum(g.volume for g in CRYSTALS.exact(values_of()).grains) == pytest.approx(1440e-18)


def test_info_can_be_written_and_read(tmp_path):
    info = built(tmp_path, dimension="quasi-2D")
    assert json.loads((tmp_path / "mesh.json").read_text()) == info


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ({"contact_fraction": 1.2}, "contact_fraction", "must be at most 1"),
        ({"contact_fraction": 0.0}, "contact_fraction", "must be at least 0.01"),
        ({"contact_fraction": 0.1, "contact_pattern": "disc"}, "contact_fraction",
         "wider than the cell"),
        ({"contact_fraction": 0.1, "contact_pattern": "random", "contact_patches": 3},
         "contact_fraction", "do not fit side by side"),
        ({"cracks": 60}, "cracks", "there is room for"),
        ({"cracks": 30, "crack_placement": "grid"}, "cracks", "leave the layer"),
        ({"cracks": 1, "crack_diameter": "12 um"}, "crack_diameter", "leaves the layer"),
        ({"cracks": 1, "crack_diameter": "1 um"}, "crack_size", "half of crack_diameter"),
        ({"pores": 40, "pore_diameter": "3 um"}, "pores", "there is room for"),
        ({"microcracks": 1, "microcrack_opening": "3 um"}, "microcrack_opening", "half the"),
        ({"mesh_size": "11 um"}, "mesh_size", "larger than thickness, 10 um"),
        ({"interface_size": "3 um"}, "interface_size", "larger than mesh_size"),
        ({"roughness": "0.2 um", "correlation_length": "1 um"}, "correlation_length",
         "not resolved"),
        ({"roughness": "3 um"}, "roughness", "would invert cells"),
        ({"dimension": "quasi-2D", "cracks": 1, "crack_shape": "disc"}, "crack_shape", "no discs"),
        ({"dimension": "quasi-2D", "contact_fraction": 0.5, "contact_pattern": "disc"},
         "contact_pattern", "no discs"),
        ({"orientations": 3}, "orientations", "needs the name of a file"),
        ({"orientations": "/nowhere.csv"}, "orientations", "cannot be read"),
        ({"arrangement": "cubic"}, "arrangement", "known: columnar"),
        ({"texture_spread": 3}, "texture_spread", "has no unit"),
    ],
)  # fmt: skip
def test_impossible_crystals(table, key, said):
    _, faults = CRYSTALS.read(SMALL | table)
    assert [fault.key for fault in faults] == [key]
    assert said in str(faults[0])


def test_rough_limit_is_the_limit():
    _, faults = CRYSTALS.read(SMALL | {"roughness": "3 um"})
    limit = faults[0].remedy.split('"')[1]
    assert CRYSTALS.read(SMALL | {"roughness": limit})[1] == []

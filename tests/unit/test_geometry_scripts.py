"""Exact sizes and faults of the two geometry scripts; nothing is meshed here."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fem_cell.errors import InputError
from fem_cell.geometry_script import build_mesh, load_script

GEOMETRY = Path(__file__).parents[2] / "geometry"
CATHODE = load_script(GEOMETRY / "channelled_cathode.py")
SLAB = load_script(GEOMETRY / "layered_slab.py")


def shape_of(**table):
    values, faults = CATHODE.read(table)
    assert faults == []
    return CATHODE.module.shape(values)


def removed(**table) -> float:
    """Fraction of the coating that the laser took away."""
    form = shape_of(**table)
    return form.channel_volume / (form.piece.area * form.thickness)


def test_loading_after_drilling():
    """Paper A: 25 mg/cm^2 before, 18.9 after, that is 24.4 % removed."""
    assert removed() == pytest.approx(0.244, abs=2e-4)
    assert 25.0 * (1.0 - removed()) == pytest.approx(18.9, rel=1e-3)
    assert removed(channel_diameter="100 um") == pytest.approx(0.2267, abs=1e-4)
    assert removed(lattice="square", channel_diameter="100 um") == pytest.approx(0.1963, abs=1e-4)
    assert removed(lattice="square", channel_diameter="111.5 um") == pytest.approx(0.244, abs=2e-4)


def test_channel_walls_per_footprint():
    """Channel side wall of the hexagonal array with 100 um: 0.91 cm^2 per cm^2."""
    form = shape_of(channel_diameter="100 um")
    plain = form.piece.area - form.bottom_area
    assert (form.interface_area - plain) / form.piece.area == pytest.approx(0.907, abs=1e-3)


@pytest.mark.parametrize("lattice", ["hexagonal", "square", "none"])
@pytest.mark.parametrize("extra", [{}, {"taper": "12 deg", "channel_depth": "60 um"}])
def test_wedge_and_full_cell_agree(lattice, extra):
    """Everything per footprint is the same in both pieces."""
    wedge, full = (shape_of(lattice=lattice, cell=cell, **extra) for cell in ("wedge", "full"))
    for size in ("channel_volume", "bottom_area", "interface_area"):
        assert getattr(wedge, size) / wedge.piece.area == pytest.approx(
            getattr(full, size) / full.piece.area, rel=1e-13
        )
    pieces = full.piece.area / wedge.piece.area
    channels = {"hexagonal": 2, "square": 1, "none": 2}[lattice]
    assert pieces == pytest.approx(channels * wedge.piece.multiplicity, rel=1e-13)


def test_cone_volume_and_wall():
    form = shape_of(lattice="square", cell="full", taper="45 deg", channel_depth="30 um")
    outer, inner = 51.85, 21.85
    volume = math.pi * (outer**3 - inner**3) / 3
    wall = math.pi * (outer**2 - inner**2) * math.sqrt(2)
    plain = 200.0**2 - math.pi * outer**2
    assert form.bottom_radius == pytest.approx(inner, rel=1e-12)
    assert form.channel_volume == pytest.approx(volume, rel=1e-12)
    assert form.interface_area == pytest.approx(plain + wall + math.pi * inner**2, rel=1e-12)


@pytest.mark.parametrize(
    ("point", "distance"),
    [
        ((0, 0, 50), 51.85),  # on the axis
        ((60, 0, 50), 8.15),  # in the wall
        ((90, 0, 95), 5.0),  # below the upper face
        ((90, 0, 106), 6.0),  # in the film
        ((48.85, 0, 104), 5.0),  # above the channel, from its rim
        ((50, 100 * math.sqrt(3), 50), 51.85),  # on the axis of the full cell's middle channel
    ],
)
def test_distance_from_the_interface(point, distance):
    form = shape_of(cell="full")
    if point[0] == 50:
        point = (100.0, *point[1:])
    assert form.interface_distance(*point) == pytest.approx(distance, abs=1e-9)


def test_distance_from_a_blind_channel():
    form = shape_of(channel_depth="60 um")
    assert form.interface_distance(0, 0, 30) == pytest.approx(10.0)
    assert form.interface_distance(0, 0, 45) == pytest.approx(5.0)


def test_names_follow_the_channels():
    for table, bottom in (
        ({}, True),
        ({"channel_depth": "60 um"}, False),
        ({"lattice": "none"}, False),
    ):
        values, _ = CATHODE.read(table)
        volumes, surfaces = CATHODE.names(values)
        assert volumes == ("cathode", "electrolyte")
        assert ("channel_bottom" in surfaces) is bottom
        assert {"current_collector", "lithium_foil", "symmetry"} <= set(surfaces)


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ({"channel_diameter": "200 um"}, "channel_diameter", "touch or overlap"),
        ({"channel_diameter": "230 um"}, "channel_diameter", "touch or overlap"),
        ({"channel_depth": "120 um"}, "channel_depth", "beyond the coating of 100 um"),
        ({"taper": "30 deg"}, "taper", "closes the channel at a depth of 89.81 um"),
        ({"taper": "27 deg"}, "interface_size", "the channel radius at its bottom, 0.8975 um"),
        ({"mesh_size": "60 um"}, "mesh_size", "larger than the channel radius, 51.85 um"),
        ({"channel_diameter": "180 um", "mesh_size": "25 um"}, "mesh_size",
         "larger than the wall between two channels, 20 um"),
        ({"mesh_size": "20 um", "thickness": "10 um"}, "mesh_size", "thickness of the coating"),
        ({"interface_size": "7 um"}, "interface_size", "larger than the electrolyte film, 6 um"),
        ({"channel_depth": "98 um"}, "interface_size", "the coating below the channels, 2 um"),
        ({"mesh_size": "4 um", "interface_size": "5 um"}, "interface_size", "than mesh_size"),
        ({"pitch": "-200 um"}, "pitch", "at least 0.01 um"),
        ({"electrolyte_thickness": "0 um"}, "electrolyte_thickness", "at least 0.01 um"),
        ({"lattice": "triangular"}, "lattice", "hexagonal, none, square"),
        ({"order": 3}, "order", "known: 1, 2"),
    ],
)  # fmt: skip
def test_impossible_cathodes(table, key, said):
    _, faults = CATHODE.read(table)
    assert [fault.key for fault in faults] == [key]
    assert said in str(faults[0])


def test_exact_sizes_without_a_mesh():
    values, _ = CATHODE.read({})
    exact = CATHODE.exact(values)
    assert exact.footprint == pytest.approx((2e-4) ** 2 / (8 * math.sqrt(3)), rel=1e-12)
    assert exact.volumes["cathode"] == pytest.approx(0.756 * 1e-4 * exact.footprint, rel=3e-4)
    assert sum(exact.volumes.values()) == pytest.approx(1.06e-4 * exact.footprint, rel=1e-12)
    assert set(exact.areas) == set(CATHODE.names(values)[1])


def test_exact_neighbours_of_a_slab():
    values, _ = SLAB.read({"layers": ["a: 1 um", "b: 1 um", "a: 2 um", "c: 1 um"],
                           "mesh_size": "1 um"})  # fmt: skip
    exact = SLAB.exact(values)
    assert exact.interfaces == pytest.approx({"a-b": 50e-12, "a-c": 25e-12})
    assert exact.thickness == pytest.approx({"a": 3e-6, "b": 1e-6, "c": 1e-6})


def test_several_faults_at_once():
    _, faults = CATHODE.read({"channel_diameter": "210 um", "channel_depth": "101 um"})
    assert [fault.key for fault in faults] == ["channel_diameter", "channel_depth"]


def test_plain_coating_ignores_what_belongs_to_channels():
    assert CATHODE.read({"lattice": "none", "channel_diameter": "300 um"})[1] == []


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ({"layers": "cathode: 9 um"}, "layers", "is not a list"),
        ({"layers": []}, "layers", "the list is empty"),
        ({"layers": ["cathode 9 um"]}, "layers", 'is not "name: thickness"'),
        ({"layers": ["cathode: 9"]}, "layers", "needs a unit"),
        ({"layers": ["cathode: -9 um"]}, "layers", "is not positive"),
        ({"layers": ["2nd: 9 um"]}, "layers", 'is not "name: thickness"'),
        ({"elements": [4]}, "elements", "1 numbers for 2 layers"),
        ({"elements": [4, 0]}, "elements", "at least 1"),
        ({"grading": 0.5}, "grading", "at least 1"),
        ({"mesh_size": "21 um"}, "mesh_size", "larger than the layer electrolyte, 20 um"),
        ({"cross_section": "triangle", "width_elements": 2}, "depth_elements", "differs"),
        ({"bottom": "symmetry"}, "bottom", "is the name of something else"),
        ({"top": "cathode"}, "top", "is the name of something else"),
        ({"top": "current_collector"}, "top", "is the name of something else"),
        ({"bottom": "my face"}, "bottom", "is not a name"),
    ],
)
def test_impossible_slabs(table, key, said):
    _, faults = SLAB.read(table)
    assert [fault.key for fault in faults] == [key]
    assert said in str(faults[0])


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 40])
def test_grading_is_symmetric_and_has_the_ratio(count):
    sizes = SLAB.module.graded(count, 5.0)
    assert math.fsum(sizes) == pytest.approx(1.0, rel=1e-14)
    assert sizes == sizes[::-1]
    assert max(sizes) / min(sizes) == pytest.approx(5.0 if count > 2 else 1.0, rel=1e-12)


@pytest.mark.parametrize("grading", [1.0, 3.0, 50.0])
def test_mesh_size_bounds_the_largest_element(grading):
    values, _ = SLAB.read({"layers": ["a: 10 um", "b: 7 um"], "mesh_size": "0.5 um",
                           "grading": grading})  # fmt: skip
    for count, thickness in zip(SLAB.module.elements_of(values), (10.0, 7.0), strict=True):
        assert thickness * max(SLAB.module.graded(count, grading)) <= 0.5 * (1 + 1e-9)
        assert thickness * max(SLAB.module.graded(count - 1, grading)) > 0.5


@pytest.mark.parametrize("where", ["", "    "])
def test_script_that_ends_the_program(tmp_path, where):
    """It is explained; a program that ended on the rank that meshes would leave the others."""
    script = tmp_path / "leaves.py"
    script.write_text(
        "import sys\nPARAMETERS = ()\ndef names(p):\n    return ('a',), ()\n"
        f"def build(p):\n    pass\n{where}sys.exit(3)\n"
    )
    with pytest.raises(InputError, match=r"leaves\.py"):
        build_mesh(load_script(script), {}, tmp_path)

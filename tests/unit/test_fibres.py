"""Fibre networks: drawing, connection, cutting and measuring."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem_cell.errors import InputError
from fem_cell.geometry_script import build_mesh, load_script
from fem_cell.geometry_script.fibres.cutting import cut, values_of, volume_inside, warp
from fem_cell.geometry_script.fibres.lattice import Tetrahedra, lattice
from fem_cell.geometry_script.fibres.network import network
from fem_cell.geometry_script.fibres.pores import draw_balls, median_size
from fem_cell.geometry_script.fibres.segments import Segments, connectivity, distances_between
from fem_cell.geometry_script.fibres.structure import LITHIUM, PORES, SKELETON, cut_phases
from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "geometry" / "boron_skeleton.py"
SMALL = {"size": "1.6 um", "mesh_size": "0.12 um", "fibre_length": "4 um", "pore_fraction": 0.0}
THIN_AND_SHORT = {"volume_fraction": 0.03, "fibre_length": 0.9e-6}


def read(**given: object):
    return load_script(SCRIPT).read(SMALL | given)


def faces_of(mesh: Tetrahedra) -> tuple[np.ndarray, np.ndarray]:
    """Distinct faces of all cells, and how many cells have them."""
    faces = np.concatenate([np.delete(mesh.cells, k, axis=1) for k in range(4)])
    return np.unique(np.sort(faces, axis=1), axis=0, return_counts=True)


def check_filled(mesh: Tetrahedra) -> np.ndarray:
    """Cells fill the unit cube without gaps or overlaps; the faces on its outside."""
    assert mesh.volumes.min() > 0.0
    assert mesh.volumes.sum() == pytest.approx(1.0, rel=1e-12)
    faces, count = faces_of(mesh)
    assert count.max() == 2
    outside = faces[count == 1]
    assert mesh.on[outside].all(axis=1).any(axis=1).all()
    return outside


def ball(x: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.mod(x - 0.3 + 0.5, 1.0) - 0.5, axis=1) - 0.33


def plane(x: np.ndarray) -> np.ndarray:
    return x[:, 2] - 0.47 + 0.1 * x[:, 0]


def test_lattice_fills_the_box():
    check_filled(lattice((3, 3, 3), 1 / 3))
    long = lattice((2, 3, 5), 0.5)
    assert long.volumes.sum() == pytest.approx(1.0 * 1.5 * 2.5)
    assert np.ptp(long.points, axis=0) == pytest.approx([1.0, 1.5, 2.5])


def test_cut_along_a_ball_of_a_periodic_box():
    """Conforming, its volume met, and opposite faces of the box divided alike."""
    mesh = lattice((10, 10, 10), 0.1, periodic=True)
    values = values_of(ball, mesh)
    inside = volume_inside(mesh, values)
    assert inside == pytest.approx(4 / 3 * math.pi * 0.33**3, rel=0.03)
    mesh, values, snapped = warp(mesh, values, np.ones(len(values), dtype=bool))
    assert snapped.any()
    mesh, _, within = cut(mesh, values, ball)
    assert mesh.volumes[within].sum() == pytest.approx(inside, rel=1e-2)
    outside = check_filled(mesh)
    _, count = np.unique(np.sort(mesh.twin[outside], axis=1), axis=0, return_counts=True)
    assert (count == 2).all()
    assert np.abs(ball(mesh.points[np.unique(mesh.cells[within])])).min() < 1e-2


def test_three_phases_share_faces():
    """The second level set cuts what the first one left, and the mesh stays conforming."""
    mesh, phase = cut_phases(lattice((8, 8, 8), 1 / 8), plane, ball)
    check_filled(mesh)
    volume = [mesh.volumes[phase == k].sum() for k in (SKELETON, LITHIUM, PORES)]
    assert volume[0] == pytest.approx(0.42, rel=1e-2)
    assert min(volume) > 0.01
    middles = mesh.points[mesh.cells[phase == PORES]].mean(axis=1)
    assert ball(middles).max() < 0.03
    assert plane(middles).min() > -0.03


def test_distance_between_segments():
    """Skew, parallel, and closest at an end."""
    z = np.zeros(3)
    one = Segments(np.array([z, z, z]), np.array([[1.0, 0, 0]] * 3), np.ones(3))
    other = Segments(
        np.array([[0.5, -1, 0.3], [0.0, 2, 0], [2.0, 1, 0]]),
        np.array([[0.5, 1, 0.3], [1.0, 2, 0], [3.0, 2, 0]]),
        np.ones(3),
    )
    assert distances_between(one, other) == pytest.approx([0.3, 2.0, math.sqrt(2)])


def test_signed_distance_of_fibres():
    fibre = Segments(np.array([[0.0, 0, 0]]), np.array([[2.0, 0, 0]]), np.array([0.5]))
    points = np.array([[1.0, 0, 0], [1.0, 0.7, 0], [-0.4, 0, 0.3], [9.0, 0, 0]])
    assert fibre.distance(points, 1.0) == pytest.approx([-0.5, 0.2, 0.0, 1.0])


def test_connectivity_of_a_cross_and_a_stray():
    """Three fibres through the box that touch, and one that touches nothing."""
    ends = [((0, 5, 5), (10, 5, 5)), ((5.5, 0, 5.5), (5.5, 10, 5.5)), ((5, 5, 0), (5, 5, 10))]
    ends.append(((1, 1, 1), (2, 1, 1)))
    start, end = (np.array([e[k] for e in ends], dtype=float) for k in (0, 1))
    found = connectivity(Segments(start, end, np.full(4, 0.3)), 10.0)
    assert found.spans == (True, True, True)
    assert found.contacts == 3
    assert found.share == pytest.approx(30 / 31)
    apart = connectivity(Segments(start, end, np.full(4, 0.2)), 10.0)
    assert apart.spans != (True, True, True)
    assert apart.contacts == 1


def test_periodic_images_and_clipping():
    """A fibre that leaves through a face comes in at the opposite one."""
    fibre = Segments(np.array([[0.5, 0.5, 0.8]]), np.array([[0.5, 0.5, 1.3]]), np.array([0.1]))
    pieces = fibre.repeated(1.0, 0.0).clipped(1.0)
    assert sorted(pieces.lengths.tolist()) == pytest.approx([0.2, 0.3])


def test_network_is_reproducible_and_meets_its_fraction(tmp_path):
    values, faults = read()
    assert not faults
    one, _ = network(dict(values))
    other, _ = network(dict(values) | {"seed": 2})
    assert one is not None
    assert other is not None
    assert not np.array_equal(one.fibres.start, other.fibres.start)
    diameters = 2 * one.fibres.radius
    assert diameters.min() >= 0.1
    assert diameters.max() <= 0.4
    mesh = build_mesh(load_script(SCRIPT), values, tmp_path)
    found = mesh.info["measures"]
    assert found["skeleton_fraction"] == pytest.approx(0.22, rel=0.02)
    assert found["fibres"] == one.count
    assert 0.6 <= found["fibres_connected"] <= 1.0
    assert found["gap_median"] == pytest.approx(0.6e-6, rel=0.4)
    assert mesh.info["surfaces"]["y_high"]["relative_error"] == pytest.approx(0.0, abs=1e-12)
    area = mesh.info["interfaces"]["skeleton-lithium"]["mesh"]
    assert area / 1.6e-6**3 == pytest.approx(4 * 0.22 / 0.25e-6, rel=0.3)
    assert mesh.info["quality"]["percentile_1"] > 0.1


def test_pores_fill_their_share(tmp_path):
    values, faults = read(size="2 um", pore_fraction=0.066, pore_diameter="0.8 um", periodic=True)
    assert not faults
    mesh = build_mesh(load_script(SCRIPT), values, tmp_path)
    assert mesh.info["measures"]["pores_fraction"] == pytest.approx(0.066, rel=0.06)
    assert mesh.info["phases"]["pores"]["relative_error"] == pytest.approx(0.0, abs=0.06)
    assert any("round pores" in note for note in mesh.info["notes"])


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"fibre_length": "0.9 um", "volume_fraction": 0.03}, "fibre_length", "no connected"),
        ({"mesh_size": "0.3 um"}, "mesh_size", "does not resolve"),
        ({"diameter_median": "0.5 um"}, "diameter_median", "is not between"),
        ({"size": "0.5 um"}, "size", "two of the thickest"),
        ({"fibre_length": "40 um"}, "fibre_length", "more than ten times"),
        ({"pore_fraction": 0.1, "pore_diameter": "2 um"}, "pore_diameter", "leaves too little"),
    ],
)
def test_faults_name_key_and_remedy(given, key, words):
    _, faults = read(**given)
    assert [fault.key for fault in faults] == [key]
    assert words in faults[0].problem
    assert faults[0].remedy


def test_building_a_refused_network_is_an_error(tmp_path):
    values, _ = read()
    with pytest.raises(InputError, match="make the fibres longer"):
        build_mesh(load_script(SCRIPT), values | THIN_AND_SHORT, tmp_path)


def test_balls_keep_apart_and_find_no_room():
    rng = np.random.default_rng(3)
    balls = draw_balls(4.0, 0.5, 12, True, rng)
    assert balls is not None
    assert balls.drawn == 12
    own = balls.centres
    apart = np.linalg.norm(own[:, None] - own, axis=2)[~np.eye(len(own), dtype=bool)]
    assert apart.min() >= 1.0 - 1e-12
    assert draw_balls(4.0, 1.0, 40, True, rng) is None


@pytest.mark.parametrize("periodic", [False, True])
def test_median_size_of_a_slit(periodic):
    """A slit of 12 of 48 points: every opening with a smaller ball keeps it."""
    inside = np.zeros((48, 48, 48), dtype=bool)
    inside[:, :, 10:22] = True
    assert median_size(inside, 0.1, periodic) == pytest.approx(1.2, rel=0.15)
    assert median_size(np.zeros((8, 8, 8), dtype=bool), 0.1, periodic) == 0.0


def test_solids_and_lattice_agree(tmp_path):
    """The same few fibres by OpenCASCADE: volumes and surface within some per cent."""
    few = {"size": "1 um", "fibre_length": "4 um", "mesh_size": "0.08 um", "seed": 3}
    found = {}
    for method in ("solids", "level_set"):
        values, faults = read(**few, method=method)
        assert not faults
        info = build_mesh(load_script(SCRIPT), values, tmp_path / method).info
        found[method] = (
            info["phases"]["skeleton"]["mesh"],
            sum(row["mesh"] for row in info["interfaces"].values()),
        )
    assert found["solids"] == pytest.approx(found["level_set"], rel=0.08)
    _, faults = read(method="solids", size="4.7 um")
    assert [fault.key for fault in faults] == ["method"]

"""Grains and their orientations: sizes against exact ones, healing, textures, tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem_cell.geometry_script.crystals.orientation import (
    bunge,
    random_rotations,
    read_table,
    textured,
)
from fem_cell.geometry_script.crystals.plates import bricks, plate_counts
from fem_cell.geometry_script.crystals.tessellation import extrude, strips
from fem_cell.geometry_script.crystals.voronoi import SHORT_EDGE, tessellate, voronoi

BOXES = {2: (20.0, 16.0), 3: (20.0, 16.0, 23.0)}


def seeded(*numbers):
    return np.random.default_rng(numbers)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("count", [1, 2, 7, 24])
def test_grains_fill_the_box(dimension, count):
    box = BOXES[dimension]
    grains, healing = voronoi(box, count, 2, seeded(3, count))
    assert grains.count == count
    assert grains.volumes.sum() == pytest.approx(math.prod(box), rel=1e-12)
    assert healing.after == 0
    assert grains.edge_lengths.min() >= SHORT_EDGE[dimension] * grains.spacing
    balance = grains.volumes @ grains.centres / grains.volumes.sum()
    assert balance == pytest.approx(np.array(box) / 2)


def test_two_seeds_are_parted_half_way():
    grains = tessellate(np.array([[2.0, 5.0, 5.0], [6.0, 5.0, 5.0]]), (10.0, 10.0, 10.0))
    assert grains.volumes == pytest.approx([400.0, 600.0])
    assert grains.centres == pytest.approx(np.array([[2.0, 5.0, 5.0], [7.0, 5.0, 5.0]]))
    assert len(grains.vertices) == 12
    assert len(grains.faces) == 11


def test_euler_characteristic_of_polyhedra():
    """Vertices - edges + faces - cells = 1 for a box filled with polyhedra."""
    grains, _ = voronoi(BOXES[3], 24, 2, seeded(5))
    euler = len(grains.vertices) - len(grains.edges) + len(grains.faces) - grains.count
    assert euler == 1


def test_the_seed_decides():
    first, second, other = (voronoi(BOXES[3], 9, 2, seeded(s))[0] for s in (1, 1, 2))
    assert np.array_equal(first.vertices, second.vertices)
    assert first.faces == second.faces
    assert not np.array_equal(first.inner, other.inner)


def test_relaxation_makes_grains_even():
    rough, even = (voronoi(BOXES[2], 30, rounds, seeded(4))[0] for rounds in (0, 20))
    assert even.volumes.std() < 0.5 * rough.volumes.std()


def test_prisms_and_strips():
    plane = strips(10.0, 4.0, [3.0, 5.0])
    assert plane.volumes == pytest.approx([12.0, 8.0, 20.0])
    solid = extrude(plane, 2.0)
    assert solid.volumes == pytest.approx([24.0, 16.0, 40.0])
    assert solid.centres[1] == pytest.approx([4.0, 2.0, 1.0])


@pytest.mark.parametrize("sides", [(20.0, 20.0), (30.0, 7.0), (3.0, 25.0)])
def test_plates_fill_the_plan(sides):
    counts = plate_counts(sides, (4.0, 10.0))
    plates, azimuths = bricks(*sides, counts, seeded(6))
    assert plates.count == len(azimuths) == counts[0] * counts[1]
    assert plates.volumes.sum() == pytest.approx(math.prod(sides), rel=1e-12)
    assert plates.volumes.min() > 0.3 * plates.volumes.mean()
    assert np.abs(azimuths).max() < math.radians(35.0)
    euler = len(plates.vertices) - len(plates.faces) + plates.count
    assert euler == 1


def test_rotations_are_rotations():
    made = np.concatenate(
        [textured(texture, 50, 0.2, 0.3, seeded(7)) for texture in ("standing", "lying", "random")]
    )
    assert made @ np.swapaxes(made, 1, 2) == pytest.approx(np.tile(np.eye(3), (150, 1, 1)))
    assert np.linalg.det(made) == pytest.approx(np.ones(150))


def test_random_rotations_are_uniform():
    """Any axis is uniform on the sphere (its z is uniform in -1..1), the mean of R vanishes."""
    made = random_rotations(20_000, seeded(8))
    assert np.abs(made.mean(axis=0)).max() < 0.02
    for axis in range(3):
        counts, _ = np.histogram(made[:, 2, axis], bins=20, range=(-1.0, 1.0))
        assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi squared, 19, 0.1 %
    # the angle of rotation has the density (1 - cos w) / pi, so that cos w has the mean -1/2
    assert 0.5 * (np.trace(made, axis1=1, axis2=2) - 1).mean() == pytest.approx(-0.5, abs=0.02)


@pytest.mark.parametrize("texture", ["standing", "lying"])
def test_texture_and_spread(texture):
    spread = math.radians(8.0)
    polar = np.arccos(np.abs(textured(texture, 20_000, spread, 0.0, seeded(9))[:, 2, 2]))
    tilt = 0.5 * math.pi - polar if texture == "standing" else polar
    assert math.sqrt((tilt**2).mean()) == pytest.approx(spread, rel=0.02)
    sharp = textured(texture, 100, 0.0, 0.0, seeded(10))[:, 2, 2]
    assert np.abs(sharp) == pytest.approx(np.full(100, float(texture == "lying")), abs=1e-12)


def test_standing_grains_have_any_azimuth_or_that_of_the_plate():
    free = textured("standing", 20_000, 0.0, 0.0, seeded(11))[:, :2, 2]
    assert np.abs(free.mean(axis=0)).max() < 0.02
    azimuths = np.linspace(-1.0, 1.0, 5)
    plates = textured("standing", 5, 0.0, 0.0, seeded(12), azimuths)
    assert np.arctan2(plates[:, 1, 2], plates[:, 0, 2]) == pytest.approx(azimuths)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_share_of_misoriented_grains(share):
    made = textured("lying", 200, 0.0, share, seeded(13))
    assert np.count_nonzero(np.abs(made[:, 2, 2]) < 1.0 - 1e-9) == round(200 * share)


def test_bunge_angles():
    assert bunge(0.0, 0.0, 0.0) == pytest.approx(np.eye(3))
    # Phi tilts c about x: away from y for a positive angle
    assert bunge(0.0, 0.5 * math.pi, 0.0)[:, 2] == pytest.approx([0.0, -1.0, 0.0], abs=1e-15)
    assert bunge(0.5 * math.pi, 0.5 * math.pi, 0.3)[:, 2] == pytest.approx([1.0, 0, 0], abs=1e-15)
    assert bunge(0.2, 0.0, 0.3) == pytest.approx(bunge(0.5, 0.0, 0.0))


def test_table_of_orientations(tmp_path):
    table = tmp_path / "grains.csv"
    table.write_text("grain,phi1,Phi,phi2\n2, 90, 90, 0\n1,0,0,0\n\n")
    made, faults = read_table(table, 2, "orientations")
    assert faults == []
    assert made[0] == pytest.approx(np.eye(3))
    assert made[1][:, 2] == pytest.approx([1.0, 0.0, 0.0], abs=1e-15)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("1,0,0,0\n2,0,0,0\n", "begins with '1,0,0,0'"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n", "lacks the grains 2"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n2,0,0\n", "'2,0,0' has 3 values, not 4"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n2,a,0,0\n", "is not a grain and three numbers"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n2,nan,0,0\n", "an angle that is not finite"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n3,0,0,0\n", "a grain that does not exist; there are 2"),
        ("grain,phi1,Phi,phi2\n1,0,0,0\n1,0,0,0\n", "a grain for the second time"),
    ],
)
def test_wrong_tables_are_explained(tmp_path, text, said):
    table = tmp_path / "grains.csv"
    table.write_text(text)
    _, faults = read_table(table, 2, "orientations")
    assert [fault.key for fault in faults] == ["orientations"]
    assert said in str(faults[0])


def test_missing_table(tmp_path):
    _, faults = read_table(tmp_path / "none.csv", 2, "orientations")
    assert "cannot be read: No such file" in str(faults[0])

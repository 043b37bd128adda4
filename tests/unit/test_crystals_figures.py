"""Cracks, pores, contact patches and rough interfaces: places, clearances, sizes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem_cell.geometry_script.crystals.clearance import circle_clearance, clearance, crossing_angles
from fem_cell.geometry_script.crystals.figures import UP, Ball, Disc, Lens, Strip
from fem_cell.geometry_script.crystals.placing import (
    NoRoomError,
    Room,
    grid,
    patches_of,
    scatter,
    tilted,
)
from fem_cell.geometry_script.crystals.roughness import rough
from fem_cell.geometry_script.crystals.tessellation import extrude, strips

HALVES = extrude(strips(10.0, 10.0, [5.0]), 10.0)
"""Two grains with a boundary at x = 5."""


def seeded(*numbers):
    return np.random.default_rng(numbers)


@pytest.mark.parametrize(
    ("figure", "gap"),
    [
        (Disc((2.5, 5.0, 5.0), UP, 2.0), 2.5),  # crosses nothing: 0.5 from touching, see below
        (Disc((4.0, 5.0, 5.0), UP, 2.0), 1.0),  # 1 beyond the boundary
        (Ball((4.0, 5.0, 5.0), 1.5), 0.5),
        (Ball((2.0, 5.0, 5.0), 1.5), 0.5),  # 0.5 from the side of the box
        (Strip((4.0, 5.0, 5.0), UP, 2.0, 10.0), 1.0),
    ],
)
def test_clearance(figure, gap):
    found = clearance(figure, HALVES)
    assert found == pytest.approx(0.5 if gap == 2.5 else gap, abs=1e-9)


def test_touching_figures_have_no_clearance():
    assert clearance(Disc((3.0, 5.0, 5.0), UP, 2.0), HALVES) == pytest.approx(0.0, abs=1e-9)
    assert clearance(Ball((3.5, 5.0, 5.0), 1.5), HALVES) == pytest.approx(0.0, abs=1e-9)
    upright = Disc((5.0, 5.0, 5.0), tilted(math.radians(89.0), 0.0), 2.0)
    assert clearance(upright, HALVES) < 0.02  # nearly in the boundary
    assert circle_clearance(Ball((3.5, 0.5, 5.0), 1.5), strips(10.0, 10.0, [5.0])) == 0.0


def test_crossings_of_a_rim():
    angles = crossing_angles(Disc((4.0, 5.0, 5.0), UP, 2.0), HALVES)
    assert np.abs(angles) == pytest.approx([math.pi / 3] * 2)


def test_sizes_of_a_lens():
    """It becomes a sphere when its opening is its diameter."""
    lens, ball = Lens(Disc((0, 0, 0), UP, 1.0), 2.0), Ball((0, 0, 0), 1.0)
    for size in ("volume", "surface", "section", "rim"):
        assert getattr(lens, size) == pytest.approx(getattr(ball, size), rel=1e-12)
    thin = Lens(Disc((0, 0, 0), UP, 1.0), 0.01)
    assert thin.volume == pytest.approx(math.pi * 0.01 / 2, rel=1e-3)  # paraboloids
    assert thin.surface == pytest.approx(2 * math.pi, rel=1e-3)
    assert thin.section == pytest.approx(4 / 3 * 0.01, rel=1e-3)
    assert thin.rim == pytest.approx(4.0, rel=1e-3)


def test_scattered_cracks_keep_their_distance():
    room = Room(HALVES, None, 0.5, 0.2)

    def draw(rng):
        return Disc(tuple(rng.uniform(0, 10, 3).tolist()), tilted(0.3, rng.uniform(0, 6.3)), 1.5)

    placed = scatter(draw, 5, [], room, seeded(1))
    assert [d.centre for d in placed] == [d.centre for d in scatter(draw, 5, [], room, seeded(1))]
    for index, disc in enumerate(placed):
        assert disc.points.min() > 0.5 - 1e-9
        assert disc.points.max() < 9.5 + 1e-9
        for other in placed[:index]:
            gaps = np.linalg.norm(disc.points[:, None] - other.points[None], axis=2)
            assert gaps.min() > 0.5
    with pytest.raises(NoRoomError, match="there is room for"):
        scatter(draw, 200, [], Room(HALVES, None, 1.0, 0.0), seeded(1))


def test_grid_takes_cubes_where_it_can():
    centres = grid(8, (10.0, 10.0, 10.0), flat=False)
    assert sorted(set(np.round(centres.reshape(-1), 9))) == [2.5, 7.5]
    flat = grid(6, (30.0, 1.0, 20.0), flat=True)
    assert set(flat[:, 1]) == {0.5}
    assert sorted(set(flat[:, 0])) == [5.0, 15.0, 25.0]


@pytest.mark.parametrize("pattern", ["stripe", "gaps", "disc", "random"])
@pytest.mark.parametrize("lost", [0.05, 0.4])
def test_patches_have_their_area(pattern, lost):
    box = (20.0, 20.0, 5.0)
    patches = patches_of(pattern, lost * 400.0, 5, box, seeded(2), 0.3)
    assert len(patches) == (1 if pattern == "disc" else 5)
    assert sum(patch.area for patch in patches) == pytest.approx(lost * 400.0, rel=1e-12)
    at = np.array([patch.centre for patch in patches])
    assert (at[:, 2] == 5.0).all()
    if pattern == "random":
        apart = np.linalg.norm(at[:, None] - at[None], axis=2) + 1e3 * np.eye(5)
        assert apart.min() >= 2 * patches[0].radius + 0.3
    if pattern == "gaps":
        assert np.diff(at[:, 0]).min() >= 2 * patches[0].radius + 0.3 - 1e-9


@pytest.mark.parametrize("pattern", ["disc", "random"])
def test_patches_that_do_not_fit(pattern):
    with pytest.raises(NoRoomError):
        patches_of(pattern, 0.9 * 400.0, 3, (20.0, 20.0, 5.0), seeded(2), 0.3)


def test_rough_field_has_its_moments():
    fields = [rough((40.0, 30.0), (20.0, 10.0), 0.5, 3.0, seeded(3, k)) for k in range(20)]
    for field in fields:
        assert field.rms == pytest.approx(0.5, rel=1e-9)
    # correlation exp(-r^2 / l^2): the mean square slope is 4 rms^2 / l^2
    slope = np.mean([field.area_ratio - 1.0 for field in fields])
    assert slope == pytest.approx(0.5 * 4 * 0.5**2 / 3.0**2, rel=0.15)
    x = seeded(4).uniform(8, 32, 4000)
    y = seeded(5).uniform(8, 22, 4000)
    square = np.mean([f.heights(x, y) ** 2 for f in fields])
    for distance in (1.5, 3.0):
        products = [f.heights(x, y) * f.heights(x + distance, y) for f in fields]
        due = math.exp(-((distance / 3.0) ** 2))
        assert np.mean(products) / square == pytest.approx(due, abs=0.05)


def test_rough_field_is_that_of_mirror_planes_and_fades():
    field = rough((20.0, 20.0), (20.0, 10.0), 0.5, 3.0, seeded(6))
    at = np.array([0.0, 20.0, 7.0])
    step = 1e-4 * np.array([1.0, -1.0, 0.0])
    slope = (field.heights(at + step, at) - field.heights(at, at)) / 1e-4
    assert slope[:2] == pytest.approx([0.0, 0.0], abs=1e-3)
    for z in (-20.0, 10.0):
        assert field.displacement(at, at, np.full(3, z)) == pytest.approx(np.zeros(3), abs=1e-12)
    inside = field.displacement(at, at, np.full(3, -10.0))
    assert (np.abs(inside) < 0.5 * np.abs(field.heights(at, at)).max()).all()


def test_columns_shrink_no_more_than_announced():
    field = rough((20.0, 20.0), (20.0, 10.0), 0.5, 3.0, seeded(7))
    x, y = (v.reshape(-1) for v in np.meshgrid(np.linspace(0, 20, 60), np.linspace(0, 20, 60)))
    for side in (-1.0, 1.0):
        for z in (0.0, 1.0, 4.0):
            z0, z1 = np.full(x.size, side * z), np.full(x.size, side * (z + 1e-3))
            growth = (field.displacement(x, y, z1) - field.displacement(x, y, z0)) / (1e-3 * side)
            assert 1.0 + growth.min() > field.least_stretch - 0.01


def test_ridges_do_not_depend_on_y():
    field = rough((20.0, 1.0), (20.0, 10.0), 0.3, 3.0, seeded(8), ridged=True)
    x = np.linspace(0, 20, 50)
    assert np.array_equal(field.heights(x, 0 * x), field.heights(x, 0 * x + 1.0))
    assert field.rms == pytest.approx(0.3)

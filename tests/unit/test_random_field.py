"""Skeleton from a Gaussian random field: fraction, surface, connection, what it cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem_cell.geometry_script import build_mesh, load_script
from fem_cell.geometry_script.fibres.gaussian import Field, grid_connectivity
from fem_cell.geometry_script.fibres.lattice import lattice
from fem_cell.geometry_script.fibres.network import network
from fem_cell.geometry_script.fibres.structure import Structure, cut_phases
from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "geometry" / "boron_skeleton.py"
FIELD = {"generator": "gaussian_field", "size": "2 um", "diameter_median": "0.3 um",
         "mesh_size": "0.1 um", "volume_fraction": 0.25, "pore_fraction": 0.0}  # fmt: skip


def read(**given: object):
    return load_script(SCRIPT).read(FIELD | given)


def field_of(**given: object) -> Field:
    values, faults = read(**given)
    assert not faults
    made, _ = network(dict(values))
    assert made is not None
    assert isinstance(made.fibres, Field)
    return made.fibres


def test_fraction_and_surface_are_those_asked_for(tmp_path):
    """4 phi/d of surface per volume, by the formula of Rice and on the mesh of a periodic box."""
    values, faults = read(periodic=True, size="1.6 um")
    assert not faults
    mesh = build_mesh(load_script(SCRIPT), values, tmp_path)
    found = mesh.info["measures"]
    wanted = 4 * 0.25 / 0.3e-6
    assert found["skeleton_fraction"] == pytest.approx(0.25, abs=0.003)
    assert found["expected_surface"] == pytest.approx(wanted, rel=0.1)
    assert found["specific_surface"] == pytest.approx(wanted, rel=0.1)
    assert found["skeleton_connected"] > 0.9
    assert found["field_connected"] > 0.9
    assert found["level"] == pytest.approx(0.674, abs=0.1)
    assert any("Gaussian field" in note for note in mesh.info["notes"])


def test_field_goes_on_behind_periodic_faces():
    made = field_of(periodic=True)
    here = np.random.default_rng(1).uniform(0.0, 2.0, (48, 3))
    beside = here + 2.0 * np.tile(np.eye(3), (16, 1))
    assert made.values(beside) == pytest.approx(made.values(here), abs=1e-4)
    assert not np.array_equal(field_of(periodic=True, seed=2).waves, made.waves)


def test_field_is_gaussian():
    """Mean zero, deviation one, and slopes that belong to its waves."""
    made = field_of(size="4 um")
    points = np.random.default_rng(1).uniform(0.0, 4.0, (20_000, 3))
    values = made.values(points)
    assert values.mean() == pytest.approx(0.0, abs=0.05)
    assert values.std() == pytest.approx(1.0, abs=0.05)
    slope = (made.values(points + np.array([0.01, 0.0, 0.0])) - values) / 0.01
    assert slope.std() == pytest.approx(made.slope, rel=0.05)


def test_surface_of_a_ball():
    """A ball in a periodic lattice that goes on behind its faces, cut and measured."""

    def ball(x: np.ndarray) -> np.ndarray:
        return np.linalg.norm(np.mod(x - 0.3 + 0.5, 1.0) - 0.5, axis=1) - 0.33

    mesh, phase = cut_phases(lattice((16, 16, 16), 1 / 16, periodic=True), ball, None)
    surface = Structure(mesh, phase, 1.0, 0.0).surface
    assert surface == pytest.approx(4 * math.pi * 0.33**2, rel=0.01)


def test_pieces_on_a_grid():
    """A bar through a box, and a piece that hangs together behind its faces only."""
    inside = np.zeros((6, 6, 6), dtype=bool)
    inside[:, 2, 2] = True
    assert grid_connectivity(inside, False).spans == (True, False, False)
    assert grid_connectivity(inside, False).share == 1.0
    inside[:3, 4, 4] = inside[3:, 0, 0] = True
    inside[:, 2, 2] = False
    assert grid_connectivity(inside, False).share == 0.5
    inside[3:, 0, 0], inside[4:, 4, 4] = False, True
    assert grid_connectivity(inside, False).share == pytest.approx(0.6)
    assert grid_connectivity(inside, True).share == 1.0


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"volume_fraction": 0.05}, "volume_fraction", "does not hang together"),
        ({"method": "solids"}, "method", "is for fibres"),
        ({"directions": "in_plane"}, "directions", "is for fibres"),
    ],
)
def test_faults_name_key_and_remedy(given, key, words):
    _, faults = read(**given)
    assert [fault.key for fault in faults] == [key]
    assert words in faults[0].problem
    assert faults[0].remedy

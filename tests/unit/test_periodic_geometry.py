"""Grains that repeat themselves, and periodic sides that are refused with a reason."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.errors import InputError
from fem_cell.geometry_script import load_script
from fem_cell.geometry_script.crystals.voronoi import tessellate, voronoi
from fem_cell.geometry_script.periodic import mark_periodic, tie_sides
from fem_cell.mesh import read_cell_mesh
from tests.support.slab import GEOMETRY, script_mesh

BOXES = [((20.0, 20.0), 2, 9), ((20.0, 23.0), 1, 8), ((10.0, 10.0, 12.0), 2, 5)]
CRYSTALS = {
    "grains": 4, "width": "8 um", "thickness": "6 um", "separator_thickness": "2 um",
    "mesh_size": "2 um", "periodic": True,
}  # fmt: skip


@pytest.mark.parametrize(("box", "periodic", "count"), BOXES)
def test_grains_repeat_themselves(box, periodic, count):
    """Pieces fill the box; moving all seeds changes no grain, put together."""
    rng = np.random.default_rng(3)
    seeds = rng.uniform(size=(count, len(box))) * box
    grains = tessellate(seeds, box, periodic)
    assert grains.count > count
    assert grains.volumes.sum() == pytest.approx(math.prod(box), rel=1e-12)
    step = np.where(np.arange(len(box)) < periodic, 0.37, 0.0) * box
    moved = tessellate((seeds + step) % box, box, periodic)
    assert moved.whole_volumes == pytest.approx(grains.whole_volumes, rel=1e-9)
    apart = (moved.whole_centres - grains.whole_centres - step) / box
    assert np.abs(apart - np.round(apart)).max() < 1e-9


@pytest.mark.parametrize(("box", "periodic", "count"), BOXES[:2])
def test_opposite_sides_fit(box, periodic, count):
    """What a side cuts is divided alike on the opposite one; short edges are healed."""
    grains, healing = voronoi(box, count, 2, np.random.default_rng(1), None, periodic)
    assert healing.after < 0.5 * healing.before
    for axis in range(periodic):
        low, high = (
            np.sort(grains.vertices[np.abs(grains.vertices[:, axis] - at) < 1e-9, 1 - axis])
            for at in (0.0, box[axis])
        )
        assert high == pytest.approx(low, abs=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"arrangement": "equiaxed", "roughness": "0.1 um", "correlation_length": "3 um"},
        {"cracks": 1, "crack_diameter": "3 um", "contact_fraction": 0.7},
        {"dimension": "quasi-2D", "arrangement": "plates", "mesh_size": "1 um"},
        {"dimension": "quasi-2D", "arrangement": "equiaxed", "mesh_size": "1 um"},
    ],
)
def test_boundaries_of_grains_cross_the_sides(shape):
    """No outer face at the sides: boundaries have the area that the model has."""
    mesh, info = script_mesh("dense_crystals", CRYSTALS | shape)
    is_slice = shape.get("dimension") == "quasi-2D"
    assert mesh.periods == pytest.approx((8e-6, 0.0 if is_slice else 8e-6, 0.0))
    assert ("symmetry" in mesh.surface_facets) == is_slice
    name = mesh.grain_boundaries("cathode")
    assert mesh.cut_area(name) == pytest.approx(info["grain_boundary_area"], rel=1e-6)
    assert mesh.interface_area("cathode", "separator") == pytest.approx(
        shape.get("contact_fraction", 1.0) * info["interfaces"]["cathode-separator"]["mesh"]
    )


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ({"arrangement": "plates"}, "rows of plates do not repeat themselves"),
        ({"mesh_size": "3 um", "thickness": "9 um"}, "less than 3 cells across width"),
    ],
)
def test_what_cannot_repeat_itself(shape, problem):
    _, faults = load_script(GEOMETRY / "dense_crystals.py").read(CRYSTALS | shape)
    assert any(problem in fault.problem for fault in faults)


def box_file(path: Path, size: float, fits: bool) -> Path:
    """A box of 4 x 4 x 2 um, periodic along x, whose sides have a name if they fit."""
    import gmsh

    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.model.occ.addBox(0, 0, 0, 4, 4, 2)
    gmsh.model.occ.synchronize()
    gmsh.model.addPhysicalGroup(3, [1], name="solid")
    gmsh.option.setNumber("Mesh.MeshSizeMax", size)
    if fits:
        gmsh.option.setNumber("Mesh.MeshSizeMin", size)
        gmsh.model.addPhysicalGroup(2, [1, 2], name="sides")
        tie_sides(gmsh, [4.0])
    else:
        gmsh.model.mesh.setSize(gmsh.model.getEntitiesInBoundingBox(-1, -1, -1, 1, 5, 5, 0), 0.3)
        mark_periodic(gmsh, [4.0])
    gmsh.model.mesh.generate(3)
    gmsh.write(str(path))
    gmsh.finalize()
    return path


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize(
    ("size", "fits", "problem"),
    [
        (1.0, False, "nodes on the periodic sides across x have no opposite"),
        (4.0, True, "too coarse for periodic sides"),
        (0.9, True, "surface 'sides' is a periodic side"),
    ],
)
def test_meshes_that_do_not_fit(tmp_path, size, fits, problem):
    file = box_file(tmp_path / "box.msh", size, fits)
    with pytest.raises(InputError, match=problem):
        read_cell_mesh(file, MPI.COMM_WORLD)

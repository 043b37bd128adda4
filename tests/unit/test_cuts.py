"""Meshes split along cuts: how many vertices, which sides, on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest
from dolfinx import fem

from fem_cell.errors import InputError
from fem_cell.mesh.cuts import split_corners
from tests.support.slab import script_mesh, slab_mesh

TABLE = {
    "arrangement": "columnar",
    "grains": 4,
    "width": "8 um",
    "thickness": "8 um",
    "separator_thickness": "3 um",
    "mesh_size": "2 um",
    "cracks": 1,
    "crack_diameter": "4 um",
    "crack_size": "0.8 um",
    "contact_fraction": 0.5,
}

OCTAHEDRON = np.array(
    [[0, 1, 2, 4], [0, 1, 3, 4], [0, 1, 2, 5], [0, 1, 3, 5]],
)
"""Four tetrahedra round the edge 0-1."""


@pytest.fixture(scope="module")
def mesh():
    """Grains with a crack and half of the contact."""
    return script_mesh("dense_crystals", TABLE)[0]


def size(mesh, phases, cuts) -> int:
    """Degrees of freedom of a P1 field."""
    space = fem.functionspace(mesh.sub_mesh(phases, cuts).mesh, ("Lagrange", 1))
    return int(space.dofmap.index_map.size_global)


def test_a_plane_through_parts_all_its_vertices():
    """The plane 0-1-2, 0-1-3 between 4 and 5 leaves two tetrahedra on each side."""
    _, labels = split_corners(OCTAHEDRON, np.array([[0, 1, 2], [3, 1, 0]]), 6)
    assert labels[:2].tolist() == OCTAHEDRON[:2].tolist()
    assert set(labels[2:].ravel()) == {5, 6, 7, 8, 9}


def test_a_facet_inside_parts_nothing():
    """A single facet ends at its own edges; cells go round each of its vertices."""
    cells = np.vstack([OCTAHEDRON, [[0, 2, 4, 6], [0, 2, 5, 6], [1, 2, 4, 7], [1, 2, 5, 7]]])
    _, labels = split_corners(cells, np.array([[0, 1, 2]]), 8)
    assert set(labels.ravel()) <= set(range(8))


def test_sides_of_a_cut(mesh):
    """A field that is one in one grain is one on its side of all boundaries, zero beyond."""
    name = mesh.grain_boundaries("cathode")
    sub = mesh.sub_mesh(["cathode"], [name])
    space = fem.functionspace(sub.mesh, ("Lagrange", 1))
    number = fem.Function(space)
    cells = mesh.cells_of(["cathode"], ghosts=True)
    inside = sub.cell_map.sub_topology_to_topology(cells, True)
    number.x.array[space.dofmap.list[inside]] = mesh.grain_of_cell[cells][:, None]
    rows = mesh.cut(name).reshape(-1, 4)
    ids = mesh.grain_of_cell[rows[:, ::2]]
    assert (ids[:, 0] != ids[:, 1]).all()
    measure = mesh.cut_measure(name, 2)
    jump = fem.form((number("+") - number("-")) ** 2 * measure, entity_maps=[sub.cell_map])
    found = mesh.comm.allreduce(fem.assemble_scalar(jump))
    expected = sum_of_squares(mesh, rows, ids)
    assert found == pytest.approx(expected)


def sum_of_squares(mesh, rows, ids) -> float:
    """Squared difference of the numbers over all facets of a cut, by hand."""
    from fem_cell.mesh.facets import FACET_VERTICES

    geometry = mesh.mesh.geometry
    nodes = np.take_along_axis(geometry.dofmaps[0][rows[:, 0]], FACET_VERTICES[rows[:, 1]], axis=1)
    a, b, c = (geometry.x[nodes[:, k]] for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    local = float(np.sum(area * np.diff(ids.astype(float), axis=1).ravel() ** 2))
    return float(mesh.comm.allreduce(local))


def test_fields_are_doubled_only_where_they_may_jump(mesh):
    """A crack inside doubles less than all its vertices; an outer patch doubles nothing."""
    whole = size(mesh, ["cathode"], ())
    cracked = size(mesh, ["cathode"], ("cracks",))
    grains = size(mesh, ["cathode"], ("cracks", "cathode.grain_boundaries"))
    assert whole < cracked < grains
    assert size(mesh, ["cathode"], ("no_contact",)) == whole
    assert mesh.cuts_within(["cathode"]) == ("cracks",)
    assert set(mesh.cuts_within(["cathode", "separator"])) == {"cracks", "no_contact"}
    both = size(mesh, ["cathode", "separator"], ())
    assert size(mesh, ["cathode", "separator"], ("no_contact",)) > both


def test_areas(mesh):
    """Half of the face has contact; what has none is a cut and no interface."""
    face = 64e-12
    assert mesh.interface_area("cathode", "separator") == pytest.approx(face / 2)
    assert mesh.cut_area("no_contact") == pytest.approx(face / 2)
    assert mesh.cut_area("cracks") == pytest.approx(4e-12 * np.pi, rel=0.1)


def test_what_cannot_be_split_is_explained(mesh):
    """Unknown cuts, and meshes without any."""
    with pytest.raises(InputError, match="no cut 'crack'"):
        mesh.sub_mesh(["cathode"], ("crack",))
    plain = slab_mesh([("cathode", 10, 2), ("electrolyte", 5, 1)])
    assert plain.cuts == ()
    with pytest.raises(InputError, match="no cut"):
        plain.sub_mesh(["cathode"], ("cracks",))

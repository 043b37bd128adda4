"""Meshes of the geometry scripts as DOLFINx reads them, on any number of ranks."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_cell.geometry_script import MeshFile, build_mesh, load_script

pytest.importorskip("dolfinx")

import ufl
from dolfinx import fem, mesh
from dolfinx.io import gmsh as gmsh_io
from mpi4py import MPI

GEOMETRY = Path(__file__).parents[2] / "geometry"
CASES = [
    ("channelled_cathode.py", {"mesh_size": "12 um"}),
    ("channelled_cathode.py", {"mesh_size": "12 um", "channel_depth": "60 um", "taper": "9 deg"}),
    ("layered_slab.py", {"grading": 3.0, "layers": ["a: 20 um", "b: 10 um", "a: 20 um"]}),
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("script", "table"), CASES, ids=["through", "blind", "slab"])
def test_assembled_sizes_are_those_of_the_description(folder, script, table, order):
    """Volumes and areas assembled over the named groups equal those that Gmsh found."""
    comm = MPI.COMM_WORLD
    if comm.rank == 0:
        loaded = load_script(GEOMETRY / script)
        values, faults = loaded.read({**table, "order": order})
        assert faults == []
        build_mesh(loaded, values, folder)
    comm.barrier()
    info = MeshFile.load(folder / "mesh.msh").info
    partitioner = mesh.create_cell_partitioner(mesh.GhostMode.shared_facet, 2)
    data = gmsh_io.read_from_msh(str(folder / "mesh.msh"), comm, 0, gdim=3, partitioner=partitioner)
    assert data.mesh.geometry.cmaps[0].degree == order
    assert data.mesh.topology.index_map(3).size_global == info["cells"]
    assert data.mesh.geometry.index_map().size_global == info["nodes"]
    assert set(data.physical_groups) == set(info["phases"]) | set(info["surfaces"])
    for name, group in data.physical_groups.items():
        kind, tags = ("dx", data.cell_tags) if group.dim == 3 else ("ds", data.facet_tags)
        measure = ufl.Measure(
            kind, data.mesh, subdomain_data=tags, metadata={"quadrature_degree": 4}
        )
        form = fem.form(fem.Constant(data.mesh, 1.0) * measure(group.tag))
        size = comm.allreduce(fem.assemble_scalar(form)) * info["length_unit"] ** group.dim
        known = info["phases" if group.dim == 3 else "surfaces"][name]["mesh"]
        assert size == pytest.approx(known, rel=1e-7)  # curved facets are not polynomial in area

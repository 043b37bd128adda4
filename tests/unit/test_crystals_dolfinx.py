"""Meshes of dense crystals as DOLFINx reads them: conforming, with all groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_cell.geometry_script import MeshFile, build_mesh, load_script

pytest.importorskip("dolfinx")

import ufl
from dolfinx import fem, mesh
from dolfinx.io import gmsh as gmsh_io
from mpi4py import MPI

SCRIPT = Path(__file__).parents[2] / "geometry" / "dense_crystals.py"
TABLE = {
    "width": "12 um", "thickness": "10 um", "separator_thickness": "5 um", "grains": 5,
    "arrangement": "equiaxed", "cracks": 2, "crack_diameter": "4 um", "pores": 1,
    "microcracks": 1, "contact_fraction": 0.7, "roughness": "0.2 um",
}  # fmt: skip
INNER = ("cracks", "no_contact")


@pytest.mark.parametrize("dimension", ["3D", "quasi-2D"])
def test_assembled_sizes_are_those_of_the_description(folder, dimension):
    comm = MPI.COMM_WORLD
    if comm.rank == 0:
        script = load_script(SCRIPT)
        values, faults = script.read({**TABLE, "dimension": dimension})
        assert faults == []
        build_mesh(script, values, folder)
    comm.barrier()
    info = MeshFile.load(folder / "mesh.msh").info
    partitioner = mesh.create_cell_partitioner(mesh.GhostMode.shared_facet, 2)
    data = gmsh_io.read_from_msh(str(folder / "mesh.msh"), comm, 0, gdim=3, partitioner=partitioner)
    grains = {grain["name"]: grain["volume"] for grain in info["grains"]}
    assert set(data.physical_groups) == {*grains, "separator", *info["surfaces"]}

    def measured(kind: str, tags=None, tag=None) -> float:
        measure = ufl.Measure(kind, data.mesh, subdomain_data=tags)
        if tag is not None:
            measure = measure(tag)
        form = fem.form(fem.Constant(data.mesh, 1.0) * measure)
        return comm.allreduce(fem.assemble_scalar(form))

    for name, group in data.physical_groups.items():
        if group.dim == 3:
            known = grains.get(name, info["phases"].get(name, {}).get("mesh"))
            size = measured("dx", data.cell_tags, group.tag) * 1e-18
        else:
            known = info["surfaces"][name]["mesh"]
            kind = "dS" if name in INNER else "ds"
            size = measured(kind, data.facet_tags, group.tag) * 1e-12
        assert size == pytest.approx(known, rel=1e-9), name
    outer = [row["mesh"] for name, row in info["surfaces"].items() if name not in INNER]
    assert measured("ds") * 1e-12 == pytest.approx(sum(outer), rel=1e-9)  # no gap anywhere

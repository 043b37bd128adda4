"""Meshes of planar layers for the tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

from fem_cell.geometry_script import build_mesh, load_script
from fem_cell.mesh import CellMesh, read_cell_mesh

SUPPORT = Path(__file__).parent
GEOMETRY = SUPPORT.parents[1] / "geometry"
BOTTOM, TOP, SIDES = "bottom", "top", "symmetry"

Layer = tuple[str, float, int]
"""Name, thickness in micrometres, elements through it."""


def slab_mesh(
    layers: Sequence[Layer],
    *,
    width: float = 5.0,
    across: int = 1,
    deep: int | None = None,
    grading: float = 1.0,
    order: int = 1,
    periodic: bool = False,
) -> CellMesh:
    """A stack of planar layers from z = 0 upwards. Collective.

    Args:
        layers: From the bottom to the top.
        width: Size along x, um; along y the elements are as wide as along x.
        across: Elements along x, and along y unless ``deep`` is given.
        deep: Elements along y.
        grading: Size of the elements in the middle of a layer over that at its faces.
        order: Order of the cells.
        periodic: The sides are periodic; without a name then.
    """
    table: dict[str, Any] = {
        "layers": [f"{name}: {thickness} um" for name, thickness, _ in layers],
        "elements": [count for *_, count in layers],
        "width": f"{width} um",
        "depth": f"{width * (deep or across) / across} um",
        "width_elements": across,
        "depth_elements": deep or across,
        "grading": grading,
        "bottom": BOTTOM,
        "top": TOP,
        "order": order,
        "periodic": periodic,
    }
    return script_mesh("layered_slab", table)[0]


def script_mesh(script: str, table: Mapping[str, Any]) -> tuple[CellMesh, dict[str, Any]]:
    """Mesh of a geometry script and what the file beside it says. Collective.

    Args:
        script: Name of the script, in ``geometry`` or here.
        table: Its parameters as a case file would hold them.
    """
    comm = MPI.COMM_WORLD
    folder = Path(comm.bcast(tempfile.mkdtemp() if comm.rank == 0 else None))
    info = None
    if comm.rank == 0:
        folder_of_script = GEOMETRY if (GEOMETRY / f"{script}.py").is_file() else SUPPORT
        loaded = load_script(folder_of_script / f"{script}.py")
        values, faults = loaded.read(table)
        assert faults == []
        info = build_mesh(loaded, values, folder).info
    info = comm.bcast(info)
    mesh = read_cell_mesh(folder / "mesh.msh", comm)
    comm.barrier()
    if comm.rank == 0:
        shutil.rmtree(folder)
    return mesh, info

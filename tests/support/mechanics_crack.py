"""Boxes with cuts: a quarter of a disc-shaped crack between symmetry planes, and a cut through."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import gmsh
from mpi4py import MPI

from fem_cell.mesh import CellMesh, read_cell_mesh

CRACK, SIDES, BOTTOM, TOP, OUTER = "crack", "symmetry", "bottom", "top", "outer"
RADIUS = 1e-6
"""Of the crack, m."""

ON_PLANE = 1e-6
"""Distance from a plane of symmetry that counts as none, over the radius."""

REFINED = 0.25
"""Radius of the fine tube about the front over that of the crack."""


def penny_mesh(width: float, at_front: float, far: float, on_crack: float) -> CellMesh:
    """Quarter of a box with a crack of radius one in the middle plane. Collective.

    Args:
        width: Half the edge of the box over the radius of the crack.
        at_front: Size of the cells at the front over the radius of the crack.
        far: The same at the outside of the box.
        on_crack: The same on the crack.
    """

    def shape() -> None:
        occ = gmsh.model.occ
        box = occ.addBox(0, 0, -width, width, width, 2 * width)
        disc = occ.addDisk(0, 0, 0, 1, 1)
        quarter = occ.addRectangle(0, 0, 0, 1, 1)
        (cut,), _ = occ.intersect([(2, disc)], [(2, quarter)])
        _, parts = occ.fragment([(3, box)], [cut])
        occ.synchronize()
        crack = [tag for _, tag in parts[1]]
        _name_groups([tag for _, tag in parts[0]], crack, width)
        _sizes(crack[0], width, at_front, far, on_crack)

    return _mesh(shape)


def halves_mesh(size: float) -> CellMesh:
    """A box of edge 1 x 1 x 2 um that a cut at half height goes through. Collective.

    Args:
        size: Of the cells, um.
    """

    def shape() -> None:
        occ = gmsh.model.occ
        lower, upper = (occ.addBox(0, 0, z, 1, 1, 1) for z in (-1, 0))
        occ.fragment([(3, lower)], [(3, upper)])
        occ.synchronize()
        cut = gmsh.model.getEntitiesInBoundingBox(-0.1, -0.1, -0.1, 1.1, 1.1, 0.1, 2)
        _name_groups([tag for _, tag in gmsh.model.getEntities(3)], [tag for _, tag in cut], 1.0)
        gmsh.option.setNumber("Mesh.MeshSizeMax", size)

    return _mesh(shape)


def _mesh(shape: Callable[[], None]) -> CellMesh:
    """Mesh a shape on rank 0 and read it on all. Collective."""
    comm = MPI.COMM_WORLD
    folder = Path(comm.bcast(tempfile.mkdtemp() if comm.rank == 0 else None))
    if comm.rank == 0:
        gmsh.initialize([], readConfigFiles=False, interruptible=False)
        gmsh.option.setNumber("General.Terminal", 0)
        shape()
        gmsh.model.mesh.generate(3)
        gmsh.write(str(folder / "mesh.msh"))
        gmsh.finalize()
    comm.barrier()
    mesh = read_cell_mesh(folder / "mesh.msh", comm)
    comm.barrier()
    if comm.rank == 0:
        shutil.rmtree(folder)
    return mesh


def _name_groups(volumes: list[int], crack: list[int], width: float) -> None:
    gmsh.model.addPhysicalGroup(3, volumes, name="solid")
    gmsh.model.addPhysicalGroup(2, crack, name=CRACK)
    for name, tags in _sides(width, crack).items():
        gmsh.model.addPhysicalGroup(2, tags, name=name)


def _sides(width: float, crack: list[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {SIDES: [], BOTTOM: [], TOP: [], OUTER: []}
    for _, tag in gmsh.model.getEntities(2):
        if tag in crack:
            continue
        x, y, z = gmsh.model.occ.getCenterOfMass(2, tag)
        at = {BOTTOM: z < -0.99 * width, TOP: z > 0.99 * width, SIDES: min(x, y) < ON_PLANE}
        found[next((name for name, here in at.items() if here), OUTER)].append(tag)
    return found


def _sizes(crack: int, width: float, at_front: float, far: float, on_crack: float) -> None:
    arcs = [
        tag
        for _, tag in gmsh.model.getBoundary([(2, crack)], oriented=False)
        if min(gmsh.model.occ.getCenterOfMass(1, tag)[:2]) > ON_PLANE
    ]
    fields = [
        _threshold("CurvesList", arcs, at_front, far, REFINED, width),
        _threshold("SurfacesList", [crack], on_crack, far, 0.0, width),
    ]
    least = gmsh.model.mesh.field.add("Min")
    gmsh.model.mesh.field.setNumbers(least, "FieldsList", fields)
    gmsh.model.mesh.field.setAsBackgroundMesh(least)
    for option in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)


def _threshold(
    kind: str, tags: list[int], near: float, far: float, start: float, end: float
) -> int:
    """Size that grows linearly with the distance from curves or surfaces."""
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, kind, tags)
    field.setNumber(distance, "Sampling", 100)
    threshold = field.add("Threshold")
    for name, value in (
        ("InField", distance),
        ("SizeMin", near),
        ("SizeMax", far),
        ("DistMin", start),
        ("DistMax", end),
    ):
        field.setNumber(threshold, name, value)
    return threshold

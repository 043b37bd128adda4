"""Meshing of the current Gmsh model, again with a slightly smaller size if cells are too flat.

Gmsh's optimisers move inner nodes and swap inner edges. They cannot repair a tetrahedron whose
four nodes lie on two faces of the model, which happens in thin films and at sharp edges such as
the tip of a wedge. A change of the sizes by one or two per cent moves those nodes.
"""

from __future__ import annotations

from typing import Any

MANY_CELLS = 200_000
"""Among so many some cell misses the goal whatever the sizes, and an attempt takes long."""
FLAT = 0.01
"""Least quality asked of large meshes; a few slivers among so many cells do no harm."""
SIZE_FACTORS = (1.0, 0.985, 0.97, 0.955, 0.94)
OPTIMISE_BELOW = 0.5
"""Quality below which Gmsh tries to improve a cell; its default, 0.3, leaves 2 % below 0.4."""


def generate(gmsh: Any, structured: bool, goal: float) -> None:
    """Mesh the current model, unless its script has done so already.

    Args:
        gmsh: The Gmsh module.
        structured: Take the mesh as it comes.
        goal: Least quality (gamma) that needs no further attempt.
    """
    if _cells(gmsh).size:
        return
    if structured:
        gmsh.model.mesh.generate(3)
        return
    gmsh.option.setNumber("Mesh.OptimizeThreshold", OPTIMISE_BELOW)
    best = (-1.0, SIZE_FACTORS[0])
    for factor in SIZE_FACTORS:
        least = _attempt(gmsh, factor)
        best = max(best, (least, factor))
        if least >= (goal if _cells(gmsh).size < MANY_CELLS else FLAT):
            return
    if best[1] != SIZE_FACTORS[-1]:
        _attempt(gmsh, best[1])


def _attempt(gmsh: Any, factor: float) -> float:
    """Mesh with all sizes multiplied by a factor; the least quality."""
    gmsh.model.mesh.clear()
    gmsh.option.setNumber("Mesh.MeshSizeFactor", factor)
    gmsh.model.mesh.generate(3)
    for method in ("Relocate3D", ""):
        gmsh.model.mesh.optimize(method)
    return float(gmsh.model.mesh.getElementQualities(_cells(gmsh), "gamma").min())


def _cells(gmsh: Any) -> Any:
    """Tags of all tetrahedra of order 1."""
    tetrahedron = gmsh.model.mesh.getElementType("tetrahedron", 1)
    return gmsh.model.mesh.getElementsByType(tetrahedron)[0]

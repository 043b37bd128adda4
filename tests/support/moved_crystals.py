"""A geometry script: periodic columnar crystals, moved along by half a period or not.

Grains are the same, but the sides cut others of them. Else as ``dense_crystals``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fem_cell.geometry_script import Geometry, Parameter, Values, load_script
from fem_cell.geometry_script.crystals import microstructure
from fem_cell.geometry_script.crystals.cell_sizes import set_fields
from fem_cell.geometry_script.crystals.grains import Grains
from fem_cell.geometry_script.crystals.microstructure import Microstructure
from fem_cell.geometry_script.crystals.solid import build_solid
from fem_cell.geometry_script.crystals.tessellation import extrude
from fem_cell.geometry_script.crystals.voronoi import tessellate
from fem_cell.geometry_script.groups import name_group
from tests.support.slab import GEOMETRY

_PLAIN = load_script(GEOMETRY / "dense_crystals.py")
PARAMETERS = (*_PLAIN.parameters, Parameter("moved", False, None, "by half a period"))


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    return _PLAIN.names(p)


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model."""
    import gmsh

    plain = {key: value for key, value in p.items() if key != "moved"}
    made, _ = microstructure(plain)
    assert made is not None
    if p["moved"]:
        made = _moved(made)
    parts = build_solid(gmsh, made)
    set_fields(gmsh, parts, made)
    for number, volumes in enumerate(parts.grains, start=1):
        name_group(gmsh, 3, volumes, f"cathode.{number}")
    name_group(gmsh, 3, parts.separator, "separator")
    for surface, faces in parts.surfaces.items():
        name_group(gmsh, 2, faces, surface)
    return _PLAIN.module.exact(plain)


def _moved(made: Microstructure) -> Microstructure:
    assert made.plan is not None
    sides = np.array(made.plan.size)
    plan = tessellate((made.plan.seeds + 0.5 * sides) % sides, made.plan.size, 2)
    return replace(made, crystals=Grains(extrude(plan, made.values["thickness"]), plan))

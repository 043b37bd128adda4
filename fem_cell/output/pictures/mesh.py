"""The mesh of an architecture: phases in plain colours, cut open.

``python -m fem_cell.output.pictures.mesh MESH PICTURE TITLE WHOLE HIDDEN``; WHOLE and HIDDEN are
names of phases with commas between them, or empty.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.geometry_script.groups import phases
from fem_cell.log import LOGGER
from fem_cell.output.apart import run_apart
from fem_cell.output.pictures.architecture import COLOURS
from fem_cell.output.pictures.launch import TIME_LIMIT
from fem_cell.output.pictures.render import Part, frame_of, pyvista, render
from fem_cell.output.pictures.sheet import FAINT, INK, new_figure, save_figure
from fem_cell.output.pictures.solids import body_of, surface_of

STANDING_OUT = "#f0c070"
"""Colour of a phase that is not cut open: light, so that shades tell near from far."""
CORNERS = 4
"""Of a tetrahedron; nodes of curved cells beyond these are left out."""


def make_mesh_picture(
    mesh: Path, title: str, whole: Sequence[str] = (), hidden: Sequence[str] = ()
) -> None:
    """Draw a mesh beside its file, in a process of its own; what goes wrong is logged.

    Args:
        mesh: Gmsh file with its JSON file beside it.
        title: Heading.
        whole: Phases that are not cut open.
        hidden: Phases that are not drawn.
    """
    picture = mesh.with_suffix(".png")
    arguments = [str(mesh), str(picture), title, ",".join(whole), ",".join(hidden)]
    well, _ = run_apart(__name__, arguments, "drawing the mesh", TIME_LIMIT)
    if well:
        LOGGER.info("picture: %s", picture)


def draw_mesh(mesh: Path, path: Path, title: str, whole: set[str], hidden: set[str]) -> None:
    """Draw the phases of a mesh file."""
    info = json.loads(mesh.with_suffix(".json").read_text())
    grids = _grids(mesh)
    body = body_of(list(grids.values()), int(info["multiplicity"]))
    parts, colours = [], {}
    for name, colour in zip(grids, COLOURS, strict=False):
        if name in hidden:
            continue
        colour = STANDING_OUT if name in whole else colour
        surface = surface_of(grids[name]) if name in whole else body.half(grids[name])
        parts.append(Part(surface, colour=colour))
        colours[name] = colour
    picture = render(parts, None, frame_of(parts))
    figure = new_figure(6.4, 5.4)
    axes = figure.add_axes((0.03, 0.13, 0.94, 0.78))
    axes.imshow(picture, interpolation="antialiased")
    axes.set_axis_off()
    figure.text(0.5, 0.96, title, ha="center", va="top", fontsize=12, color=INK)
    size = " × ".join(f"{x:.4g}" for x in body.size)
    note = f"{size} µm, {info['cells']:,} cells" + (f"; {body.note}" if body.note else "")
    figure.text(0.5, 0.02, note, ha="center", fontsize=8.5, color=FAINT)
    _legend(figure, colours)
    save_figure(figure, path)


def _legend(figure: Any, colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
    figure.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.05), ncols=6, frameon=False
    )


def _grids(mesh: Path) -> dict[str, Any]:
    """Cells of every phase, micrometres."""
    import gmsh

    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.merge(str(mesh))
    tags, points, _ = gmsh.model.mesh.getNodes()
    row = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    row[tags] = np.arange(len(tags))
    grids = {}
    for name, volumes in phases(gmsh).items():
        cells = np.concatenate([_corners(gmsh, volume) for volume in volumes])
        used, local = np.unique(row[cells], return_inverse=True)
        kind = pyvista().CellType.TETRA
        grids[name] = pyvista().UnstructuredGrid(
            {kind: local.reshape(-1, CORNERS)}, points.reshape(-1, 3)[used]
        )
    gmsh.finalize()
    return grids


def _corners(gmsh: Any, volume: int) -> Any:
    kinds, _, nodes = gmsh.model.mesh.getElements(3, volume)
    count = gmsh.model.mesh.getElementProperties(kinds[0])[3]
    return nodes[0].reshape(-1, count)[:, :CORNERS].astype(np.int64)


def main(arguments: list[str]) -> int:
    """Draw one mesh."""
    mesh, picture, title, whole, hidden = arguments
    names = [{name for name in text.split(",") if name} for text in (whole, hidden)]
    draw_mesh(Path(mesh), Path(picture), title, *names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

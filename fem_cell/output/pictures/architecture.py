"""The architecture: phases in plain colours, cut open and labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.pictures.folder import NothingToShow, ResultsFolder
from fem_cell.output.pictures.render import Image, Part, frame_of, render
from fem_cell.output.pictures.sheet import FAINT, INK, new_figure, save_figure
from fem_cell.output.pictures.solids import Body, body_of

INTERFACE = "interface"
COLOURS = ("#3d4a5c", "#9fc9e8", "#e0a458", "#8ab17d", "#b56576", "#7d6b91")
FOIL_COLOUR = "#c9c9c9"
FOIL_THICKNESS = 0.03
"""Of a foil in the picture, as a share of the body's height."""

OPEN_ACTIVE, OPEN_ELECTROLYTE, OPEN_FOIL = 100.0, 170.0, 230.0
"""Angles that are cut out, degrees: what lies on top gives way to what lies below."""

_DISTINCT = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff", "#00ffff", "#800000", "#008000")


def draw_architecture(results: ResultsFolder, path: Path) -> None:
    """Draw the phases and foils of a run.

    Raises:
        NothingToShow: There are no fields.
    """
    phases, foils = _solids(results)
    grids = [*phases.values(), *foils.values()]
    body = body_of(grids, results.multiplicity)
    parts = {
        name: Part(body.opened(grid, _opening(grid)), colour=COLOURS[i % len(COLOURS)])
        for i, (name, grid) in enumerate(phases.items())
    }
    for name, grid in foils.items():
        parts[name] = Part(_plate(body, grid), colour=FOIL_COLOUR)
    frame = frame_of(list(parts.values()))
    picture = render(list(parts.values()), None, frame)
    coded = [Part(p.surface, colour=c) for p, c in zip(parts.values(), _DISTINCT, strict=False)]
    where = render(coded, None, frame, flat=True)
    _save(path, results.title, body, picture, _anchors(where, list(parts)))


def _solids(results: ResultsFolder) -> tuple[dict[str, Any], dict[str, Any]]:
    """Volumes and foils by name."""
    if not results.snapshots:
        raise results.without_snapshots()
    grids = {name: results.read(name, s[0]) for name, s in results.snapshots.items()}
    grids.pop(INTERFACE, None)
    phases = {name: grid for name, grid in grids.items() if "phase" in grid.cell_data}
    if not phases:
        raise NothingToShow("no series is that of a phase")
    return phases, {name: grid for name, grid in grids.items() if name not in phases}


def _opening(grid: Any) -> float:
    """Angle that is cut out of a phase."""
    active = any(name.startswith("stoichiometry") for name in grid.point_data)
    return OPEN_ACTIVE if active else OPEN_ELECTROLYTE


def _plate(body: Body, grid: Any) -> Any:
    """A foil as a plate on the outside of the body."""
    surface = body.opened(grid, OPEN_FOIL)
    height = body.box[2, 1] - body.box[2, 0]
    flat = np.ptp(np.asarray(grid.points)[:, 2]) < 1e-3 * height
    if not flat:
        return surface
    outwards = np.sign(np.asarray(grid.points)[:, 2].mean() - body.box[2].mean())
    return surface.extrude((0.0, 0.0, outwards * FOIL_THICKNESS * height), capping=True)


def _anchors(where: Image, names: list[str]) -> dict[str, tuple[float, float]]:
    """For each name that can be seen, the pixel deepest inside it."""
    from scipy.ndimage import distance_transform_edt

    anchors = {}
    for name, colour in zip(names, _DISTINCT, strict=False):
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        seen = (np.abs(where.astype(int) - rgb) < 8).all(axis=2)
        if seen.sum() < 30:
            continue
        depth = distance_transform_edt(np.pad(seen, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        anchors[name] = (float(column), float(row))
    return anchors


def _save(
    path: Path, title: str, body: Body, picture: Image, anchors: dict[str, tuple[float, float]]
) -> None:
    from matplotlib.patheffects import withStroke

    high, wide = picture.shape[:2]
    figure = new_figure(7.2, 5.4)
    axes = figure.add_axes((0.03, 0.09, 0.94, 0.8))
    axes.imshow(picture, interpolation="antialiased")
    axes.set_axis_off()
    axes.set_xlim(-0.02 * wide, 1.42 * wide)
    ordered = sorted(anchors.items(), key=lambda item: item[1][1])
    heights = _separated([xy[1] for _, xy in ordered], 0.09 * high)
    for (name, anchor), level in zip(ordered, heights, strict=True):
        axes.annotate(
            name.replace("_", " "),
            anchor,
            (1.07 * wide, level),
            va="center",
            fontsize=11,
            color=INK,
            arrowprops={
                "arrowstyle": "-",
                "color": INK,
                "lw": 0.8,
                "shrinkB": 0,
                "path_effects": [withStroke(linewidth=2.4, foreground="white")],
            },
        )
        axes.plot(*anchor, "o", ms=3.5, color="white", mec=INK, mew=0.8)
    size = " × ".join(f"{x:.4g}" for x in body.size)
    figure.text(0.5, 0.96, title, ha="center", va="top", fontsize=12, color=INK)
    note = f"{size} µm" + (f"; {body.note}" if body.note else "")
    figure.text(0.5, 0.03, note, ha="center", fontsize=8.5, color=FAINT)
    save_figure(figure, path)


def _separated(levels: list[float], least: float) -> list[float]:
    """Levels in ascending order, moved down until neighbours keep a distance."""
    moved: list[float] = []
    for level in levels:
        moved.append(max(level, moved[-1] + least) if moved else level)
    return moved

"""From the computed piece to a body worth looking at: mirrored, cut open, not too thin.

Pieces with a multiplicity m are sectors of 360/m degrees about the z axis whose
sides are mirror planes (the wedges of the geometry scripts). All others are cut
at half depth.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.output.pictures.render import pyvista

SLENDER = 0.35
"""A piece thinner than this share of its height is shown this wide."""

FACING = 285.0
"""Direction that faces the viewer, degrees from the x axis."""

Array = npt.NDArray[np.float64]
Box = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Body:
    """How the pieces of one results folder become a body.

    Attributes:
        multiplicity: Sectors of the full circle; one if the piece is no sector.
        box: Bounds of the piece, shape (3, 2), micrometres.
        widen: Factors of x and y that keep a thin piece visible.
    """

    multiplicity: int
    box: Box
    widen: tuple[float, float]

    @property
    def note(self) -> str:
        """What a reader should know about the shape."""
        if self.multiplicity > 1:
            return f"mirrored from the computed sector, 1/{self.multiplicity} of the cell"
        return "width not to scale" if max(self.widen) > 1 else ""

    @property
    def size(self) -> Array:
        """Extent of the whole body in x, y and z, micrometres."""
        if self.multiplicity == 1:
            return np.asarray(self.box[:, 1] - self.box[:, 0])
        corners = np.array([[0.0, 0.0, 0.0], [self.box[0, 1], 0.0, 0.0], self.box[:, 1]])
        rim = np.vstack(
            [_sector(corners, k, self.multiplicity)[:, :2] for k in range(self.multiplicity)]
        )
        width = np.ptp(rim, axis=0)
        return np.array([*width, self.box[2, 1] - self.box[2, 0]])

    def half(self, grid: Any) -> Any:
        """The surface of the half behind the plane through the middle, facing -y."""
        if self.multiplicity > 1:
            return self._sectors(surface_of(grid), range(self.multiplicity // 2))
        if max(self.widen) > 1:
            return self._stretch(surface_of(grid))
        middle = self.box.mean(axis=1)
        return surface_of(grid.clip(normal="-y", origin=middle))

    def opened(self, grid: Any, degrees: float) -> Any:
        """The surface of the body without an angle that faces the viewer.

        A body that is not made of sectors loses its front half.
        """
        if self.multiplicity == 1:
            return self.half(grid)
        centres = (np.arange(self.multiplicity) + 0.5) * 360.0 / self.multiplicity
        away = np.abs((centres - FACING + 180.0) % 360.0 - 180.0)
        return self._sectors(surface_of(grid), np.flatnonzero(away > 0.5 * degrees))

    def _sectors(self, surface: Any, which: Any) -> Any:
        parts = []
        for k in which:
            part = surface.copy()
            part.points = _sector(np.asarray(surface.points, dtype=float), k, self.multiplicity)
            parts.append(part)
        return pyvista().merge(parts, merge_points=False)

    def _stretch(self, surface: Any) -> Any:
        stretched = surface.copy()
        stretched.points = np.asarray(surface.points) * (*self.widen, 1.0)
        return stretched


def body_of(grids: list[Any], multiplicity: int) -> Body:
    """How to show pieces that belong together.

    Args:
        grids: All of them, coordinates in micrometres.
        multiplicity: From the description of the mesh; ignored where the pieces
            are not the sector that it says.
    """
    points = np.vstack([np.asarray(grid.points, dtype=float) for grid in grids])
    box = np.column_stack([points.min(axis=0), points.max(axis=0)])
    if multiplicity > 2 and not multiplicity % 2 and _is_sector(points, multiplicity):
        return Body(multiplicity, box, (1.0, 1.0))
    x, y, z = box[:, 1] - box[:, 0]
    thin = max(x, y) < SLENDER * z
    return Body(1, box, (SLENDER * z / x, SLENDER * z / y) if thin else (1.0, 1.0))


def _is_sector(points: Array, multiplicity: int) -> bool:
    size = np.abs(points[:, :2]).max()
    away = np.hypot(points[:, 0], points[:, 1]) > 1e-6 * size
    angles = np.arctan2(points[away, 1], points[away, 0])
    return bool(angles.min() > -1e-4 and angles.max() < 2 * np.pi / multiplicity + 1e-4)


def _sector(points: Array, k: int, multiplicity: int) -> Array:
    """The k-th sector: turned if k is even, mirrored and turned if it is odd."""
    angle = 2 * np.pi / multiplicity
    moved = points.copy()
    plane = points[:, :2] * (1.0, 1.0 if k % 2 == 0 else -1.0)
    moved[:, :2] = _turn(plane, (k + k % 2) * angle)
    return moved


def _turn(plane: Array, angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(plane @ np.array([[c, s], [-s, c]]))


def surface_of(grid: Any) -> Any:
    """The surface of a grid; itself if it is one."""
    if isinstance(grid, pyvista().PolyData):
        return grid
    with warnings.catch_warnings():
        # newer versions want the algorithm named, older ones do not know the argument
        warnings.simplefilter("ignore")
        return grid.extract_surface()

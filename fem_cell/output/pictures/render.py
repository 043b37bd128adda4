"""Off-screen rendering of bodies to images."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

VIEW_FROM = (0.3, -0.85, 0.43)
"""Direction of the viewer: in front, a little to the right, above."""

PIXELS = 1000
"""Of the longer side of an image."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers become colours.

    Attributes:
        low: Number of the first colour.
        high: Number of the last colour.
        colours: Name of a matplotlib colour map.
    """

    low: float
    high: float
    colours: str


@dataclass(frozen=True, slots=True)
class Part:
    """A surface to draw.

    Attributes:
        surface: A pyvista surface.
        array: Point data to colour it by, or ``None``.
        colour: Its colour where there is no array.
    """

    surface: Any
    array: str | None = None
    colour: str = "lightgrey"


@dataclass(frozen=True, slots=True)
class Frame:
    """What an image shows: the same for images that are to be compared.

    Attributes:
        centre: Point in the middle of the image.
        width: Length that the image is wide, micrometres.
        height: Length that it is high.
    """

    centre: npt.NDArray[np.float64]
    width: float
    height: float


def pyvista() -> Any:
    """The pyvista module, told to draw without a display where there is none."""
    if "pyvista" not in sys.modules and not os.environ.get("DISPLAY"):
        # else VTK tries the X server first and complains on every window
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    import pyvista as module

    module.OFF_SCREEN = True
    return module


def frame_of(parts: Sequence[Part]) -> Frame:
    """The frame that parts fill, but for a narrow margin."""
    toward, right, up = _view_axes()
    points = np.vstack([np.asarray(part.surface.points, dtype=float) for part in parts])
    seen = points @ np.column_stack([right, up, toward])
    low, high = seen.min(axis=0), seen.max(axis=0)
    middle = 0.5 * (low + high) @ np.vstack([right, up, toward])
    width, height = 1.03 * (high - low)[:2]
    return Frame(middle, float(width), float(height))


def render(parts: Sequence[Part], scale: Scale | None, frame: Frame, flat: bool = False) -> Image:
    """Draw parts on white, seen from the front and above without perspective.

    Args:
        parts: What to draw.
        scale: Colours of the parts that have an array.
        frame: What the image shows.
        flat: Plain colours without light, to find out what is where.
    """
    longest = max(frame.width, frame.height)
    size = [max(round(PIXELS * x / longest), 2) for x in (frame.width, frame.height)]
    plotter = pyvista().Plotter(off_screen=True, window_size=size)
    plotter.set_background("white")
    if not flat:
        plotter.enable_anti_aliasing("ssaa")
    for part in parts:
        look = {"color": part.colour, "ambient": 0.55, "diffuse": 0.5}
        if part.array and scale:
            look = _coloured(part.array, scale)
        plotter.add_mesh(part.surface, smooth_shading=False, lighting=not flat, **look)
    toward, _, up = _view_axes()
    plotter.camera_position = [frame.centre + 3 * longest * toward, frame.centre, up]
    plotter.enable_parallel_projection()
    plotter.camera.parallel_scale = 0.5 * frame.height
    plotter.reset_camera_clipping_range()
    image = np.asarray(plotter.screenshot(return_img=True))
    plotter.close()
    return image


def _coloured(array: str, scale: Scale) -> dict[str, Any]:
    return {
        "scalars": array,
        "clim": (scale.low, scale.high),
        "cmap": scale.colours,
        "show_scalar_bar": False,
        # little shading, so that the colours are those of the bar
        "ambient": 0.82,
        "diffuse": 0.22,
    }


def _view_axes() -> npt.NDArray[np.float64]:
    """Unit vectors towards the viewer, to the right and up in the image."""
    toward = np.array(VIEW_FROM) / np.linalg.norm(VIEW_FROM)
    right = np.cross((0.0, 0.0, 1.0), toward)
    right /= np.linalg.norm(right)
    return np.array([toward, right, np.cross(toward, right)])

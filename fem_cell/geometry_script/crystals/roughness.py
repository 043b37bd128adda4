"""A rough interface: a Gaussian random height field, and how nodes of a mesh follow it.

The height is a sum of the modes of a rectangle with mirror planes for sides,

    h(x, y) = sum a_mn cos(m pi x / W) cos(n pi y / D),

with random amplitudes whose variances follow exp(-k^2 l^2 / 4), the spectrum of the correlation
exp(-r^2 / l^2); as of any field with mirror planes, the mean square height is twice as large on
them. With periodic sides only even m and n are there: the field repeats itself, and still has
mirror planes there and halfway. A node at the distance d from the flat interface moves vertically
by the sum of a_mn cos cos b(k, d) with b = (1 - d / L) exp(-k d / 4), which vanishes at the far
side of its layer, d = L. Short waves fade within a few of their lengths, because the larger cells
there could not follow them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fem_cell.geometry_script.crystals.tessellation import Array

FADING = 0.25
"""Rate at which a wave fades with depth, over its wave number."""
LARGEST_WAVE = 4.0
"""Largest wave number over the inverse of the correlation length; exp(-4) of the variance."""
POINTS_PER_WAVE = 8
"""Points for quadrature along the shortest wave."""
LEAST_STRETCH = 0.2
"""Least height of a column of cells over that before; below, cells may be inverted."""
CHUNK = 20_000


@dataclass(frozen=True)
class Roughness:
    """A height field and how it fades towards the far sides of the layers.

    Attributes:
        width, depth: Sides of the rectangle.
        below, above: Thickness of the layers below and above the interface.
        amplitudes: a_mn, one row for each m.
    """

    width: float
    depth: float
    below: float
    above: float
    amplitudes: Array

    @cached_property
    def _modes(self) -> tuple[Array, Array]:
        m, n = self.amplitudes.shape
        waves = np.pi / self.width * np.arange(m, dtype=float)
        return waves, np.pi / self.depth * np.arange(n, dtype=float)

    @cached_property
    def _grid(self) -> tuple[Array, Array]:
        """Midpoints that integrate the field."""
        counts = [POINTS_PER_WAVE * size + 1 for size in self.amplitudes.shape]
        x = (np.arange(counts[0]) + 0.5) * self.width / counts[0]
        y = (np.arange(counts[1]) + 0.5) * self.depth / counts[1]
        return x, y

    def heights(self, x: Array, y: Array) -> Array:
        """Height of the interface at points."""
        return self.displacement(x, y, np.zeros_like(x))

    def displacement(self, x: Array, y: Array, z: Array) -> Array:
        """Vertical movement of points at the height z above the flat interface."""
        (kx, ky), moved = self._modes, np.empty(len(x))
        k = np.hypot(kx[:, None], ky[None, :])
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            d = np.abs(z[part])
            waves = np.cos(np.multiply.outer(x[part], kx)), np.cos(np.multiply.outer(y[part], ky))
            fading = np.exp(-FADING * np.multiply.outer(d, k))
            total = np.einsum("im,in,imn,mn->i", *waves, fading, self.amplitudes, optimize=True)
            layer = np.where(z[part] < 0.0, self.below, self.above)
            moved[part] = total * (1.0 - d / layer)
        return moved

    @cached_property
    def rms(self) -> float:
        """Root mean square of the height."""
        return float(np.sqrt((self._field(self.amplitudes) ** 2).mean()))

    @cached_property
    def least_and_most(self) -> tuple[float, float]:
        """Lowest and highest point."""
        heights = self._field(self.amplitudes)
        return float(heights.min()), float(heights.max())

    @cached_property
    def area_ratio(self) -> float:
        """Area of the rough interface over that of the flat one."""
        (kx, ky), (x, y) = self._modes, self._grid
        sx, sy = np.sin(np.outer(x, kx)) * kx, np.sin(np.outer(y, ky)) * ky
        cx, cy = np.cos(np.outer(x, kx)), np.cos(np.outer(y, ky))
        slope_x, slope_y = sx @ self.amplitudes @ cy.T, cx @ self.amplitudes @ sy.T
        return float(np.sqrt(1.0 + slope_x**2 + slope_y**2).mean())

    @cached_property
    def least_stretch(self) -> float:
        """Least of 1 + du/dz, which is found at the interface; cells are inverted below 0."""
        kx, ky = self._modes
        fading = self._field(FADING * np.hypot(kx[:, None], ky[None, :]) * self.amplitudes)
        heights = self._field(self.amplitudes)
        below, above = heights / self.below + fading, -heights / self.above - fading
        return float(1.0 + min(below.min(), above.min()))

    def _field(self, amplitudes: Array) -> Array:
        (kx, ky), (x, y) = self._modes, self._grid
        return np.cos(np.outer(x, kx)) @ amplitudes @ np.cos(np.outer(y, ky)).T


def rough(
    sides: tuple[float, float],
    layers: tuple[float, float],
    rms: float,
    correlation_length: float,
    rng: np.random.Generator,
    ridged: bool = False,
    periodic: bool = False,
) -> Roughness:
    """A random field with exactly this root mean square height and zero mean.

    Args:
        sides: Width and depth of the rectangle.
        layers: Thickness below and above the interface.
        rms: Root mean square of the height.
        correlation_length: Distance at which the correlation has fallen to 1/e.
        rng: Where the amplitudes come from.
        ridged: The height depends on x alone.
        periodic: It repeats itself behind the sides.
    """
    first = 2 if periodic else 1
    # the first wave is always there, however long the correlation
    counts = [
        max(first + 1, 1 + math.floor(LARGEST_WAVE / correlation_length * side / math.pi))
        for side in sides
    ]
    if ridged:
        counts[1] = 1
    k = [np.pi * np.arange(count) / side for count, side in zip(counts, sides, strict=True)]
    squared = k[0][:, None] ** 2 + k[1][None, :] ** 2
    excess = squared - squared[first, 0]  # the longest wave along x stays however smooth the field
    amplitudes = rng.normal(size=squared.shape)
    amplitudes *= np.exp(-np.maximum(excess, 0.0) * correlation_length**2 / 8.0)
    # a cosine of zero wave number has twice the mean square, and stands for half an interval
    amplitudes[0, :] *= 0.5
    amplitudes[:, 0] *= 0.5
    amplitudes[0, 0] = 0.0
    if periodic:
        amplitudes[1::2, :] = 0.0
        amplitudes[:, 1::2] = 0.0
    weights = np.outer(np.where(k[0] > 0, 0.5, 1.0), np.where(k[1] > 0, 0.5, 1.0))
    amplitudes *= rms / math.sqrt(float((weights * amplitudes**2).sum()))
    return Roughness(*sides, *layers, amplitudes)

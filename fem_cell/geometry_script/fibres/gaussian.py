r"""Skeleton as the part of space where a Gaussian random field is large.

.. math::
   g(x) = \sqrt{\tfrac2N} \sum_n \cos(k_n\cdot x + \alpha_n), \qquad
   \text{skeleton: } g > t, \qquad
   S_V = \frac2\pi \sqrt{\tfrac13\langle k^2\rangle}\; e^{-t^2/2}

with waves of random direction and phase and lognormal wave numbers. Their size is such that the
surface per volume S_V is that of fibres of the median diameter d, :math:`4\varphi/d` (mean surface
of a level of a Gaussian field: Rice; Adler, The Geometry of Random Fields, 1981). Above about a
sixth by volume the skeleton and what is beside it both hang together. In a periodic box the wave
vectors are the nearest of its reciprocal lattice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.stats import norm

from fem_cell.geometry_script.fibres.segments import Array, Connectivity
from fem_cell.geometry_script.parameters import Values

WAVES = 200
"""Enough for a sum that is as good as Gaussian."""
AT_ONCE = 20_000
"""Points that are worked on at a time."""
GRID = 64
"""Points along an edge of the box by which the level is set and connection is judged."""


@dataclass(frozen=True)
class Field:
    """A random field and the level above which there is skeleton.

    Attributes:
        waves: k_n, shape (N, 3), 1/um.
        phases: alpha_n, shape (N,).
        level: t.
    """

    waves: Array
    phases: Array
    level: float

    @property
    def slope(self) -> float:
        """Root of the mean square of a component of the gradient, 1/um."""
        return float(np.sqrt((self.waves**2).sum(axis=1).mean() / 3.0))

    @property
    def surface(self) -> float:
        """S_V that is to be expected, 1/um."""
        return float(2.0 / math.pi * self.slope * np.exp(-0.5 * self.level**2))

    def values(self, points: Array) -> Array:
        """G at points, shape (n, 3); in single precision, which is fast and good enough."""
        found = np.empty(len(points))
        waves, phases = self.waves.T.astype(np.float32), self.phases.astype(np.float32)
        for start in range(0, len(points), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found[part] = np.cos(points[part].astype(np.float32) @ waves + phases).sum(axis=1)
        return math.sqrt(2.0 / len(self.phases)) * found

    def distance(self, points: Array, band: float) -> Array:
        """About the signed distance to the skeleton, negative inside, at most the band."""
        return np.clip((self.level - self.values(points)) / self.slope, -band, band)


def draw_field(p: Values, rng: np.random.Generator) -> tuple[Field, Connectivity]:
    """Draw the field of some parameters (micrometres) and see how its skeleton hangs together."""
    t = norm.ppf(1.0 - p["volume_fraction"])
    surface = 4.0 * p["volume_fraction"] / p["diameter_median"]
    rms = math.sqrt(3.0) * 0.5 * math.pi * surface * math.exp(0.5 * t**2)
    numbers = np.exp(p["diameter_spread"] * rng.normal(size=WAVES))
    way = rng.normal(size=(WAVES, 3))
    way /= np.linalg.norm(way, axis=1)[:, None]
    waves = rms / math.sqrt(np.mean(numbers**2)) * numbers[:, None] * way
    if p["periodic"]:
        step = 2.0 * math.pi / p["size"]
        waves = step * np.round(waves / step)
    drawn = Field(waves, rng.uniform(0.0, 2.0 * math.pi, WAVES), 0.0)
    at = (np.arange(GRID) + 0.5) * p["size"] / GRID
    grid = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1).reshape(-1, 3)
    values = drawn.values(grid).reshape(GRID, GRID, GRID)
    level = float(np.quantile(values, 1.0 - p["volume_fraction"]))
    return Field(waves, drawn.phases, level), grid_connectivity(values > level, p["periodic"])


def grid_connectivity(inside: np.ndarray, periodic: bool) -> Connectivity:
    """Pieces of a space given on a cubic grid, by common faces of its points' cubes.

    Args:
        inside: Whether the space is at each point.
        periodic: The pieces go on behind opposite faces.
    """
    label, count = ndimage.label(inside)
    name = np.arange(count + 1)
    for axis in range(3) if periodic else ():
        one, other = (np.take(label, k, axis=axis).ravel() for k in (0, -1))
        for a, b in np.unique(np.stack((one, other), 1)[(one > 0) & (other > 0)], axis=0):
            name[name == name[a]] = name[b]
    label = name[label]
    volume = np.bincount(label.ravel())
    volume[0] = 0
    largest = label == volume.argmax()
    ends = [[np.take(largest, k, axis=axis).any() for k in (0, -1)] for axis in range(3)]
    spans = tuple(bool(all(pair)) for pair in ends)
    return Connectivity(float(volume.max() / volume.sum()), spans, 0)  # type: ignore[arg-type]

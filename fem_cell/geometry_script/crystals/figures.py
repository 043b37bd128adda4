"""Cracks, contact patches and pores as figures: where they are and how large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fem_cell.geometry_script.crystals.tessellation import Array

Vector = tuple[float, float, float]

UP: Vector = (0.0, 0.0, 1.0)
RINGS = 6
"""Rings of points that stand for a figure when distances between figures are measured."""
TURN = 36
"""Points on the outermost ring."""


@dataclass(frozen=True)
class Disc:
    """A flat disc.

    Attributes:
        centre: Its centre.
        normal: Unit vector.
        radius: Its radius.
    """

    centre: Vector
    normal: Vector
    radius: float

    @cached_property
    def axes(self) -> Array:
        """Rows: two unit vectors in the plane, and the normal."""
        n = np.array(self.normal)
        u = np.array([n[2], 0.0, -n[0]])
        u /= np.linalg.norm(u)
        return np.stack((u, np.cross(n, u), n))

    @property
    def area(self) -> float:
        """Of one side."""
        return math.pi * self.radius**2

    @cached_property
    def points(self) -> Array:
        """Points all over it."""
        rings = [np.zeros((1, 2))]
        for ring in range(1, RINGS + 1):
            angle = np.linspace(0.0, 2 * np.pi, ring * TURN // RINGS, endpoint=False)
            radius = self.radius * ring / RINGS
            rings.append(radius * np.column_stack((np.cos(angle), np.sin(angle))))
        return np.array(self.centre) + np.concatenate(rings) @ self.axes[:2]


@dataclass(frozen=True)
class Strip:
    """A rectangle through the whole depth of the box; its fronts run along y.

    Attributes:
        centre: Its centre, half way through the depth.
        normal: Unit vector in the plane of x and z.
        radius: Half its width.
        depth: Of the box.
    """

    centre: Vector
    normal: Vector
    radius: float
    depth: float

    @cached_property
    def axes(self) -> Array:
        """Rows: across the fronts, along them, and the normal."""
        n = np.array(self.normal)
        return np.stack(([n[2], 0.0, -n[0]], [0.0, 1.0, 0.0], n))

    @property
    def area(self) -> float:
        """Of one side."""
        return 2.0 * self.radius * self.depth

    @cached_property
    def points(self) -> Array:
        """Points all over it."""
        s = self.radius * np.linspace(-1.0, 1.0, 2 * RINGS + 1)
        t = self.depth * np.linspace(-0.5, 0.5, 2 * RINGS + 1)
        plane = np.stack(np.meshgrid(s, t), axis=-1).reshape(-1, 2)
        return np.array(self.centre) + plane @ self.axes[:2]


@dataclass(frozen=True)
class Ball:
    """A spherical pore, or a round channel along y in a slice.

    Attributes:
        centre: Its centre.
        radius: Its radius.
    """

    centre: Vector
    radius: float

    @cached_property
    def points(self) -> Array:
        """Points in it and on it."""
        flat = Disc((0.0, 0.0, 0.0), UP, self.radius).points
        turned = flat[:, [2, 0, 1]], flat[:, [1, 2, 0]]
        return np.array(self.centre) + np.concatenate((flat, *turned))

    @property
    def volume(self) -> float:
        """Of a sphere."""
        return 4.0 / 3.0 * math.pi * self.radius**3

    @property
    def surface(self) -> float:
        """Of a sphere."""
        return 4.0 * math.pi * self.radius**2

    @property
    def section(self) -> float:
        """Area of the circle that a slice cuts."""
        return math.pi * self.radius**2

    @property
    def rim(self) -> float:
        """Circumference of that circle."""
        return 2.0 * math.pi * self.radius


@dataclass(frozen=True)
class Lens:
    """A microcrack that is open: the common part of two balls, with a sharp rim.

    Attributes:
        disc: What the rim bounds, a strip in a slice.
        opening: Largest distance between the two sides.
    """

    disc: Disc | Strip
    opening: float

    @property
    def centre(self) -> Vector:
        """Its centre."""
        return self.disc.centre

    @property
    def radius(self) -> float:
        """Radius of the rim."""
        return self.disc.radius

    @property
    def curvature_radius(self) -> float:
        """Radius of the two balls."""
        cap = 0.5 * self.opening
        return (self.radius**2 + cap**2) / (2.0 * cap)

    @cached_property
    def points(self) -> Array:
        """Points on both sides."""
        side = 0.5 * self.opening * self.disc.axes[2]
        return np.concatenate((self.disc.points - side, self.disc.points + side))

    @property
    def volume(self) -> float:
        """Of two spherical caps."""
        cap = 0.5 * self.opening
        return 2.0 * math.pi * cap**2 * (3.0 * self.curvature_radius - cap) / 3.0

    @property
    def surface(self) -> float:
        """Of two spherical caps."""
        return 2.0 * math.pi * self.curvature_radius * self.opening

    @property
    def section(self) -> float:
        """Area of the lens that a slice cuts."""
        R, half = self.curvature_radius, self._half_angle
        return R**2 * (2.0 * half - math.sin(2.0 * half))

    @property
    def rim(self) -> float:
        """Circumference of that lens."""
        return 4.0 * self.curvature_radius * self._half_angle

    @property
    def _half_angle(self) -> float:
        """Half the angle of one arc."""
        cap = 0.5 * self.opening
        return math.atan2(self.radius, self.curvature_radius - cap)


Flat = Disc | Strip
Pore = Ball | Lens
Figure = Flat | Pore

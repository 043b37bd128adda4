"""Pores as OpenCASCADE volumes, turned so that their seams do not get in the way.

A sphere of OpenCASCADE has two poles and a seam between them, which become points and a curve of
the mesh. Where they come near a grain boundary without crossing it squarely, cells are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_cell.geometry_script.crystals.figures import Ball, Lens, Pore
from fem_cell.geometry_script.crystals.orientation import random_rotations
from fem_cell.geometry_script.crystals.tessellation import Array, Tessellation

TURNS = 300
"""Rotations of a sphere that are compared."""
SEAM_POINTS = 25
NEAR = 0.25
"""Distance, over the radius, at which a seam is near a grain boundary."""


def add_pore(occ: Any, pore: Pore, grains: Tessellation) -> int:
    """Add a pore to the OpenCASCADE model; the tag of its volume."""
    if isinstance(pore, Ball):
        ball = int(occ.addSphere(0.0, 0.0, 0.0, pore.radius))
        _move(occ, ball, _best_turn(pore, grains), np.array(pore.centre))
        return ball
    return _lens(occ, pore)


def _best_turn(ball: Ball, grains: Tessellation) -> Array:
    """Rotation with the poles far from grain boundaries and the seam square to them."""
    normals, distances = _planes_through(ball, grains)
    turns = random_rotations(TURNS, np.random.default_rng(0))
    if not len(normals):
        return turns[0]
    poles = np.einsum("ti,pi->tp", turns[:, :, 2], normals) * ball.radius
    pole_gap = np.minimum(np.abs(poles - distances), np.abs(poles + distances)).min(axis=1)
    angle = np.linspace(0.0, np.pi, SEAM_POINTS)
    seam = ball.radius * np.column_stack((np.sin(angle), 0.0 * angle, np.cos(angle)))
    at = np.einsum("tij,sj->tsi", turns, seam)
    near = np.abs(np.einsum("tsi,pi->tsp", at, normals) - distances) < NEAR * ball.radius
    crowd = near.sum(axis=2)
    return turns[np.argmax(pole_gap / ball.radius - (crowd**2).sum(axis=1) / SEAM_POINTS)]


def _planes_through(ball: Ball, grains: Tessellation) -> tuple[Array, Array]:
    """Normals of the faces that a ball may cut, and their distances from its centre."""
    normals, distances = [], []
    for face in grains.faces:
        corners = grains.vertices[list(face)] - ball.centre
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[1])
        normal /= np.linalg.norm(normal)
        distance = float(normal @ corners[0])
        beside = (corners.min(axis=0) > ball.radius) | (corners.max(axis=0) < -ball.radius)
        if abs(distance) < ball.radius and not beside.any():
            normals.append(normal)
            distances.append(distance)
    return np.array(normals).reshape(-1, 3), np.array(distances)


def _lens(occ: Any, lens: Lens) -> int:
    """The common part of two balls whose poles and seams are outside of it."""
    u, _, n = lens.disc.axes
    R = lens.curvature_radius
    balls = []
    for sign in (-1.0, 1.0):
        centre = np.array(lens.centre) + sign * (R - 0.5 * lens.opening) * n
        ball = int(occ.addSphere(0.0, 0.0, 0.0, R))
        # the seam of a sphere faces +x: turn x away from the lens
        x, z = sign * n, u
        _move(occ, ball, np.column_stack((x, np.cross(z, x), z)), centre)
        balls.append((3, ball))
    return int(occ.intersect(balls[:1], balls[1:])[0][0][1])


def _move(occ: Any, volume: int, turn: Array, centre: Array) -> None:
    matrix = np.column_stack((turn, centre)).reshape(-1).tolist()
    occ.affineTransform([(3, volume)], [*matrix, 0.0, 0.0, 0.0, 1.0])

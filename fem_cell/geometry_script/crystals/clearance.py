"""How near a figure comes to touching a grain boundary without crossing it properly.

Where the outline of a crack, a contact patch or a pore passes close to a vertex or an edge of the
grains, or almost touches a face, Gmsh has to fill a gap much smaller than its cells. The clearance
of a figure is the smallest such distance; figures and grains are placed so that it is large.
"""

from __future__ import annotations

import math

import numpy as np

from fem_cell.geometry_script.crystals.figures import Ball, Disc, Figure, Flat, Lens, Strip
from fem_cell.geometry_script.crystals.tessellation import Array, Tessellation

IN_PLANE = 1e-9
"""Distance from a plane, over the largest side of the box, that counts as none."""
FAR = math.inf


def clearance(figure: Figure, grains: Tessellation) -> float:
    """The smallest gap between a figure and what it does not properly cross."""
    if isinstance(figure, Ball):
        return _ball_clearance(figure, grains)
    flat = figure.disc if isinstance(figure, Lens) else figure
    segments, sines = traces(flat, grains)
    gaps = [_vertex_gap(flat, grains), _angle_gap(flat, grains)]
    if len(segments):
        points = _distinct(segments.reshape(-1, 2), IN_PLANE * max(grains.size))
        gaps += [_outline_gap(flat, segments, sines), _point_gap(flat, points)]
    return min(gaps)


def circle_clearance(ball: Ball, plan: Tessellation) -> float:
    """The same in a slice, where a ball is a circle and grains are polygons."""
    x = plan.vertices - np.array(ball.centre)[[0, 2]]
    distances = (np.linalg.norm(x, axis=1), _feet(x, plan))
    return float(np.abs(np.concatenate(distances) - ball.radius).min())


def traces(flat: Flat, grains: Tessellation) -> tuple[Array, Array]:
    """Segments in which the faces cross the plane of a figure, in its own coordinates.

    Returns:
        The segments, of the shape (segments, 2 ends, 2 coordinates), the centre being the origin,
        and the sine of the angle between the figure and each face.
    """
    local = (grains.vertices - flat.centre) @ flat.axes.T
    zero = IN_PLANE * max(grains.size)
    height = np.where(np.abs(local[:, 2]) < zero, 0.0, local[:, 2])
    heights = height[grains.padded_faces]
    crossed = (heights.min(axis=1) <= 0.0) & (heights.max(axis=1) >= 0.0) & heights.any(axis=1)
    found, faces = [], []
    for face in np.flatnonzero(crossed):
        ends = _crossings(grains.faces[face], local, height)
        if len(ends) == 2:
            found.append(ends)
            faces.append(face)
    return np.array(found).reshape(-1, 2, 2), _sines(flat, grains)[faces]


def crossing_angles(disc: Disc, grains: Tessellation) -> Array:
    """Angles at which face boundaries cross the rim of a disc, ascending."""
    segments, _ = traces(disc, grains)
    return _rim_crossings(disc.radius, segments) if len(segments) else np.empty(0)


def _crossings(face: tuple[int, ...], local: Array, height: Array) -> list[Array]:
    ends = []
    for a, b in zip(face, (*face[1:], face[0]), strict=True):
        if height[a] == 0.0:
            ends.append(local[a, :2])
        elif height[a] * height[b] < 0.0:
            t = height[a] / (height[a] - height[b])
            ends.append((1.0 - t) * local[a, :2] + t * local[b, :2])
    return ends


def _vertex_gap(flat: Flat, grains: Tessellation) -> float:
    """Distance of the vertices outside its plane."""
    local = (grains.vertices - flat.centre) @ flat.axes.T
    off = np.abs(local[:, 2]) > IN_PLANE * max(grains.size)
    if not off.any():
        return FAR
    x, y, z = local[off].T
    reach = np.hypot(x, y) if isinstance(flat, Disc) else np.abs(x)
    return float(np.hypot(np.maximum(reach - flat.radius, 0.0), z).min())


def _angle_gap(flat: Flat, grains: Tessellation) -> float:
    """Distance of a slanted face half a radius from where it crosses the figure."""
    zero = IN_PLANE * max(grains.size)
    heights = ((grains.vertices - flat.centre) @ flat.axes[2])[grains.padded_faces]
    crossed = (heights.min(axis=1) < -zero) & (heights.max(axis=1) > zero)
    sines = _sines(flat, grains)
    corners = grains.vertices[grains.padded_faces[:, 0]] - flat.centre
    offset = np.abs(np.einsum("ij,ij->i", corners, grains.normals))
    near = crossed & (offset < flat.radius * np.maximum(sines, zero))
    return float((0.5 * flat.radius * sines[near]).min(initial=FAR))


def _sines(flat: Flat, grains: Tessellation) -> Array:
    """Sines of the angles between a figure and all faces."""
    return np.linalg.norm(grains.normals @ flat.axes[:2].T, axis=1)


def _outline_gap(flat: Flat, segments: Array, sines: Array) -> float:
    if isinstance(flat, Strip):
        return _front_gap(flat, segments, sines)
    radius = flat.radius
    gaps = np.abs(np.linalg.norm(segments, axis=2) - radius).min(axis=1) * sines
    a, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    t = -np.einsum("ij,ij->i", a, along) / np.einsum("ij,ij->i", along, along)
    foot = np.linalg.norm(a + t[:, None] * along, axis=1)
    touching = (np.abs(foot - radius) * sines)[(t > 0.0) & (t < 1.0)]
    angles = _rim_crossings(radius, segments)
    arcs = np.diff(angles, append=angles[:1] + 2 * np.pi) * radius
    return float(np.concatenate((gaps, touching, arcs[arcs > 0.0])).min())


def _front_gap(strip: Strip, segments: Array, sines: Array) -> float:
    """Gaps at the two fronts of a strip, and between what crosses a front."""
    reach = np.abs(np.abs(segments[:, :, 0]) - strip.radius).min(axis=1)
    gaps, half = [float((reach * sines).min())], 0.5 * strip.depth
    for front in (-strip.radius, strip.radius):
        s = segments[:, :, 0] - front
        across = s[:, 0] * s[:, 1] < 0.0
        t = s[across, 0] / (s[across, 0] - s[across, 1])
        y = segments[across, 0, 1] * (1 - t) + segments[across, 1, 1] * t
        inside = y[np.abs(y) < half * (1.0 - IN_PLANE)]  # the others run along the sides
        gaps += np.diff(np.sort([-half, *inside, half])).tolist()
    return min(gaps)


def _point_gap(flat: Flat, points: Array) -> float:
    """Least distance between two points where edges of the grains cross the figure."""
    reach = np.linalg.norm(points, axis=1) if isinstance(flat, Disc) else np.abs(points[:, 0])
    near = points[reach < flat.radius]
    if len(near) < 2:
        return FAR
    distance = np.linalg.norm(near[:, None] - near[None], axis=2)
    return float(distance[np.triu_indices(len(near), 1)].min())


def _rim_crossings(radius: float, segments: Array) -> Array:
    """Angles at which segments cross a circle about the origin, ascending."""
    a, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    A = np.einsum("ij,ij->i", along, along)
    B = np.einsum("ij,ij->i", a, along)
    C = np.einsum("ij,ij->i", a, a) - radius**2
    root = B**2 - A * C
    hit = root > 0.0
    angles: list[Array] = []
    for sign in (-1.0, 1.0):
        t = (-B[hit] + sign * np.sqrt(root[hit])) / A[hit]
        x, y = (a[hit] + t[:, None] * along[hit])[(t > 0.0) & (t < 1.0)].T
        angles.append(np.arctan2(y, x))
    return _distinct(np.sort(np.concatenate(angles)), IN_PLANE)


def _ball_clearance(ball: Ball, grains: Tessellation) -> float:
    """Distances of vertices, edges and faces from the surface of a ball."""
    x = grains.vertices - ball.centre
    distances = (np.linalg.norm(x, axis=1), _feet(x, grains), _face_distances(x, grains))
    return float(np.abs(np.concatenate(distances) - ball.radius).min())


def _feet(x: Array, grains: Tessellation) -> Array:
    """Distances of the origin from the edges on which its foot lies."""
    a, b = (x[ends] for ends in grains.edges.T)
    t = -np.einsum("ij,ij->i", a, b - a) / grains.edge_lengths**2
    return np.linalg.norm(a + t[:, None] * (b - a), axis=1)[(t > 0.0) & (t < 1.0)]


def _face_distances(x: Array, grains: Tessellation) -> Array:
    """Distances of the origin from the faces on which its foot lies."""
    corners, normals = x[grains.padded_faces], grains.normals
    distance = np.einsum("ij,ij->i", corners[:, 0], normals)
    foot = normals * distance[:, None]
    sides = np.roll(corners, -1, axis=1) - corners
    turns = np.einsum("fki,fi->fk", np.cross(sides, foot[:, None] - corners), normals)
    inside = (turns >= 0.0).all(axis=1) | (turns <= 0.0).all(axis=1)
    return np.abs(distance[inside])


def _distinct(values: Array, tolerance: float) -> Array:
    """Values (rows) without repetitions."""
    _, first = np.unique(np.round(values / (4.0 * tolerance)), axis=0, return_index=True)
    return values[np.sort(first)]

"""From a network to tetrahedra of three phases: skeleton, lithium and pores. Micrometres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fem_cell.geometry_script.fibres.cutting import (
    LevelSet,
    cut,
    values_of,
    volume_inside,
    warp,
)
from fem_cell.geometry_script.fibres.lattice import Array, Indices, Tetrahedra, lattice
from fem_cell.geometry_script.fibres.network import Network, cubes
from fem_cell.geometry_script.fibres.pores import Balls

SKELETON, LITHIUM, PORES = range(3)
PHASES = ("skeleton", "lithium", "pores")
"""Names in the order of their numbers."""
ROUNDS = 2
"""Corrections of an offset for what cutting itself does to the volume."""


@dataclass(frozen=True)
class Fit:
    """How sizes were changed to meet volume fractions.

    Attributes:
        offset: By how much the radius of all fibres grew.
        pore_radius: Of the balls that are cut out; zero without.
    """

    offset: float
    pore_radius: float


@dataclass(frozen=True)
class Structure:
    """Meshed network.

    Attributes:
        mesh: The cells.
        phase: Number of the phase of each cell.
        connected: Volume of the largest connected part of the skeleton over all of it.
        floating: Volume fraction of solid pieces that touched nothing and count as pores.
    """

    mesh: Tetrahedra
    phase: npt.NDArray[np.int8]
    connected: float
    floating: float

    @property
    def surface(self) -> float:
        """Of the skeleton within the box, per volume of the box, 1/um."""
        return _surface(self.mesh, self.phase == SKELETON)

    def fraction(self, phase: int) -> float:
        """Volume fraction of a phase."""
        volumes = self.mesh.volumes
        return float(volumes[self.phase == phase].sum() / volumes.sum())


def fit_network(made: Network) -> tuple[Tetrahedra, Fit]:
    """The lattice of a network, and how sizes have to change for the volume fractions on it."""
    n, size, values = cubes(made.values), made.size, made.values
    background = lattice((n, n, n), size / n, values["periodic"])
    to_fibres = values_of(made.to_fibres, background)
    wanted = values["volume_fraction"] * size**3
    offset = _offset(background, to_fibres, wanted, 0.5 * made.band)
    if made.pores is None:
        return background, Fit(offset, 0.0)
    wanted = values["pore_fraction"] * size**3
    grow = _growth(background, to_fibres - offset, made.pores, wanted)
    return background, Fit(offset, made.pores.radius + grow)


def mesh_network(made: Network) -> tuple[Structure, Fit]:
    """Cut a lattice along the surfaces of fibres and pores."""
    background, fit = fit_network(made)

    def fibres(points: Array) -> Array:
        return made.to_fibres(points) - fit.offset

    pores = made.pores.of_radius(fit.pore_radius).distance if made.pores else None
    mesh, phase = cut_phases(background, fibres, pores)
    phase, floating = _pores_of_floating(mesh, phase)
    connected = _largest_share(mesh, phase == SKELETON)
    return Structure(mesh, phase, connected, floating), fit


def cut_phases(
    background: Tetrahedra, skeleton: LevelSet, pores: LevelSet | None
) -> tuple[Tetrahedra, npt.NDArray[np.int8]]:
    """Cells of skeleton, pores beside it and lithium in what is left.

    Args:
        background: To be cut.
        skeleton: Signed distance to it, negative inside.
        pores: Likewise, or ``None``.

    Returns:
        The mesh, and the number of the phase of each cell.
    """
    everywhere = np.ones(len(background.points), dtype=bool)
    mesh, values, held = warp(background, values_of(skeleton, background), everywhere)
    if pores is not None:
        mesh, at_pores, on_pores = warp(mesh, values_of(pores, mesh), ~held)
        values = np.where(on_pores & ~held, values_of(skeleton, mesh), values)
        mesh, values, _ = warp(mesh, values, ~everywhere)
    mesh, _, inside = cut(mesh, values, skeleton)
    phase = np.where(inside, SKELETON, LITHIUM).astype(np.int8)
    if pores is None:
        return mesh, phase
    values = values_of(pores, mesh)
    values[: len(on_pores)] = at_pores
    still = np.zeros(len(values), dtype=bool)
    mesh, values, _ = warp(mesh, values, still)
    mesh, parents, inside = cut(mesh, values, pores)
    phase = phase[parents]
    phase[inside & (phase == LITHIUM)] = PORES
    return mesh, phase


def _offset(mesh: Tetrahedra, distance: Array, wanted: float, reach: float) -> float:
    """How much thicker the fibres have to be for a volume."""
    return _root(lambda by: volume_inside(mesh, distance - by) - wanted, reach)


def _growth(mesh: Tetrahedra, to_fibres: Array, pores: Balls, wanted: float) -> float:
    """How much larger the pores have to be for their volume beside the fibres."""
    to_pores = values_of(pores.distance, mesh)
    return _root(
        lambda by: volume_inside(mesh, np.maximum(to_pores - by, -to_fibres)) - wanted,
        0.9 * pores.radius,
    )


def _root(function: Callable[[float], float], reach: float) -> float:
    """Where it vanishes, or the end of the reach that comes closer."""
    if function(-reach) >= 0.0:
        return -reach
    if function(reach) <= 0.0:
        return reach
    return float(brentq(function, -reach, reach, xtol=1e-4 * reach))


def _surface(mesh: Tetrahedra, chosen: npt.NDArray[np.bool_]) -> float:
    """Area between chosen cells and others per volume of all; each face once, by its cell of two.

    Faces of the box do not count, where it is not periodic.
    """
    nodes = np.concatenate([np.delete(mesh.cells, k, axis=1) for k in range(4)])
    cell = np.tile(np.arange(len(mesh.cells)), 4)
    faces = np.sort(mesh.twin[nodes], axis=1)
    order = np.lexsort(faces.T)
    same = (faces[order][1:] == faces[order][:-1]).all(axis=1)
    one, other = order[:-1][same], order[1:][same]
    between = one[chosen[cell[one]] != chosen[cell[other]]]
    a, b, c = (mesh.points[nodes[between, k]] for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    return float(area / mesh.volumes.sum())


def _labels(mesh: Tetrahedra, chosen: npt.NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Chosen cells, and the number of the piece that each belongs to by common faces.

    Pieces go on behind the faces of a periodic box.
    """
    which = np.flatnonzero(chosen)
    cells = mesh.twin[mesh.cells[which]]
    faces = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    cell = np.tile(np.arange(len(which)), 4)
    order = np.lexsort(faces.T)
    same = (faces[order][1:] == faces[order][:-1]).all(axis=1)
    one, other = cell[order[:-1][same]], cell[order[1:][same]]
    shape = (len(which), len(which))
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=shape)
    return which, connected_components(graph, directed=False)[1]


def _pores_of_floating(
    mesh: Tetrahedra, phase: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], float]:
    """Solid that hangs on nothing becomes part of the pores around it."""
    if not (phase == PORES).any():
        return phase, 0.0
    which, label = _labels(mesh, phase != PORES)
    volumes = mesh.volumes
    loose = label != np.bincount(label, weights=volumes[which]).argmax()
    changed = phase.copy()
    changed[which[loose]] = PORES
    return changed, float(volumes[which[loose]].sum() / volumes.sum())


def _largest_share(mesh: Tetrahedra, chosen: npt.NDArray[np.bool_]) -> float:
    which, label = _labels(mesh, chosen)
    volume = np.bincount(label, weights=mesh.volumes[which])
    return float(volume.max() / volume.sum())

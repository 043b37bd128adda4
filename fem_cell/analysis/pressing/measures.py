r"""What is taken from a piece between platens: means, percentiles, what lies at the face.

Porosity is what the solid lacks to the box between the platens,
:math:`p = 1 - V_{solid}/(A\, h)`. The face is the upper platen, where the electrolyte would be; if
nothing that flows lies there, it is where what flows touches an elastic solid, the electrolyte
itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from dolfinx.mesh import entities_to_geometry

from fem_cell.analysis.pressing.platens import TOP
from fem_cell.analysis.resolved import ResolvedBody
from fem_cell.laws.stiffness import stress_as_tensor
from fem_cell.mechanics.viscoplastic import Equilibrium

Array = npt.NDArray[np.float64]

PEAK = 99.0
"""Per cent of the volume below what counts as a peak: stress at re-entrant corners is singular."""


class Measures:
    """Measures of a piece that is pressed.

    Attributes:
        problem: The piece.
        flowing: Numbers of the solids that flow.
        elastic: Numbers of those that do not.
    """

    def __init__(self, box: ResolvedBody, problem: Equilibrium) -> None:
        """Remember the size of the box and what lies at the face. Collective."""
        self.problem = problem
        solids = problem.body.points.solids
        self.flowing = [n for n, solid in enumerate(solids) if solid.flow]
        self.elastic = [n for n, solid in enumerate(solids) if not solid.flow]
        self._height = float(box.box[1, 2] - box.box[0, 2])
        self._lowered = 0.0
        self._displacement = np.zeros_like(problem.body.step.x.array)
        self._at_face = _cells_at_face(box, self.flowing)

    def take(self, time: float, pressure: float) -> dict[str, float]:
        """Measures after a step that was accepted, SI. Collective."""
        body, supports = self.problem.body, self.problem.supports
        self._displacement += body.step.x.array
        self._lowered -= self.problem.platen_motion()
        height = self._height - self._lowered
        box = supports.area * (height if body.moving else self._height)
        q = body.of_cells(body.points.equivalent)
        row = {
            "time": time,
            "pressure": pressure,
            "compaction": self._lowered / self._height,
            "porosity": 1.0 - body.volume() / (supports.area * height),
        }
        if self.flowing:
            row |= {
                "lithium_pressure": body.mean(body.points.pressure, self.flowing),
                "lithium_stress": body.mean(q, self.flowing),
                "face_pressure": self._over_face(body.points.pressure),
                "face_stress": self._over_face(q),
                "largest_strain": self._largest(body.points.flowed),
            }
        if self.elastic:
            sigma = self.stress()
            across = -body.mean(sigma[:, 2], self.elastic)
            share = self._fraction(self.elastic, box)
            tension = np.asarray(np.linalg.eigvalsh(stress_as_tensor(sigma))[:, -1])
            row |= {
                "skeleton_share": across * share / pressure if pressure else 0.0,
                "skeleton_stress": body.mean(q, self.elastic),
                "skeleton_peak": self._peak(q),
                "skeleton_tension": self._peak(tension),
            }
        return row

    def displacement(self) -> Array:
        """Since the start, m, shape (nodes, 3) (local)."""
        return self._displacement.reshape(-1, 3)

    def stress(self) -> Array:
        """Mean stress of the owned cells in Voigt's notation, Pa, shape (cells, 6) (local)."""
        body = self.problem.body
        sigma = body.of_cells(body.points.deviator)
        sigma[:, :3] -= body.points.pressure[:, None]
        return sigma

    def _largest(self, values: Array) -> float:
        found: float = max(self.problem.body.mesh.comm.allgather(float(values.max(initial=0.0))))
        return found

    def _fraction(self, solids: Sequence[int], box: float) -> float:
        body = self.problem.body
        volumes = np.abs(body.cell_volumes())[np.isin(body.points.of_cell, solids)]
        return float(body.mesh.comm.allreduce(float(volumes.sum()))) / box

    def _over_face(self, values: Array) -> float:
        """Mean over what flows at the face, by area; nan if nothing does."""
        body = self.problem.body
        cells, areas = self._at_face
        whole = body.mesh.comm.allreduce(np.array([areas @ values[cells], areas.sum()]))
        return float(whole[0] / whole[1]) if whole[1] else float("nan")

    def _peak(self, values: Array) -> float:
        """Percentile :data:`PEAK` by volume over the elastic solids, the same on all ranks."""
        body = self.problem.body
        here = np.isin(body.points.of_cell, self.elastic)
        pairs = np.column_stack([values[here], np.abs(body.cell_volumes())[here]])
        every = np.concatenate(body.mesh.comm.allgather(pairs))
        every = every[np.argsort(every[:, 0])]
        below = np.cumsum(every[:, 1]) / every[:, 1].sum()
        return float(every[np.searchsorted(below, PEAK / 100.0), 0])


def _cells_at_face(
    box: ResolvedBody, flowing: Sequence[int]
) -> tuple[npt.NDArray[np.int32], Array]:
    """Owned flowing cells with a facet on the face, and the areas of these facets, m^2 (local)."""
    topology = box.mesh.topology
    topology.create_connectivity(2, 3)
    cells_of = topology.connectivity(2, 3)
    flows = np.isin(box.phase_of_cell, flowing)
    platen = [(f, cells_of.links(f)[0]) for f in box.faces.indices[box.faces.values == TOP]]
    pairs = [(f, c) for f, c in platen if flows[c]]
    if not box.mesh.comm.allreduce(len(pairs)):
        # the rank that owns the cell counts the facet, which may belong to another
        inner = ((f, cells_of.links(f)) for f in range(cells_of.num_nodes))
        pairs = [
            (f, own[0] if flows[own[0]] else own[1])
            for f, own in inner
            if len(own) == 2 and flows[own[0]] != flows[own[1]]
        ]
    facets, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    topology.create_connectivity(2, 0)
    corners = entities_to_geometry(box.mesh, 2, np.ascontiguousarray(facets))
    x = box.mesh.geometry.x[corners]
    areas = 0.5 * np.linalg.norm(np.cross(x[:, 1] - x[:, 0], x[:, 2] - x[:, 0]), axis=1)
    owned = cells < topology.index_map(3).size_local
    return cells[owned], areas[owned]

"""The energy that every crack of a running cell would set free if it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from fem_cell.mechanics import Elasticity, EnergyRelease
from fem_cell.mechanics.fronts import Fronts, find_fronts
from fem_cell.mesh import MICROMETRE

TUBE = 3.0
"""Radius of the tube about a crack front over the length of the edges there. In it the energy
release is found within a few per cent, if the tube is small against the crack and its distance to
voids; a boundary of grains that crosses it adds a force of its own."""

ALIKE = 1e-9
"""Distance over the length of an edge at which two edges are the same one."""


@dataclass(frozen=True, slots=True)
class CrackFronts:
    """Fronts of cracks; the rim of a patch between two phases is none.

    Attributes:
        release: Energy release of all fronts.
        cracks: Numbers of those that lie within one phase.
    """

    release: EnergyRelease
    cracks: list[int]

    @classmethod
    def of(cls, body: Elasticity, cuts: Sequence[str]) -> CrackFronts:
        """Find the fronts of cuts in a body. Collective."""
        phases = list(body.body.phases)
        edges = find_fronts(body.mesh, phases, cuts)
        size = float(np.median(edges.lengths)) if edges.count else 0.0
        inside = np.vstack([find_fronts(body.mesh, (name,), cuts).middles for name in phases])
        within = _found(edges, inside, ALIKE * size)
        cracks = [k for k in range(edges.count) if within[edges.crack == k].all()]
        return cls(EnergyRelease(body, cuts, TUBE * size), cracks)

    def entries(self) -> list[dict[str, Any]]:
        """Place, length and energy release of every crack's front. Collective."""
        found, entries = self.release(), []
        fronts = found.fronts
        for number in self.cracks:
            here = fronts.crack == number
            lengths, middles = fronts.lengths[here], fronts.middles[here]
            centre = lengths @ middles / lengths.sum()
            entries.append(
                {
                    "centre_um": [float(x) / MICROMETRE for x in centre],
                    "length_um": float(lengths.sum()) / MICROMETRE,
                    "tube_um": self.release.radius / MICROMETRE,
                    "mean_energy_release_J_m2": float(found.mean[number]),
                    "largest_energy_release_J_m2": float(found.energy_release[here].max()),
                }
            )
        return entries


def _found(edges: Fronts, others: npt.NDArray[np.float64], apart: float) -> npt.NDArray[np.bool_]:
    """Which edges have their middle among others."""
    if not len(others):
        return np.zeros(len(edges.crack), dtype=bool)
    return np.asarray(cKDTree(others).query(edges.middles)[0] <= apart)

"""``stress.json``: how stress is distributed at every snapshot of the fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.mechanics.fronts import outline
from fem_cell.mechanics.hot_spots import HotSpots, hot_spots
from fem_cell.mesh import MICROMETRE
from fem_cell.output.files import read_json, replace_json
from fem_cell.parallel import on_root
from fem_cell.run.crack_fronts import CrackFronts
from fem_cell.run.mechanics import MEGAPASCAL, Mechanics

Array = np.ndarray


@dataclass(slots=True)
class StressRecord:
    """Statistics of stress by snapshot; only rank 0 writes.

    Attributes:
        path: The file.
        mechanics: What is measured.
        voids: Surfaces that bound voids.
    """

    path: Path
    mechanics: Mechanics
    voids: list[str]
    _fronts: CrackFronts | None = None
    _edges: dict[str, Array] = field(default_factory=dict)
    _entries: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find where cracks and patches without contact end, and edges of voids. Collective."""
        body = self.mechanics.elasticity
        cuts = body.sub_mesh.cuts
        if cuts:
            self._fronts = CrackFronts.of(body, cuts)
            self._edges["front"] = self._fronts.release.fronts.ends
        if self.voids:
            self._edges["void"] = outline(body.mesh, self.voids)

    def begin(self, resumed_at: float | None) -> None:
        """Start anew, or keep the snapshots up to the time a run is resumed at. Collective.

        Raises:
            InputError: The file of the run before is damaged.
        """

        def kept() -> list[dict[str, Any]]:
            if resumed_at is None or not self.path.is_file():
                return []
            old = read_json(self.path).get("snapshots", [])
            return [entry for entry in old if entry["time_s"] <= resumed_at]

        self._entries = on_root(self.mechanics.elasticity.mesh.comm, kept)

    def write(self, time: float, step: int) -> None:
        """Add the state that was solved last. Collective."""
        mechanics = self.mechanics
        body = mechanics.elasticity
        everywhere = list(body.body.phases)
        entry: dict[str, Any] = {
            "time_s": time,
            "step": step,
            "max_principal_stress": self._statistics(everywhere, mechanics.stress.max_principal),
        }
        if mechanics.crystals:
            across = mechanics.across_layers
            entry["normal_stress_003"] = self._statistics(list(mechanics.crystals), across)
        if report := body.contact_report():
            entry["contact"] = {
                "closed_share": report.closed_fraction,
                "largest_gap_um": report.opening / MICROMETRE,
                "penetration_um": report.penetration / MICROMETRE,
            }
        if self._fronts:
            entry["crack_fronts"] = self._fronts.entries()
        kept = [other for other in self._entries if other["time_s"] < time]
        self._entries = [*kept, entry]
        on_root(body.mesh.comm, lambda: replace_json(self.path, {"snapshots": self._entries}))

    def _statistics(self, phases: list[str], values: Array) -> dict[str, Any]:
        found: HotSpots = hot_spots(self.mechanics.elasticity.mesh, phases, values, self._edges)
        return {
            "least_MPa": found.least / MEGAPASCAL,
            "largest_MPa": found.largest / MEGAPASCAL,
            "percentiles_MPa": {f"{p:g}": v / MEGAPASCAL for p, v in found.percentiles.items()},
            "place_um": [x / MICROMETRE for x in found.place],
            "distance_um": {name: d / MICROMETRE for name, d in found.distances.items()},
        }

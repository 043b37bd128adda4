"""Cells of dense crystals on a solid electrolyte, and faces of their meshes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.analysis.effective_diffusivity import steady_diffusivity
from fem_cell.cell import Cell
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.mesh import CellMesh
from fem_cell.mesh.facets import FACET_VERTICES
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from tests.support.models import electrolyte
from tests.support.running import compose
from tests.support.slab import script_mesh

COLLECTOR, COUNTER = "current_collector", "counter_electrode"

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Crystals:
    """A cell of the script ``dense_crystals`` with one material.

    Attributes:
        cell: The cell.
        info: What the mesh file says.
    """

    cell: Cell
    info: Mapping[str, Any]

    @property
    def mesh(self) -> CellMesh:
        """Its mesh."""
        return self.cell.mesh

    def through(self, low: Rows, high: Rows, length: float, area: float) -> float:
        """Steady effective diffusivity between two faces of the cathode, m^2/s."""
        return steady_diffusivity(self.cell, "cathode", low, high, length, area)

    def through_layer(self) -> float:
        """Steady effective diffusivity from the collector to the separator, m^2/s."""
        mesh = self.mesh
        parts = [mesh.interface("cathode", "separator")]
        parts += [mesh.cut("no_contact")] if "no_contact" in mesh.cuts else []
        top = np.concatenate([rows.reshape(-1, 4)[:, :2].ravel() for rows in parts])
        thickness = self.info["thickness"]["cathode"]
        bottom = mesh.surface_facets[COLLECTOR]
        return self.through(bottom, top, thickness, self.info["footprint"])

    def side(self, axis: int, position: float) -> Rows:
        """Facets of the cathode on a lateral plane, rows (cell, local facet)."""
        mesh = self.mesh
        rows = mesh.surface_facets["symmetry"].reshape(-1, 2)
        nodes = mesh.mesh.geometry.dofmaps[0][rows[:, 0]]
        corners = np.take_along_axis(nodes, FACET_VERTICES[rows[:, 1]], axis=1)
        there = np.abs(mesh.mesh.geometry.x[corners][:, :, axis] - position).max(axis=1) < 1e-10
        inside = np.isin(rows[:, 0], mesh.cells_of(["cathode"], ghosts=True))
        return np.asarray(rows[there & inside].ravel(), np.int32)


def crystals(
    table: Mapping[str, Any],
    material: ActiveMaterial,
    orientations: Mapping[int, npt.NDArray[np.float64]] | None = None,
    grain_boundary_transfer: float | None = None,
    script: str = "dense_crystals",
) -> Crystals:
    """Mesh and compose a cell. Collective.

    Args:
        table: Parameters of the script.
        material: Of the crystals.
        orientations: By number of the grain, in place of the script's.
        grain_boundary_transfer: k_gb, m/s.
        script: Of the geometry.
    """
    mesh, info = script_mesh(script, table)
    drawn = {int(g["name"].partition(".")[2]): np.array(g["orientation"]) for g in info["grains"]}
    separator = electrolyte("LPSCl")
    phases = {
        "cathode": DenseActive(material, orientations or drawn, grain_boundary_transfer),
        "separator": BulkElectrolyte(separator),
    }
    foil = CounterElectrode(separator, 0.62, 1.0)
    return Crystals(compose(mesh, phases, Contact(1e-6), foil, names=(COLLECTOR, COUNTER)), info)

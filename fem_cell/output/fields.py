"""Fields for ParaView: one series per phase, one per kind of surface.

In the folder of a run::

    fields/cathode.pvd                  index: time in seconds and file of every snapshot
    fields/cathode/cathode_0003.pvtu    a snapshot: list of its pieces
    fields/cathode/cathode_0003_r0.vtu  the cells that one rank owns

Coordinates are in micrometres, units stand in the names of the arrays. Series
``interface`` holds the triangles between electrodes and electrolytes, a
series named like a foil those of a foil; their current density counts positive
where current, that is lithium, enters the electrode.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.cell import AnyActive, Cell
from fem_cell.output.currents import BoundaryCurrent, CellCurrents
from fem_cell.output.formats import Format, files_of
from fem_cell.output.paraview_script import write_paraview_script
from fem_cell.output.pieces import Piece, interface_piece, phase_piece, surface_piece
from fem_cell.output.quantities import Quantity
from fem_cell.output.stress_fields import StressFields
from fem_cell.output.vtu import TETRAHEDRON, TRIANGLE, Grid
from fem_cell.parallel import on_root
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.solver.system import System
from fem_cell.unknowns import COMPACTION, LITHIUM_IN_PORES, OHMIC_POTENTIAL, STOICHIOMETRY, Unknown

INTERFACE = "interface"
CURRENT_INTO_ELECTRODE = "current_density_into_electrode [A/m2]"
MEAN_STOICHIOMETRY = "mean_stoichiometry [1]"
LITHIUM = "lithium_concentration [mol/m3]"
POROSITY = "porosity [1]"
Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.signedinteger]


class FieldWriter:
    """Writes snapshots of the fields of a cell."""

    def __init__(
        self,
        folder: Path,
        cell: Cell,
        system: System,
        foils: Sequence[str] = (),
        stress: StressFields | None = None,
        file_format: Format = "pvd",
    ) -> None:
        """Lay out the series; nothing is written yet. Collective.

        Args:
            folder: Folder of the fields; made if there is none.
            cell: The cell.
            system: Its system.
            foils: Named surfaces where a foil as an electrode touches a bulk electrolyte.
            stress: Mechanics, if the case has it.
            file_format: ``pvd``, as above, or ``vtx`` (:mod:`fem_cell.output.vtx`).

        Raises:
            InputError: DOLFINx cannot write the format.
        """
        self._stress = stress
        self._system = system
        self._has_script = False
        self._phases = [_PhaseSeries(system, name, stress) for name in cell.phases]
        self._surfaces = _surface_series(cell, foils)
        names = [*(p.name for p in self._phases), *(s.name for s in self._surfaces)]
        self._folder = folder
        self._files = files_of(file_format, folder, names, system.comm)

    def begin(self, resumed_at: float | None) -> None:
        """Drop the snapshots later than the time a run is resumed at. Collective.

        Not needed before :meth:`write`; tidies up when a run may end without one.

        Args:
            resumed_at: s; ``None`` drops all, for a run that starts anew.
        """
        self._files.drop(-np.inf if resumed_at is None else resumed_at)

    def write(self, time: float, state: PETSc.Vec, step: int) -> None:
        """Write one snapshot; the fields hold ``state`` afterwards. Collective.

        It replaces the snapshots of its time and later, so a run that starts anew
        or is resumed goes on with the indices it finds. The first one leaves
        ``open_in_paraview.py`` beside the folder.

        Args:
            time: s since the start of the run.
            state: The state.
            step: Number of the protocol step, kept with the snapshot.

        Raises:
            OutputError: A rank cannot write; raised on all ranks.
        """
        self._system.load(state)
        if self._stress:
            self._stress.prepare()
        means = _mean_stoichiometries(self._system, state)
        grids = {series.name: series.grid(means) for series in self._phases}
        grids.update((series.name, series.grid()) for series in self._surfaces)
        self._files.write(time, step, grids)
        if not self._has_script:
            on_root(self._system.comm, lambda: write_paraview_script(self._folder))
            self._has_script = True

    def close(self) -> None:
        """Nothing more will be written. Collective."""
        self._files.close()


class _PhaseSeries:
    """The cells of one phase."""

    def __init__(self, system: System, phase: str, stress: StressFields | None) -> None:
        cell = system.cell
        self.name = phase
        self._cell, self._model, self._stress = cell, cell.phases[phase], stress
        self._piece = phase_piece(cell.mesh, phase, cell.region[phase].unknowns.values())
        self._currents = CellCurrents(cell, phase, self._piece)
        self._fields = [
            (unknown, self._piece.dof_of_point(unknown))
            for unknown in cell.region[phase].unknowns.values()
        ]
        count = len(self._piece.cells)
        self._tags = {
            "phase": np.full(count, cell.mesh.phase_tags[phase], dtype=np.int32),
            "rank": np.full(count, system.comm.rank, dtype=np.int32),
        }

    def grid(self, means: dict[str, Array]) -> Grid:
        """Values of the loaded fields; ``means`` by name of the stoichiometry's unknown."""
        points: dict[str, Array] = {}
        for unknown, dofs in self._fields:
            quantity = Quantity.of(self._cell, unknown)
            salt = self._values_of(quantity.salt) if quantity.salt else None
            values = quantity.values(unknown.value.x.array[dofs], salt)
            points[f"{quantity.name} [{quantity.unit}]"] = values
            if unknown.kind == STOICHIOMETRY and isinstance(self._model, AnyActive):
                mean = means.get(unknown.name, unknown.value.x.array)[dofs]
                points[MEAN_STOICHIOMETRY] = mean
                points[LITHIUM] = mean * _site_concentration(self._model.material)
            if unknown.kind == LITHIUM_IN_PORES and isinstance(self._model, BoronSkeleton):
                psi, e = unknown.value.x.array[dofs], self._compaction()
                points[POROSITY] = np.asarray(self._model.host.porosity(psi, e))
        in_cells = {name: v.astype(np.float32) for name, v in self._currents.evaluate().items()}
        if self._stress:
            points |= self._stress.points(self._piece)
            in_cells |= self._stress.cells(self._piece, isinstance(self._model, DenseActive))
        return Grid(
            self._piece.points,
            self._piece.cells,
            TETRAHEDRON,
            {name: values.astype(np.float32) for name, values in points.items()},
            {**in_cells, **self._tags},
        )

    def _compaction(self) -> Array | float:
        """E of a layer of lithium at the points; zero where nothing closes its pores."""
        found = self._cell.region[self.name].unknowns.get(COMPACTION)
        return self._values_of(found) if found else 0.0

    def _values_of(self, unknown: Unknown) -> Array:
        dofs = next(dofs for other, dofs in self._fields if other is unknown)
        return np.asarray(unknown.value.x.array[dofs])


class _SurfaceSeries:
    """Triangles through which current enters electrodes."""

    def __init__(self, name: str, parts: list[tuple[Piece, Unknown, BoundaryCurrent]]) -> None:
        self.name = name
        self._parts = [(piece.dof_of_point(phi), current) for piece, phi, current in parts]
        pieces = [piece for piece, _, _ in parts]
        starts = np.cumsum([0, *(len(p.points) for p in pieces)])
        self._points = np.vstack([p.points for p in pieces])
        self._cells = np.vstack([p.cells + s for p, s in zip(pieces, starts, strict=False)])
        self._part = np.repeat(
            np.arange(len(pieces), dtype=np.int32), [len(p.cells) for p in pieces]
        )

    def grid(self) -> Grid:
        """Current density of the loaded fields. Collective."""
        density = np.concatenate([current.evaluate()[dofs] for dofs, current in self._parts])
        in_cells = density[self._cells].mean(axis=1)
        return Grid(
            self._points,
            self._cells,
            TRIANGLE,
            {CURRENT_INTO_ELECTRODE: density.astype(np.float32)},
            {CURRENT_INTO_ELECTRODE: in_cells.astype(np.float32), "part": self._part},
        )


def _surface_series(cell: Cell, foils: Sequence[str]) -> list[_SurfaceSeries]:
    """Interfaces of electrodes, and foils, as far as they bound a bulk electrolyte."""
    mesh = cell.mesh
    bulk = [name for name, phase in cell.phases.items() if isinstance(phase, BulkElectrolyte)]
    named: dict[str, list[tuple[Piece, Unknown]]] = {}
    for a, b in mesh.neighbours():
        for plus, minus in ((a, b), (b, a)):
            if minus in bulk and plus not in bulk:
                phi = cell.unknown(OHMIC_POTENTIAL, minus)
                named.setdefault(INTERFACE, []).append((interface_piece(mesh, plus, minus), phi))
    for foil in foils:
        for phase in _phases_behind(cell, foil):
            if phase in bulk:
                phi = cell.unknown(OHMIC_POTENTIAL, phase)
                named.setdefault(foil, []).append((surface_piece(mesh, foil), phi))
    currents: dict[str, BoundaryCurrent] = {}
    everything = [part for parts in named.values() for part in parts]
    for _, phi in everything:
        if phi.name not in currents:
            pieces = [piece for piece, other in everything if other is phi]
            currents[phi.name] = BoundaryCurrent(cell, phi, pieces)
    return [
        _SurfaceSeries(name, [(piece, phi, currents[phi.name]) for piece, phi in parts])
        for name, parts in named.items()
    ]


def _phases_behind(cell: Cell, surface: str) -> list[str]:
    """Phases that a named surface bounds. Collective."""
    mesh = cell.mesh
    cells = mesh.surface_facets[surface].reshape(-1, 2)[:, 0]
    tags = set(np.unique(mesh.phase_of_cell[cells]).tolist())
    touched = set().union(*mesh.comm.allgather(tags))
    return [name for name, tag in mesh.phase_tags.items() if tag in touched]


def _mean_stoichiometries(system: System, state: PETSc.Vec) -> dict[str, Array]:
    """Particle averages, by name of the unknown, at all local degrees of freedom. Collective."""
    means = {}
    for (i, particle), inner in zip(system.particles.items(), system.inner(state), strict=True):
        unknown, block = system.cell.unknowns[i], system.blocks[i].slice
        radial = np.column_stack([inner, state.array_r[block]])
        mean = fem.Function(unknown.value.function_space)
        mean.x.array[: len(radial)] = radial @ particle.matrices.weights
        mean.x.scatter_forward()
        means[unknown.name] = mean.x.array
    return means


def _site_concentration(material: ActiveMaterial) -> float:
    """c_max, mol/m^3 of active material."""
    return material("maximum_concentration")

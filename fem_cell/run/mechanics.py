"""Stress of a running cell.

It is solved for the stoichiometry of every state that is recorded, and where stress acts back on
lithium also within every time step (:mod:`fem_cell.mechanics.feedback`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from mpi4py import MPI

from fem_cell.case.model import Case
from fem_cell.case.tables import MechanicsTable
from fem_cell.cell import Cell
from fem_cell.materials.stiffness import stiffness_of
from fem_cell.mechanics import Elasticity, ElasticPhase, Pin, PlaneFace, Sliding, Swelling
from fem_cell.mechanics.feedback import Feedback
from fem_cell.mechanics.stress import CellStress, StressRecovery
from fem_cell.mesh import MICROMETRE, CellMesh
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.dense_active import DenseActive
from fem_cell.unknowns import STOICHIOMETRY

COLUMNS = (
    "Stack Pressure / MPa",
    "Thickness Change / um",
    "Largest Principal Stress / MPa",
    "Largest Normal Stress on (003) / MPa",
)
"""What the time series shows of mechanics."""

PENALTY = 30.0
"""Stiffness of closed contacts over that of the cells behind them. They give in by as much as a
thirtieth of a cell would, which a layer of many cells does not feel (stress.json tells by how
much), and linear iterations grow with it."""

PINNED = 0.41
"""Where a periodic body is pinned, over its width and depth."""

MEGAPASCAL = 1e6


@dataclass(slots=True)
class Mechanics:
    """The elastic body of a cell; all methods are collective.

    Attributes:
        elasticity: Displacement and contacts.
        crystals: Names of the phases that are layered crystals.
        stress: Of all cells for the state solved last.
        feedback: What brings stress to the lithium; ``None`` if nothing does.
        across_layers: Normal stress on (003) of all cells, Pa; zero elsewhere.
    """

    elasticity: Elasticity
    crystals: tuple[str, ...]
    feedback: Feedback | None = None
    stress: CellStress = field(init=False)
    across_layers: np.ndarray = field(init=False)
    _recover: StressRecovery = field(init=False)
    _face: PlaneFace = field(init=False)
    _start: float = 0.0

    @classmethod
    def of(cls, case: Case, cell: Cell) -> Mechanics | None:
        """The body of a case; ``None`` for a case without mechanics.

        Args:
            case: Validated.
            cell: Its cell with the initial state in its fields.

        Raises:
            SolverError: No balance of forces at the start.
        """
        table = case.mechanics
        if table is None:
            return None
        face = PlaneFace(str(table.face), table.stack_pressure)
        supports = [Sliding(str(table.support)), *(Sliding(n) for n in table.symmetric or [])]
        phases = {name: _elastic_phase(case, cell, name) for name in case.phases}
        body = Elasticity(
            cell.mesh,
            phases,
            [face, *supports, *_pins(cell.mesh)],
            contacts=cell.mesh.cuts_within(list(phases)),
            penalty=PENALTY,
            degree=table.displacement_degree,
        )
        crystals = tuple(n for n, p in cell.phases.items() if isinstance(p, DenseActive))
        mechanics = cls(body, crystals, _feedback(cell, body))
        mechanics._begin(face, table)
        return mechanics

    def _begin(self, face: PlaneFace, table: MechanicsTable) -> None:
        """Load the cell at rest, then put it into its fixture."""
        self._recover = StressRecovery(self.elasticity)
        self.update()
        self._start = self.elasticity.face_displacement
        if table.fixture == "rigid":
            face.position, face.stiffness = self._start, np.inf
        if table.fixture == "spring":
            # P = P0 + K (U - U_start): the fixture is relaxed where the stack pressure puts it
            face.stiffness = table.fixture_stiffness or 0.0
            face.pressure = table.stack_pressure - face.stiffness * self._start

    def update(self) -> None:
        """Find displacement and stress for the loaded fields.

        Raises:
            SolverError: No balance of forces was found.
        """
        self.elasticity.solve()
        self.stress = self._recover()
        self.across_layers = self._recover.normal_to_layers(self.stress, self.crystals)

    def row(self) -> list[float]:
        """Values of :data:`COLUMNS` for the state solved last."""
        comm, mesh = self.elasticity.mesh.comm, self.elasticity.mesh
        inside = mesh.cells_of(list(self.elasticity.body.phases), ghosts=False)
        layered = mesh.cells_of(self.crystals, ghosts=False)
        extremes = np.array(
            [
                self.stress.max_principal[inside].max(initial=-np.inf),
                self.across_layers[layered].max(initial=-np.inf),
            ]
        )
        comm.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
        moved = self.elasticity.face_displacement - self._start
        pressure = self.elasticity.face_pressure()
        return [
            pressure / MEGAPASCAL,
            moved / MICROMETRE,
            *(float(x) / MEGAPASCAL for x in extremes),
        ]


def _pins(mesh: CellMesh) -> list[Pin]:
    """What keeps a periodic body from drifting sideways; it carries no force."""
    width, depth, _ = mesh.periods
    axes = tuple(axis for axis in range(2) if mesh.periods[axis])
    # off the sides and off centre, so that the nearest vertex does not hang on the ranks
    return [Pin((PINNED * width, PINNED * depth, 0.0), axes)] if axes else []


def _feedback(cell: Cell, body: Elasticity) -> Feedback | None:
    """Between the body and the phases that feel stress, if there are any. Collective."""
    work = {
        name: (region.stress_work, active.charge_density)
        for name, active in cell.active_phases().items()
        if (region := cell.region[name]).stress_work is not None
    }
    return Feedback.of(body, work) if work else None


def _elastic_phase(case: Case, cell: Cell, name: str) -> ElasticPhase:
    model, sheet = cell.phases[name], case.phases[name].material
    stiffness = stiffness_of(sheet, case.temperature, f"phases.{name}")
    if not isinstance(model, DenseActive):
        return ElasticPhase(stiffness)
    s = cell.unknown(STOICHIOMETRY, name)
    if s.sub_mesh is None:
        raise TypeError(f"{s.name} is not a field")
    reference = case.mechanics.stress_free_stoichiometry if case.mechanics else None
    if reference is None:
        # uniform at the start; a rank without a cell of the phase must know it too
        mine = float(s.value.x.array.max(initial=-np.inf))
        reference = float(cell.mesh.comm.allreduce(mine, MPI.MAX))
    along_a, along_c = _chemical_strains(model.material)
    swelling = Swelling(along_a, along_c, s.value, s.sub_mesh, reference)
    return ElasticPhase(stiffness, swelling, model.orientations)


def _chemical_strains(material: ActiveMaterial) -> tuple[float, float]:
    """beta_a and beta_c; of an isotropic material a third of Omega c_max each."""
    if material.sheet.has("chemical_strain_a"):
        return material("chemical_strain_a"), material("chemical_strain_c")
    isotropic = material("partial_molar_volume") * material("maximum_concentration") / 3
    return isotropic, isotropic

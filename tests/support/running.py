"""Cells in motion: from a composed cell to curves of voltage and charge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.cell import AnyPhase, AnyTransfer, Cell, Terminals, build_cell
from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.interfaces.model import TerminalModel
from fem_cell.mesh import CellMesh
from fem_cell.phases.electrolyte import Electrolyte
from fem_cell.phases.porous_active import PorousActive
from fem_cell.run.inventory import Inventory
from fem_cell.solver.blocks import PREFIX
from fem_cell.solver.integrator import Integrator
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.steps import Accepted, Event, StepResult
from fem_cell.solver.system import System
from tests.support.models import TEMPERATURE, BulkElectrolyte, Contact, CounterElectrode
from tests.support.slab import BOTTOM, TOP, slab_mesh

Array = npt.NDArray[np.float64]

ONE_C = 36.3
"""A/m^2, scale of the residuals and of the rates in these tests."""


def compose(
    mesh: CellMesh,
    phases: Mapping[str, AnyPhase],
    bottom: TerminalModel,
    top: TerminalModel,
    charge_transfer: Mapping[tuple[str, str], AnyTransfer] | None = None,
    names: tuple[str, str] = (BOTTOM, TOP),
) -> Cell:
    """A cell with its positive terminal at the bottom and its negative on top. Collective."""
    terminals = Terminals(*names, dict(zip(names, (bottom, top), strict=True)))
    scale = ONE_C * mesh.area(names[1])
    return build_cell(mesh, dict(phases), charge_transfer or {}, terminals, TEMPERATURE, scale)


@contextmanager
def petsc_options(**values: object) -> Iterator[None]:
    """Options with the prefix of the project, for the time of a block."""
    options = PETSc.Options(PREFIX)
    for key, value in values.items():
        options.setValue(key, value)
    try:
        yield
    finally:
        for key in values:
            options.delValue(key)


def planar_half_cell(
    mesh: CellMesh,
    cathode: PorousActive,
    salt: Electrolyte,
    *,
    voltage: float = 4.3,
    contact: float = 1e-9,
) -> Cell:
    """Porous cathode, a film of its electrolyte and lithium (i0 = 5 A/m^2), at rest."""
    cell = compose(
        mesh,
        {"cathode": cathode, "electrolyte": BulkElectrolyte(salt)},
        Contact(contact),
        CounterElectrode(salt, 0.0, 5.0),
        {("cathode", "electrolyte"): ChargeTransfer(cathode, salt)},
    )
    cell.set_initial(cathode.material.open_circuit.stoichiometry(voltage), voltage, 0.0)
    return cell


def half_cell_mesh(
    cathode: int = 40, electrolyte: int = 12, grading: float = 1.0, **options: Any
) -> CellMesh:
    """100 um of cathode below 20 um of electrolyte, elements about as wide as thin."""
    layers = [("cathode", 100.0, cathode), ("electrolyte", 20.0, electrolyte)]
    return slab_mesh(layers, width=100.0 / cathode, grading=grading, **options)


@dataclass(slots=True)
class Run:
    """A cell, its integrator and the curve so far.

    Attributes:
        cell: Its initial state must have been set.
        tolerance: Error allowed per time step, see the integrator.
        area: Footprint, m^2.
    """

    cell: Cell
    tolerance: float = 1e-3
    area: float = field(init=False)
    system: System = field(init=False)
    integrator: Integrator = field(init=False)
    inventory: Inventory = field(init=False)
    _rows: list[tuple[float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Compile the system. Collective."""
        self.area = self.cell.current_scale / ONE_C
        self.system = System(self.cell)
        state = self.system.create_state()
        self.system.store(state, None, 0.0)
        solver = CondensedSolver(self.system, "direct")
        self.integrator = Integrator(self.system, state, solver, self.tolerance)
        self.inventory = Inventory(self.system, 3600.0 * self.cell.current_scale)
        self.inventory.check(state)

    @property
    def state(self) -> PETSc.Vec:
        """The present state."""
        return self.integrator.state

    @property
    def voltage(self) -> float:
        """The present voltage, V."""
        return self.system.voltage(self.state)

    @property
    def curve(self) -> Array:
        """Rows (time / s, voltage / V, charge / C m^-2) of every accepted step."""
        return np.array(self._rows)

    def impose_current(self, density: float) -> None:
        """Switch to a current density, A/m^2 (positive on charge), and make the state fit."""
        self.cell.control.set_current(density * self.area)
        self._make_consistent()

    def impose_voltage(self, voltage: float) -> None:
        """Switch to a voltage, V, and make the state fit."""
        self.cell.control.set_voltage(voltage)
        self._make_consistent()

    def _make_consistent(self) -> None:
        self.integrator.make_consistent()
        self._note(self.integrator.time)

    def advance(self, duration: float | None, first_step: float, *events: Event) -> StepResult:
        """Integrate for a time (s) or until an event."""
        until = None if duration is None else self.integrator.time + duration
        return self.integrator.advance(until, events, first_step, self._accept)

    def discharge(self, density: float, until: float) -> Array:
        """Discharge at a current density (A/m^2, positive) to a voltage; the curve."""
        self.impose_current(-density)
        event = Event("voltage", lambda _, x: self.system.voltage(x) - until, 1e-5)
        self.advance(None, 3e-4 * 3600 * ONE_C / density, event)
        return self.curve

    def advance_to(self, time: float, first_step: float) -> StepResult:
        """Integrate to a time (s since the start)."""
        return self.advance(time - self.integrator.time, first_step)

    def _accept(self, accepted: Accepted) -> bool:
        self._note(accepted.time, accepted.state)
        return False

    def _note(self, time: float, state: PETSc.Vec | None = None) -> None:
        vec = self.state if state is None else state
        self.inventory.check(vec)
        charge = self.system.charge(vec) / self.area
        self._rows.append((time, self.system.voltage(vec), charge))

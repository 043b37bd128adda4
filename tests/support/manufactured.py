r"""Manufactured solutions of a cell.

Fields are chosen, the equations are evaluated with them in strong form, and what is
left is subtracted from the balances as sources: in volumes, on surfaces and on
interfaces. The chosen fields then solve the cell's equations, and the error of the
discrete solution is known. All fields here are linear in time, which the methods of
time integration reproduce exactly, so that the error is that of space alone.

With i the current density, Q the charge capacity and n the outer normal, the strong
forms that belong to the balances are

* stoichiometry, salt: :math:`Q\dot u - \nabla\cdot(Q D\nabla u)` in the volume,
  :math:`n\cdot Q D\nabla u` on surfaces,
* potentials: :math:`\nabla\cdot i` in the volume, :math:`-n\cdot i` on surfaces,

plus what passes by reaction: leaving electrodes, entering electrolytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.cell import Cell
from fem_cell.solver.coupling import Coupling
from fem_cell.solver.integrator import Integrator
from fem_cell.unknowns import Unknown
from tests.support.running import Array, Run, petsc_options
from tests.support.slab import BOTTOM, SIDES, TOP

Profile = Callable[[Any, Any, Any], Any]
"""Field as a function of x (three components), t and the module of functions."""

DEGREE = 6
"""Quadrature of sources and errors: their own error is far below that of P1."""


class TimedIntegrator(Integrator):
    """An integrator that tells the time to the sources before every residual."""

    clock: Callable[[float], None]

    def _ifunction(
        self, ts: PETSc.TS, t: float, u: PETSc.Vec, rate: PETSc.Vec, f: PETSc.Vec
    ) -> None:
        self.clock(t)
        super()._ifunction(ts, t, u, rate, f)


@dataclass(slots=True)
class Manufactured:
    """The chosen fields of a cell and the sources that belong to them.

    Attributes:
        cell: Its balances receive the sources; no System may exist yet.
        clocks: Called with the time before every residual.
        coupling: Another model that the cell is coupled to, if there is one.
    """

    cell: Cell
    clocks: list[Callable[[float], None]] = field(default_factory=list)
    coupling: Coupling | None = None
    time: fem.Constant = field(init=False)
    _chosen: list[tuple[Unknown, Profile]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.time = fem.Constant(self.cell.mesh.mesh, 0.0)
        self.clocks.append(lambda t: setattr(self.time, "value", t))

    @property
    def position(self) -> Any:
        """x of the parent mesh, m."""
        return ufl.SpatialCoordinate(self.cell.mesh.mesh)

    @property
    def normal(self) -> Any:
        """Outer normal of the parent mesh."""
        return ufl.FacetNormal(self.cell.mesh.mesh)

    def choose(self, unknown: Unknown, profile: Profile) -> tuple[Any, Any]:
        """Choose a field; its value and rate as UFL expressions."""
        self._chosen.append((unknown, profile))
        x = self.position
        rate = profile(x, 1.0, ufl) - profile(x, 0.0, ufl)
        return profile(x, self.time, ufl), rate

    def volume(self, phase: str) -> ufl.Measure:
        """Volume of a phase."""
        return self.cell.mesh.dx(DEGREE)(self.cell.mesh.phase_tags[phase])

    def surface(self, name: str) -> ufl.Measure:
        """A named outer surface."""
        return self.cell.mesh.surface_measure(name, DEGREE)

    def interface(self, plus: str, minus: str) -> ufl.Measure:
        """The facets between two phases."""
        return self.cell.mesh.interface_measure(plus, minus, DEGREE)

    def subtract(
        self, unknown: Unknown, density: Any, measure: ufl.Measure, side: str | None = None
    ) -> None:
        """Take what is left of an equation off a balance (A/m^3 or A/m^2)."""
        scale = fem.Constant(self.cell.mesh.mesh, 1.0 / self.cell.current_scale)
        test = unknown.test(side) if side else unknown.test
        self.cell.balances.add(unknown, -scale * density * test * measure)

    def subtract_everywhere(self, unknown: Unknown, flux: Any) -> None:
        """Take n . flux off a balance on the whole outer surface."""
        for name in (BOTTOM, TOP, SIDES):
            self.subtract(unknown, ufl.dot(flux, self.normal), self.surface(name))

    def solve(
        self,
        duration: float,
        steps: int,
        voltage: float,
        inner: Callable[[Array, float], Array] | None = None,
    ) -> Run:
        """Integrate from the chosen fields at time zero under potential control.

        Args:
            duration: s.
            steps: Time steps of equal length.
            voltage: Of the terminal, V.
            inner: Inner stoichiometries of particles at nodes and a time.
        """
        run = Run(self.cell)
        self.cell.control.set_voltage(voltage)
        self.cell.terminal.value.x.array[:] = voltage
        for unknown, profile in self._chosen:
            unknown.value.interpolate(_at(profile, 0.0))
        start = [inner(self._nodes(), 0.0)] if inner else None
        run.system.store(run.state, start, 0.0)
        timed = TimedIntegrator(
            run.system, run.state, run.integrator.solver, run.tolerance, coupling=self.coupling
        )
        timed.clock = self._tell
        run.integrator = timed
        with petsc_options(ts_adapt_type="none", ts_max_snes_failures=1):
            run.advance(duration, duration / steps)
        return run

    def errors(self) -> dict[str, float]:
        """L2 error of each chosen field over the L2 norm of its variation."""
        found = {}
        for unknown, profile in self._chosen:
            exact = profile(self.position, self.time, ufl)
            phases = unknown.phases
            error = self._norm(unknown.value - exact, phases)
            volume = sum(self.cell.mesh.volume(name) for name in phases)
            mean = self._integral(exact, phases) / volume
            found[unknown.name] = error / self._norm(exact - mean, phases)
        return found

    def _tell(self, t: float) -> None:
        for clock in self.clocks:
            clock(t)

    def _nodes(self) -> Array:
        (block,) = [u for u, _ in self._chosen if u.kind == "stoichiometry"]
        size = block.value.function_space.dofmap.index_map.size_local
        return np.asarray(block.value.function_space.tabulate_dof_coordinates()[:size])

    def _integral(self, expression: Any, phases: Sequence[str]) -> float:
        form = sum(expression * self.volume(name) for name in phases)
        local = fem.assemble_scalar(fem.form(form, entity_maps=self.cell.entity_maps()))
        return float(self.cell.mesh.comm.allreduce(local))

    def _norm(self, expression: Any, phases: Sequence[str]) -> float:
        return float(np.sqrt(self._integral(expression**2, phases)))


def _at(profile: Profile, t: float) -> Callable[[Array], Array]:
    return lambda x: np.broadcast_to(profile(x, t, np), x.shape[1:]).astype(float)


def orders(errors: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """Observed orders when the mesh (or the step) is halved from one entry to the next."""
    return {
        name: [float(np.log2(coarse[name] / fine[name])) for coarse, fine in pairwise(errors)]
        for name in errors[0]
    }


def report(title: str, errors: Sequence[dict[str, float]]) -> None:
    """Print errors and observed orders."""
    for name, observed in orders(errors).items():
        values = ", ".join(f"{e[name]:.3e}" for e in errors)
        print(f"{title}: {name}: errors {values}; orders {', '.join(f'{o:.2f}' for o in observed)}")

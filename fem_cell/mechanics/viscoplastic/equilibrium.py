r"""Equilibrium at the end of one step: Newton's method.

.. math:: T^T r = 0, \qquad r = F(u) - F_{ext}

with T of :mod:`.tangent`: the forces on all nodes under a platen count as one, to which its
pressure P on the area A adds P A.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_vector, create_vector
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.log import LOGGER
from fem_cell.mechanics.viscoplastic.body import ViscoplasticBody
from fem_cell.mechanics.viscoplastic.points import Points
from fem_cell.mechanics.viscoplastic.supports import Supports
from fem_cell.mechanics.viscoplastic.tangent import TangentSolver

TOLERANCE = 1e-6
"""Of the residual over the nodal forces, those of supports included."""
ITERATIONS = 20
HALVINGS = 5
"""Of a correction that does not bring the residual down."""
SUFFICIENT = 1e-3


class Load(NamedTuple):
    """What drives a step.

    Attributes:
        pressure: On the platen at the end of the step, Pa.
        motion: Of the platen along its outer normal during the step, m, in place of a pressure;
            ``None`` if the pressure is given.
    """

    pressure: float = 0.0
    motion: float | None = None


class Residual(NamedTuple):
    """Forces out of balance at a state.

    Attributes:
        relative: Size of T^T r over that of all nodal forces.
        state: The points it belongs to.
    """

    relative: float
    state: Points


class Equilibrium:
    """Solves the steps of a body.

    Attributes:
        body: The body.
        supports: What holds and presses it.
        iterations: Of Newton's method, so far.
        platen_force: Of the body on the platen at the end of the last step, N.
        solver: Of the linear systems.
    """

    def __init__(
        self,
        body: ViscoplasticBody,
        supports: Supports,
        traction: ufl.Form | None = None,
        driven: bool = False,
        tolerance: float = TOLERANCE,
    ) -> None:
        """Set up. Collective.

        Args:
            body: The body.
            supports: Of it.
            traction: Virtual work of further loads, a linear form that follows the mesh.
            driven: Whether the motion of the platen is given, and not its pressure.
            tolerance: Of the residual, relative.
        """
        self.body, self.supports = body, supports
        self.iterations = 0
        self.platen_force = 0.0
        tied = Supports(supports.held | supports.pressed, supports.pressed) if driven else supports
        self.solver = TangentSolver(body.space, tied)
        self._tolerance = tolerance
        self._external = None if traction is None else fem.form(traction)
        self._outer: PETSc.Vec = create_vector(body.space)
        self._r, self._tied, self._found, self._unit = (
            body.matrix.createVecRight() for _ in range(4)
        )
        self._unit.setArray(supports.pressed.ravel().astype(float))
        self._nodes = max(float(self._unit.sum()), 1.0)
        self._before = np.zeros_like(body.step.x.array)

    def attempt(self, time: float, load: Load, share: float) -> Points | None:
        """Points at the end of a step, ``None`` if Newton's method fails. Collective.

        Args:
            time: Of the step, s.
            load: At its end.
            share: Of this step's time over that of the last one; zero if there was none.
        """
        now = self._start(time, load, share)
        if load.motion is not None:
            self._drive(load.motion - self.platen_motion())
            now = self._residual(time, load)
        for _ in range(ITERATIONS):
            if now.relative < self._tolerance:
                return now.state
            self.iterations += 1
            better = self._improve(time, load, now)
            if better is None:
                return None
            now = better
        return None

    def accept(self, new: Points) -> None:
        """End the step. Collective."""
        self._before[:] = self.body.step.x.array
        self.body.accept(new)

    def platen_motion(self) -> float:
        """Of the platen along its outer normal in this step, m. Collective."""
        owned = self._unit.getLocalSize()
        local = float(self._unit.array_r @ self.body.step.x.array[:owned])
        return float(self.body.mesh.comm.allreduce(local)) / self._nodes

    def worst_place(self) -> tuple[float, float, float]:
        """Where the largest force out of balance acts, m. Collective."""
        forces = np.linalg.norm(self._tied.array_r.reshape(-1, 3), axis=1)
        points = self.body.space.tabulate_dof_coordinates()
        at = int(forces.argmax()) if len(forces) else -1
        mine = (float(forces[at]), *map(float, points[at])) if len(forces) else (-1.0, 0, 0, 0)
        x, y, z = max(self.body.mesh.comm.allgather(mine))[1:]
        return x, y, z

    def _start(self, time: float, load: Load, ratio: float) -> Residual:
        """Residual of the better start: the rate goes on, or the displacement of the last step.

        What relaxes moves as far in steps that grow; what creeps steadily keeps its rate.
        """
        u = self.body.step.x
        found = []
        for share in dict.fromkeys((ratio, min(ratio, 1.0))):
            u.array[:] = share * self._before
            found.append((self._residual(time, load), share))
        best, share = min(found, key=lambda pair: pair[0].relative)
        if share != found[-1][1]:
            u.array[:] = share * self._before
            best = self._residual(time, load)
        return best

    # -- one iteration --------------------------------------------------------

    def _improve(self, time: float, load: Load, now: Residual) -> Residual | None:
        """Correct the displacement until the residual falls; ``None`` if it does not."""
        self.solver.prepare(self.body.stiffness())
        self._r.scale(-1.0)
        try:
            self.solver.solve(self._r, self._found)
        except SolverError as error:
            LOGGER.debug("%s", error)
            return None
        taken = 0.0
        for halving in range(HALVINGS):
            share = 0.5**halving
            self._add((share - taken) * self._found.array_r)
            taken = share
            new = self._residual(time, load)
            if new.relative < (1 - SUFFICIENT * share) * now.relative or (
                new.relative < self._tolerance
            ):
                return new
        return None

    def _drive(self, way: float) -> None:
        """Move the platen, and the body with it as its tangent says."""
        A = self.body.stiffness()
        self.solver.prepare(A)
        A.mult(self._unit, self._r)
        self._r.scale(-1.0)
        self.solver.solve(self._r, self._found)
        self._found.axpy(1.0, self._unit)
        self._add(way * self._found.array_r)

    def _residual(self, time: float, load: Load) -> Residual:
        state = self.body.update(time)
        forces = self.body.forces()
        size = forces.norm()
        if self._external is not None:
            with self._outer.localForm() as local:
                local.set(0.0)
            assemble_vector(self._outer, self._external)
            self._outer.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            size = max(size, self._outer.norm())
            forces.axpy(-1.0, self._outer)
        self.platen_force = -float(self._unit.dot(forces))
        if load.motion is None:
            on_platen = load.pressure * self.supports.area / self._nodes
            forces.axpy(on_platen, self._unit)
            size = max(size, abs(on_platen) * np.sqrt(self._nodes))
        self._r.setArray(forces.array_r)
        self.solver.ties.multTranspose(self._r, self._tied)
        norm = self._tied.norm()
        return Residual(norm / size if size else 0.0, state)

    def _add(self, correction: npt.NDArray[np.float64]) -> None:
        u = self.body.step.x
        u.array[: len(correction)] += correction
        u.scatter_forward()

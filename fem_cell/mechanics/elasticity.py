r"""Quasi-static elasticity of a body that swells, at small strain.

.. math::
   \nabla\cdot\sigma + f = 0, \qquad
   \sigma = C_g : (\varepsilon(u) - \beta_g (s - s_0)), \qquad
   \varepsilon(u) = (\nabla u + \nabla u^T)/2

in every grain g, with the stoichiometry s as given. The weak form: for all v that vanish where
u is given,

.. math::
   R(u; v) = \int \sigma(u) : \varepsilon(v)\,dx - \int f\cdot v\,dx
           + \int_\Gamma t_n(u)\,(v^- - v^+)\cdot n\,dS = 0

with contact on the cuts (:mod:`fem_cell.mechanics.contact`). A loaded face stays plane
(:mod:`fem_cell.mechanics.plane_face`); its one displacement is an unknown of every linear system.
Newton's method finds the state of the contacts; without any, its first step is exact. It starts
from what the last solves say (:mod:`fem_cell.mechanics.recall`), and solves its linear systems
loosely until contacts have settled (:mod:`fem_cell.mechanics.linear`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.laws.expressions import Expression
from fem_cell.mechanics.body import Body, ElasticPhase
from fem_cell.mechanics.conditions import Condition
from fem_cell.mechanics.contact import PENALTY, Contact, ContactReport, make_contact
from fem_cell.mechanics.forms import make_forms
from fem_cell.mechanics.linear import Goal, StiffnessSolver
from fem_cell.mechanics.plane_face import FaceBalance
from fem_cell.mechanics.recall import Recall
from fem_cell.mechanics.rigid import check_supports
from fem_cell.mechanics.supports import find_supports
from fem_cell.mesh import CellMesh, SubMesh
from fem_cell.solver.garbage import free_dropped

Array = npt.NDArray[np.float64]

TOLERANCE = 1e-8
"""Norm of the forces out of balance over that of the forces in play."""

ROUNDING = 1e-14
"""Of nodal forces, over what the displacement costs where its neighbours stay: a body that only
moves bears none."""

MAX_CORRECTIONS = 40
"""Of the displacement in one solve; contacts usually need less than ten."""

LOOSE = 1e-2
"""Relative residual of the linear solver while contacts change: to solve it further would be in
vain."""

SETTLED = 2.0
"""Forces out of balance over what the linear solver left, below which contacts have settled."""

SAFETY = 0.5
"""Of the linear solver's tolerance against that of the balance of forces."""

OVERSHOOT = 0.5
"""Slope of the energy at the end of a step, over that at its start with the sign turned, above
which the step is shortened."""

BOLD = 8
"""Corrections that are taken whole: most of the contacts find their state at once then, while a
step that ends where the first of them closes goes a short way only."""


@dataclass(frozen=True, slots=True)
class SolveReport:
    """How a solve went.

    Attributes:
        corrections: Corrections of the displacement.
        linear_iterations: Iterations of the linear solver in all.
        renewals: Preconditioners set up.
        residual: Norm of the forces out of balance over that of the forces in play.
    """

    corrections: int
    linear_iterations: int
    renewals: int
    residual: float


class Elasticity:
    """The displacement of a body and what determines it.

    Attributes:
        body: Materials.
        sub_mesh: The body's mesh, split along the cuts.
        u: Displacement, m; the start of the next solve.
        supports: What holds it.
        contact: Contact on cuts; ``None`` without.
        solver: Linear solver.
    """

    def __init__(
        self,
        mesh: CellMesh,
        phases: Mapping[str, ElasticPhase],
        conditions: Sequence[Condition],
        *,
        contacts: Sequence[str] = (),
        open_cuts: Sequence[str] = (),
        penalty: float = PENALTY,
        degree: int = 1,
        method: str = "auto",
        body_force: Expression | None = None,
    ) -> None:
        """Set up a body. Collective.

        Args:
            mesh: The parent mesh.
            phases: The elastic phases; together they are the body.
            conditions: What holds and loads it; other surfaces are free.
            contacts: Cuts whose faces may open and touch.
            penalty: Stiffness of closed contacts over that of the cells behind them.
            open_cuts: Cuts whose faces are free of traction and never touch.
            degree: Of the displacement, 1 or 2.
            method: Linear solver: ``"direct"``, ``"iterative"`` or ``"auto"`` by size.
            body_force: f, N/m^3, an expression on the parent mesh.

        Raises:
            InputError: Unknown names, surfaces that are not plane, or a body that can move.
        """
        self.body = Body(mesh, phases)
        self.sub_mesh: SubMesh = mesh.sub_mesh(tuple(phases), (*contacts, *open_cuts))
        V = fem.functionspace(self.sub_mesh.mesh, ("Lagrange", degree, (3,)))
        self.u = fem.Function(V, name="displacement")
        self.supports = find_supports(mesh, self.sub_mesh, V, conditions)
        self.contact: Contact | None = None
        if contacts:
            self.contact = make_contact(self.body, self.sub_mesh, V, contacts, penalty)
        check_supports(V, self.supports, self.contact.pairs if self.contact else None)
        self.forms = make_forms(self.body, V, body_force, self.entity_maps)
        face = self.supports.face
        self._face = FaceBalance(face, mesh.area(face.surface), self.supports) if face else None
        self.solver = StiffnessSolver(
            self.forms.stiffness, self.supports, self.contact, self._face, method
        )
        self._load = self.forms.load()
        self._step = fem.Function(V)
        self._recall = Recall(mesh.comm)
        self.u.x.array[:] = self.supports.given.x.array

    @property
    def mesh(self) -> CellMesh:
        """The parent mesh."""
        return self.body.mesh

    @property
    def entity_maps(self) -> list[object]:
        """Maps between the parent mesh and all sub-meshes in use."""
        maps = [self.sub_mesh.cell_map, *self.body.entity_maps()]
        return list({id(entity_map): entity_map for entity_map in maps}.values())

    @property
    def face_displacement(self) -> float:
        """U of the loaded face, m, positive outwards; zero without one (local)."""
        return self._face.displacement if self._face else 0.0

    def face_pressure(self) -> float:
        """P that the loaded face exerts after a solve, Pa; zero without one. Collective."""
        if self._face is None:
            return 0.0
        return -self._face.reaction(self._forces(self._gaps())) / self._face.area

    def contact_report(self) -> ContactReport | None:
        """State of the contacts; ``None`` without any. Collective."""
        return self.contact.report(self.u) if self.contact else None

    def integrate(self, form: ufl.Form) -> float:
        """Value of a form without arguments over all ranks. Collective."""
        local = fem.assemble_scalar(fem.form(form, entity_maps=self.entity_maps))
        return float(self.mesh.comm.allreduce(local))

    # -- solution -----------------------------------------------------------

    def solve(self) -> SolveReport:
        """Find the displacement for the present stoichiometry and load. Collective.

        Starts from the displacement of the solve before.

        Raises:
            SolverError: No balance of forces was found.
        """
        free_dropped(self.solver.matrix, self._load, self.u.x.petsc_vec)
        before = self.solver.iterations, self.solver.preconditioner.renewals
        self._load = self.forms.load()
        self._start()
        size = float(self._load.norm()), self._face.size(self._load) if self._face else 0.0
        left = most = 0.0
        for corrections in range(MAX_CORRECTIONS + 1):
            gaps = self._gaps()
            forces = self._forces(gaps)
            residual, goal = self._out_of_balance(forces, size)
            if residual <= TOLERANCE:
                self._recall.remember(self._load.array_r, self._place(), instead=False)
                linear = self.solver.iterations - before[0]
                renewals = self.solver.preconditioner.renewals - before[1]
                return SolveReport(corrections, linear, renewals, residual)
            most = max(most, max(goal.inside, goal.face) / (SAFETY * TOLERANCE))
            left = self._correct(forces, gaps, goal, left, most)
            self._advance(1.0 if corrections < BOLD else self._length(forces, gaps))
        raise SolverError(
            f"mechanics: forces are out of balance by {residual:.1e} of their size after "
            f"{MAX_CORRECTIONS} corrections; contacts open and close without end"
        )

    def _start(self) -> None:
        """Go on as the last solves went, and move a face that is held to its place."""
        if (guess := self._recall.guess(self._load.array_r)) is not None:
            self.u.x.array[: guess.size - 1] = guess[:-1]
            self.u.x.scatter_forward()
        if self._face:
            if guess is not None:
                self._face.displacement = float(guess[-1])
            way = self._face.way()
            self.solver.move_face(self.u, way)
            self._face.displacement += way

    def _place(self) -> Array:
        """Owned displacements and, last, that of the loaded face (local)."""
        owned = self._load.getLocalSize()
        return np.append(self.u.x.array[:owned], self.face_displacement)

    def _gaps(self) -> Array:
        return self.contact.gaps(self.u.x.petsc_vec) if self.contact else np.zeros(0)

    def _forces(self, gaps: Array) -> PETSc.Vec:
        """K u - f - B^T (d <-g>_+), N: what holds every node where it is. Collective."""
        forces = self.solver.matrix.createVecLeft()
        self.solver.matrix.mult(self.u.x.petsc_vec, forces)
        forces.axpy(-1.0, self._load)
        if self.contact:
            self.contact.add_forces(self.contact.active(gaps), gaps, forces)
        return forces

    def _out_of_balance(self, forces: PETSc.Vec, size: tuple[float, float]) -> tuple[float, Goal]:
        """Largest relative imbalance, inside or of the face, and what a solution has to reach."""
        inner = forces.copy()
        self.supports.clear(inner.array_w)
        inside = float(inner.norm())
        inner.axpy(-1.0, forces)
        least = ROUNDING / TOLERANCE * self.solver.diagonal * float(self.u.x.petsc_vec.norm())
        scale = size[0] + float(inner.norm()) + least
        if self._face:  # all there is to go by for a body at rest
            scale = max(scale, self._face.least_norm(self._face.load))
        residual, total = (inside / scale if scale else 0.0), 0.0
        if self._face:
            total = size[1] + abs(self._face.load) + self._face.size(forces) + least
            on_face = abs(self._face.out_of_balance(forces)) / total if total else 0.0
            residual = max(residual, on_face)
        return residual, Goal(0.0, SAFETY * TOLERANCE * scale, SAFETY * TOLERANCE * total)

    def _correct(
        self, forces: PETSc.Vec, gaps: Array, goal: Goal, left: float, most: float
    ) -> float:
        """Solve for a step of Newton's method.

        Args:
            forces: Out of balance.
            gaps: Of the contacts, m.
            goal: What balances the forces.
            left: What the last linear solution left, N.
            most: Largest size of the forces in play so far, N.

        Returns:
            What this one has left.
        """
        right = forces.copy()
        if self._face:
            self._face.spread(self._face.load, right)
        right.scale(-1.0)
        self.solver.project(right)
        springs = self.contact.active(gaps) if self.contact else gaps
        size = float(right.norm())
        settled = self.contact is None or size <= SETTLED * left
        if settled:
            self.solver.preconditioner.adapt(springs)
        else:
            # faces driven into each other are out of balance by far more than bodies bear
            goal = replace(goal, relative=LOOSE * min(1.0, most / size))
        return self.solver.solve(right, springs, self._step, goal)

    def _length(self, forces: PETSc.Vec, gaps: Array) -> float:
        """Share of the step at which the energy, convex along it, is least. Collective."""
        contact = self.contact
        if contact is None:
            return 1.0
        step = self._step.x.petsc_vec
        opening = contact.gaps(step)
        stretched = self.solver.matrix.createVecLeft()
        self.solver.matrix.mult(step, stretched)
        stiffness, start = float(stretched.dot(step)), float(forces.dot(step))
        if self._face:
            way = self._face.mean(step)
            stiffness += self._face.fixture * way**2
            start += self._face.load * way
        pressing = np.minimum(gaps, 0.0)

        def slope(share: float) -> float:
            more = np.minimum(gaps + share * opening, 0.0) - pressing
            change = float((contact.springs * more) @ opening)
            return start + share * stiffness + float(self.mesh.comm.allreduce(change))

        end = slope(1.0)
        return 1.0 if start >= 0.0 or end <= OVERSHOOT * abs(start) else start / (start - end)

    def _advance(self, share: float) -> None:
        self.u.x.array[:] += share * self._step.x.array
        if self._face:
            self._face.displacement += share * self._face.mean(self._step.x.petsc_vec)

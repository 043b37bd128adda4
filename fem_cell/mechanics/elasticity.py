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
(:mod:`fem_cell.mechanics.plane_face`): its one displacement is found by superposition, so the
stiffness matrix stays sparse, and costs one linear system more at the start, and again when
contacts have changed so much that the old response is a poor one. Newton's method finds the
state of the contacts; without any, its first step is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from fem_cell.mechanics.linear import StiffnessSolver
from fem_cell.mechanics.plane_face import FaceBalance
from fem_cell.mechanics.rigid import check_supports
from fem_cell.mechanics.supports import find_supports
from fem_cell.mesh import CellMesh, SubMesh

TOLERANCE = 1e-8
"""Norm of the forces out of balance over that of the forces in play."""

ENOUGH = 12
"""Corrections after which a contact that opens and closes in turn may stay as it is,"""

GOOD_ENOUGH = 1e-6
"""if the forces out of balance are this small."""

MAX_CORRECTIONS = 40
"""Of the displacement in one solve; contacts usually need less than ten."""

SLOW = 0.1
"""Least fraction of the imbalance that a correction leaves for the response of the loaded face to
be worked out anew: a contact that opens hardly changes it."""

PATIENCE = 3
"""Corrections that may be slow because contacts change."""

OVERSHOOT = 0.5
"""Slope of the energy at the end of a step, over that at its start with the sign turned, above
which the step is shortened."""


@dataclass(frozen=True, slots=True)
class SolveReport:
    """How a solve went.

    Attributes:
        corrections: Corrections of the displacement.
        linear_iterations: Iterations of the linear solver in all.
        assemblies: Stiffness matrices assembled.
        residual: Norm of the forces out of balance over that of the forces in play.
    """

    corrections: int
    linear_iterations: int
    assemblies: int
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
        self.forms = make_forms(self.body, self.u, self.contact, body_force, self.entity_maps)
        diagonal = self.body.typical_nodal_stiffness()
        self.solver = StiffnessSolver(self.forms.tangent, V, self.supports, method, diagonal)
        face = self.supports.face
        self._face = FaceBalance(face, mesh.area(face.surface), self.supports) if face else None
        self._step = fem.Function(V)
        self._closed: npt.NDArray[np.bool_] | None = None
        self._stale = True
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
        """P that the loaded face exerts, from the reactions, Pa; zero without one. Collective."""
        if self._face is None:
            return 0.0
        return -self._face.reaction(self.forms.forces()) / self._face.area

    def contact_report(self) -> ContactReport | None:
        """State of the contacts; ``None`` without any. Collective."""
        if self.contact is None:
            return None
        force = self.integrate(self.contact.pressure(self.u) * self.contact.measure)
        return self.contact.report(self.u, force)

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
        before = self.solver.iterations, self.solver.assemblies
        size = self._loads()
        if self._face:
            self._face.impose(self.u)
        before_last = np.inf
        for corrections in range(MAX_CORRECTIONS + 1):
            forces = self.forms.forces()
            residual, scale = self._out_of_balance(forces, size)
            self._stale |= corrections > PATIENCE and residual > SLOW * before_last
            before_last = residual
            if residual <= (TOLERANCE if corrections < ENOUGH else GOOD_ENOUGH):
                return SolveReport(
                    corrections,
                    self.solver.iterations - before[0],
                    self.solver.assemblies - before[1],
                    residual,
                )
            self._renew_matrix(forced=corrections > 1)
            self._correct(forces, TOLERANCE * scale)
        raise SolverError(
            f"mechanics: forces are out of balance by {residual:.1e} of their size after "
            f"{MAX_CORRECTIONS} corrections; contacts open and close without end"
        )

    def _loads(self) -> tuple[float, float]:
        """Norm of the nodal forces of swelling and body forces, and their sum on the face, N."""
        kept = self.u.x.array.copy()
        self.u.x.array[:] = 0.0
        forces = self.forms.forces()
        self.u.x.array[:] = kept
        return float(forces.norm()), self._face.size(forces) if self._face else 0.0

    def _out_of_balance(self, forces: PETSc.Vec, size: tuple[float, float]) -> tuple[float, float]:
        """Largest relative imbalance, inside or of the face, and the scale inside, N."""
        inner = forces.copy()
        self.supports.clear(inner.array_w)
        inside = float(inner.norm())
        inner.axpy(-1.0, forces)
        scale = size[0] + float(inner.norm())
        residual = inside / scale if scale else 0.0
        if self._face is None:
            return residual, scale
        total = size[1] + abs(self._face.load) + self._face.size(forces)
        on_face = self._face.out_of_balance(forces) / total if total else 0.0
        return max(residual, on_face), scale

    def _renew_matrix(self, forced: bool) -> None:
        """Assemble the matrix if contacts have changed since, or a step did not suffice."""
        closed = self.contact.pairs.gaps(self.u) <= 0 if self.contact else np.zeros(0, dtype=bool)
        same = self._closed is not None and np.array_equal(closed, self._closed)
        everywhere = self.mesh.comm.allreduce(int(same)) == self.mesh.comm.size
        if everywhere and not (forced and self.contact):
            return
        self._closed = closed
        self.forms.state.x.array[:] = self.u.x.array
        self.solver.assemble()
        if self._face and (self._stale or self.solver.direct):
            self._face.respond(self.forms, self.solver)
            self._stale = False

    def _correct(self, forces: PETSc.Vec, small: float) -> None:
        """One step of Newton's method, shortened where contacts make it too long."""
        shift = self._face.shift(forces) if self._face else 0.0
        right = forces.copy()
        right.scale(-1.0)
        self.supports.clear(right.array_w)
        self.solver.solve(right, self._step, small / 10)
        if self._face:
            self._step.x.array[:] += shift * self._face.response.x.array
        start = self._slope(forces, shift)
        self._advance(shift, 1.0)
        if self.contact is None:
            return
        # the energy is convex along the step: a secant of its slope finds the least
        end = self._slope(self.forms.forces(), shift)
        if end <= OVERSHOOT * abs(start):
            return
        if end > start:
            self._advance(shift, -end / (end - start))
        else:  # no way down: the response of the face does not fit the contacts any more
            self._stale = True

    def _slope(self, forces: PETSc.Vec, shift: float) -> float:
        """Change of the energy along the step, J. Collective."""
        inner = float(forces.dot(self._step.x.petsc_vec))
        return inner + (self._face.load * shift if self._face else 0.0)

    def _advance(self, shift: float, share: float) -> None:
        self.u.x.array[:] += share * self._step.x.array
        if self._face:
            self._face.displacement += share * shift

"""Weak form of elasticity, compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_vector
from petsc4py import PETSc

from fem_cell.laws.elasticity import strain_voigt, stress_voigt
from fem_cell.laws.expressions import Expression
from fem_cell.mechanics.body import Body
from fem_cell.mechanics.contact import Contact

BODY_FORCE_DEGREE = 4
"""Quadrature of a body force, on top of the degree of the displacement."""


@dataclass(slots=True)
class Forms:
    """Forces on the nodes and their derivative.

    Attributes:
        state: Displacement for which the tangent holds: it tells which contacts are closed.
        tangent: K.
    """

    state: fem.Function
    tangent: fem.Form
    _residual: fem.Form
    _action: fem.Form
    _stretch: fem.Function

    def forces(self) -> PETSc.Vec:
        """R(u; v), N: what holds every node where it is; complete in owned rows. Collective."""
        return gather(self._residual)

    def stiff_forces(self, w: fem.Function) -> PETSc.Vec:
        """K w, N, all rows. Collective."""
        self._stretch.x.array[:] = w.x.array
        return gather(self._action)


def gather(form: fem.Form) -> PETSc.Vec:
    """Assemble a linear form; complete in owned rows. Collective."""
    vector = assemble_vector(form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector


def bulk_degree(body: Body, degree: int) -> int:
    """Quadrature that is exact for stresses with a linear stoichiometry on straight cells."""
    curved = body.mesh.mesh.geometry.cmaps[0].degree - 1
    return 2 * degree - 1 + 2 * curved


def make_forms(
    body: Body,
    u: fem.Function,
    contact: Contact | None,
    body_force: Expression | None,
    entity_maps: Sequence[object],
) -> Forms:
    """Compile the forms. Collective.

    Args:
        body: Materials.
        u: Displacement.
        contact: On cuts; ``None`` for nothing.
        body_force: f, N/m^3.
        entity_maps: Maps between the parent mesh and all sub-meshes in use.
    """
    V = u.function_space
    v, du, state, stretch = ufl.TestFunction(V), ufl.TrialFunction(V), *_functions(V)
    degree = V.element.basix_element.degree
    tangent, residual = [], []
    for name in body.phases:
        dx = body.dx(name, bulk_degree(body, degree))
        stiff = stress_voigt(body.stiffness, strain_voigt(du))
        tangent.append(ufl.inner(stiff, strain_voigt(v)) * dx)
        residual.append(ufl.inner(body.stress(name, u), strain_voigt(v)) * dx)
        if body_force is not None:
            over = body.dx(name, BODY_FORCE_DEGREE + degree)
            residual.append(-ufl.inner(body_force, v) * over)
    if contact is not None:
        tangent.append(contact.tangent(state, du, v))
        residual.append(contact.residual(u, v))
    K, R = sum(tangent[1:], tangent[0]), sum(residual[1:], residual[0])
    return Forms(
        state,
        fem.form(K, entity_maps=entity_maps),
        fem.form(R, entity_maps=entity_maps),
        fem.form(ufl.action(K, stretch), entity_maps=entity_maps),
        stretch,
    )


def _functions(V: fem.FunctionSpace) -> tuple[fem.Function, fem.Function]:
    return fem.Function(V, name="state"), fem.Function(V, name="stretch")

"""Weak form of elasticity, compiled once; contact is no form, see :mod:`.contact`."""

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

BODY_FORCE_DEGREE = 4
"""Quadrature of a body force, on top of the degree of the displacement."""


@dataclass(slots=True)
class Forms:
    """What is assembled.

    Attributes:
        stiffness: K of the body, cuts open.
    """

    stiffness: fem.Form
    _load: fem.Form

    def load(self) -> PETSc.Vec:
        """Nodal forces f of swelling and body forces, N; complete in owned rows. Collective."""
        return gather(self._load)


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
    V: fem.FunctionSpace,
    body_force: Expression | None,
    entity_maps: Sequence[object],
) -> Forms:
    """Compile the forms. Collective.

    Args:
        body: Materials.
        V: Displacements.
        body_force: f, N/m^3.
        entity_maps: Maps between the parent mesh and all sub-meshes in use.
    """
    v, du, rest = ufl.TestFunction(V), ufl.TrialFunction(V), fem.Function(V)
    degree = V.element.basix_element.degree
    stiffness, load = [], []
    for name in body.phases:
        dx = body.dx(name, bulk_degree(body, degree))
        stiff = stress_voigt(body.stiffness, strain_voigt(du))
        stiffness.append(ufl.inner(stiff, strain_voigt(v)) * dx)
        load.append(-ufl.inner(body.stress(name, rest), strain_voigt(v)) * dx)
        if body_force is not None:
            over = body.dx(name, BODY_FORCE_DEGREE + degree)
            load.append(ufl.inner(body_force, v) * over)
    return Forms(
        fem.form(sum(stiffness[1:], stiffness[0]), entity_maps=entity_maps),
        fem.form(sum(load[1:], load[0]), entity_maps=entity_maps),
    )

"""The unknown fields of a cell and the terms of their balances.

Every balance is written as a current (A): charge balances as they are, lithium
and salt balances multiplied by Faraday's constant. So all residuals share one
unit and one scale, and a tolerance means the same in every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import ufl
from dolfinx import fem

from fem_cell.mesh import CellMesh, SubMesh

STOICHIOMETRY = "stoichiometry"
"""s = c/c_max of the active material (at the surface of its particles), 1."""

ELECTRODE_POTENTIAL = "electrode_potential"
"""phi_s, electric potential of the electron conductor, V."""

SALT_CONCENTRATION = "salt_concentration"
"""c_e over the electrolyte's initial concentration, 1."""

ELECTROLYTE_POTENTIAL = "electrolyte_potential"
"""phi_e, potential of a lithium reference electrode in the electrolyte, V."""

TERMINAL_POTENTIAL = "terminal_potential"
"""V, potential of the positive terminal against the negative one, V."""

DIFFERENTIAL = frozenset({STOICHIOMETRY, SALT_CONCENTRATION})
"""Kinds whose error the time integrator controls; the others follow from them."""


@dataclass(eq=False, slots=True)
class Unknown:
    """One scalar field of the cell on the sub-mesh of the phases that carry it.

    Attributes:
        kind: One of the names above.
        phases: Phases over which the field is continuous.
        sub_mesh: Where it lives; ``None`` for the terminal's scalar.
        value: u, the present value.
        rate: du/dt.
        test: Test function of its balance.
        trial: Trial function for Jacobians.
    """

    kind: str
    phases: tuple[str, ...]
    sub_mesh: SubMesh | None
    value: fem.Function
    rate: fem.Function
    test: ufl.Argument
    trial: ufl.Argument

    @property
    def name(self) -> str:
        """Kind and phases, e.g. ``electrolyte_potential.cathode+electrolyte``."""
        return f"{self.kind}.{'+'.join(self.phases)}" if self.phases else self.kind


def make_unknown(kind: str, mesh: CellMesh, phases: tuple[str, ...]) -> Unknown:
    """A continuous piecewise linear field over the union of some phases. Collective."""
    sub = mesh.sub_mesh(phases)
    space = fem.functionspace(sub.mesh, ("Lagrange", 1))
    return _unknown(kind, phases, sub, space)


def make_terminal(mesh: CellMesh) -> Unknown:
    """The scalar potential of the positive terminal. Collective."""
    import basix.ufl

    element = basix.ufl.real_element(mesh.mesh.basix_cell(), value_shape=())
    return _unknown(TERMINAL_POTENTIAL, (), None, fem.functionspace(mesh.mesh, element))


def _unknown(
    kind: str, phases: tuple[str, ...], sub: SubMesh | None, space: fem.FunctionSpace
) -> Unknown:
    return Unknown(
        kind,
        phases,
        sub,
        fem.Function(space, name=kind),
        fem.Function(space, name=f"{kind}_rate"),
        ufl.TestFunction(space),
        ufl.TrialFunction(space),
    )


@dataclass(frozen=True, slots=True)
class DoubleLayer:
    """A double layer between an electron and an ion conductor.

    Attributes:
        charge: Form of the charge on its electron side, C.
        anion_share: 1 - t_+ of the electrolyte.
        stores_lithium: Whether the electron side is an active phase.
    """

    charge: ufl.Form
    anion_share: float
    stores_lithium: bool


@dataclass(slots=True)
class Balances:
    """The residual F(t, u, du/dt), one form per unknown, A.

    Attributes:
        forms: By name of the unknown.
        double_layers: Charge on each double layer (C) with the share of a
            current that moves salt there; for the balance of lithium.
    """

    forms: dict[str, ufl.Form] = field(default_factory=dict)
    double_layers: list[DoubleLayer] = field(default_factory=list)

    def add(self, unknown: Unknown, term: ufl.Form) -> None:
        """Add a term to the balance of an unknown."""
        known = self.forms.get(unknown.name)
        self.forms[unknown.name] = term if known is None else known + term

    def __iter__(self) -> Iterator[str]:
        return iter(self.forms)

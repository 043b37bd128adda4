"""The unknown fields of a cell and the terms of their balances.

Every balance is written as a current (A): charge balances as they are, lithium
and salt balances multiplied by Faraday's constant. So all residuals share one
unit and one scale, and a tolerance means the same in every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ufl
from dolfinx import fem

from fem_cell.laws.expressions import Expression
from fem_cell.mesh import CellMesh, SubMesh
from fem_cell.power import Power, Vertices

STOICHIOMETRY = "stoichiometry"
"""s = c/c_max of the active material (at the surface of its particles), 1."""

LITHIUM_FRACTION = "lithium_fraction"
"""phi, volume of free lithium per volume of its layer as made, 1."""

LITHIUM_IN_PORES = "lithium_in_pores"
"""psi, the part of phi that does not lie on top of the layer, 1."""

COMPACTION = "compaction"
"""e, volume that a layer of lithium has lost by creep per volume as made, 1."""

ELECTRODE_POTENTIAL = "electrode_potential"
"""phi_s, electric potential of the electron conductor, V."""

SALT_CONCENTRATION = "salt_concentration"
"""c_e over the electrolyte's initial concentration, 1."""

OHMIC_POTENTIAL = "ohmic_potential"
"""psi, the part of the electrolyte's potential that drives its current: i_e = -kappa grad psi, V.
With a salt, a lithium reference electrode measures phi_e, which differs from it by the diffusion
potential (:func:`fem_cell.laws.transport.diffusion_potential`); without one it measures psi."""

TERMINAL_POTENTIAL = "terminal_potential"
"""V, potential of the positive terminal against the negative one, V."""

DIFFERENTIAL = frozenset({STOICHIOMETRY, LITHIUM_FRACTION, COMPACTION, SALT_CONCENTRATION})
"""Kinds whose error the time integrator controls; the others follow from them."""


@dataclass(eq=False, slots=True)
class Unknown:
    """One scalar field of the cell on the sub-mesh of the phases that carry it.

    Attributes:
        kind: One of the names above.
        phases: Phases over which the field is continuous, but for the cuts of its sub-mesh.
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
        """Kind and phases, e.g. ``ohmic_potential.cathode+electrolyte``."""
        return f"{self.kind}.{'+'.join(self.phases)}" if self.phases else self.kind


def make_unknown(
    kind: str, mesh: CellMesh, phases: tuple[str, ...], cuts: tuple[str, ...] = ()
) -> Unknown:
    """A piecewise linear field over the union of some phases. Collective.

    Args:
        kind: One of the names above.
        mesh: The mesh.
        phases: Where it lives.
        cuts: Where it may jump; elsewhere it is continuous.
    """
    sub = mesh.sub_mesh(phases, cuts)
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
        electrons: Potential of the electron side; ``None`` for a foil, which is no phase.
    """

    charge: ufl.Form
    anion_share: float
    electrons: Unknown | None


@dataclass(frozen=True, slots=True)
class NodalReaction:
    r"""A reaction inside a phase that acts at its vertices (mass lumping).

    Terms without gradients, second-order accurate like the P1 fields they join:

    .. math:: F_{k,i} \mathrel{+}= \nu_k\, w_i\, j(u_i), \qquad w_i = \int v_i \,dx

    They couple no two vertices: each costs one evaluation of the law per vertex,
    and a stoichiometry can be eliminated node by node.

    Attributes:
        vertices: Of the phase.
        current: j(u), A/m^3, positive where lithium leaves the active material.
        shares: Pairs of an unknown and the share nu_k of j that enters its balance.
    """

    vertices: Vertices
    current: Expression
    shares: Sequence[tuple[Unknown, float]]


@dataclass(slots=True)
class Balances:
    """The residual F(t, u, du/dt) of every unknown, A.

    Attributes:
        terms: Integrals by name of the unknown. Keep what is linear apart from what
            is not: solvers assemble a linear term over a volume only once.
        reactions: What acts at vertices.
        double_layers: Charge on each double layer (C) with the share of a
            current that moves salt there; for the balance of lithium.
        powers: Where the power at the terminals goes.
    """

    terms: dict[str, list[ufl.Form]] = field(default_factory=dict)
    reactions: list[NodalReaction] = field(default_factory=list)
    double_layers: list[DoubleLayer] = field(default_factory=list)
    powers: list[Power] = field(default_factory=list)

    def add(self, unknown: Unknown, term: ufl.Form) -> None:
        """Add a term to the balance of an unknown."""
        self.terms.setdefault(unknown.name, []).append(term)


def sum_of(terms: Sequence[ufl.Form]) -> ufl.Form:
    """One form from several; at least one."""
    return sum(terms[1:], terms[0])

r"""Where the power at the terminals goes.

Test the balance of electrons by phi_s, that of charge in electrolytes by psi, and add the
terminal: what is left is the power V I, exactly, at every instant,

.. math::
   V I = \sum \int \sigma|\nabla\phi_s|^2 + \sum \int \kappa|\nabla\psi|^2 + \int i^2 R_c
       + \sum_k \int (i_k + \dot q_k)\,(\phi_s - \psi)

with a sum over all reactions k (interfaces, vertices of porous walls, foils), i_k the current
density that moves lithium, and q_k the charge on the double layer. A reaction splits by
:math:`\phi_s - \psi = \eta + i R_f + U + (\phi_e - \psi)` into activation :math:`i\eta`, film
:math:`i^2 R_f`, the equilibrium potential :math:`i U` (with the work of stress apart) and the
diffusion potential of the salt. The last two hide what diffusion costs. Test the balance of
lithium by U(s), that of the salt by ln c:

.. math::
   \sum_k \int i_k U &= \int F c_{max} D\, (-U') |\nabla s|^2
       + \frac{d}{dt} \int F c_{max}\, G(s), \qquad G' = -U \\
   \sum_k \int i_k (\phi_e - \psi) &= \frac{2RT}{F} \Theta \int F D_e \frac{|\nabla c|^2}{c}
       + \frac{d}{dt} \int 2RT\, \Theta\, (c \ln\tfrac{c}{c_0} - c)

(Theta is the thermodynamic factor). The first terms, fluxes times gradients of chemical
potential, are lost as heat; the second ones are free energy, given back when gradients relax.
With the mean stoichiometry of a phase and the current I_p of lithium out of it, the reversible
part is :math:`\sum_p I_p U_p(\bar s_p) - I U_{foil}`; the rest of the free energy is *stored* in
gradients.

A phase or an interface contributes integrals of these powers as it contributes to residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ufl

from fem_cell.laws.expressions import Expression

if TYPE_CHECKING:
    from fem_cell.unknowns import Unknown

ELECTRONS = "electrons"
IONS = "ions"
CONTACT = "contact"
ACTIVATION = "activation"
FILM = "film"
LITHIUM_DIFFUSION = "lithium diffusion"
GRAIN_BOUNDARIES = "grain boundaries"
SALT_DIFFUSION = "salt diffusion"

LOSSES = (
    CONTACT,
    ELECTRONS,
    IONS,
    ACTIVATION,
    FILM,
    LITHIUM_DIFFUSION,
    GRAIN_BOUNDARIES,
    SALT_DIFFUSION,
)
"""Kinds of power that become heat."""

EQUILIBRIUM = "equilibrium"
"""i U(s), gathered under the phase that holds the lithium."""

FOIL = "foil"
"""i U of a foil, whose potential is a constant, or of a layer of lithium."""

SALT_POTENTIAL = "salt potential"
"""i (phi_e - psi)."""

DOUBLE_LAYERS = "double layers"
"""dq/dt (phi_s - psi), stored."""

STRESS = "stress"
"""i p / (F c_max), exchanged with the elastic body."""

LITHIUM_CURRENT = "lithium current"
"""Not a power: current of lithium out of a phase, A."""


@dataclass(frozen=True, slots=True)
class Vertices:
    """The vertices of a phase as a rule of integration, as reactions inside it act there.

    Attributes:
        site: An unknown that lives on exactly this phase.
        dx: Volume measure of the phase.
    """

    site: Unknown
    dx: ufl.Measure


@dataclass(frozen=True, slots=True)
class Power:
    """One integral.

    Attributes:
        place: Name of the phase, interface (``electrode-electrolyte``) or surface.
        kind: One of the kinds of this module.
        density: W/m^2 or W/m^3; of a current, A/m^2 or A/m^3.
        domain: What it is integrated over.
    """

    place: str
    kind: str
    density: Expression
    domain: ufl.Measure | Vertices


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the split of a reaction's power needs; expressions restricted to its sides.

    Attributes:
        place: Where it goes on.
        domain: Where it is integrated.
        current: i, A/m^2 or A/m^3; positive where lithium enters the electrolyte.
        driving_force: eta + i R_f, V.
        diffusion_potential: phi_e - psi, V; ``None`` without a salt.
        resistance: Of the film over the share of the area that reacts, ohm m^2; ``None`` without.
    """

    place: str
    domain: ufl.Measure | Vertices
    current: Expression
    driving_force: Expression
    diffusion_potential: Expression | None
    resistance: Expression | None = None

    def powers(self) -> list[Power]:
        """Activation, film and diffusion potential."""
        spent = self.current * self.driving_force
        found = []
        if self.resistance is not None:
            film = self.resistance * self.current**2
            spent = spent - film
            found.append(Power(self.place, FILM, film, self.domain))
        found.append(Power(self.place, ACTIVATION, spent, self.domain))
        if self.diffusion_potential is not None:
            salt = self.current * self.diffusion_potential
            found.append(Power(self.place, SALT_POTENTIAL, salt, self.domain))
        return found

    def of_lithium(self, phase: str, potential: Expression) -> list[Power]:
        """What the phase that gives the lithium takes part with; ``potential`` is U(s), V."""
        return [
            Power(phase, EQUILIBRIUM, self.current * potential, self.domain),
            Power(phase, LITHIUM_CURRENT, self.current, self.domain),
        ]

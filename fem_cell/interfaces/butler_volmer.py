r"""Charge transfer between an active phase and an electrolyte, ``butler_volmer``.

.. math::
   i_n = \chi\, 2 i_0 \sinh\frac{F\eta}{2RT}
         + C_{dl} \frac{\partial(\phi_s - \psi)}{\partial t}, \qquad
   \eta = \phi_s - \phi_e - U_{eq} - i_n R_f

U_eq is the open-circuit potential U(s), shifted by stress where that acts on the lithium of
the phase (:mod:`fem_cell.laws.chemomechanics`). chi is the reacting area over the area of the
facets: an area factor for roughness times the share of the face that is active material. The
current of the double layer charges it and moves no lithium. It is counted from psi, not from
phi_e: of the two psi is closer to the electrostatic potential of the electrolyte,
equal to it in an ideal solution with :math:`t_+ = 1/2`.
"""

from __future__ import annotations

from dataclasses import dataclass

import ufl

from fem_cell.interfaces.double_layer import add_double_layer
from fem_cell.laws.kinetics import butler_volmer
from fem_cell.phases.electrolyte import Electrolyte, add_reaction
from fem_cell.phases.model import ActivePhase, Region
from fem_cell.power import STRESS, Power, Reaction
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    Balances,
)


@dataclass(frozen=True, slots=True)
class ChargeTransfer:
    """The interface between one active phase (+) and one electrolyte (-).

    Attributes:
        active: Model of the active phase.
        electrolyte: Transport model of the electrolyte.
        area_factor: Real over projected area, 1.
        film_resistance: R_f, ohm m^2.
        double_layer_capacitance: C_dl, F/m^2.
        exchange_current_density: i_0,ref half full at the initial salt
            concentration, A/m^2; ``None`` takes the material's.
    """

    active: ActivePhase
    electrolyte: Electrolyte
    area_factor: float = 1.0
    film_resistance: float = 0.0
    double_layer_capacitance: float = 0.0
    exchange_current_density: float | None = None

    @property
    def reacting_share(self) -> float:
        """chi, reacting area over area of the facets."""
        return self.area_factor * self.active.surface_fraction

    def add_terms(self, balances: Balances, plus: Region, minus: Region, dS: ufl.Measure) -> None:
        """Lithium passes the interface; nothing where no face reacts."""
        if self.reacting_share == 0:
            return
        s, phi_s = plus[STOICHIOMETRY], plus[ELECTRODE_POTENTIAL]
        psi = minus[OHMIC_POTENTIAL]
        salt = minus.unknowns.get(SALT_CONCENTRATION)
        stoichiometry = s.value("+")
        work = plus.stress_work.at(s.value)("+") if plus.stress_work else None
        share = plus.constant(self.reacting_share)
        force = (
            phi_s.value("+")
            - self.electrolyte.potential(minus)("-")
            - self.active.material.equilibrium_potential(stoichiometry, work, plus)
        )
        faradaic = share * butler_volmer(
            self.active.material.exchange_current_density(
                stoichiometry,
                salt.value("-") if salt else None,
                plus,
                self.exchange_current_density,
            ),
            force,
            plus.constant(self.film_resistance),
            plus.temperature,
            has_film=self.film_resistance > 0,
        )
        balances.add(s, faradaic * s.test("+") * dS)
        balances.add(phi_s, faradaic * phi_s.test("+") * dS)
        add_reaction(balances, minus, self.electrolyte, faradaic, dS)
        drop = self.electrolyte.diffusion_potential(minus)
        film = self.film_resistance / self.reacting_share
        spent = Reaction(
            f"{plus.name}-{minus.name}",
            dS,
            faradaic,
            force,
            None if drop is None else drop("-"),
            plus.constant(film) if film else None,
        )
        equilibrium = self.active.material.open_circuit(stoichiometry)
        balances.powers += [*spent.powers(), *spent.of_lithium(plus.name, equilibrium)]
        if work is not None:
            stress = faradaic * work / plus.constant(self.active.material.charge_density)
            balances.powers.append(Power(plus.name, STRESS, stress, dS))
        if self.double_layer_capacitance > 0:
            capacitance = plus.constant(self.double_layer_capacitance * self.reacting_share)
            anions = 1.0 - self.electrolyte.transference_number
            add_double_layer(balances, spent.place, phi_s, psi, capacitance, anions, dS)

r"""Foil of lithium or of a lithium alloy as an electrode, model ``counter_electrode``.

.. math::
   i_n = 2 i_0 \sqrt{c_e/c_0} \sinh\frac{F\eta}{2RT}, \qquad
   \eta = V - \phi_e - U - i_n R_f

The foil is a metal of one potential; lithium leaves it where i_n > 0. U is zero
for lithium and a constant for an alloy in its two-phase range (Li/In: 0.62 V).
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.interfaces.model import Surface
from fem_cell.laws.expressions import Expression
from fem_cell.laws.kinetics import butler_volmer, salt_activity
from fem_cell.phases.electrolyte import Electrolyte, add_reaction
from fem_cell.power import DOUBLE_LAYERS, FOIL, Power, Reaction
from fem_cell.unknowns import OHMIC_POTENTIAL, SALT_CONCENTRATION, Balances, DoubleLayer


@dataclass(frozen=True, slots=True)
class CounterElectrode:
    """A foil against an electrolyte.

    Attributes:
        electrolyte: The electrolyte it touches.
        equilibrium_potential: U against lithium, V.
        exchange_current_density: i_0 at the initial salt concentration, A/m^2.
        film_resistance: R_f, ohm m^2.
        double_layer_capacitance: C_dl, F/m^2.
    """

    electrolyte: Electrolyte
    equilibrium_potential: float
    exchange_current_density: float
    film_resistance: float = 0.0
    double_layer_capacitance: float = 0.0

    joins = OHMIC_POTENTIAL

    def add_terms(self, balances: Balances, surface: Surface) -> Expression:
        """Lithium enters or leaves the electrolyte."""
        psi = surface[OHMIC_POTENTIAL]
        salt = surface.unknowns.get(SALT_CONCENTRATION)
        rate = surface.constant(self.exchange_current_density)
        terminal = surface.terminal
        potential = terminal.value if terminal else surface.constant(0.0)
        equilibrium = surface.constant(self.equilibrium_potential)
        force = potential - self.electrolyte.potential(surface) - equilibrium
        film = surface.constant(self.film_resistance)
        faradaic = butler_volmer(
            rate * salt_activity(salt.value) if salt else rate,
            force,
            film,
            surface.temperature,
            has_film=self.film_resistance > 0,
        )
        add_reaction(balances, surface, self.electrolyte, faradaic, surface.measure)
        spent = Reaction(
            surface.name,
            surface.measure,
            faradaic,
            force,
            self.electrolyte.diffusion_potential(surface),
            film if self.film_resistance > 0 else None,
        )
        given = Power(surface.name, FOIL, faradaic * equilibrium, surface.measure)
        balances.powers += [*spent.powers(), given]
        if self.double_layer_capacitance == 0:
            return faradaic
        capacitance = surface.constant(self.double_layer_capacitance)
        charging = capacitance * ((terminal.rate if terminal else 0) - psi.rate)
        balances.add(psi, -charging * psi.test * surface.measure)
        voltage = potential - psi.value
        stored = Power(surface.name, DOUBLE_LAYERS, charging * voltage, surface.measure)
        balances.powers.append(stored)
        balances.double_layers.append(
            DoubleLayer(
                capacitance * voltage * surface.measure,
                1.0 - self.electrolyte.transference_number,
                electrons=None,
            )
        )
        return faradaic + charging

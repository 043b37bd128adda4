r"""Charge transfer between a layer of lithium and an electrolyte, ``butler_volmer``.

.. math::
   i_n = \chi f_c\, 2 i_0 \sqrt{c_e/c_0} \sinh\frac{F\eta}{2RT}
         + \chi C_{dl} \frac{\partial(\phi_s - \psi)}{\partial t}, \qquad
   \eta = \phi_s - \phi_e - U(\varphi) - i_n R_f

chi is the area factor of the case, f_c the share of the face that is in contact, which falls as
lithium next to the electrolyte is used up (:mod:`fem_cell.laws.lithium_host`); the film carries the
current over the area chi f_c. Lithium metal has
no sites to run out of, so i_0 does not depend on phi otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import ufl

from fem_cell.interfaces.double_layer import add_double_layer
from fem_cell.laws.kinetics import butler_volmer, salt_activity
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.electrolyte import Electrolyte, add_reaction
from fem_cell.phases.model import Region
from fem_cell.power import FOIL, Power, Reaction
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    Balances,
)


@dataclass(frozen=True, slots=True)
class LithiumTransfer:
    """The interface between a layer of lithium (+) and an electrolyte (-).

    Attributes:
        layer: Model of the layer.
        electrolyte: Transport model of the electrolyte.
        area_factor: chi, 1.
        film_resistance: R_f, ohm m^2.
        double_layer_capacitance: C_dl, F/m^2.
        exchange_current_density: i_0 at the initial salt concentration, A/m^2; ``None`` takes
            that of the data sheet.
    """

    layer: BoronSkeleton
    electrolyte: Electrolyte
    area_factor: float = 1.0
    film_resistance: float = 0.0
    double_layer_capacitance: float = 0.0
    exchange_current_density: float | None = None

    def add_terms(self, balances: Balances, plus: Region, minus: Region, dS: ufl.Measure) -> None:
        """Lithium passes the interface."""
        phi, electrons = plus[LITHIUM_FRACTION], plus[ELECTRODE_POTENTIAL]
        ions, salt = minus[OHMIC_POTENTIAL], minus.unknowns.get(SALT_CONCENTRATION)
        reference = self.exchange_current_density
        if reference is None:
            reference = self.layer.sheet.value("exchange_current_density", self.layer.temperature)
        host, fraction = self.layer.host, phi.value("+")
        # of the face: rough, and as far as there is something solid on it
        share = plus.constant(self.area_factor) * host.contact(plus[LITHIUM_IN_PORES].value("+"))
        rate = plus.constant(reference)
        equilibrium = host.potential(fraction)
        force = electrons.value("+") - self.electrolyte.potential(minus)("-") - equilibrium
        film = plus.constant(self.film_resistance)
        faradaic = share * butler_volmer(
            rate * salt_activity(salt.value("-")) if salt else rate,
            force,
            film,
            plus.temperature,
            has_film=self.film_resistance > 0,
        )
        balances.add(phi, faradaic * phi.test("+") * dS)
        balances.add(electrons, faradaic * electrons.test("+") * dS)
        add_reaction(balances, minus, self.electrolyte, faradaic, dS)
        drop = self.electrolyte.diffusion_potential(minus)
        spent = Reaction(
            f"{plus.name}-{minus.name}",
            dS,
            faradaic,
            force,
            None if drop is None else drop("-"),
            film / share if self.film_resistance > 0 else None,
        )
        balances.powers += [*spent.powers(), Power(plus.name, FOIL, faradaic * equilibrium, dS)]
        if self.double_layer_capacitance > 0:
            capacitance = plus.constant(self.double_layer_capacitance * self.area_factor)
            anions = 1.0 - self.electrolyte.transference_number
            add_double_layer(balances, spent.place, electrons, ions, capacitance, anions, dS)

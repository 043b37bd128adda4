r"""Charge transfer between a layer of lithium and an electrolyte, ``butler_volmer``.

.. math::
   i_n = \chi c\, 2 i_0 \sqrt{c_e/c_0} \sinh\frac{F\eta}{2RT}
         + \chi C_{dl} \frac{\partial(\phi_s - \psi)}{\partial t}, \qquad
   \eta = \phi_s - \phi_e - U(\varphi) - \frac{i_n}{\chi c} R_f - i_n R_c(c)

chi is the area factor of the case, c the share of the face that is in contact, a state of the
layer: it falls as voids grow next to the electrolyte and comes back as they are filled or closed
(:mod:`fem_cell.phases.boron_skeleton`). What passes a face in part has a higher local current
density, behind the film R_f and the constriction R_c in the electrolyte
(:mod:`fem_cell.laws.constriction`). Lithium metal has
no sites to run out of, so i_0 does not depend on phi otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import ufl
from dolfinx import fem

from fem_cell.interfaces.double_layer import add_double_layer
from fem_cell.laws.constriction import column_resistance, constriction_of_spots
from fem_cell.laws.expressions import Expression, positive
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

LEAST_CONTACT = 1e-4
"""Share in contact over which a face that is lost keeps something."""


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
        contact = self._contact(plus)
        share = plus.constant(self.area_factor) * contact
        rate = plus.constant(reference)
        equilibrium = host.potential(fraction)
        force = electrons.value("+") - self.electrolyte.potential(minus)("-") - equilibrium
        film = plus.constant(self.film_resistance) + plus.constant(
            self.area_factor * self._column
        ) * constriction_of_spots(contact)
        faradaic = share * butler_volmer(
            rate * salt_activity(salt.value("-")) if salt else rate,
            force,
            film,
            plus.temperature,
            has_film=self._is_resisted,
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
            film / share if self._is_resisted else None,
        )
        balances.powers += [*spent.powers(), Power(plus.name, FOIL, faradaic * equilibrium, dS)]
        if self.double_layer_capacitance > 0:
            capacitance = plus.constant(self.double_layer_capacitance * self.area_factor)
            anions = 1.0 - self.electrolyte.transference_number
            add_double_layer(balances, spent.place, electrons, ions, capacitance, anions, dS)

    @property
    def _is_resisted(self) -> bool:
        """Whether anything but charge transfer lies between the layer and the electrolyte."""
        return self.film_resistance > 0.0 or self.layer.layer.void_period > 0.0

    def _contact(self, plus: Region) -> Expression:
        """C on the side of the layer; positive."""
        psi, e = plus[LITHIUM_IN_PORES].value("+"), self.layer.compaction(plus)
        side = e("+") if isinstance(e, fem.Function) else e
        return positive(self.layer.host.contact(psi, side), LEAST_CONTACT)

    @property
    def _column(self) -> float:
        """Scale of the constriction, ohm m^2."""
        kappa = self.electrolyte.sheet.value("conductivity", self.electrolyte.temperature)
        return column_resistance(self.layer.layer.void_period, kappa)

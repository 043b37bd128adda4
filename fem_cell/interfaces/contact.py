r"""Current collector: an equipotential terminal on an electrode, model ``contact``.

.. math:: i = (V - \phi_s) / R_c

The metal of the terminal has one potential V; R_c is the area-specific contact
resistance between it and the electrode.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.interfaces.model import Surface
from fem_cell.laws.expressions import Expression
from fem_cell.power import CONTACT, Power
from fem_cell.unknowns import ELECTRODE_POTENTIAL, Balances


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact resistance, ohm m^2."""

    resistance: float

    joins = ELECTRODE_POTENTIAL

    def add_terms(self, balances: Balances, surface: Surface) -> Expression:
        """Electrons enter or leave the electrode."""
        phi = surface[ELECTRODE_POTENTIAL]
        potential = surface.terminal.value if surface.terminal else surface.constant(0.0)
        current = surface.constant(1.0 / self.resistance) * (potential - phi.value)
        balances.add(phi, -current * phi.test * surface.measure)
        heat = surface.constant(self.resistance) * current**2
        balances.powers.append(Power(surface.name, CONTACT, heat, surface.measure))
        return current

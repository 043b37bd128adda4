r"""The double layer of an interface between an electrode (+) and an electrolyte (-).

.. math:: i_{dl} = C \frac{\partial (\phi_s - \psi)}{\partial t}

flows from the electrons to the ions beside the current of the reaction.
"""

from __future__ import annotations

import ufl
from dolfinx import fem

from fem_cell.power import DOUBLE_LAYERS, Power
from fem_cell.unknowns import Balances, DoubleLayer, Unknown


def add_double_layer(
    balances: Balances,
    place: str,
    electrons: Unknown,
    ions: Unknown,
    capacitance: fem.Constant,
    anion_share: float,
    dS: ufl.Measure,
) -> None:
    """Add its charging, its power and its charge.

    Args:
        balances: Of the cell.
        place: Name of the interface.
        electrons: phi_s.
        ions: psi.
        capacitance: C, F/m^2 of the face.
        anion_share: 1 - t_+ of the electrolyte.
        dS: Measure of the interface.
    """
    charging = capacitance * (electrons.rate("+") - ions.rate("-"))
    balances.add(electrons, charging * electrons.test("+") * dS)
    balances.add(ions, -charging * ions.test("-") * dS)
    voltage = electrons.value("+") - ions.value("-")
    balances.powers.append(Power(place, DOUBLE_LAYERS, charging * voltage, dS))
    stored = capacitance * voltage * dS
    balances.double_layers.append(DoubleLayer(stored, anion_share, electrons))

r"""When a cell's voltage will have fallen at the latest, from its open-circuit curve.

At a current I the mean stoichiometry moves by :math:`\Delta\bar s = -I\,t / Q_{max}`, and the
voltage by at least about :math:`U(\bar s + \Delta\bar s) - U(\bar s)`: overpotentials grow as the
material fills or empties. Where a slow discharge ends, the voltage falls off a cliff that its
course so far does not foretell, but the open-circuit curve does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_cell.cell import Cell
from fem_cell.laws.open_circuit import OpenCircuitPotential

EDGE = 0.01
"""Stoichiometry beyond empty and full up to which capacity is counted: a step may pass them."""

POINTS = 4001
"""Of the curve at which the voltage is looked for."""

BEYOND = 1.5
"""Voltage that is looked for, over the voltage that is left: the event has to be passed."""

SHARE = 0.5
"""Of the capacity that is left, which no time step should use up before the voltage shows it."""


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """The only active phase of a cell, seen as one particle in equilibrium.

    Attributes:
        curve: U(s), V.
        capacity: Q_max, the charge between s = 0 and s = 1, C.
        stoichiometry: Mean of the phase at the start of the step.
        charge: Q that had passed by then, C.
    """

    curve: OpenCircuitPotential
    capacity: float
    stoichiometry: float
    charge: float

    @classmethod
    def of(cls, cell: Cell, capacity: float, lithium: float, charge: float) -> Equilibrium | None:
        """Of a cell with one active phase; ``None`` for another cell.

        Args:
            cell: The cell.
            capacity: Q_max of its active material, C.
            lithium: What it holds now, C.
            charge: Q that has passed by now, C.
        """
        active = cell.active_phases()
        if len(active) != 1:
            return None
        (phase,) = active.values()
        return cls(phase.material.open_circuit, capacity, lithium / capacity, charge)

    def time_to_move(self, voltage: float, charge: float, current: float) -> float:
        """Time until the open-circuit potential has moved so far, s.

        It is no more than the time that uses up half of the capacity left.

        Args:
            voltage: How far it has to move, V, magnitude.
            charge: Q that has passed, C.
            current: I, A; positive on charge; zero moves nothing.
        """
        if current == 0.0:
            return np.inf
        start = self.stoichiometry - (charge - self.charge) / self.capacity
        end = -EDGE if current > 0 else 1.0 + EDGE
        way = start + np.linspace(0.0, SHARE * (end - start), POINTS)
        moved = np.abs(np.asarray(self.curve(way)) - float(self.curve(start)))
        far = np.flatnonzero(moved >= BEYOND * voltage)
        reached = way[far[0]] if far.size else way[-1]
        return float(abs(reached - start) * self.capacity / abs(current))

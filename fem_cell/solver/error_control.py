r"""How large the local error of a time step may be.

Time steps are chosen by the error in what is stored (stoichiometry, relative salt
concentration), in potentials, and in the potential of the terminal, which by itself would
not count among all unknowns. Where a discharge ends the voltage falls off a cliff, and an
error in it is an error in when it falls. So a potential may be wrong by

.. math:: \delta V = \delta + \Bigl|\frac{dV}{dt}\Bigr|\, \delta_t\, (t - t_0)

with :math:`t_0` the beginning of the protocol step: an error in time of a hundred-thousandth
of the step, 0.04 s of a discharge in an hour, is as good as none, and so is the error in
capacity that goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from petsc4py import PETSc

from fem_cell.solver.history import History
from fem_cell.solver.system import System
from fem_cell.unknowns import DIFFERENTIAL

VOLTS_PER_TOLERANCE = 10.0
"""Error allowed in potentials (V) over that in stoichiometry: 10 mV for 1e-3."""

TERMINAL_VOLTS_PER_TOLERANCE = 1.5
"""The same for the potential of the terminal: 1.5 mV for 1e-3."""

MARGIN = 2.6
"""Errors up to so many tolerances are accepted; the controller aims at half of one, so that
few steps are rejected."""

SAFETY = 0.6
"""Share of the time step that would make the error as large as is accepted."""

TIME_SHARE = 1e-5
"""Error allowed in time, over the time since the protocol step began."""

SETTLING = 10.0
"""Times the first step, after which the terminal's potential is controlled. Before, it
changes with the square root of time, and a method that sees powers of time would crawl."""

UNCONTROLLED = 1e30
"""Error allowed where none is controlled."""


@dataclass(slots=True)
class ErrorControl:
    """Absolute tolerances of the local error, for the norm of TS (a mean over all unknowns).

    Attributes:
        system: Whose unknowns.
        tolerance: Error allowed in stoichiometry and relative salt concentration.
        weights: The tolerances, one per entry of the state.
        began: When the protocol step began, s.
        settled: From when on the terminal's potential is controlled, s.
    """

    system: System
    tolerance: float
    weights: PETSc.Vec = field(init=False)
    began: float = 0.0
    settled: float = 0.0
    _last: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Allow every unknown its error."""
        self.weights = self.system.weights(MARGIN * self.tolerance, UNCONTROLLED)
        self._allow(0.0, False)

    def begin(self, time: float, settling: float, voltage: float) -> None:
        """A protocol step begins; ``settling`` is how long the terminal is left alone, s."""
        self.began, self.settled = time, time + settling
        self._last = (time, voltage)
        self._allow(0.0, settling == 0.0)

    def restore(self, history: History) -> None:
        """Be where an earlier run was. Collective."""
        self.began = history.outlook.began
        self.settled, self._last = history.outlook.settled, None
        for time, state in reversed(history.states):
            self.accept(time, self.system.voltage(state))

    def accept(self, time: float, voltage: float) -> None:
        """A time step has been accepted, with the voltage it ended at."""
        before = self._last
        self._last = (time, voltage)
        slope = 0.0
        if before and time > before[0]:
            slope = abs(voltage - before[1]) / (time - before[0])
        self._allow(slope * TIME_SHARE * (time - self.began), time >= self.settled)

    def _allow(self, steep: float, controlled: bool) -> None:
        """Set the tolerances of potentials (local).

        Args:
            steep: What the slope of the voltage adds to them, V.
            controlled: Whether the terminal's potential is controlled.
        """
        system, values = self.system, self.weights.array
        for unknown, block in zip(system.cell.unknowns, system.blocks, strict=True):
            if unknown.kind not in DIFFERENTIAL:
                values[block.slice] = MARGIN * (VOLTS_PER_TOLERANCE * self.tolerance + steep)
        # the norm of TS is a mean over all unknowns, in which one alone would not count
        alone = MARGIN / np.sqrt(self.weights.getSize())
        allowed = alone * (TERMINAL_VOLTS_PER_TOLERANCE * self.tolerance + steep)
        values[system.blocks[-1].slice] = allowed if controlled else UNCONTROLLED

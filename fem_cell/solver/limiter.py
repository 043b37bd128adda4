r"""Limits how far an update may move what reactions depend on steeply.

The reaction current depends exponentially on :math:`U(s)`. Where the
open-circuit curve falls off a cliff, near full, a step of :math:`10^{-3}` in s
may change U by a volt, and Newton's method would then need one iteration per
thermal voltage to come back. So a step that would move U by more than some
thermal voltages is cut where it has moved that far, node by node; the same idea
keeps junctions from overflowing in circuit simulators (Nagel, SPICE2, 1975).

Where salt runs out, the current is a power of its concentration, and below zero there is none.
A concentration that falls there by one update sees no reaction any more, and the next update
makes it far too large. So it may fall or rise by no more than some factor at once: from above,
Newton's method goes down a convex branch without overshooting.

A cut only changes the way to the solution, not the solution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.laws.expressions import Expression
from fem_cell.laws.kinetics import DEPLETION
from fem_cell.solver.layout import Block
from fem_cell.solver.system import System
from fem_cell.unknowns import LITHIUM_FRACTION, SALT_CONCENTRATION, STOICHIOMETRY

Array = npt.NDArray[np.float64]

Limit = Callable[[Array, Array], Array]
"""From present and wanted values to those that are allowed."""

LARGEST_CHANGE = 0.2
"""V; four times 2RT/F. Smaller cuts cost more iterations than they save."""

LARGEST_RATIO = 5.0
"""Of salt concentrations before and after; 2.5 or 10 serve as well."""


@dataclass(frozen=True, slots=True)
class Curve:
    """An open-circuit curve with its inverse, tabulated far beyond empty and full."""

    stoichiometry: Array
    potential: Array

    @classmethod
    def of(cls, law: Callable[[Array], Expression], valid: tuple[float, float]) -> Curve:
        """Tabulate, finely where the curve may be steep: near both of its ends."""
        low, high = valid
        edge = np.geomspace(1e-7, 0.1, 400)
        s = np.unique(
            np.concatenate(
                [
                    np.linspace(-1.0, 2.0, 3001),
                    low + edge,
                    low - edge,
                    high + edge,
                    high - edge,
                ]
            )
        )
        return cls(s, np.asarray(law(s)))

    def __call__(self, s: Array) -> Array:
        """U(s), V."""
        return np.interp(s, self.stoichiometry, self.potential)

    def limit(self, start: Array, end: Array) -> Array:
        """``end``, or as far towards it as the largest change of potential allows."""
        u_start, u_end = self(start), self(end)
        u = np.clip(u_end, u_start - LARGEST_CHANGE, u_start + LARGEST_CHANGE)
        cut = np.interp(u, self.potential[::-1], self.stoichiometry[::-1])
        return np.where(u == u_end, end, cut)


def limit_salt(start: Array, end: Array) -> Array:
    """``end``, or as far towards it as the largest ratio of salt concentrations allows.

    What is depleted may become more so, and comes back from where depletion begins.
    """
    present = np.maximum(start, DEPLETION)
    lowest = np.where(start > LARGEST_RATIO * DEPLETION, start / LARGEST_RATIO, -np.inf)
    return np.clip(end, lowest, LARGEST_RATIO * present)


@dataclass(slots=True)
class StepLimiter:
    """Applies the limits to a state vector.

    Attributes:
        system: Tells which entries are stoichiometries and salt concentrations.
    """

    system: System
    _limits: list[tuple[Block, Limit]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tabulate the curves of all active phases."""
        cell = self.system.cell
        active, layers = cell.active_phases(), cell.lithium_layers()
        for unknown, block in zip(cell.unknowns, self.system.blocks, strict=True):
            if unknown.kind == STOICHIOMETRY:
                law = active[unknown.phases[0]].material.open_circuit
                self._limits.append((block, Curve.of(law, law.valid).limit))
            elif unknown.kind == LITHIUM_FRACTION:
                host = layers[unknown.phases[0]].host
                self._limits.append((block, Curve.of(host.potential, (0.0, 1.0)).limit))
            elif unknown.kind == SALT_CONCENTRATION:
                self._limits.append((block, limit_salt))

    def limit_guess(self, accepted: PETSc.Vec, guess: PETSc.Vec) -> None:
        """Cut a guess where it goes too far from an accepted state (local)."""
        start, end = accepted.array_r, guess.array
        for block, limit in self._limits:
            end[block.slice] = limit(start[block.slice], end[block.slice])

    def limit_update(self, state: PETSc.Vec, update: PETSc.Vec) -> None:
        """Cut Newton's update; PETSc subtracts it from the state (local)."""
        start, step = state.array_r, update.array
        for block, limit in self._limits:
            here = start[block.slice]
            wanted = here - step[block.slice]
            allowed = limit(here, wanted)
            step[block.slice] = np.where(allowed == wanted, step[block.slice], here - allowed)

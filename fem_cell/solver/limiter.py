r"""Limits how far a stoichiometry may move at once, in terms of its potential.

The reaction current depends exponentially on :math:`U(s)`. Where the
open-circuit curve falls off a cliff, near full, a step of :math:`10^{-3}` in s
may change U by a volt, and Newton's method would then need one iteration per
thermal voltage to come back. So a step that would move U by more than some
thermal voltages is cut where it has moved that far, node by node; the same idea
keeps junctions from overflowing in circuit simulators (Nagel, SPICE2, 1975).
A cut only changes the way to the solution, not the solution.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.laws.open_circuit import OpenCircuitPotential
from fem_cell.solver.layout import Block
from fem_cell.solver.system import System
from fem_cell.unknowns import STOICHIOMETRY

Array = npt.NDArray[np.float64]

LARGEST_CHANGE = 0.2
"""V; four times 2RT/F. Smaller cuts cost more iterations than they save."""


@dataclass(frozen=True, slots=True)
class Curve:
    """An open-circuit curve with its inverse, tabulated far beyond empty and full."""

    stoichiometry: Array
    potential: Array

    @classmethod
    def of(cls, law: OpenCircuitPotential) -> Curve:
        """Tabulate, finely where the curve may be steep: near both of its ends."""
        low, high = law.valid
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


@dataclass(slots=True)
class StepLimiter:
    """Applies the limit to the stoichiometries of a state vector.

    Attributes:
        system: Tells which entries are stoichiometries.
    """

    system: System
    _curves: list[tuple[Block, Curve]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tabulate the curves of all active phases."""
        active = self.system.cell.active_phases()
        for unknown, block in zip(self.system.cell.unknowns, self.system.blocks, strict=True):
            if unknown.kind == STOICHIOMETRY:
                law = active[unknown.phases[0]].material.open_circuit
                self._curves.append((block, Curve.of(law)))

    def limit_guess(self, accepted: PETSc.Vec, guess: PETSc.Vec) -> None:
        """Cut a guess where it goes too far from an accepted state (local)."""
        start, end = accepted.array_r, guess.array
        for block, curve in self._curves:
            end[block.slice] = curve.limit(start[block.slice], end[block.slice])

    def limit_update(self, state: PETSc.Vec, update: PETSc.Vec) -> None:
        """Cut Newton's update; PETSc subtracts it from the state (local)."""
        start, step = state.array_r, update.array
        for block, curve in self._curves:
            here = start[block.slice]
            wanted = here - step[block.slice]
            allowed = curve.limit(here, wanted)
            step[block.slice] = np.where(allowed == wanted, step[block.slice], here - allowed)

r"""Fields that are solved for by someone else: when to ask for them anew.

A cell may depend on fields e that follow from its unknowns u through another model, such as
the work of stress from mechanics. Then e = G(u) is solved together with F(u; e) = 0 in turns,
inside the one nonlinear solve of a time step:

1. e is guessed for the first guess of u;
2. Newton's method solves F(u; e) = 0;
3. e is renewed, and if it has changed by more than it may, 2 goes on from where it is.

The changes :math:`c_k` of the renewals 3 fall by a factor :math:`\rho`, which depends on what is
coupled and varies slowly from step to step. It is observed where there are two of them, and taken
to be twice as bad for every solve since. So a renewal is left out after which nothing would
change, when

.. math:: \frac{\rho}{1 - \rho}\, c_k \le 1

as for Newton's method itself (:mod:`fem_cell.solver.newton`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

MAX_RENEWALS = 20
"""In one nonlinear solve, after which the time step is tried smaller."""

CONTRACTION = 0.02, 0.9
"""Least and largest rho that are counted on: one observation may be lucky. The largest before any
has been observed."""

FORGETTING = 2.0
"""Factor by which rho is taken to be worse in the next solve."""


class Coupling(Protocol):
    """The other model."""

    def guess(self) -> None:
        """Guess its fields for the loaded fields of the cell, at little cost. Collective.

        Raises:
            SolverError: It was asked for the first time and has no solution.
        """

    def renew(self) -> float:
        """Renew its fields for the loaded fields of the cell. Collective.

        Returns:
            The largest change in multiples of what may be neglected, the same on all ranks.

        Raises:
            SolverError: The other model has no solution.
        """


@dataclass(slots=True)
class Turns:
    """Decides between Newton's method and the other model.

    Attributes:
        coupling: The other model.
        renewals: Solutions of the other model so far.
    """

    coupling: Coupling
    renewals: int = 0
    _contraction: float = CONTRACTION[1]
    _last: float = 0.0
    _count: int = 0

    def begin(self) -> None:
        """A nonlinear solve begins from the loaded fields. Collective."""
        self.coupling.guess()
        self._last, self._count = 0.0, 0
        self._contraction = min(FORGETTING * self._contraction, CONTRACTION[1])

    @property
    def are_over(self) -> bool:
        """Whether another renewal, after Newton's method has settled, would change nothing."""
        if self._count == 0:
            return False
        return self._last * self._contraction / (1 - self._contraction) <= 1.0

    @property
    def are_endless(self) -> bool:
        """Whether there have been too many."""
        return self._count >= MAX_RENEWALS

    def take(self) -> bool:
        """Renew after Newton's method has settled; whether that changed nothing. Collective."""
        self.renewals += 1
        change = self.coupling.renew()
        if self._count and self._last > 0.0:
            least, largest = CONTRACTION
            self._contraction = min(max(change / self._last, least), largest)
        self._last = change
        self._count += 1
        return change <= 1.0

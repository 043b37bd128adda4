r"""A first guess of the displacement from the last two solves.

With the nodal forces f of swelling, which are known before the solve,

.. math:: u \approx u_1 + \alpha (u_1 - u_0), \qquad
          \alpha = \arg\min |f - f_1 - \alpha (f_1 - f_0)|

A body that goes on swelling as it did is then almost in balance, its contacts included.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Solved:
    load: PETSc.Vec
    u: Array
    face: float


@dataclass(slots=True)
class Past:
    """The last two solves."""

    _solved: list[_Solved] = field(default_factory=list)

    def add(self, load: PETSc.Vec, u: fem.Function, face: float) -> None:
        """Keep a solution.

        Args:
            load: f, N.
            u: Displacement, m.
            face: U of the loaded face, m.
        """
        self._solved = [*self._solved[-1:], _Solved(load, u.x.array.copy(), face)]

    def extrapolate(self, load: PETSc.Vec, u: fem.Function) -> float:
        """Move the displacement on. Collective.

        Args:
            load: f of the solve to come.
            u: The displacement solved last; receives the guess.

        Returns:
            How far the loaded face moves, m.
        """
        if len(self._solved) < 2:
            return 0.0
        before, last = self._solved
        change = last.load.copy()
        change.axpy(-1.0, before.load)
        new = load.copy()
        new.axpy(-1.0, last.load)
        size = float(change.dot(change))
        share = float(new.dot(change)) / size if size else 0.0
        u.x.array[:] += share * (last.u - before.u)
        return share * (last.face - before.face)

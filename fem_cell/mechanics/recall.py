r"""A guess of what a linear model would answer, from its last answers.

The answer e to an input s that is a mean of former inputs is the same mean of their answers:

.. math:: s \approx \sum_k w_k s_k, \quad \sum_k w_k = 1 \quad\Rightarrow\quad
          e \approx \sum_k w_k e_k

with the weights of least squares. An input extrapolated in time by a polynomial of low degree is
such a mean, so its guess is as good as the answer, and costs a few dot products. (Contacts make
mechanics linear in pieces only; a guess need not be right.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

Array = npt.NDArray[np.float64]

ANSWERS = 4
"""That are kept: enough for a parabola, and one more."""

COLLINEAR = (1e-10, 1e-7, 1e-4)
"""Shares of the largest eigenvalue of Gram's matrix, below which inputs do not differ; the next
one is tried where weights become too large."""

LARGEST_WEIGHT = 10.0
"""Beyond which an extrapolation is not trusted; a parabola over equal steps has 3."""


@dataclass(slots=True)
class Recall:
    """The last inputs and answers, newest first; owned entries of a distributed vector.

    Attributes:
        comm: Ranks that share it.
    """

    comm: MPI.Comm
    _pairs: list[tuple[Array, Array]] = field(default_factory=list)

    def remember(self, s: Array, e: Array, *, instead: bool) -> None:
        """Keep an answer; ``instead`` replaces the newest, which was one to nearly the same."""
        if instead and self._pairs:
            self._pairs.pop(0)
        self._pairs.insert(0, (s.copy(), e.copy()))
        del self._pairs[ANSWERS:]

    def guess(self, s: Array) -> Array | None:
        """What the answer to an input might be; ``None`` without any to go by. Collective."""
        if not self._pairs:
            return None
        s0, e0 = self._pairs[0]
        older = self._pairs[1:]
        if not older:
            return e0.copy()
        apart = np.array([sk - s0 for sk, _ in older])
        mine = np.column_stack([apart @ apart.T, apart @ (s - s0)])
        sums = np.empty_like(mine)
        self.comm.Allreduce(mine, sums)
        for threshold in COLLINEAR:
            inverse = np.linalg.pinv(sums[:, :-1], rcond=threshold, hermitian=True)
            weights = inverse @ sums[:, -1]
            if np.abs(weights).max() <= LARGEST_WEIGHT:
                parts = (w * (ek - e0) for w, (_, ek) in zip(weights, older, strict=True))
                return np.asarray(e0 + sum(parts))
        return e0.copy()

r"""Stress at the quadrature points of a body, and its change over one backward Euler step.

.. math::
   s = \frac{q}{q_t} s_t, \quad s_t = s_0 + 2 G\, \Delta e, \qquad
   \frac{\partial s}{\partial e} = 2 G \Bigl[\frac{q}{q_t} 1
       + \Bigl(\frac{dq}{dq_t} - \frac{q}{q_t}\Bigr) n \otimes n\Bigr], \quad n = s_t / |s_t|

(Simo and Hughes, Computational Inelasticity, ch. 3). Stresses are in Voigt's notation (11, 22, 33,
23, 13, 12), strains with doubled shear. All arrays are those of the owned cells (local).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fem_cell.laws.stiffness import PAIRS, VOIGT_OF
from fem_cell.mechanics.viscoplastic.solid import Solid

Array = npt.NDArray[np.float64]

TENSOR = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
"""Components of a strain tensor over Voigt's."""
WEIGHTS = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
"""How often components of Voigt's stress stand in the tensor."""
AT_REST = 1e-9
"""Equivalent stress, Pa, below which the direction of a deviator is of no account."""


class Tangent(NamedTuple):
    """Derivative of the stress, a 1 + b n (x) n on deviators.

    Attributes:
        isotropic: a, Pa, shape (cells, points).
        directed: b, Pa, shape (cells, points).
        direction: n in Voigt's notation, shape (cells, points, 6).
    """

    isotropic: Array
    directed: Array
    direction: Array


@dataclass(slots=True)
class Points:
    """Points of a body.

    Attributes:
        solids: What the body is made of.
        of_cell: Number of the solid of every cell.
        deviator: s, Pa, shape (cells, points, 6).
        pressure: Mean of each cell, positive under compression, Pa.
        resistance: S, Pa; zero where nothing flows, shape (cells, points).
        flowed: Equivalent plastic strain so far, shape (cells, points).
    """

    solids: Sequence[Solid]
    of_cell: npt.NDArray[np.int32]
    deviator: Array
    pressure: Array
    resistance: Array
    flowed: Array

    @classmethod
    def at_rest(
        cls, solids: Sequence[Solid], of_cell: npt.NDArray[np.int32], points: int
    ) -> Points:
        """Without stress, as made."""
        fresh = np.array([solid.flow.resistance if solid.flow else 0.0 for solid in solids])
        shape = (len(of_cell), points)
        resistance = np.repeat(fresh[of_cell][:, None], points, axis=1)
        zeros = np.zeros(shape)
        return cls(solids, of_cell, np.zeros((*shape, 6)), np.zeros(shape[0]), resistance, zeros)

    def value(self, name: str) -> Array:
        """G (``shear``) or K (``bulk``) of every cell."""
        return np.array([getattr(solid, name) for solid in self.solids])[self.of_cell]

    @property
    def equivalent(self) -> Array:
        """q, Pa, shape (cells, points)."""
        return equivalent_stress(self.deviator)

    def after(self, strain: Array, dilatation: Array, time: float) -> tuple[Points, Tangent]:
        """Points at the end of a step and the derivative of their stress.

        Args:
            strain: Of the step, shape (cells, points, 6).
            dilatation: Of the step, mean of each cell.
            time: Of the step, s.
        """
        shear = self.value("shear")[:, None]
        tensor = strain * TENSOR
        tensor[..., :3] -= strain[..., :3].mean(axis=-1, keepdims=True)
        trial = self.deviator + 2 * shear[..., None] * tensor
        q_trial = equivalent_stress(trial)
        q, resistance, share = q_trial.copy(), self.resistance.copy(), np.ones_like(q_trial)
        for number, solid in enumerate(self.solids):
            here = self.of_cell == number
            if solid.flow and here.any():
                done = solid.flow.step(
                    q_trial[here].ravel(), solid.shear, self.resistance[here].ravel(), time
                )
                for values, found in zip((q, resistance, share), done, strict=True):
                    values[here] = found.reshape(-1, q.shape[1])
        safe = np.maximum(q_trial, AT_REST)
        kept = np.where(q_trial > AT_REST, q / safe, share)
        direction = trial * (np.sqrt(1.5) / safe)[..., None]
        tangent = Tangent(2 * shear * kept, 2 * shear * (share - kept), direction)
        flowed = self.flowed + (q_trial - q) / (3 * shear)
        pressure = self.pressure - self.value("bulk") * dilatation
        new = Points(
            self.solids, self.of_cell, trial * kept[..., None], pressure, resistance, flowed
        )
        return new, tangent

    def turned(self, gradient: Array) -> Points:
        r"""Points whose stress has turned with the material (Hughes and Winget 1980).

        Args:
            gradient: Of the displacement of a step, shape (cells, points, 3, 3).
        """
        half = 0.25 * (gradient - np.swapaxes(gradient, -1, -2))
        Q = np.linalg.solve(np.eye(3) - half, np.eye(3) + half)
        turned = Q @ self.deviator[..., VOIGT_OF] @ np.swapaxes(Q, -1, -2)
        i, j = np.array(PAIRS).T
        return Points(
            self.solids,
            self.of_cell,
            turned[..., i, j],
            self.pressure,
            self.resistance,
            self.flowed,
        )


def equivalent_stress(deviator: Array) -> Array:
    """Von Mises' q of deviators in Voigt's notation."""
    return np.sqrt(1.5 * np.einsum("...k,...k,k->...", deviator, deviator, WEIGHTS))

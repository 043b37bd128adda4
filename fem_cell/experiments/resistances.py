r"""Resistance split by process: what part of Re Z becomes heat where.

At rest every loss P_k is of second order in an oscillation :math:`\hat u = x + iy`, and what is
stored gives back in half a period what it has taken in the other. So the mean power at the
terminals, :math:`\tfrac12 \mathrm{Re} Z |\hat I|^2`, is the sum of the mean losses
(:mod:`fem_cell.power`),

.. math::
   \mathrm{Re}\, Z(\omega) = \sum_k R_k, \qquad
   R_k = \frac{Q_k(x) + Q_k(y)}{|\hat I|^2}, \qquad Q_k(v) = \tfrac12 P_k''[v, v]

with the second derivative from central differences. Every R_k is positive. Inside particles it
is known in closed form (:func:`fem_cell.laws.particle.particle_response`),

.. math::
   R = \sum_i v_i\, (-U'(s_i))\, \mathrm{Re}\, g(i\omega)\, |\hat s_i|^2 / |\hat I|^2

At work losses are not of second order, and there is no such split; gradients that have not quite
relaxed leave something unaccounted for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.experiments.losses import LossMeter
from fem_cell.power import LITHIUM_DIFFUSION

Array = npt.NDArray[np.float64]

AMPLITUDE = 1e-4
"""Largest change of a potential (V), a stoichiometry or relative salt: small beside RT/F, and large
beside rounding."""

REST = 1e-6
"""Current, as a share of the cell's scale, up to which a cell is at rest."""


class ResistanceMeter:
    """Splits the real part of impedances about one state; all methods are collective.

    Attributes:
        names: Of the parts.
    """

    def __init__(self, meter: LossMeter, state: PETSc.Vec) -> None:
        """Measure the losses of the state itself, which are next to nothing."""
        self._meter, self._state = meter, state
        self._system = meter.system
        self._trial = state.duplicate()
        self.names = meter.names.losses
        self._at_rest = self._losses(0.0, None)

    def split(self, omega: float, parts: tuple[PETSc.Vec, PETSc.Vec]) -> Array:
        """R_k, ohm.

        Args:
            omega: Angular frequency, 1/s.
            parts: Answer to a current of one in units of the current scale.
        """
        comm = self._system.comm
        largest = max(float(np.abs(part.array_r).max(initial=0.0)) for part in parts)
        size = AMPLITUDE / comm.allreduce(largest, MPI.MAX)
        lost = self._in_particles(omega, parts)
        for part in parts:
            around = self._losses(size, part) + self._losses(-size, part) - 2 * self._at_rest
            lost += around / (2 * size**2)
        return lost / self._system.cell.current_scale**2

    def _losses(self, size: float, direction: PETSc.Vec | None) -> Array:
        """Losses of the state moved along a direction, W; particles follow their surface."""
        self._state.copy(self._trial)
        if direction is not None:
            values = self._trial.array
            values[: self._system.macro_size] += size * direction.array_r
            for index in self._system.particles:
                at = self._system.blocks[index].slice
                self._system.shift_inside(index, self._trial, size * direction.array_r[at])
        self._system.load(self._trial)
        return self._meter.losses(self._trial)

    def _in_particles(self, omega: float, parts: tuple[PETSc.Vec, PETSc.Vec]) -> Array:
        """Sum of v (-U') Re g |s|^2 over all particles, W."""
        system, found = self._system, np.zeros(len(self.names))
        for index, particle in system.particles.items():
            (phase,) = system.cell.unknowns[index].phases
            at = system.blocks[index].slice
            slope = system.cell.active_phases()[phase].material.open_circuit.slope
            steepness = -np.asarray(slope(self._state.array_r[at]))
            squares = sum(part.array_r[at] ** 2 for part in parts)
            lost = float(np.sum(particle.response(omega).real * steepness * squares))
            found[self.names.index(f"{phase} {LITHIUM_DIFFUSION}")] += lost
        total = np.zeros_like(found)
        system.comm.Allreduce(found * system.cell.current_scale, total)
        return total

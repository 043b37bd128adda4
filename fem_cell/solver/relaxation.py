r"""Solves the balance of every particle again after an update of Newton's method.

Where an open-circuit curve is steep, near full, the stoichiometry s of a particle is a
strongly nonlinear function of the potentials around it, and Newton's method would approach
it node by node with many iterations of the whole cell. But with the potentials given, the
balance of a particle has one unknown,

.. math::
   r_i(s) = v_i\,\hat\sigma\, s_i + (K s)_i + w_i\, j(s_i, \phi_s, \psi, c_e) + \text{const} = 0

K being the weak diffusion from particle to particle, so after an update that moves some
particle far along its curve all are relaxed together, each by Newton's method with the diagonal
of K: a nonlinear elimination (Lanzkron, Rose and Wilkes 1996) of what the linear solver
eliminates too. :math:`\hat\sigma` is that of :mod:`fem_cell.solver.particles`. j rises with s but
where the exchange current vanishes; there its slope is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.solver.limiter import Curve
from fem_cell.solver.nodal import NodalBlock
from fem_cell.solver.system import System
from fem_cell.unknowns import STOICHIOMETRY

STEEP_CHANGE = 0.05
"""V; an update that moves no open-circuit potential by more is left as it is."""

SETTLED = 1e-3
"""V; the relaxation ends when no open-circuit potential moves by more."""

ITERATIONS = 10


@dataclass(frozen=True, slots=True)
class Site:
    """The particles of one phase that react in the volume only.

    Attributes:
        index: Of their unknown.
        curve: Their open-circuit potential.
        reaction: What acts at their vertices.
    """

    index: int
    curve: Curve
    reaction: NodalBlock


@dataclass(slots=True)
class Relaxation:
    """Relaxes the particles of a cell; all methods are collective.

    Attributes:
        system: Whose particles.
    """

    system: System
    _sites: list[Site] = field(default_factory=list)
    _rows: PETSc.Vec = field(init=False)
    _reduced: PETSc.Vec = field(init=False)

    def __post_init__(self) -> None:
        """Find the phases whose particles feel nothing but one reaction at their vertex."""
        system = self.system
        active = system.cell.active_phases()
        for reaction in system.reactions:
            i = reaction.site
            unknown = system.cell.unknowns[i]
            lonely = system.is_linear(i) and sum(r.site == i for r in system.reactions) == 1
            if unknown.kind == STOICHIOMETRY and i in system.particles and lonely:
                law = active[unknown.phases[0]].material.open_circuit
                self._sites.append(Site(i, Curve.of(law, law.valid), reaction))
        self._rows = system.create_state()
        self._reduced = system.matrix.createVecLeft()

    def is_steep(self, state: PETSc.Vec, update: PETSc.Vec) -> bool:
        """Whether an update moves some particle far along a steep curve."""
        for site in self._sites:
            at = self.system.blocks[site.index].slice
            s = state.array_r[at]
            moved = site.curve(s) - site.curve(s - update.array_r[at])
            if self._largest(moved) > STEEP_CHANGE:
                return True
        return False

    def relax_update(self, snes: PETSc.SNES, state: PETSc.Vec, update: PETSc.Vec) -> None:
        """Change an update, which PETSc subtracts, so that it ends with particles in balance."""
        target = state.duplicate()
        target.waxpy(-1.0, update, state)
        snes.computeFunction(target, self._rows)
        self.system.condense(self._rows, self._reduced)
        for site in self._sites:
            self._relax(site, target)
        update.waxpy(-1.0, target, state)
        target.destroy()

    def _relax(self, site: Site, target: PETSc.Vec) -> None:
        """Newton's method for every particle by itself, cut where its curve is steep."""
        system, block = self.system, self.system.blocks[site.index]
        unknown = system.cell.unknowns[site.index]
        values = unknown.value.x.array
        storage = system.particles[site.index].stiffness
        at, current, slope = site.reaction.response()
        diffusion, diagonal = system.diffusion(site.index)
        row = self._reduced.array_r[block.slice].copy()
        start = values[: block.size].copy()
        for _ in range(ITERATIONS):
            gradient = storage + diagonal
            gradient[at] += np.maximum(slope, 0.0)
            here = values[: block.size].copy()
            there = site.curve.limit(here, here - row / gradient)
            values[: block.size] = there
            unknown.value.x.scatter_forward()
            before, spread = current, diffusion
            at, current, slope = site.reaction.response()
            diffusion, _ = system.diffusion(site.index)
            row += storage * (there - here) + diffusion - spread
            row[at] += current - before
            if self._largest(site.curve(there) - site.curve(here)) < SETTLED:
                break
        system.move_particles(site.index, target, values[: block.size] - start, self._rows)

    def _largest(self, values: np.ndarray) -> float:
        mine = float(np.abs(values).max(initial=0.0))
        return float(self.system.comm.allreduce(mine, MPI.MAX))

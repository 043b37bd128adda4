r"""Preconditioner of elasticity with contacts: renewed only when many of them have changed.

It is made from the matrix of some state of the contacts, with those that were open held by a
tenth of their springs. Contacts that close then are stiff directions of the preconditioned
system, but at most tenfold (without the tenth, unbounded as faces are refined), and those that
open are few soft ones. MUMPS factorises small matrices, smoothed aggregation stands for large
ones; PETSc options have the prefix ``fem_cell_mechanics_``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.mechanics.contact import Contact
from fem_cell.mechanics.rigid import near_null_space
from fem_cell.solver.blocks import set_default
from fem_cell.solver.mumps import OUT_OF_SPACE, set_up, state

Array = npt.NDArray[np.float64]

PREFIX = "fem_cell_mechanics_"

DIRECT_SOLVER_LIMIT = 20_000
"""Displacement unknowns up to which ``auto`` factorises."""

SOFT = 0.1
"""Springs of open contacts in the preconditioner, over those of closed ones."""

CHANGED = 0.01
"""Share of the contacts that may be open and not closed, or the reverse, in the preconditioner."""

STIFFEST = 30.0
"""Penalty of closed contacts in the preconditioner, if that of the body is larger."""

MULTIGRID = {
    "pc_gamg_type": "agg",
    "pc_gamg_agg_nsmooths": "1",
    "pc_gamg_threshold": "-1",
    "pc_gamg_aggressive_coarsening": "2",
    "pc_gamg_reuse_interpolation": "false",
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_ksp_max_it": "2",
    "mg_levels_pc_type": "pbjacobi",
}
"""Smoothed aggregation from the rigid motions. Two levels coarsen fast, which keeps the coarse
matrices thin; the smoother takes the three components of a node together, as they are coupled
strongly where a contact is closed. Aggregates that suit one state of the contacts do not suit
another, so they are not used again. No entry is dropped, not even zeros: sums of several ranks come
in any order, and where (i, j) is zero while (j, i) is 1e-20 one rank refuses the graph, which is no
longer symmetric, and the others wait for it."""


class Preconditioner:
    """Approximate inverse of K + B^T diag(d) B without the components that are given.

    Attributes:
        direct: Whether it is factorised.
        springs: d of the contacts in it, N/m (local).
        renewals: How often it was set up.
    """

    def __init__(
        self,
        stiffness: PETSc.Mat,
        free: PETSc.Vec,
        V: fem.FunctionSpace,
        contact: Contact | None,
        method: str,
    ) -> None:
        """Set up with all contacts closed. Collective.

        Args:
            stiffness: K, all rows.
            free: Zero where the displacement is given, one elsewhere.
            V: Displacements.
            contact: On cuts; ``None`` without.
            method: ``"direct"``, ``"iterative"`` or ``"auto"``.
        """
        size = stiffness.getSize()[0]
        self.direct = method == "direct" or (method == "auto" and size <= DIRECT_SOLVER_LIMIT)
        self.renewals = 0
        self.springs = np.zeros(0)
        self._contact, self._free = contact, free
        self._rigid = near_null_space(V)
        self._stiffness = stiffness.copy()
        given = np.flatnonzero(free.array_r == 0.0) + stiffness.getOwnershipRange()[0]
        diagonal = stiffness.getDiagonal().sum() / size
        self._stiffness.zeroRowsColumns(given.astype(PETSc.IntType), diag=diagonal)
        self._pc = self._create()
        self._closed = np.ones(len(contact.springs) if contact else 0, dtype=bool)
        self._renew()

    def apply(self, forces: PETSc.Vec, displacement: PETSc.Vec) -> None:
        """Displacement to forces that are zero where it is given. Collective."""
        self._pc.apply(forces, displacement)
        displacement.pointwiseMult(displacement, self._free)  # multigrid moves what is given

    @property
    def trouble(self) -> str:
        """What may be wrong where the iteration fails (local)."""
        if state(self._pc)[0] in OUT_OF_SPACE:
            return "MUMPS has not enough working space: use fewer ranks"
        return "a piece of the body that only leans on a cut may have come loose"

    def adapt(self, springs: Array) -> None:
        """Renew it if contacts have changed much since. Collective.

        Args:
            springs: d, zero for open contacts (local).
        """
        if self._contact is None:
            return
        closed = springs > 0.0
        counts = np.array([np.count_nonzero(closed != self._closed), closed.size])
        changed, points = self._stiffness.comm.tompi4py().allreduce(counts)
        if changed > CHANGED * points:
            self._closed = closed
            self._renew()

    def _renew(self) -> None:
        matrix = self._stiffness.copy()
        if self._contact:
            share = min(1.0, STIFFEST / self._contact.penalty)
            self.springs = np.where(self._closed, 1.0, SOFT) * share * self._contact.springs
            contacts = self._contact.matrix(self.springs, self._free)
            matrix.axpy(1.0, contacts, structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
            contacts.destroy()
        matrix.setBlockSize(3)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        matrix.setNearNullSpace(self._rigid)
        set_up(self._pc, matrix)
        self.renewals += 1

    def _create(self) -> PETSc.PC:
        pc = PETSc.PC().create(self._stiffness.comm)
        pc.setOptionsPrefix(PREFIX)
        if self.direct:
            pc.setType("cholesky")
            pc.setFactorSolverType("mumps")
        else:
            pc.setType("gamg")
            set_default(PREFIX, **MULTIGRID)
        pc.setFromOptions()
        return pc

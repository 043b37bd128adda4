r"""Block preconditioner by physics and phase.

Stoichiometries at the surface of particles couple to their own node only (but
for weak diffusion from particle to particle). They are eliminated first,

.. math:: S = A_{rr} - A_{rs}\,\mathrm{diag}(A_{ss})^{-1} A_{sr},

which keeps the sparsity and takes the steep open-circuit curve into account:
without it the reaction looks far stiffer to the potentials than it is. On S
follows a multiplicative sweep over three blocks: all potentials together,
because a stiff interface couples them; stoichiometry of dense phases and free lithium; salt. Each
gets one V-cycle of algebraic multigrid (hypre).

Options (prefix ``fem_cell_``): ``fieldsplit_particles_``, ``fieldsplit_rest_``
and below it ``fieldsplit_potentials_``, ``fieldsplit_dense_``,
``fieldsplit_salt_``; without particles the latter three come at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.solver.system import System
from fem_cell.unknowns import (
    COMPACTION,
    ELECTRODE_POTENTIAL,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    TERMINAL_POTENTIAL,
)

PREFIX = "fem_cell_"

_BLOCK_OF_KIND = {
    ELECTRODE_POTENTIAL: "potentials",
    OHMIC_POTENTIAL: "potentials",
    TERMINAL_POTENTIAL: "potentials",
    STOICHIOMETRY: "dense",
    LITHIUM_FRACTION: "dense",
    LITHIUM_IN_PORES: "dense",
    COMPACTION: "dense",
    SALT_CONCENTRATION: "salt",
}

_BOOMERAMG = {
    "coarsen_type": "HMIS",
    "interp_type": "ext+i",
    "agg_nl": 0,
    "strong_threshold": 0.25,
    "P_max": 4,
}

Indices = npt.NDArray[np.int32]


class BlockPreconditioner:
    """Sets up the preconditioner of a Krylov solver. All methods are collective."""

    def __init__(self, system: System) -> None:
        """Sort the macro unknowns into blocks."""
        self._comm = system.comm
        self._first = system.matrix.getOwnershipRange()[0]
        self._local: dict[str, list[Indices]] = {}
        for i, (unknown, block) in enumerate(zip(system.cell.unknowns, system.blocks, strict=True)):
            name = "particles" if i in system.particles else _BLOCK_OF_KIND[unknown.kind]
            indices = np.arange(block.start, block.stop, dtype=PETSc.IntType)
            self._local.setdefault(name, []).append(indices)
        self._complete = False

    def configure(self, ksp: PETSc.KSP) -> None:
        """Choose types and defaults; options of the user take precedence."""
        pc = ksp.getPC()
        pc.setType("fieldsplit")
        if "particles" not in self._local:
            self._sweep(pc, PREFIX, self._blocks_of_all())
            self._complete = True
            return
        pc.setFieldSplitType(PETSc.PC.CompositeType.SCHUR)
        pc.setFieldSplitSchurFactType(PETSc.PC.SchurFactType.FULL)
        pc.setFieldSplitSchurPreType(PETSc.PC.SchurPreType.SELFP)
        particles = np.concatenate(self._local["particles"])
        rest = np.sort(np.concatenate([i for _, i in self._others()]))
        pc.setFieldSplitIS(
            ("particles", self._index_set(particles)), ("rest", self._index_set(rest))
        )
        set_default(f"{PREFIX}fieldsplit_particles_", ksp_type="preonly", pc_type="sor")
        set_default(f"{PREFIX}fieldsplit_rest_", ksp_type="preonly", pc_type="fieldsplit")

    def complete(self, ksp: PETSc.KSP) -> None:
        """Tell the inner sweep its blocks, once the outer split exists."""
        if self._complete or ksp.getPC().getType() != "fieldsplit":
            return  # done, or the user has chosen another preconditioner
        self._complete = True
        rest = ksp.getPC().getFieldSplitSchurGetSubKSP()[1].getPC()
        if rest.getType() == "fieldsplit":
            self._sweep(rest, f"{PREFIX}fieldsplit_rest_", self._blocks_of_rest())

    def _sweep(self, pc: PETSc.PC, prefix: str, blocks: dict[str, PETSc.IS]) -> None:
        pc.setFieldSplitType(PETSc.PC.CompositeType.MULTIPLICATIVE)
        pc.setFieldSplitIS(*blocks.items())
        for name in blocks:
            amg = {f"pc_hypre_boomeramg_{key}": value for key, value in _BOOMERAMG.items()}
            set_default(f"{prefix}fieldsplit_{name}_", ksp_type="preonly", pc_type="hypre", **amg)

    def _others(self) -> list[tuple[str, Indices]]:
        return [
            (name, np.concatenate(parts))
            for name, parts in self._local.items()
            if name != "particles"
        ]

    def _blocks_of_all(self) -> dict[str, PETSc.IS]:
        return {name: self._index_set(indices) for name, indices in self._others()}

    def _blocks_of_rest(self) -> dict[str, PETSc.IS]:
        """Blocks in the numbering of what is left once particles are eliminated."""
        rest = np.sort(np.concatenate([i for _, i in self._others()]))
        first = self._comm.scan(rest.size) - rest.size
        return {
            name: PETSc.IS().createGeneral(
                (first + np.searchsorted(rest, indices)).astype(PETSc.IntType), comm=self._comm
            )
            for name, indices in self._others()
        }

    def _index_set(self, local: Indices) -> PETSc.IS:
        indices = (self._first + local).astype(PETSc.IntType)
        return PETSc.IS().createGeneral(indices, comm=self._comm)


def set_default(prefix: str, **values: object) -> None:
    """Set PETSc options unless the user has."""
    options = PETSc.Options(prefix)
    for key, value in values.items():
        if not options.hasName(key):
            options.setValue(key, value)

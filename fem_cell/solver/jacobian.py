r"""The reduced Jacobian, from parts that are assembled once and parts that change.

.. math::
   A = K + \sigma M + \frac{\partial N}{\partial u} + \sigma \frac{\partial N}{\partial\dot u}
   + \text{reactions at vertices} + \text{particles}

Every part keeps its values in one long array of coordinate entries; PETSc sums them into
the matrix in one call. K and M also give the linear part of the residual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import csr_array

from fem_cell.solver.layout import Block, Numbering, Rows
from fem_cell.solver.nodal import NodalBlock
from fem_cell.solver.terms import Entry, Row
from fem_cell.unknowns import Unknown, sum_of

Array = npt.NDArray[np.float64]


class EntryMatrix:
    """Derivatives of one balance by one unknown, with one sparsity pattern.

    Attributes:
        row: Index of the balance.
        column: Index of the unknown.
    """

    def __init__(
        self, comm: MPI.Comm, row: int, column: int, entry: Entry, entity_maps: list[object]
    ) -> None:
        """Compile the forms and assemble the constant parts. Collective."""
        self.row, self.column, self._comm = row, column, comm

        def compiled(terms: list[object]) -> fem.Form | None:
            return fem.form(sum_of(terms), entity_maps=entity_maps) if terms else None

        stiffness, capacity = compiled(entry.stiffness), compiled(entry.capacity)
        self._form = compiled(entry.changing)
        forms = [f for f in (stiffness, capacity, self._form) if f is not None]
        pattern = fem.create_sparsity_pattern(forms[0])
        for form in forms[1:]:
            fem.build_sparsity_pattern(pattern, form)
        pattern.finalize()

        def assembled(form: fem.Form | None) -> la.MatrixCSR | None:
            if form is None:
                return None
            matrix = la.matrix_csr(pattern)
            fem.assemble_matrix(matrix, form)
            matrix.scatter_reverse()
            return matrix

        self._changing = la.matrix_csr(pattern) if self._form else None
        parts = [assembled(stiffness), assembled(capacity), self._changing]
        sample = next(p for p in parts if p is not None)
        self._rows = sample.index_map(0).size_local
        self._size = int(sample.indptr[self._rows])
        self._indptr = sample.indptr[: self._rows + 1]
        self._indices = sample.indices[: self._size]
        # more ghosts than the unknown has: columns of cells that other ranks hold
        self._columns = sample.index_map(1)
        self._operand = la.vector(self._columns)
        self._stiffness, self._capacity = (p and self._owned(p) for p in parts[:2])
        self._own = np.repeat(np.arange(self._rows), np.diff(self._indptr))
        self._conservative = row == column and self._keeps_constants()

    def _owned(self, matrix: la.MatrixCSR) -> csr_array:
        """The owned rows as a SciPy matrix that multiplies local vectors."""
        data = matrix.data[: self._size].copy()
        shape = (self._rows, self._operand.array.size)
        return csr_array((data, self._indices, self._indptr), shape=shape)

    def coordinates(self, numbering: Numbering) -> tuple[Rows, Rows]:
        """Global rows and columns of the entries (local)."""
        rows = np.repeat(numbering.rows(self.row)[: self._rows], np.diff(self._indptr))
        return rows, numbering.rows(self.column, self._columns)[self._indices]

    def _keeps_constants(self) -> bool:
        """Whether K u vanishes for a constant u, as for conduction and diffusion. Collective."""
        if self._stiffness is None:
            return False
        sums = np.abs(self._stiffness.sum(axis=1)).max(initial=0.0)
        size = np.abs(self._stiffness.data).max(initial=0.0)
        sums, size = (self._comm.allreduce(x, MPI.MAX) for x in (sums, size))
        return bool(sums <= 1e-10 * size)

    def add_product(self, unknown: Unknown, out: Array) -> None:
        """Add K u + M du/dt to owned rows. Collective."""
        if self._stiffness is not None:
            out[: self._rows] += self._stiffness_product(self._stiffness, unknown)
        if self._capacity is not None:
            out[: self._rows] += self._capacity @ self._spread(unknown.rate)

    def own_stiffness(self, unknown: Unknown) -> tuple[Array, Array]:
        """K u at owned rows, and the diagonal of K. Collective."""
        if self._stiffness is None:
            return np.zeros(self._rows), np.zeros(self._rows)
        return self._stiffness_product(self._stiffness, unknown), self._stiffness.diagonal()

    def _stiffness_product(self, matrix: csr_array, unknown: Unknown) -> Array:
        """K u at owned rows; where K keeps constants, a sum over edges of K_ij (u_j - u_i).

        What leaves one node enters another whatever is rounded, and a potential of some
        volts does not drown differences of nanovolts in a good conductor.
        """
        u = self._spread(unknown.value)
        if not self._conservative:
            return np.asarray(matrix @ u)
        between = matrix.data * (u[self._indices] - u[self._own])
        return np.add.reduceat(between, self._indptr[:-1]) if between.size else between

    def _spread(self, function: fem.Function) -> Array:
        """Values at all columns of the owned rows. Collective."""
        size = self._columns.size_local
        self._operand.array[:size] = function.x.array[:size]
        self._operand.scatter_forward()
        return self._operand.array

    def values(self, shift: float, out: Array) -> None:
        """Write the entries for the loaded fields. Collective."""
        out[:] = 0.0
        if self._stiffness is not None:
            out += self._stiffness.data
        if self._capacity is not None:
            out += shift * self._capacity.data
        if self._changing is not None:
            self._changing.set_value(0.0)
            fem.assemble_matrix(self._changing, self._form)
            self._changing.scatter_reverse()
            out += self._changing.data[: self._size]


@dataclass(slots=True)
class Jacobian:
    """Assembles the reduced matrix.

    Attributes:
        matrix: The matrix.
        entries: Its blocks.
        reactions: What acts at vertices.
    """

    matrix: PETSc.Mat
    entries: list[EntryMatrix]
    reactions: list[NodalBlock]
    _values: Array
    _parts: list[slice]

    @classmethod
    def create(
        cls,
        comm: MPI.Comm,
        rows: Sequence[Row],
        blocks: Sequence[Block],
        numbering: Numbering,
        reactions: list[NodalBlock],
        entity_maps: list[object],
        diagonals: Sequence[int],
    ) -> Jacobian:
        """Compile all blocks and fix the sparsity. Collective.

        Args:
            comm: Communicator.
            rows: Sorted terms of every balance.
            blocks: Local ranges of the unknowns.
            numbering: Their global rows.
            reactions: What acts at vertices.
            entity_maps: Maps between the parent mesh and the sub-meshes.
            diagonals: Unknowns to whose diagonal the caller will add something.
        """
        entries = [
            EntryMatrix(comm, i, j, entry, entity_maps)
            for i, row in enumerate(rows)
            for j, entry in row.entries.items()
        ]
        pairs = [entry.coordinates(numbering) for entry in entries]
        pairs += [(r.rows, r.columns) for r in reactions]
        pairs += [(numbering.rows(i)[: blocks[i].size],) * 2 for i in diagonals]
        ends = np.cumsum([0] + [i.size for i, _ in pairs])
        matrix = PETSc.Mat().create(comm)
        size = (blocks[-1].stop, PETSc.DETERMINE)
        matrix.setSizes((size, size))
        matrix.setType(PETSc.Mat.Type.AIJ)
        matrix.setPreallocationCOO(*(np.concatenate(side) for side in zip(*pairs, strict=True)))
        parts = [slice(a, b) for a, b in pairwise(ends)]
        return cls(matrix, entries, reactions, np.zeros(ends[-1]), parts)

    def assemble(self, shift: float, diagonals: Sequence[Array]) -> None:
        """Renew the matrix for the loaded fields. Collective.

        Args:
            shift: sigma, 1/s.
            diagonals: What is added to the diagonals named at the creation.
        """
        values, parts = self._values, iter(self._parts)
        for entry in self.entries:
            entry.values(shift, values[next(parts)])
        for reaction in self.reactions:
            values[next(parts)] = reaction.derivatives()
        for diagonal in diagonals:
            values[next(parts)] = diagonal
        self.matrix.setValuesCOO(values, PETSc.InsertMode.INSERT_VALUES)

    def own_stiffness(self, index: int, unknown: Unknown) -> tuple[Array, Array]:
        """K u of a balance by its own unknown, and the diagonal of K. Collective."""
        entry = next(e for e in self.entries if (e.row, e.column) == (index, index))
        return entry.own_stiffness(unknown)

    def add_linear_residual(self, unknowns: Sequence[Unknown], work: Sequence[la.Vector]) -> None:
        """Add K u + M du/dt to the owned part of the vectors of all balances. Collective."""
        for entry in self.entries:
            entry.add_product(unknowns[entry.column], work[entry.row].array)

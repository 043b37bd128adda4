r"""The differential-algebraic system F(t, u, du/dt) = 0 of a cell, for PETSc.

The state vector of a rank holds, one after another,

* the owned values of every field and of the terminal's potential (``macro``),
* the inner radial unknowns of particles, node by node (``inner``),
* the charge Q that has passed the positive terminal (``charge``, last rank-0
  entry), with dQ/dt = I, so that the balance of lithium can be checked against
  exactly the current the integrator has seen.

Inner unknowns and Q are eliminated from every linear system; the reduced matrix
has the macro unknowns only. All methods are collective unless they say so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la
from petsc4py import PETSc

from fem_cell.cell import Cell
from fem_cell.laws.particle import particle_matrices
from fem_cell.solver.jacobian import Jacobian
from fem_cell.solver.layout import Numbering, lay_out
from fem_cell.solver.nodal import NodalBlock
from fem_cell.solver.particles import ParticleBlock
from fem_cell.solver.terms import sort_terms
from fem_cell.unknowns import DIFFERENTIAL, STOICHIOMETRY, sum_of

Array = npt.NDArray[np.float64]


class System:
    """Residual, Jacobian and state of a cell.

    Attributes:
        cell: The cell.
        blocks: Range of each unknown in the local state, in the order of
            ``cell.unknowns``.
        matrix: Reduced Jacobian of the macro unknowns.
    """

    def __init__(self, cell: Cell) -> None:
        """Compile the forms and lay out the state. Collective."""
        self.cell = cell
        self.comm = cell.mesh.comm
        maps = cell.entity_maps()
        self._shift = fem.Constant(cell.mesh.mesh, 0.0)
        self.blocks = lay_out(cell.unknowns)
        self._work = [la.vector(u.value.function_space.dofmap.index_map) for u in cell.unknowns]
        rows = [
            sort_terms(cell.balances.terms.get(u.name, []), cell.unknowns, self._shift)
            for u in cell.unknowns
        ]
        self._remainder = [
            fem.form(sum_of(row.remainder), entity_maps=maps) if row.remainder else None
            for row in rows
        ]
        self._current = fem.form(cell.positive_current, entity_maps=maps)
        self._opposite = fem.form(cell.negative_current, entity_maps=maps)
        self._directions = [fem.Function(u.value.function_space) for u in cell.unknowns]
        self._current_slope = self._differentiate_current(maps)
        self.particles = self._make_particles(maps)
        numbering = Numbering(self.comm, cell.unknowns, self.blocks)
        reactions = [NodalBlock(r, cell, numbering) for r in cell.balances.reactions]
        self._jacobian = Jacobian.create(
            self.comm, rows, self.blocks, numbering, reactions, maps, list(self.particles)
        )
        self.matrix = self._jacobian.matrix

    # -- layout -----------------------------------------------------------

    @property
    def macro_size(self) -> int:
        """Owned macro unknowns of this rank (local)."""
        return self.blocks[-1].stop

    @property
    def local_size(self) -> int:
        """Length of this rank's part of the state (local)."""
        inner = sum(p.capacity.size * p.inner_points for p in self.particles.values())
        return self.macro_size + inner + (1 if self.comm.rank == 0 else 0)

    def create_state(self) -> PETSc.Vec:
        """A new state vector, zero."""
        return PETSc.Vec().createMPI((self.local_size, PETSc.DETERMINE), comm=self.comm)

    def count_unknowns(self) -> dict[str, int]:
        """Global number of unknowns by name, particles apart."""
        counts = {
            u.name: int(u.value.function_space.dofmap.index_map.size_global)
            for u in self.cell.unknowns
        }
        for i, particle in self.particles.items():
            nodes = counts[self.cell.unknowns[i].name]
            counts[f"{self.cell.unknowns[i].name}.inside_particles"] = nodes * particle.inner_points
        return counts

    def weights(self, differential: float, algebraic: float) -> PETSc.Vec:
        """A vector with one number for controlled unknowns and another for the rest."""
        vec = self.create_state()
        local = vec.array
        local[:] = differential
        for unknown, block in zip(self.cell.unknowns, self.blocks, strict=True):
            if unknown.kind not in DIFFERENTIAL:
                local[block.slice] = algebraic
        if self.comm.rank == 0:
            local[-1] = algebraic
        return vec

    # -- between the state vector and the fields --------------------------

    def store(self, state: PETSc.Vec, inner: list[Array] | None, charge: float) -> None:
        """Write the present values of the fields into a state vector.

        Args:
            state: The vector that is filled.
            inner: Inner stoichiometries of each particle block, shape
                (nodes, N-1); ``None`` takes those of the surface.
            charge: Q, C.
        """
        local = state.array
        for unknown, block in zip(self.cell.unknowns, self.blocks, strict=True):
            local[block.slice] = unknown.value.x.array[: block.size]
        for k, (i, view) in enumerate(self._inner_views(local)):
            surface = local[self.blocks[i].slice]
            view[:] = surface[:, None] if inner is None else inner[k]
        if self.comm.rank == 0:
            local[-1] = charge

    def load(self, state: PETSc.Vec, rate: PETSc.Vec | None = None) -> None:
        """Write a state (and its time derivative) into the fields, ghosts too."""
        values = state.array_r
        rates = rate.array_r if rate is not None else None
        for unknown, block in zip(self.cell.unknowns, self.blocks, strict=True):
            size = block.size
            unknown.value.x.array[:size] = values[block.slice]
            unknown.value.x.scatter_forward()
            if rates is not None:
                unknown.rate.x.array[:size] = rates[block.slice]
                unknown.rate.x.scatter_forward()

    def inner(self, state: PETSc.Vec) -> list[Array]:
        """Copies of the inner stoichiometries, one array (nodes, N-1) per block."""
        return [view.copy() for _, view in self._inner_views(state.array_r)]

    def particle_means(self, state: PETSc.Vec) -> list[Array]:
        """Mean stoichiometry of the particles behind owned nodes, per block (local)."""
        local, means = state.array_r, []
        for i, inner in self._inner_views(local):
            weights = self.particles[i].matrices.weights
            surface = local[self.blocks[i].slice]
            means.append(inner @ weights[:-1] + weights[-1] * surface)
        return means

    def radial(self, state: PETSc.Vec, index: int) -> Array:
        """Stoichiometries of the particles behind owned nodes of an unknown, shape (nodes, N)."""
        local = state.array_r
        (inner,) = (view for i, view in self._inner_views(local) if i == index)
        return np.column_stack([inner, local[self.blocks[index].slice]])

    def charge(self, state: PETSc.Vec) -> float:
        """Q, the charge that has passed the positive terminal, C."""
        return float(self.comm.bcast(state.array_r[-1] if self.comm.rank == 0 else None))

    def voltage(self, state: PETSc.Vec) -> float:
        """V, potential of the positive terminal against the negative one, V."""
        block = self.blocks[-1]
        mine = float(state.array_r[block.start]) if block.stop > block.start else 0.0
        return float(self.comm.allreduce(mine))

    def currents(self) -> tuple[float, float]:
        """Currents into the cell at both terminals for the loaded fields, A."""
        local = np.array([fem.assemble_scalar(self._current), fem.assemble_scalar(self._opposite)])
        total = np.zeros(2)
        self.comm.Allreduce(local, total)
        return float(total[0]), float(total[1])

    # -- residual and Jacobian --------------------------------------------

    def residual(self, state: PETSc.Vec, rate: PETSc.Vec, out: PETSc.Vec) -> None:
        """F(u, du/dt)."""
        self.load(state, rate)
        local = out.array
        for form, work in zip(self._remainder, self._work, strict=True):
            work.array[:] = 0.0
            if form is not None:
                fem.assemble_vector(work.array, form)
        for reaction in self._jacobian.reactions:
            reaction.add_residual(self._work)
        for work in self._work:
            work.scatter_reverse(la.InsertMode.add)
        self._jacobian.add_linear_residual(self.cell.unknowns, self._work)
        for work, block in zip(self._work, self.blocks, strict=True):
            local[block.slice] = work.array[: block.size]
        values, rates = state.array_r, rate.array_r
        views = zip(
            self._inner_views(values),
            self._inner_views(rates),
            self._inner_views(local),
            strict=True,
        )
        for (i, inner), (_, inner_rate), (_, rows) in views:
            at = self.blocks[i].slice
            rows[:], surface_rows = self.particles[i].residual(
                inner, values[at], inner_rate, rates[at]
            )
            local[at] += surface_rows
        current = self.comm.allreduce(fem.assemble_scalar(self._current))
        if self.comm.rank == 0:
            local[-1] = rates[-1] - current

    def assemble(self, state: PETSc.Vec, rate: PETSc.Vec, shift: float) -> None:
        """Reduced Jacobian dF/du + shift dF/du' into ``matrix``."""
        self.load(state, rate)
        self._shift.value = shift
        self._jacobian.assemble(shift, [p.factor(shift) for p in self.particles.values()])

    def linearise(self, state: PETSc.Vec) -> tuple[PETSc.Mat, PETSc.Mat]:
        """K = dF/du and M = dF/du' of the macro unknowns, without particles. Collective."""
        self.load(state)
        without = [np.zeros_like(p.capacity) for p in self.particles.values()]
        parts = []
        for shift in (0.0, 1.0):
            self._shift.value = shift
            self._jacobian.assemble(shift, without)
            parts.append(self.matrix.copy())
        stiffness, capacity = parts
        capacity.axpy(-1.0, stiffness, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        return stiffness, capacity

    def condense(self, rows: PETSc.Vec, reduced: PETSc.Vec) -> None:
        """Right-hand side of the reduced system from that of the full one."""
        local = rows.array_r
        reduced.array[:] = local[: self.macro_size]
        for i, inner in self._inner_views(local):
            reduced.array[self.blocks[i].slice] -= self.particles[i].condense(inner)

    def eliminated_residual(self, rows: PETSc.Vec) -> float:
        """What the rows that are not in the reduced system leave of lithium and of charge.

        In units of the cell's current scale; condensed sums do not see it.
        """
        local = rows.array_r
        mine = [
            float(self.particles[i].capacity @ np.abs(inner).sum(axis=1))
            for i, inner in self._inner_views(local)
        ]
        if self.comm.rank == 0:
            mine.append(abs(float(local[-1])) / self.cell.current_scale)
        return float(self.comm.allreduce(sum(mine)))

    def recover(self, rows: PETSc.Vec, reduced: PETSc.Vec, update: PETSc.Vec) -> None:
        """Full update from the reduced one."""
        source, macro = rows.array_r, reduced.array_r
        target = update.array
        target[: self.macro_size] = macro
        views = zip(self._inner_views(source), self._inner_views(target), strict=True)
        for (i, rhs), (_, view) in views:
            view[:] = self.particles[i].recover(rhs, macro[self.blocks[i].slice])
        passing = self._current_change(macro)
        if self.comm.rank == 0:
            target[-1] = (source[-1] + passing) / self._shift.value

    # -- particles ---------------------------------------------------------

    @property
    def reactions(self) -> list[NodalBlock]:
        """What acts at vertices."""
        return self._jacobian.reactions

    def is_linear(self, index: int) -> bool:
        """Whether a balance is linear but for what acts at vertices."""
        return self._remainder[index] is None

    def diffusion(self, index: int) -> tuple[Array, Array]:
        """K u of a balance by its own unknown as loaded, and the diagonal of K. Collective."""
        return self._jacobian.own_stiffness(index, self.cell.unknowns[index])

    def move_particles(self, index: int, state: PETSc.Vec, change: Array, rows: PETSc.Vec) -> None:
        """Change surface values; the inner ones follow so that their rows vanish (local).

        Args:
            index: Of the unknown.
            state: What is changed.
            change: Of the surface values.
            rows: Residual of the state as it was.
        """
        local = state.array
        local[self.blocks[index].slice] += change
        views = zip(self._inner_views(local), self._inner_views(rows.array_r), strict=True)
        for (i, view), (_, residual) in views:
            if i == index:
                view -= self.particles[i].recover(residual, -change)

    def shift_inside(self, index: int, state: PETSc.Vec, change: Array) -> None:
        """Move what is inside the particles of an unknown as their surface moves (local)."""
        for i, view in self._inner_views(state.array):
            if i == index:
                view += change[:, None]

    # -- construction -----------------------------------------------------

    def _differentiate_current(self, maps: list[object]) -> fem.Form:
        """dI/du of the positive terminal along ``_directions``."""
        current = self.cell.positive_current
        coefficients = current.coefficients()
        parts = []
        for unknown, direction in zip(self.cell.unknowns, self._directions, strict=True):
            if unknown.value in coefficients:
                parts.append(ufl.derivative(current, unknown.value, direction))
            if unknown.rate in coefficients:
                parts.append(self._shift * ufl.derivative(current, unknown.rate, direction))
        return fem.form(sum(parts[1:], parts[0]), entity_maps=maps)

    def _current_change(self, macro: Array) -> float:
        """Linearised change of the terminal current along a macro update, A."""
        for direction, block in zip(self._directions, self.blocks, strict=True):
            direction.x.array[: block.size] = macro[block.slice]
            direction.x.scatter_forward()
        return float(self.comm.allreduce(fem.assemble_scalar(self._current_slope)))

    def _make_particles(self, maps: list[object]) -> dict[int, ParticleBlock]:
        particles = {}
        for i, unknown in enumerate(self.cell.unknowns):
            if unknown.kind != STOICHIOMETRY:
                continue
            (name,) = unknown.phases
            storage = self.cell.active_phases()[name].particle
            if storage is None:
                continue
            region = self.cell.region[name]
            volume = fem.form(unknown.test * region.dx, entity_maps=maps)
            work = la.vector(unknown.value.function_space.dofmap.index_map)
            fem.assemble_vector(work.array, volume)
            work.scatter_reverse(la.InsertMode.add)
            size = self.blocks[i].size
            capacity = work.array[:size] * storage.charge_density / self.cell.current_scale
            particles[i] = ParticleBlock(
                particle_matrices(storage.points), storage.rate, capacity.copy()
            )
        return particles

    def _inner_views(self, local: Array) -> list[tuple[int, Array]]:
        """Writable views (nodes, N-1) of the inner unknowns, with their field's index."""
        views, start = [], self.macro_size
        for i, particle in self.particles.items():
            shape = (particle.capacity.size, particle.inner_points)
            stop = start + shape[0] * shape[1]
            views.append((i, local[start:stop].reshape(shape)))
            start = stop
        return views

r"""Small oscillations of a cell about a state, in real arithmetic.

With :math:`u(t) = u_0 + \mathrm{Re}\,\hat u e^{i\omega t}` the very residual of the time
integration gives

.. math::
   (K + i\omega M)\,\hat u = \hat b, \qquad
   K = \frac{\partial F}{\partial u}(u_0), \quad M = \frac{\partial F}{\partial\dot u}

Particles answer with a known complex number g, in which no radial nodes are left
(:func:`fem_cell.laws.particle.particle_response`). It stands on the diagonal, times the charge
capacity v of the node, and

.. math::
   (R + iX)(x + iy) = b, \qquad
   R = K + \mathrm{diag}(v)\,\mathrm{Re}\,g(i\omega), \quad
   X = \omega M + \mathrm{diag}(v)\,\mathrm{Im}\,g(i\omega)

which GMRES solves as a real system of twice the size with the preconditioner

.. math::
   P = \begin{pmatrix} R & -X \\ X & R + 2X \end{pmatrix}

(PRESB; Axelsson, Farouq and Neytcheva, Numer. Algorithms 73, 631 (2016)). It costs two solutions
with :math:`H = R + X` and bounds the number of iterations at every frequency, since the eigenvalues
lie in [1/2, 1] where R and X are symmetric and not negative. H is the matrix of a backward Euler
step of :math:`1/\omega`: it is factorised, or replaced by the block preconditioner of the time
integration.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.solver.blocks import PREFIX, BlockPreconditioner
from fem_cell.solver.garbage import free_dropped
from fem_cell.solver.linear import SPACES
from fem_cell.solver.mumps import set_up
from fem_cell.solver.system import System

Array = npt.NDArray[np.float64]

TOLERANCE = 1e-10
"""Relative residual with a factorised H."""

ITERATIVE_TOLERANCE = 1e-8
"""The same with multigrid."""

MAX_ITERATIONS = 300

RESTART = 100


class Oscillation:
    """The linearised system at one state; all methods are collective.

    Attributes:
        iterations: Of GMRES for the last frequency.
    """

    def __init__(self, system: System, state: PETSc.Vec, direct: bool) -> None:
        """Linearise.

        Args:
            system: Whose residual; a current must be imposed at its terminal.
            state: u_0.
            direct: Factorise H.
        """
        self._system = system
        self._stiffness, self._capacity = system.linearise(state)
        self._sum = self._stiffness.copy()
        self._own = [self._stiffness.createVecRight() for _ in range(2)]
        self._parts = [self._stiffness.createVecRight() for _ in range(2)]
        self._work = [self._stiffness.createVecLeft() for _ in range(3)]
        self._omega = 0.0
        self.iterations = 0
        self._inner = self._make_inner(direct)
        self._outer = self._make_outer(TOLERANCE if direct else ITERATIVE_TOLERANCE)

    def solve(self, omega: float, drive: PETSc.Vec) -> tuple[PETSc.Vec, PETSc.Vec]:
        """Real and imaginary part of the answer to a real drive.

        Args:
            omega: Angular frequency, 1/s.
            drive: b.

        Raises:
            SolverError: The iteration does not converge.
        """
        self._renew(omega)
        rhs = self._matrix.createVecLeft()
        answer = self._matrix.createVecRight()
        rhs.array[: drive.getLocalSize()] = drive.array_r
        self._outer.solve(rhs, answer)
        self.iterations = self._outer.getIterationNumber()
        if self._outer.getConvergedReason() <= 0:
            raise SolverError(
                f"the impedance at {omega / (2 * np.pi):.3g} Hz is not found in "
                f'{self.iterations} iterations; set solver.linear_solver to "direct"'
            )
        for part, values in zip(self._parts, np.split(answer.array_r, 2), strict=True):
            part.array[:] = values
        return self._parts[0], self._parts[1]

    def release(self) -> None:
        """Free the factors now: PETSc objects pile up if that is left to Python."""
        for thing in (self._outer, self._inner, self._matrix, self._sum):
            thing.destroy()
        free_dropped(self._stiffness)

    # -- called by PETSc ---------------------------------------------------------

    def mult(self, mat: PETSc.Mat, source: PETSc.Vec, target: PETSc.Vec) -> None:
        """(x, y) -> (R x - X y, X x + R y)."""
        x, y, work = self._work
        x.array[:], y.array[:] = np.split(source.array_r, 2)
        upper, lower = np.split(target.array, 2)
        upper[:] = self._times_real(x, work)
        lower[:] = self._times_real(y, work)
        upper -= self._times_imaginary(y, work)
        lower += self._times_imaginary(x, work)

    def apply(self, pc: PETSc.PC, source: PETSc.Vec, target: PETSc.Vec) -> None:
        """Solve with P: H w = f + g, H x = f + X w, y = w - x."""
        w, x, work = self._work
        f, g = np.split(source.array_r, 2)
        work.array[:] = f + g
        self._inner.solve(work, w)
        work.array[:] = f + self._times_imaginary(w, x)
        self._inner.solve(work, x)
        upper, lower = np.split(target.array, 2)
        upper[:] = x.array_r
        lower[:] = w.array_r - x.array_r

    # -- parts ---------------------------------------------------------------------

    def _times_real(self, x: PETSc.Vec, work: PETSc.Vec) -> Array:
        self._stiffness.mult(x, work)
        return np.asarray(work.array_r + self._own[0].array_r * x.array_r)

    def _times_imaginary(self, x: PETSc.Vec, work: PETSc.Vec) -> Array:
        self._capacity.mult(x, work)
        return np.asarray(self._omega * work.array_r + self._own[1].array_r * x.array_r)

    def _renew(self, omega: float) -> None:
        """Take over a frequency."""
        self._omega = omega
        for vector in self._own:
            vector.set(0.0)
        for i, particle in self._system.particles.items():
            response = particle.response(omega)
            at = self._system.blocks[i].slice
            self._own[0].array[at], self._own[1].array[at] = response.real, response.imag
        same = PETSc.Mat.Structure.SAME_NONZERO_PATTERN
        self._stiffness.copy(self._sum, same)
        self._sum.axpy(omega, self._capacity, same)
        self._sum.setDiagonal(self._own[0] + self._own[1], PETSc.InsertMode.ADD_VALUES)
        set_up(self._inner, self._sum, SPACES)
        if self._blocks:
            self._blocks.complete(self._inner)

    def _make_inner(self, direct: bool) -> PETSc.KSP:
        ksp = PETSc.KSP().create(self._system.comm)
        ksp.setOperators(self._sum)
        self._blocks = None if direct else BlockPreconditioner(self._system)
        ksp.setType("preonly")
        if self._blocks:
            ksp.setOptionsPrefix(PREFIX)
            self._blocks.configure(ksp)
        else:
            ksp.setOptionsPrefix(f"{PREFIX}impedance_inner_")
            ksp.getPC().setType("lu")
            ksp.getPC().setFactorSolverType("mumps")
        ksp.setFromOptions()
        return ksp

    def _make_outer(self, tolerance: float) -> PETSc.KSP:
        size = (2 * self._stiffness.getLocalSize()[0], PETSc.DETERMINE)
        self._matrix = PETSc.Mat().createPython((size, size), self, comm=self._system.comm)
        self._matrix.setUp()
        ksp = PETSc.KSP().create(self._system.comm)
        ksp.setOptionsPrefix(f"{PREFIX}impedance_")
        ksp.setOperators(self._matrix)
        ksp.setType("gmres")
        ksp.setGMRESRestart(RESTART)
        ksp.setPCSide(PETSc.PC.Side.RIGHT)
        ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=MAX_ITERATIONS)
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self)
        ksp.setFromOptions()
        return ksp

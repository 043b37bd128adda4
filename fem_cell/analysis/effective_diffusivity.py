r"""Effective diffusivity of a phase in steady state, by the definition of homogenisation.

Between two faces held at different stoichiometries, all others sealed,

.. math::
   \nabla\cdot(D_g \nabla s) = 0, \qquad
   D_{ss} = \frac{\langle J_z \rangle\, L}{\Delta c}
          = \frac{L}{A\,\Delta s^2} \Bigl(\int \nabla s \cdot D_g \nabla s \,dx
            + \int_{gb} k_{gb}\, [\![ s ]\!]^2 \,dS\Bigr)

with cracks, pores and resisting boundaries of grains as in the cell itself. It says nothing of
pockets that fill late; the diffusivity that gives the same capacity does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem

from fem_cell.cell import Cell
from fem_cell.errors import SolverError
from fem_cell.mesh.dofs import dofs_of_facets, known_to_any
from fem_cell.phases.dense_active import DenseActive
from fem_cell.solver.blocks import PREFIX
from fem_cell.unknowns import STOICHIOMETRY, Balances, Unknown, sum_of

Indices = npt.NDArray[np.int32]

DIRECT_SOLVER_LIMIT = 20_000
"""Unknowns up to which the problem is factorised."""

SOLVER_TOLERANCE = 1e-10
"""Relative residual of the iterative solver."""


def steady_diffusivity(
    cell: Cell, phase: str, low: Indices, high: Indices, length: float, area: float
) -> float:
    """D_ss of a dense active phase, m^2/s. Collective.

    Args:
        cell: The cell.
        phase: Name of the phase.
        low: Facets of one face, rows (cell, local facet) of the parent mesh, flattened.
        high: Facets of the other face.
        length: L between the faces, m.
        area: A of the cross-section, m^2.

    Raises:
        TypeError: The phase is not a dense active material.
        SolverError: The linear solver failed.
    """
    model, region = cell.phases[phase], cell.region[phase]
    if not isinstance(model, DenseActive):
        raise TypeError(f"{phase} is not a dense active phase")
    balances, s = Balances(), region[STOICHIOMETRY]
    model.add_terms(balances, region)
    per_charge = region.constant(1.0 / model.charge_density)
    flux = per_charge * ufl.derivative(sum_of(balances.terms[s.name]), s.value, s.trial)
    space, maps = s.value.function_space, cell.entity_maps()
    faces = [
        fem.dirichletbc(value, _held(s, rows), space) for value, rows in ((0.0, low), (1.0, high))
    ]
    nothing = fem.Constant(cell.mesh.mesh, 0.0) * s.test * region.dx
    problem = LinearProblem(
        flux,
        nothing,
        bcs=faces,
        petsc_options_prefix=f"{PREFIX}effective_",
        petsc_options=_options(space.dofmap.index_map.size_global),
        entity_maps=maps,
    )
    solution = problem.solve()
    if problem.solver.getConvergedReason() <= 0:
        raise SolverError(f"the steady diffusion through '{phase}' could not be solved")
    dissipation = ufl.replace(flux, {s.trial: solution, s.test: solution})
    total = cell.mesh.comm.allreduce(fem.assemble_scalar(fem.form(dissipation, entity_maps=maps)))
    return float(total) * length / area


def _held(unknown: Unknown, rows: Indices) -> Indices:
    """Degrees of freedom on owned facets, on every rank that has them. Collective."""
    if unknown.sub_mesh is None:
        raise TypeError(f"{unknown.name} is not a field")
    space = unknown.value.function_space
    there = known_to_any(space, dofs_of_facets(unknown.sub_mesh, space, rows))
    return np.flatnonzero(there).astype(np.int32)


def _options(unknowns: int) -> dict[str, object]:
    if unknowns <= DIRECT_SOLVER_LIMIT:
        return {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}
    return {"ksp_type": "cg", "ksp_rtol": SOLVER_TOLERANCE, "pc_type": "hypre"}

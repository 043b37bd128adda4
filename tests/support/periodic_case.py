"""Figures of periodic bodies, for a comparison between numbers of ranks and between places.

``mpirun -n 2 python3 -m tests.support.periodic_case`` prints them as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem
from mpi4py import MPI

from fem_cell.mechanics import Elasticity, ElasticPhase, Pin, PlaneFace, Sliding
from fem_cell.mechanics.energy_release import EnergyRelease
from fem_cell.mechanics.stress import StressRecovery
from fem_cell.mesh import CellMesh
from tests.support.mechanics import TILTED, rotation, trigonal
from tests.support.slab import script_mesh

MICRO = 1e-6
DIRECT = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}
PINNED = Pin((3.3 * MICRO, 1.7 * MICRO, 0.0), (0, 1))
ORIENTATIONS = {1: TILTED, 2: rotation(-0.9, 0.5, 1.3)}
TENSOR = np.array([[2.0, 0.5, 0.3], [0.5, 1.0, -0.2], [0.3, -0.2, 1.5]])


def block(moved: int) -> CellMesh:
    """The cracked block, its crack some quarters of a period aside. Collective."""
    return script_mesh("cracked_block", {"moved": moved})[0]


def flux_through(mesh: CellMesh, cuts: Sequence[str]) -> float:
    """Flux from the top (u = 1) to the bottom (u = 0) by a full tensor. Collective."""
    sub = mesh.sub_mesh(("block",), cuts)
    V = fem.functionspace(sub.mesh, ("Lagrange", 1))
    u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    a = ufl.inner(ufl.dot(ufl.as_matrix(TENSOR.tolist()), ufl.grad(u)), ufl.grad(v)) * ufl.dx
    z = V.tabulate_dof_coordinates()[:, 2] / (8 * MICRO)
    bcs = []
    for value in (0.0, 1.0):
        there = np.flatnonzero(np.abs(z - value) < 1e-9).astype(np.int32)
        bcs.append(fem.dirichletbc(value, there, V))
    zero = fem.Constant(sub.mesh, 0.0)
    problem = LinearProblem(
        a, zero * v * ufl.dx, bcs=bcs, petsc_options_prefix="through_", petsc_options=DIRECT
    )
    found = problem.solve()
    energy = fem.form(ufl.action(ufl.action(a, found), found))
    return float(mesh.comm.allreduce(fem.assemble_scalar(energy)))


def stressed(mesh: CellMesh, method: str = "direct") -> dict[str, float]:
    """The block pulled apart, its crack open. Collective."""
    solid = ElasticPhase(trigonal(), None, ORIENTATIONS)
    face = PlaneFace("top", pressure=-1e7)
    body = Elasticity(
        mesh, {"block": solid}, [Sliding("bottom"), PINNED, face], contacts=["cracks"],
        method=method,
    )  # fmt: skip
    body.solve()
    release = EnergyRelease(body, ["cracks"], 1.8 * MICRO)()
    stress = StressRecovery(body)()
    own = mesh.cells_of(["block"], ghosts=False)
    return {
        "face": body.face_displacement,
        "opening": body.contact_report().opening,
        "release": float(np.sort(release.mean).sum()),
        "fronts": float(release.fronts.lengths.sum()),
        "front_count": release.fronts.count,
        "stress": float(mesh.comm.allreduce(stress.max_principal[own].max(), MPI.MAX)),
    }


def figures(moved: int) -> dict[str, float]:
    """All that is compared. Collective."""
    mesh = block(moved)
    spaces = {
        f"{name}_{degree}": fem.functionspace(
            mesh.sub_mesh(("block",), cuts).mesh, ("Lagrange", degree)
        )
        for name, cuts in (("whole", ()), ("split", ("cracks",)), ("grains", mesh.cuts))
        for degree in (1, 2)
    }
    sizes = {name: float(V.dofmap.index_map.size_global) for name, V in spaces.items()}
    return sizes | {
        "whole": flux_through(mesh, ()),
        "cracked": flux_through(mesh, ("cracks",)),
        "crack_area": mesh.cut_area("cracks"),
        "boundary": mesh.cut_area("block.grain_boundaries"),
        **stressed(mesh),
    }


if __name__ == "__main__":
    result = [figures(moved) for moved in (0, 1, 2)]
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(result))

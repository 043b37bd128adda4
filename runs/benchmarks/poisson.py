"""Scalar Poisson problem on the mesh of a run, the measure of all costs.

Assembly, set-up of BoomerAMG (HMIS, ext+i, one aggressive level, threshold 0.7) and CG to
1e-8; prints seconds per unknown as JSON. ``mpirun -n 2 python3 poisson.py mesh.msh``
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.mesh import read_cell_mesh

OPTIONS = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-8,
    "pc_type": "hypre",
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_interp_type": "ext+i",
    "pc_hypre_boomeramg_agg_nl": 1,
    "pc_hypre_boomeramg_strong_threshold": 0.7,
}


def main(path: Path) -> None:
    """Solve twice, report the second time: the first compiles."""
    mesh = read_cell_mesh(path, MPI.COMM_WORLD).mesh
    space = fem.functionspace(mesh, ("Lagrange", 1))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    mass = fem.Constant(mesh, 1e8)  # 1/m^2: the problem is regular without boundary values
    bilinear = fem.form((ufl.inner(ufl.grad(u), ufl.grad(v)) + mass * u * v) * ufl.dx)
    linear = fem.form(fem.Constant(mesh, 1.0) * v * ufl.dx)
    options = PETSc.Options("poisson_")
    for key, value in OPTIONS.items():
        options[key] = value
    for _ in range(2):
        mesh.comm.Barrier()
        start = time.perf_counter()
        matrix = fem_petsc.assemble_matrix(bilinear)
        matrix.assemble()
        rhs = fem_petsc.assemble_vector(linear)
        rhs.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        ksp = PETSc.KSP().create(mesh.comm)
        ksp.setOptionsPrefix("poisson_")
        ksp.setFromOptions()
        ksp.setOperators(matrix)
        ksp.solve(rhs, matrix.createVecRight())
        seconds = mesh.comm.allreduce(time.perf_counter() - start, MPI.MAX)
    size = matrix.getSize()[0]
    if mesh.comm.rank == 0:
        cost = {"unknowns": size, "seconds_per_unknown": seconds / size}
        print(json.dumps({**cost, "iterations": ksp.getIterationNumber()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

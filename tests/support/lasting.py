"""Prints by how many vectors the memory of a rank has grown while a body was solved 40 times.

``mpirun -n 2 python3 -m tests.support.lasting``
"""

from __future__ import annotations

import psutil
from mpi4py import MPI

from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding
from tests.support.mechanics import cube

FIRST, LAST = 10, 50
"""Solves between which memory is compared."""


def main() -> None:
    """Solve under pressures that change."""
    face = PlaneFace("top")
    solid = ElasticPhase(isotropic_stiffness(1e11, 0.3))
    supports = [Sliding("symmetry"), Sliding("bottom"), face]
    body = Elasticity(cube(13), {"solid": solid}, supports, method="direct")
    process, used = psutil.Process(), {}
    for number in range(LAST + 1):
        face.pressure = 1e6 * (1 + 0.1 * (number % 7))
        body.solve()
        used[number] = process.memory_info().rss
    vector = 8 * body.u.x.petsc_vec.getLocalSize()
    grown = (used[LAST] - used[FIRST]) / vector / (LAST - FIRST)
    print("VECTORS", MPI.COMM_WORLD.rank, grown)


if __name__ == "__main__":
    main()

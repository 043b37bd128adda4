"""Solves a body of which the ranks far from it have nothing, not even ghosts.

``mpirun -n 3 python3 -m mpi4py -m tests.support.far_ranks``
"""

from __future__ import annotations

from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, Sliding
from tests.support.slab import slab_mesh


def main() -> None:
    """A long stack, solid at its lower end only, held on sides that all of it has."""
    mesh = slab_mesh([("solid", 5.0, 3), ("soft", 200.0, 30)], width=3.0, across=1)
    solid = ElasticPhase(isotropic_stiffness(1e11, 0.3))
    Elasticity(mesh, {"solid": solid}, [Sliding("symmetry"), Sliding("bottom")]).solve()
    print("SOLVED", min(mesh.comm.allgather(len(mesh.cells_of(["solid"], ghosts=True)))))


if __name__ == "__main__":
    main()

"""Boxes of two phases that a level set divides, for effective properties with known values."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import gmsh
import numpy as np
from mpi4py import MPI

from fem_cell.analysis.resolved import (
    LINEAR,
    PERIODIC,
    UNIFORM,
    ResolvedBody,
    effective_conductivity,
    effective_stiffness,
    resolved_body,
)
from fem_cell.geometry_script.fibres import Structure, cut_phases, fill_discrete, lattice
from fem_cell.geometry_script.fibres.cutting import LevelSet
from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mesh import read_cell_mesh


def composite(
    cubes: tuple[int, int, int],
    level: LevelSet,
    empty: Sequence[str] = (),
    periodic: bool = False,
) -> ResolvedBody:
    """A box with edges of ``cubes`` over their largest number (um); skeleton where negative."""
    comm = MPI.COMM_WORLD
    with tempfile.TemporaryDirectory() as folder:
        path = Path(comm.bcast(folder)) / "mesh.msh"
        if comm.rank == 0:
            _write(cubes, level, path, periodic)
        comm.barrier()
        mesh = read_cell_mesh(path, comm)
        comm.barrier()
    return resolved_body(mesh, empty)


def _write(cubes: tuple[int, int, int], level: LevelSet, path: Path, periodic: bool) -> None:
    mesh, phase = cut_phases(lattice(cubes, 1.0 / max(cubes), periodic), level, None)
    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.Binary", 1)
    gmsh.model.add("composite")
    fill_discrete(gmsh, Structure(mesh, phase, 1.0, 0.0), 1.0 if periodic else 0.0)
    gmsh.write(str(path))
    gmsh.finalize()


def ball(radius: float) -> LevelSet:
    """An eighth of a ball about the corner at the origin."""
    return lambda x: np.linalg.norm(x, axis=1) - radius


def whole_ball(radius: float, centre: float) -> LevelSet:
    """A ball in a periodic box, its centre on the diagonal."""
    return lambda x: np.linalg.norm((x - centre + 0.5) % 1.0 - 0.5, axis=1) - radius


def cylinder(radius: float) -> LevelSet:
    """A quarter of a cylinder about the z axis."""
    return lambda x: np.linalg.norm(x[:, :2], axis=1) - radius


def layer(height: float) -> LevelSet:
    """What lies below a height."""
    return lambda x: x[:, 2] - height


def main() -> None:
    """Print tensors; those of strains come from the iterative solver."""
    body = composite((14, 14, 14), ball(0.8))
    K = effective_conductivity(body, {"skeleton": 10.0, "lithium": 1.0}, UNIFORM)
    stiff, soft = isotropic_stiffness(10.0, 0.25), isotropic_stiffness(1.0, 0.38)
    C = effective_stiffness(body, {"skeleton": stiff, "lithium": soft}, LINEAR)
    repeated = composite((8, 8, 8), whole_ball(0.4, 0.3), periodic=True)
    R = effective_stiffness(repeated, {"skeleton": stiff, "lithium": soft}, PERIODIC)
    if MPI.COMM_WORLD.rank == 0:
        print(*K.ravel(), *C.ravel(), *R.ravel())


if __name__ == "__main__":
    main()

"""Figures of a swelling body with a crack, for a comparison between numbers of ranks.

``mpirun -n 2 python3 -m tests.support.mechanics_case direct`` prints them as JSON.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding, Swelling
from fem_cell.mechanics.energy_release import EnergyRelease
from fem_cell.mechanics.fronts import outline
from fem_cell.mechanics.hot_spots import hot_spots
from fem_cell.mechanics.stress import StressRecovery, elastic_energy
from tests.support.mechanics import TILTED, trigonal
from tests.support.mechanics_crack import BOTTOM, CRACK, OUTER, SIDES, TOP, penny_mesh


def figures(method: str) -> dict[str, float]:
    """Everything that is reported of a body. Collective."""
    mesh = penny_mesh(2.0, 0.15, 0.6, 0.15)
    sub = mesh.sub_mesh(("solid",))
    s = fem.Function(fem.functionspace(sub.mesh, ("Lagrange", 1)))
    s.interpolate(lambda x: 0.7 - 0.2 * np.cos(1e6 * x[0]) * np.sin(1e6 * x[2]))
    solid = ElasticPhase(trigonal(), Swelling(0.006, -0.053, s, sub, 0.8), {0: TILTED})
    face = PlaneFace(TOP, pressure=2e7, stiffness=1e16)
    body = Elasticity(
        mesh, {"solid": solid}, [Sliding(SIDES), Sliding(BOTTOM), face], contacts=[CRACK],
        method=method,
    )  # fmt: skip
    body.solve()
    recovery = StressRecovery(body)
    stress = recovery()
    release = EnergyRelease(body, [CRACK], 0.4e-6)
    found = release()
    contact = body.contact_report()
    result = {
        "pressure": body.face_pressure(),
        "face": body.face_displacement,
        "energy": elastic_energy(body),
        "closed": contact.closed_fraction,
        "opening": contact.opening,
        "force": contact.force,
        "release": float(found.mean[0]),
        "release_most": float(found.energy_release.max()),
    }
    edges = {"front": release.fronts.ends, "void": outline(mesh, [OUTER])}
    for name, values in (
        ("principal", stress.max_principal),
        ("mises", stress.von_mises),
        ("layers", recovery.normal_to_layers(stress, ["solid"])),
    ):
        spots = hot_spots(mesh, ["solid"], values, edges)
        result |= {f"{name}_{p}": value for p, value in spots.percentiles.items()}
        result |= {f"{name}_{axis}": x for axis, x in zip("xyz", spots.place, strict=True)}
        result |= {f"{name}_to_{edge}": far for edge, far in spots.distances.items()}
        result |= {f"{name}_least": spots.least, f"{name}_largest": spots.largest}
    return result


if __name__ == "__main__":
    found = figures(sys.argv[1])
    if MPI.COMM_WORLD.rank == 0:
        print("FIGURES", json.dumps(found))

"""What ``run.json`` says of the problem before it is solved."""

from __future__ import annotations

from fem_cell.case.model import Case
from fem_cell.geometry_script.build import MeshFile
from fem_cell.log import LOGGER
from fem_cell.run.mechanics import Mechanics
from fem_cell.run.record import RunRecord
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.system import System


def describe(
    record: RunRecord,
    case: Case,
    mesh_file: MeshFile,
    system: System,
    solver: CondensedSolver,
    mechanics: Mechanics | None,
) -> None:
    """Record mesh, unknowns and kind of solver. Collective.

    Args:
        record: ``run.json``.
        case: What is run.
        mesh_file: Its mesh.
        system: Its equations.
        solver: Of the linear systems.
        mechanics: The elastic body, if there is one.
    """
    unknowns = system.count_unknowns()
    if mechanics:
        unknowns["displacement"] = mechanics.elasticity.solver.matrix.getSize()[0]
    total, coupled = sum(unknowns.values()), system.matrix.getSize()[0]
    kind = "direct" if solver.direct else "iterative"
    record.update(
        mesh={
            "cells": mesh_file.info["cells"],
            "vertices": mesh_file.info["nodes"],
            "fingerprint": mesh_file.fingerprint,
        },
        unknowns={"total": total, **unknowns},
        seed=case.geometry.values.get("seed", 0),
        linear_solver=kind,
    )
    record.write()
    displacements = unknowns.get("displacement", 0)
    parts = {
        "coupled": coupled,
        "inside particles": total - coupled - displacements,
        "displacements": displacements,
    }
    said = ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    LOGGER.info("%s unknowns (%s), %s solver", f"{total:,}", said, kind)

"""Stress and displacement of a pressed piece for ParaView."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fem_cell.analysis.pressing.measures import Measures
from fem_cell.output.vtu import TETRAHEDRON, Grid, write_piece, write_pieces_list
from fem_cell.parallel import on_all_ranks, on_root

MICRO, MEGA = 1e6, 1e-6


def write_fields(path: Path, measures: Measures, row: dict[str, float]) -> None:
    """Write ``path`` (.pvtu) and one piece of each rank beside it. Collective.

    Args:
        path: The file.
        measures: Of the state that is shown.
        row: Its measures, for the time.

    Raises:
        OutputError: A rank cannot write.
    """
    body = measures.problem.body
    comm = body.mesh.comm
    on_root(comm, lambda: path.parent.mkdir(parents=True, exist_ok=True))
    grid = _grid(measures)
    names = [f"{path.stem}_{rank}.vtu" for rank in range(comm.size)]
    full = [n for n, count in zip(names, comm.allgather(len(grid.cells)), strict=True) if count]

    def write() -> None:
        if len(grid.cells):
            write_piece(path.parent / names[comm.rank], grid, {"TimeValue": row["time"]})

    on_all_ranks(comm, write)
    on_root(comm, lambda: write_pieces_list(path, grid, full))


def _grid(measures: Measures) -> Grid:
    body = measures.problem.body
    points, sigma = body.points, measures.stress() * MEGA
    cells = len(points.of_cell)
    used, local = np.unique(body.mesh.geometry.dofmaps[0][:cells], return_inverse=True)
    local = local.reshape(cells, 4)
    way = np.zeros((len(used), 3))
    way[local] = measures.displacement()[body.space.dofmap.list[:cells, :4]]
    return Grid(
        body.mesh.geometry.x[used] * MICRO,
        local,
        TETRAHEDRON,
        {"displacement [um]": (way * MICRO).astype(np.float32)},
        {
            "solid [1]": points.of_cell.astype(np.int32),
            "stress_zz [MPa]": sigma[:, 2].astype(np.float32),
            "pressure [MPa]": (points.pressure * MEGA).astype(np.float32),
            "von_mises_stress [MPa]": (body.of_cells(points.equivalent) * MEGA).astype(np.float32),
            "plastic_strain [1]": body.of_cells(points.flowed).astype(np.float32),
        },
    )

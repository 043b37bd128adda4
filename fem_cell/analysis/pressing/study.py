"""One piece of a pressing file: computed, written and boiled down to rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fem_cell.analysis.pressing.fields import write_fields
from fem_cell.analysis.pressing.outcome import outcome, skeleton_alone
from fem_cell.analysis.pressing.press import press
from fem_cell.analysis.pressing.variants import STRIPPED, piece_of
from fem_cell.case.pressing import Pressing
from fem_cell.laws.viscoplasticity import Viscoplastic
from fem_cell.log import LOGGER
from fem_cell.mechanics.viscoplastic import Stops
from fem_cell.mesh import CellMesh
from fem_cell.output.files import replace_text
from fem_cell.parallel import on_root
from fem_cell.sweep.table import as_csv

Row = dict[str, Any]


def rows_of(
    pressing: Pressing,
    variant: str,
    temperature: float,
    pressures: Sequence[float],
    mesh: CellMesh,
    fields: Path,
) -> dict[str, list[Row]]:
    """Press a piece; the last of the pressures is put on. Collective.

    Args:
        pressing: What and how.
        variant: Which anode.
        temperature: K.
        pressures: Pa; several only for a skeleton alone, which is elastic.
        mesh: Whole mesh.
        fields: File of the fields at the end; a table of the history goes beside it.

    Returns:
        ``rows``, one for each pressure, and ``history``, one for each time step, SI.

    Raises:
        SolverError: It could not be solved.
    """
    wanted, bare = pressing.wanted, variant == STRIPPED
    piece = piece_of(mesh, pressing, variant, temperature)
    ramp, hold = (wanted.ramp, 0.0) if bare else (wanted.ramp, wanted.hold)
    done = press(piece, pressures[-1], ramp, hold, Stops(strain=wanted.strain_of_step))
    write_fields(fields, done.measures, done.rows[-1])
    on_root(mesh.mesh.comm, lambda: replace_text(fields.with_suffix(".csv"), as_csv(done.rows)))
    if bare:
        fraction = sum(piece.box.fractions.values())
        found = [skeleton_alone(done, P, pressing.strength, fraction) for P in pressures]
    else:
        law = Viscoplastic.from_sheet(pressing.phases[pressing.flowing[0]], temperature)
        found = [outcome(done, pressures[-1], law, wanted.intrusion_rate)]
    LOGGER.info(
        "%d steps, %d of Newton, %d linear; %s",
        *(done.iterations[key] for key in ("steps", "newton", "linear")),
        done.event or "to the end",
    )
    about = {"variant": variant, "temperature": None if bare else temperature}
    rows = [{**about, "asked": P, **row} for P, row in zip(pressures, found, strict=True)]
    return {"rows": rows, "history": done.rows}

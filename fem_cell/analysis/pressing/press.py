r"""One piece between two platens under a pressure that is put on and held.

.. math:: P(t) = P \min(1, t/t_{ramp}), \qquad 0 \le t \le t_{ramp} + t_{hold}

The sides are mirror planes: the piece is cut out of a foil that is wide beside its thickness and is
kept in a die. Strains are small, so that pores keep their shape as they close, unless the mesh
moves with the body. What ends it early:
pores that are full (lithium without a skeleton then carries all of the pressure), a
compaction beyond small strains, and breaking: an elastic solid with a strength breaks when the
tension or the equivalent stress that 99 % of it do not exceed reaches that strength.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fem_cell.analysis.pressing.measures import Measures
from fem_cell.analysis.pressing.platens import between_platens
from fem_cell.analysis.resolved import ResolvedBody
from fem_cell.errors import Fault, InputError
from fem_cell.mechanics.viscoplastic import (
    Equilibrium,
    Solid,
    Stops,
    ViscoplasticBody,
    march,
)
from fem_cell.mechanics.viscoplastic.equilibrium import Load

FIRST = 1e-3
"""First step over the time in which the pressure rises: so little pressure is elastic."""
LARGEST_COMPACTION = 0.1
"""Strain up to which small strains are taken to hold."""
DENSE = 1.0 - 1e-6
"""Volume fraction of all solids above which there are no pores to fill."""

MEGAPASCAL = 1e6
CLOSED = "the pores are full"
BROKEN = "the skeleton breaks"


@dataclass(frozen=True, slots=True)
class Piece:
    """What is pressed.

    Attributes:
        box: The resolved solids.
        solids: Material of each phase.
        strength: Of the elastic ones, Pa; ``inf`` if nothing breaks.
        moving: Whether the mesh moves with the body.
    """

    box: ResolvedBody
    solids: Mapping[str, Solid]
    strength: float = np.inf
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of it.

    Attributes:
        rows: Measures after every step, SI.
        stiffness: Pressure over compaction at the first step, Pa.
        event: Why it ended early, in words; empty if it did not.
        measures: Of the last state.
        iterations: Time steps, Newton's and linear iterations, factorisations.
    """

    rows: list[dict[str, float]]
    stiffness: float
    event: str
    measures: Measures
    iterations: Mapping[str, int] = field(default_factory=dict)


def press(
    piece: Piece, pressure: float, ramp: float, hold: float, stops: Stops | None = None
) -> Pressed:
    """Press it. Collective.

    Args:
        piece: What.
        pressure: P, Pa.
        ramp: s.
        hold: s.
        stops: Length of the steps.

    Raises:
        InputError: The body is periodic, or no solid lies at one of the platens.
        SolverError: No time step is short enough.
    """
    box = piece.box
    if box.periodic:
        said = "a piece between platens cannot be periodic"
        raise InputError([Fault("geometry.periodic", said, "leave it out, or give false")])
    solids = [piece.solids[name] for name in box.phases]
    body = ViscoplasticBody(box.mesh, solids, box.phase_of_cell, piece.moving)
    problem = Equilibrium(body, between_platens(box, body))
    measures, rows = Measures(box, problem), []
    porous = sum(box.fractions.values()) < DENSE

    def record(time: float, now: float) -> str:
        rows.append(measures.take(time, now))
        return _ended(rows[-1], piece, porous)

    stops = stops or Stops()
    stops = Stops(stops.strain, FIRST * ramp)
    before = box.mesh.geometry.x.copy()
    try:
        event = march(
            problem, lambda t: Load(pressure * min(1.0, t / ramp)), ramp + hold, record, stops
        )
    finally:
        box.mesh.geometry.x[:] = before  # the mesh is that of other pieces too
    first = rows[0]
    counts = {
        "steps": len(rows),
        "newton": problem.iterations,
        "linear": problem.solver.iterations,
        "factorisations": problem.solver.renewals,
        "unknowns": int(body.matrix.getSize()[0]),
    }
    return Pressed(rows, first["pressure"] / first["compaction"], event, measures, counts)


def _ended(row: Mapping[str, float], piece: Piece, porous: bool) -> str:
    """What to say if it cannot or need not go on."""
    at = f"at {row['pressure'] / MEGAPASCAL:.3g} MPa after {row['time']:.3g} s"
    largest = max(row.get("skeleton_peak", 0.0), row.get("skeleton_tension", 0.0))
    if largest >= piece.strength:
        return (
            f"{BROKEN} {at}: 1 % of it is under {largest / MEGAPASCAL:.3g} MPa or more, "
            f"its strength is {piece.strength / MEGAPASCAL:.3g}; a crushed skeleton is not modelled"
        )
    if porous and row["porosity"] <= 0.0:
        return f"{CLOSED} {at}"
    if not piece.moving and row["compaction"] > LARGEST_COMPACTION:
        return f"compacted by {100 * row['compaction']:.3g} % {at}: small strains end here"
    return ""

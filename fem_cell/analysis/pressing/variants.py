"""Anodes made of one mesh: as given, unbreakable, all of what flows, with that stripped out."""

from __future__ import annotations

from collections.abc import Iterator

from fem_cell.analysis.pressing.press import Piece
from fem_cell.analysis.resolved import resolved_body
from fem_cell.case.press_tables import PressTable
from fem_cell.case.pressing import Pressing
from fem_cell.mechanics.viscoplastic import Solid
from fem_cell.mesh import CellMesh

UNBROKEN, PLAIN, STRIPPED = "unbroken", "plain", "stripped"


def loads(wanted: PressTable) -> Iterator[tuple[str, float, list[float]]]:
    """Variant, temperature (K) and pressures (Pa) of each piece.

    A skeleton alone is elastic: its response to one pressure says what others do, at any
    temperature.
    """
    for variant in wanted.variants:
        if variant == STRIPPED:
            yield variant, wanted.temperatures[0], wanted.pressures
            continue
        for temperature in wanted.temperatures:
            for pressure in wanted.pressures:
                yield variant, temperature, [pressure]


def piece_of(mesh: CellMesh, pressing: Pressing, variant: str, temperature: float) -> Piece:
    """One anode at one temperature. Collective.

    Args:
        mesh: Whole mesh.
        pressing: Materials.
        variant: Which.
        temperature: K.
    """
    solids = {name: Solid.from_sheet(sheet, temperature) for name, sheet in pressing.phases.items()}
    flowing = pressing.flowing
    if variant == PLAIN:
        solids = dict.fromkeys(solids, solids[flowing[0]])
        box = resolved_body(mesh, pressing.empty)
        return Piece(box, solids, moving=pressing.wanted.moving)
    empty = (*pressing.empty, *flowing) if variant == STRIPPED else pressing.empty
    box = resolved_body(mesh, empty)
    # a skeleton alone is elastic: one load says at which it breaks, so nothing ends it here
    whole = variant in (STRIPPED, UNBROKEN)
    strength = float("inf") if whole else pressing.strength
    own = {name: solids[name] for name in box.phases}
    return Piece(box, own, strength, pressing.wanted.moving and variant != STRIPPED)

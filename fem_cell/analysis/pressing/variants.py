"""Anodes made of one mesh: as given, unbreakable, its pores full, all of what flows, none of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fem_cell.analysis.pressing.outcome import Row, breaks, keeps_pores
from fem_cell.analysis.pressing.press import Piece
from fem_cell.analysis.resolved import resolved_body
from fem_cell.case.press_tables import PressTable
from fem_cell.case.pressing import Pressing
from fem_cell.mechanics.viscoplastic import Solid
from fem_cell.mesh import CellMesh

UNBROKEN, FILLED, PLAIN, STRIPPED = "unbroken", "filled", "plain", "stripped"


def loads(wanted: PressTable) -> Iterator[tuple[str, float, list[float]]]:
    """Variant, temperature (K) and pressures (Pa) of each piece.

    A skeleton alone is elastic: its response to one pressure says what others do, at any
    temperature. Full pores cannot close: one pressure says what flows takes of any.
    """
    for variant in wanted.variants:
        if variant == STRIPPED:
            yield variant, wanted.temperatures[0], wanted.pressures
            continue
        for temperature in wanted.temperatures:
            for pressure in [max(wanted.pressures)] if variant == FILLED else wanted.pressures:
                yield variant, temperature, [pressure]


def is_needed(variant: str, rows: Sequence[Row], temperature: float, pressure: float) -> bool:
    """Whether others leave a question open: what held, and what kept its pores, say enough.

    Args:
        variant: Which.
        rows: Of the pieces before it.
        temperature: K.
        pressure: Pa.
    """
    if variant == UNBROKEN:
        return breaks(rows, temperature, pressure)
    return variant != FILLED or not keeps_pores(rows, temperature, pressure)


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
    if variant == FILLED:
        solids |= dict.fromkeys(pressing.empty, solids[flowing[0]])
    empty = {FILLED: (), STRIPPED: (*pressing.empty, *flowing)}.get(variant, pressing.empty)
    box = resolved_body(mesh, empty)
    # a skeleton alone is elastic: one load says at which it breaks, so nothing ends it here
    whole = variant in (STRIPPED, UNBROKEN, FILLED)
    strength = float("inf") if whole else pressing.strength
    own = {name: solids[name] for name in box.phases}
    return Piece(box, own, strength, pressing.wanted.moving and variant != STRIPPED)

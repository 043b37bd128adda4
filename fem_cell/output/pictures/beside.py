"""Maps of several runs, a row each, on one scale.

``python -m fem_cell.output.pictures.beside OUT NAME RESULTS NAME RESULTS ...`` draws every
quantity that two of the results have, over the whole of each run; a line for every picture.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from fem_cell.output.apart import run_apart
from fem_cell.output.collection import Snapshot
from fem_cell.output.pictures.folder import NothingToShow, ResultsFolder, spread
from fem_cell.output.pictures.launch import TIME_LIMIT
from fem_cell.output.pictures.maps import MAPS, View, common_scale
from fem_cell.output.pictures.sheet import save_sheet

COMPARED = ("stoichiometry", "salt", "interface_current", "max_principal_stress")
INSTANTS = 4


def side_by_side(
    results: list[Path], quantity: str, times: Sequence[float], out: Path | None = None
) -> Path:
    """Maps of several runs at the same times. Not collective.

    Args:
        results: Results folders.
        quantity: ``lithium``, ``stoichiometry``, ``salt`` or ``interface_current``.
        times: s; the nearest snapshot is shown, with its own time if that differs.
        out: The PNG file; if not given, in ``pictures`` of the first folder.

    Returns:
        The PNG file.

    Raises:
        NothingToShow: A run has no snapshot of the quantity, or there is no such quantity.
    """
    if quantity not in MAPS:
        raise NothingToShow(f"no map of '{quantity}'; known: {', '.join(MAPS)}")
    views = [View(ResultsFolder(path), MAPS[quantity]) for path in results]
    chosen = [[view.at(time) for time in times] for view in views]
    if not any(s for row in chosen for s in row):
        raise NothingToShow("every run had ended before the first of these times")
    titles = [view.results.title for view in views]
    if len(set(titles)) < len(titles):
        titles = [path.name for path in results]
    path = out or results[0] / "pictures" / f"side_by_side_{quantity}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    _draw(views, titles, chosen, path)
    return path


def over_runs(results: dict[str, Path], quantity: str, out: Path) -> None:
    """Maps at instants spread over the whole of each run, however long it is. Not collective.

    Args:
        results: Results folders by name; those that lack the quantity are left out.
        quantity: One of :data:`~fem_cell.output.pictures.maps.MAPS`.
        out: The PNG file.

    Raises:
        NothingToShow: Fewer than two runs have it.
    """
    views = {}
    for name, path in results.items():
        try:
            views[name] = View(ResultsFolder(path), MAPS[quantity])
        except NothingToShow:
            continue
    if len(views) < 2:
        raise NothingToShow(f"fewer than two results have {quantity.replace('_', ' ')}")
    chosen = [spread(view.times, INSTANTS) for view in views.values()]
    _draw(list(views.values()), list(views), chosen, out)


def draw_beside(results: dict[str, Path], out: Path) -> list[Path]:
    """Maps of all quantities that can be compared, drawn in a process of their own.

    Args:
        results: Results folders by name.
        out: Folder of the pictures.

    Returns:
        The pictures that were made.
    """
    pairs = [text for name, path in results.items() for text in (name, str(path))]
    _, said = run_apart(__name__, [str(out), *pairs], "drawing maps", TIME_LIMIT)
    return [Path(line) for line in said.splitlines()]


def _draw(
    views: list[View], titles: list[str], chosen: Sequence[Sequence[Snapshot | None]], path: Path
) -> None:
    kind = views[0].quantity
    bodies = [
        [view.parts(s) if s else None for s in row] for view, row in zip(views, chosen, strict=True)
    ]
    scale = common_scale([parts for row in bodies for parts in row if parts], kind)
    rows = [
        (title, [view.panel(s, parts, scale) for s, parts in zip(row, drawn, strict=True)])
        for title, view, row, drawn in zip(titles, views, chosen, bodies, strict=True)
    ]
    notes = dict.fromkeys(view.body.note for view in views if view.body.note)
    save_sheet(path, rows, scale, kind.label, "", "; ".join(notes))


def main(arguments: list[str]) -> int:
    """Draw what can be compared."""
    out, *pairs = arguments
    results = dict(zip(pairs[::2], map(Path, pairs[1::2]), strict=True))
    for quantity in COMPARED:
        picture = Path(out) / f"{quantity}.png"
        try:
            over_runs(results, quantity, picture)
        except NothingToShow:
            continue
        print(picture, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

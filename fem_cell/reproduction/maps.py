"""Maps of several cases side by side, drawn in a process of their own.

``python -m fem_cell.reproduction.maps OUT QUANTITY TIMES RESULTS...`` with the times in
seconds, separated by commas.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fem_cell.output.apart import run_apart
from fem_cell.reproduction.paper import Maps, Results

_TIME_LIMIT = 600.0
"""s"""


def draw(maps: Maps, results: Results, folder: Path) -> bool:
    """Draw one picture into a folder; whether that worked."""
    if not all(results.outcome(point).finished for point in maps.points):
        return False
    folders = [str(results.folder(point)) for point in maps.points]
    times = ",".join(f"{time:g}" for time in maps.times)
    arguments = [str(folder / maps.file), maps.quantity, times, *folders]
    return run_apart(__name__, arguments, f"drawing {maps.file}", _TIME_LIMIT)[0]


def main(arguments: list[str]) -> int:
    """Draw what the arguments say."""
    from fem_cell.output.pictures import side_by_side

    out, quantity, times, *folders = arguments
    side_by_side(
        [Path(folder) for folder in folders],
        quantity,
        [float(time) for time in times.split(",")],
        Path(out),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

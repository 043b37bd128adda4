"""Maps of several cases side by side, drawn in a process of their own.

``python -m fem_cell.reproduction.maps OUT QUANTITY TIMES RESULTS...`` with the times in
seconds, separated by commas. A graphics driver that fails ends a process without asking;
that must not take a report with it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fem_cell.log import LOGGER
from fem_cell.reproduction.paper import Maps, Results

_TIME_LIMIT = 600.0
"""s"""


def draw(maps: Maps, results: Results, folder: Path) -> bool:
    """Draw one picture into a folder; whether that worked."""
    if not all(results.outcome(point).finished for point in maps.points):
        return False
    folders = [str(results.folder(point)) for point in maps.points]
    times = ",".join(f"{time:g}" for time in maps.times)
    command = [sys.executable, "-m", __name__, str(folder / maps.file), maps.quantity, times]
    try:
        done = subprocess.run(
            [*command, *folders],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOGGER.warning("no %s: %s", maps.file, error)
        return False
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        LOGGER.warning("no %s (code %d): %s", maps.file, done.returncode, last)
    return done.returncode == 0


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

"""Solves several cases one after another in the same processes, which saves their start.

``mpirun -n 3 python3 -m tests.parallel.solve_many CASE...`` leaves the results of
``name.toml`` in the folder ``name_3`` beside it; ``CASE --set key=value`` and the like are
separated by commas: ``a.toml,--smoke``.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from mpi4py import MPI

from fem_cell.cli import main


def solve_all(arguments: list[str]) -> int:
    """The largest exit code. Collective."""
    worst = 0
    for argument in arguments:
        case, *options = argument.split(",")
        out = Path(case).with_suffix("").with_name(f"{Path(case).stem}_{MPI.COMM_WORLD.size}")
        worst = max(worst, main(["run", case, "--out", str(out), "--quiet", *options]))
        gc.collect()
        MPI.COMM_WORLD.Barrier()
    return worst


if __name__ == "__main__":
    sys.exit(solve_all(sys.argv[1:]))

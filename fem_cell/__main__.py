"""The ``fem-cell`` command, also as ``python3 -m fem_cell``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code.

    Importing this module starts neither MPI nor PETSc, so that wrong input is reported
    at once, also under mpirun.
    """
    from fem_cell.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

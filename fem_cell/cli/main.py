"""Parses the command line and turns errors into explanations and exit codes.

Nothing heavy is imported before the input has been checked, so that a fault in
a case file is reported at once, under mpirun too.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence

from fem_cell import __version__
from fem_cell.cli import arguments
from fem_cell.errors import FemCellError, origin
from fem_cell.log import LOGGER, rank_from_environment, set_up, under_mpi
from fem_cell.parallel import together

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process if absent.

    Returns:
        The exit code, see :mod:`fem_cell.errors`.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    own, petsc = _split(given)
    options = arguments.parser(__version__).parse_args(own)
    options.petsc = petsc
    options.given = given
    set_up(getattr(options, "quiet", False))
    try:
        with together():
            return int(options.command(options))
    except FemCellError as error:
        if rank_from_environment() == 0:
            for line in str(error).splitlines():
                LOGGER.error("error: %s", line)
        return error.exit_code
    except KeyboardInterrupt:
        return _abort("interrupted", 4)
    except BrokenPipeError:
        return 0
    except (Exception, SystemExit) as error:
        if isinstance(origin(error), KeyboardInterrupt):  # while PETSc called back
            return _abort("interrupted", 4)
        return _abort(traceback.format_exc(), 1)


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    """Own arguments, and those after ``--``, which are PETSc's."""
    if "--" not in given:
        return given, []
    at = given.index("--")
    return given[:at], given[at + 1 :]


def _abort(message: str, code: int) -> int:
    """An unexpected end: no other rank may be left waiting for this one."""
    LOGGER.error(message)
    if under_mpi() and "mpi4py.MPI" in sys.modules:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size > 1:
            MPI.COMM_WORLD.Abort(code)
    return code

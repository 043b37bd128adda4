"""``fem-cell sweep``: a case at many points, resumable, one table at the end."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_cell.errors import Fault, FemCellError, InputError, OutputError
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_text
from fem_cell.sweep import Sweep, read_sweep
from fem_cell.sweep.runner import GOES_ON


def command(options: argparse.Namespace) -> int:
    """Validate everything, then run, submit, or only write the table."""
    out = options.out if options.out is not None else Path("results") / options.sweep.stem
    sweep = read_sweep(options.sweep, out, options.smoke)
    _make(out)
    try:
        if options.slurm:
            from fem_cell.sweep.slurm import submit

            submit(sweep, options.petsc, retry=options.retry, at_once=options.jobs)
        elif options.table:
            write_table(sweep)
        else:
            _run(sweep, options)
    except OSError as error:
        problem = f"{error.filename or out} cannot be written: {error.strerror or error}"
        raise OutputError(f"{problem}; see to the disk, then {GOES_ON}") from None
    return 0


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{out} cannot be written: {error.strerror}"
        raise InputError([Fault("--out", problem, "give another folder")]) from None


def _run(sweep: Sweep, options: argparse.Namespace) -> None:
    """Run the points; the table shows whatever has become of them."""
    from fem_cell.environment import check_environment
    from fem_cell.sweep.runner import run_sweep

    check_environment()
    try:
        run_sweep(sweep, options.jobs or 1, options.petsc, retry=options.retry)
    except InputError:
        raise  # nothing was run
    except FemCellError:
        write_table(sweep)
        raise
    write_table(sweep)


def write_table(sweep: Sweep) -> None:
    """Write ``table.csv``, ``table.txt`` and ``map.png`` into the folder of the results."""
    from fem_cell.sweep.picture import draw_map
    from fem_cell.sweep.table import as_csv, as_text, rows

    table = rows(sweep)
    replace_text(sweep.out / "table.csv", as_csv(table))
    replace_text(sweep.out / "table.txt", as_text(table) + "\n")
    LOGGER.info("%s\n%s", as_text(table), sweep.out / "table.csv")
    if draw_map(sweep, sweep.out / "map.png"):
        LOGGER.info("%s", sweep.out / "map.png")

"""What each command of ``fem-cell`` takes."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable
from pathlib import Path

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0}


def _lazy(module: str) -> Callable[[argparse.Namespace], int]:
    """A command that imports what it needs only when it runs."""

    def run(options: argparse.Namespace) -> int:
        return int(importlib.import_module(f"fem_cell.cli.{module}").command(options))

    return run


def wall_time(text: str) -> float:
    """A duration such as ``3h50m``, ``90m`` or ``1d``, in seconds."""
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)", text)
    if not parts or re.sub(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)|\s", "", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a duration such as 3h50m, 90m or 1d")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def positive_integer(text: str) -> int:
    """A number of ranks or jobs."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive whole number")
    return int(text)


def positive_number(text: str) -> float:
    """A ratio."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return number


def parser(version: str) -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="fem-cell",
        description="Three-dimensional microstructure solver for solid-state batteries.",
        epilog="Exit codes: 0 finished, 2 wrong input, 3 the run could not go on, "
        "4 stopped early and resumable, 1 anything unexpected.",
    )
    top.add_argument("--version", action="version", version=f"fem-cell {version}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_check(commands)
    _add_mesh(commands)
    _add_effective(commands)
    _add_press(commands)
    _add_plot(commands)
    _add_compare(commands)
    _add_gitt(commands)
    _add_relaxation(commands)
    _add_sweep(commands)
    _add_report(commands)
    _command(commands, "schema", "schema", "print the JSON Schema of case files, for editors")
    return top


Commands = argparse._SubParsersAction


def _command(commands: Commands, name: str, module: str, summary: str) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=summary, description=summary)
    sub.set_defaults(command=_lazy(module))
    return sub


def _add_case(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("case", type=Path, metavar="CASE", help="case file (TOML)")
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY.SUB=VALUE",
        dest="overrides",
        help="change an entry of the case file; may be repeated",
    )
    sub.add_argument("--smoke", action="store_true", help="use the case's small size")


def _add_ranks(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "-n",
        type=positive_integer,
        metavar="RANKS",
        dest="ranks",
        help="start mpirun with so many ranks",
    )


def _add_out(sub: argparse.ArgumentParser, what: str, default: Path | None = None) -> None:
    sub.add_argument("--out", type=Path, metavar="DIR", default=default, help=what)


def _add_run(commands: Commands) -> None:
    sub = _command(commands, "run", "run", "run a case; PETSc options may follow after --")
    _add_case(sub)
    _add_ranks(sub)
    _add_out(sub, "results folder (default: results/<name of the case>)")
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    how.add_argument(
        "--continue",
        action="store_true",
        dest="if_possible",
        help="go on from the last checkpoint if there is one, else start: for batch scripts",
    )
    sub.add_argument(
        "--max-wall-time",
        type=wall_time,
        metavar="TIME",
        help="stop with a checkpoint after so long, e.g. 3h50m",
    )
    sub.add_argument("--quiet", action="store_true", help="say only what is wrong")


def _add_check(commands: Commands) -> None:
    sub = _command(
        commands,
        "check",
        "check",
        "validate a case; print what it comes to and the source of every parameter",
    )
    _add_case(sub)


def _add_mesh(commands: Commands) -> None:
    sub = _command(
        commands, "mesh", "mesh", "build the mesh of a case; print sizes, volumes and quality"
    )
    _add_case(sub)
    _add_out(sub, "folder of the mesh (default: results/<name of the case>)")


def _add_effective(commands: Commands) -> None:
    sub = _command(
        commands,
        "effective",
        "effective",
        "effective properties of pieces of a microstructure; PETSc options may follow after --",
    )
    _add_case(sub)
    _add_ranks(sub)
    _add_out(
        sub, "results folder (default: results/<name of the sample>); finished pieces are kept"
    )


def _add_press(commands: Commands) -> None:
    sub = _command(
        commands,
        "press",
        "press",
        "pieces of an anode under pressure: creep, load on the skeleton; PETSc options after --",
    )
    _add_case(sub)
    _add_ranks(sub)
    _add_out(sub, "results folder (default: results/<name of the file>); finished pieces are kept")


def _add_plot(commands: Commands) -> None:
    sub = _command(commands, "plot", "plot", "draw pictures and curves of a results folder")
    sub.add_argument("results", type=Path, metavar="RESULTS", help="results folder")


def _add_compare(commands: Commands) -> None:
    sub = _command(
        commands, "compare", "compare", "curves and a table of several results side by side"
    )
    sub.add_argument("results", type=Path, metavar="RESULTS", nargs="+", help="results folders")
    _add_out(sub, "folder of table and curves (default: results/compare)", Path("results/compare"))


def _add_gitt(commands: Commands) -> None:
    sub = _command(commands, "gitt", "gitt", "evaluate a titration with another area")
    sub.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    sub.add_argument(
        "--area",
        type=positive_number,
        metavar="RATIO",
        required=True,
        help="area that lithium enters through, over the footprint (cm2/cm2)",
    )


def _add_relaxation(commands: Commands) -> None:
    sub = _command(
        commands, "relaxation", "relaxation", "relaxation times of computed or measured spectra"
    )
    sub.add_argument(
        "spectra",
        type=Path,
        metavar="SPECTRA",
        help="results folder with impedance.csv, or a CSV file: frequency (Hz), Re Z, Im Z (ohm)",
    )
    _add_out(sub, "folder of tables and pictures (default: the results folder, or results/<name>)")


def _add_sweep(commands: Commands) -> None:
    sub = _command(
        commands,
        "sweep",
        "sweep",
        "run a case at many points; finished ones are kept, one table at the end",
    )
    sub.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep file (TOML)")
    sub.add_argument(
        "--jobs",
        type=positive_integer,
        metavar="N",
        help="runs at the same time (default: 1; with --slurm as many as Slurm likes)",
    )
    how = sub.add_mutually_exclusive_group()
    how.add_argument(
        "--slurm",
        action="store_true",
        help="submit a job array; options of sbatch may follow after --",
    )
    how.add_argument("--table", action="store_true", help="run nothing, only write the table")
    sub.add_argument("--retry", action="store_true", help="run points that have failed once more")
    _add_out(sub, "folder of all results (default: results/<name of the sweep>)")
    sub.add_argument("--smoke", action="store_true", help="use the case's small size")


def _add_report(commands: Commands) -> None:
    sub = _command(
        commands, "report", "report", "reproduce a paper: its values, ours, tolerance and verdict"
    )
    sub.add_argument(
        "paper", metavar="PAPER", nargs="?", help="which paper; without it, one after the other"
    )
    sub.add_argument("--list", action="store_true", help="only say which papers there are")
    sub.add_argument(
        "--jobs",
        type=positive_integer,
        default=1,
        metavar="N",
        help="runs at the same time (default: 1)",
    )
    _add_out(sub, "folder of report and results (default: results/report_<paper>)")
    sub.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="folder of the shipped cases (default: runs of this installation)",
    )
    sub.add_argument(
        "--calibrate",
        action="store_true",
        help="only solve for the calibrated values, and print them",
    )
    sub.add_argument(
        "--smoke",
        action="store_true",
        help="small sizes; shows that it works, the numbers mean nothing",
    )

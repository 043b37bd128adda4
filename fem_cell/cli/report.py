"""``fem-cell report``: reproduce a paper."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_cell.errors import FemCellError, Interrupted
from fem_cell.log import LOGGER
from fem_cell.reproduction.paper import Paper
from fem_cell.reproduction.report import (
    PAPERS,
    cases_of,
    listing,
    paper_of,
    run_cases,
    run_studies,
    write_report,
)
from fem_cell.sweep import Sweep

RUNS = Path(__file__).resolve().parents[2] / "runs"


def command(options: argparse.Namespace) -> int:
    """List the papers, calibrate, or run and report one of them or all."""
    if options.list:
        print(listing())
        return 0
    papers = PAPERS if options.paper is None else (paper_of(options.paper),)
    runs = options.runs or RUNS
    todo = [
        (paper, cases_of(paper, runs, out, options.smoke), out)
        for paper, out in ((paper, _folder(paper, options)) for paper in papers)
    ]
    from fem_cell.environment import check_environment

    check_environment()
    failures = [failure for each in todo if (failure := _report(*each, options)) is not None]
    if failures:
        raise failures[0]
    return 0


def _folder(paper: Paper, options: argparse.Namespace) -> Path:
    """Of a report; all reports together have folders of their own in one."""
    name = f"report_{paper.key}"
    if options.out is None:
        return Path("results") / name
    given: Path = options.out
    return given if options.paper else given / name


def _report(
    paper: Paper, sweep: Sweep, out: Path, options: argparse.Namespace
) -> FemCellError | None:
    """Calibrate, or run and report; failed cases are returned, so that the rest goes on."""
    if options.calibrate:
        _calibrate(paper, sweep, out)
        return None
    failure = run_cases(sweep, options.jobs, options.petsc)
    if isinstance(failure, Interrupted):
        raise failure
    run_studies(paper, sweep, options.runs or RUNS, options.jobs)
    print(write_report(paper, sweep, out))
    LOGGER.info("%s, %s", out / "report.md", out / "report.json")
    return failure


def _calibrate(paper: Paper, sweep: Sweep, out: Path) -> None:
    from fem_cell.reproduction.calibrate import calibrate

    if not paper.calibrations:
        print(f"paper {paper.key}: nothing is solved for; its fit stands in {sweep.case}")
    for calibration in paper.calibrations:
        value, capacity = calibrate(sweep, calibration, out / "calibration")
        print(
            f"{calibration.key} = {value:g} gives {capacity:.4g} mAh/cm2 "
            f"({calibration.target}: {calibration.capacity:g}); it stands in {sweep.case}"
        )

"""``fem-cell report``: reproduce a paper."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_cell.errors import Interrupted
from fem_cell.log import LOGGER
from fem_cell.reproduction.paper import Paper
from fem_cell.reproduction.report import cases_of, listing, paper_of, run_cases, write_report
from fem_cell.sweep import Sweep

RUNS = Path(__file__).resolve().parents[2] / "runs"


def command(options: argparse.Namespace) -> int:
    """List the papers, calibrate, or run and report."""
    if options.paper is None:
        print(listing())
        return 0
    paper = paper_of(options.paper)
    out = options.out if options.out is not None else Path("results") / f"report_{paper.key}"
    sweep = cases_of(paper, options.runs or RUNS, out, options.smoke)
    from fem_cell.environment import check_environment

    check_environment()
    if options.calibrate:
        return _calibrate(paper, sweep, out)
    failure = run_cases(sweep, options.jobs, options.petsc)
    if isinstance(failure, Interrupted):
        raise failure
    print(write_report(paper, sweep, out))
    LOGGER.info("%s, %s", out / "report.md", out / "report.json")
    if failure is not None:
        raise failure
    return 0


def _calibrate(paper: Paper, sweep: Sweep, out: Path) -> int:
    from fem_cell.reproduction.calibrate import calibrate

    for calibration in paper.calibrations:
        value, capacity = calibrate(sweep, calibration, out / "calibration")
        print(
            f"{calibration.key} = {value:g} gives {capacity:.4g} mAh/cm2 "
            f"({calibration.target}: {calibration.capacity:g}); it stands in {sweep.case}"
        )
    return 0

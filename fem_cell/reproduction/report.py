"""Make a report: run or reuse the cases of a paper, compare, draw, write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fem_cell.case.load import PRESSING, SAMPLE
from fem_cell.case.pressing import is_pressing
from fem_cell.errors import Fault, FemCellError, InputError, nearest
from fem_cell.log import LOGGER
from fem_cell.output.apart import run_apart
from fem_cell.output.files import replace_json, replace_text
from fem_cell.reproduction import maps
from fem_cell.reproduction.calibrate import present
from fem_cell.reproduction.document import Section, as_markdown, as_text
from fem_cell.reproduction.paper import Paper, Results
from fem_cell.reproduction.paper_a import PaperA
from fem_cell.reproduction.paper_b import PaperB
from fem_cell.reproduction.paper_c import PaperC
from fem_cell.reproduction.verdict import CONTRADICTION, Finding
from fem_cell.sweep import Sweep, read_sweep

PAPERS: tuple[Paper, ...] = (PaperA(), PaperB(), PaperC())
STUDY_TIME_LIMIT = 4 * 3600.0
"""s"""
SMOKE_WARNING = "Small sizes (--smoke): this shows that the report works; the numbers mean nothing."


def listing() -> str:
    """The papers there are, a line each."""
    return "\n".join(f"{paper.key}  {paper.citation}" for paper in PAPERS)


def paper_of(key: str) -> Paper:
    """A paper by its letter, in either case.

    Raises:
        InputError: There is none.
    """
    known = {paper.key: paper for paper in PAPERS}
    if key.upper() not in known:
        raise InputError([Fault("PAPER", f"'{key}' is not known", nearest(key, [*known]))])
    return known[key.upper()]


def cases_of(paper: Paper, runs: Path, out: Path, smoke: bool) -> Sweep:
    """The cases of a paper, validated.

    Raises:
        InputError: They are not where they should be, or are wrong.
    """
    path = runs / paper.cases
    if not path.is_file():
        remedy = "give the folder 'runs' of the repository with --runs"
        raise InputError([Fault("--runs", f"there is no {path}", remedy)])
    return read_sweep(path, out / "cases", smoke)


def write_report(paper: Paper, sweep: Sweep, out: Path) -> str:
    """Write ``report.txt``, ``report.md`` and ``report.json``.

    Args:
        paper: The paper.
        sweep: Its cases; those without finished results are left open in the report.
        out: Folder of the report.

    Returns:
        The report as text.
    """
    results = Results(sweep)
    findings = paper.findings(results)
    sections = [_targets(findings, sweep.smoke), *paper.sections(results)]
    sections += [_pictures(paper, results, out), _effort(results)]
    title = f"Paper {paper.key}: {paper.citation}"
    text = as_text(title, sections)
    out.mkdir(parents=True, exist_ok=True)
    replace_text(out / "report.txt", text)
    replace_text(out / "report.md", as_markdown(title, sections))
    replace_json(out / "report.json", _machine(paper, findings, results))
    return text


def _targets(findings: Sequence[Finding], smoke: bool) -> Section:
    columns = ("target", "quantity", "paper", "ours", "tolerance", "role", "verdict")
    notes = [
        f"{finding.key}, {_short(finding)}: {finding.note}" for finding in findings if finding.note
    ]
    factor = (
        "Verdicts: met, within the tolerance; not met, outside it; contradicts, off by more than a "
        f"factor of {CONTRADICTION:g} (by that of the tolerance squared, if it is a factor) or "
        "against a statement; undecided, as the 95 % interval of ours (+-) is met in part; not "
        "applicable, without a result."
    )
    warning = [SMOKE_WARNING] if smoke else []
    return Section(
        "Targets",
        {column: column for column in columns},
        [finding.as_row() for finding in findings],
        [*warning, factor, *notes],
    )


def _short(finding: Finding) -> str:
    return finding.quantity.partition(" / ")[0]


def _pictures(paper: Paper, results: Results, out: Path) -> Section:
    out.mkdir(parents=True, exist_ok=True)
    drawn = {picture.file: picture.caption for picture in paper.maps
             if maps.draw(picture, results, out)}  # fmt: skip
    missing = (
        [] if len(drawn) == len(paper.maps) else ["Some maps could not be drawn; see the log."]
    )
    drawn |= paper.draw(results, out)
    return Section("Pictures", paragraphs=missing, pictures=drawn)


def _effort(results: Results) -> Section:
    points = results.sweep.points
    finished = sum(results.outcome(point.name).finished for point in points)
    minutes = results.wall_time() / 60
    return Section(
        "Runs",
        paragraphs=[
            f"{finished} of {len(points)} cases finished, {minutes:.1f} minutes of computing in "
            f"all. Cases: {results.sweep.path.name}, {results.sweep.case.name}; "
            f"results: {results.sweep.out}."
        ],
    )


def _machine(paper: Paper, findings: Sequence[Finding], results: Results) -> dict[str, object]:
    cases = {}
    for point in results.sweep.points:
        now = results.outcome(point.name)
        cases[point.name] = {
            "status": now.status,
            "end_reason": now.end_reason,
            "wall_time_s": now.wall_time,
            "capacity_mAh_cm2": results.capacity(point.name),
            "capacity_mAh_g": results.specific(point.name),
        }
    return {
        "paper": paper.key,
        "citation": paper.citation,
        "smoke": results.sweep.smoke,
        "calibrated": {
            c.key: {"value": present(results.sweep.point(c.point), c.key), "target": c.target}
            for c in paper.calibrations
        },
        "targets": [finding.as_json() for finding in findings],
        "cases": cases,
    }


def run_studies(paper: Paper, sweep: Sweep, runs: Path, ranks: int) -> None:
    """Compute what is resolved and no case, samples and pressings; finished pieces are kept."""
    for study in paper.studies:
        if not study.belongs_to(sweep):
            continue
        path = runs / study.file
        command = PRESSING if is_pressing(path) else SAMPLE
        arguments = [command, str(path), "--out", str(study.folder(sweep)), "-n", str(ranks)]
        arguments += [part for setting in study.settings for part in ("--set", setting)]
        arguments += ["--smoke"] if sweep.smoke else []
        run_apart("fem_cell", arguments, f"computing {study.name}", STUDY_TIME_LIMIT)


def run_cases(sweep: Sweep, jobs: int, petsc: Sequence[str]) -> FemCellError | None:
    """Run what is not finished; a failure is returned, so that the rest is still reported."""
    from fem_cell.sweep.runner import run_sweep

    try:
        run_sweep(sweep, jobs, petsc, retry=True)
    except FemCellError as error:
        LOGGER.warning("%s", error)
        return error
    return None

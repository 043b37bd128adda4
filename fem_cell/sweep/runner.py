"""Run the points of a sweep, each in a process of its own, some at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from fem_cell.errors import Fault, FemCellError, InputError, Interrupted, SolverError
from fem_cell.log import LOGGER
from fem_cell.output.lock import is_locked, locked
from fem_cell.run.lost import note_lost_run
from fem_cell.sweep.plan import Point, Sweep
from fem_cell.sweep.results import outcome, resumable

_RANK = ("OMPI_COMM_WORLD_", "PMIX_", "PMI_", "SLURM_")

GOES_ON = "the same command goes on"


def command_of(sweep: Sweep, point: Point, extra: Sequence[str] = ()) -> list[str]:
    """Arguments of ``fem-cell`` that run a point.

    Args:
        sweep: The sweep.
        point: One of its points.
        extra: PETSc options.
    """
    arguments = ["run", str(sweep.case), "--out", str(point.folder), "--quiet"]
    for setting in point.settings:
        arguments += ["--set", setting]
    if sweep.smoke:
        arguments.append("--smoke")
    if resumable(point):
        arguments.append("--continue")
    return [*arguments, "--", *extra] if extra else arguments


def pending(sweep: Sweep, retry: bool) -> list[Point]:
    """The points without finished results of the same effective case that nobody runs now.

    Args:
        sweep: The sweep.
        retry: Also those that have failed.
    """
    over = ("finished",) if retry else ("finished", "failed")
    left = [point for point in sweep.points if outcome(point).status not in over]
    return [point for point in left if not is_locked(point.folder)]


def left_out(sweep: Sweep, todo: Sequence[Point], retry: bool) -> list[tuple[int, str]]:
    """An exit code and a line for each point that is neither finished now nor to be run.

    Args:
        sweep: The sweep.
        todo: What :func:`pending` has found.
        retry: Whether ``todo`` has those that have failed.
    """
    names, found = {point.name for point in todo}, []
    for point in sweep.points:
        now = outcome(point)
        if now.finished or point.name in names:
            continue
        if now.status == "failed" and not retry:
            line = f"{point.name}: failed before: {now.end_reason}; --retry runs it again"
            found.append((SolverError.exit_code, line))
        else:
            verb = "runs it now" if is_locked(point.folder) else "has left it unfinished"
            line = f"{point.name}: another process {verb}; {GOES_ON} after that"
            found.append((Interrupted.exit_code, line))
    return found


def run_sweep(sweep: Sweep, jobs: int, extra: Sequence[str] = (), *, retry: bool = False) -> None:
    """Run what is not finished. A point that fails does not stop the others.

    Args:
        sweep: The sweep.
        jobs: Runs at the same time.
        extra: PETSc options of every run.
        retry: Run points that have failed once more.

    Raises:
        InputError: Started under mpirun, or another sweep is at work in the same folder.
        SolverError: Points failed; one line for each.
        Interrupted: Stopped on request, or others run some points; the same command goes on.
        OSError: The folder cannot be written.
    """
    _refuse_mpirun()
    with locked(sweep.out):
        todo = pending(sweep, retry)
        finished = sum(outcome(point).finished for point in sweep.points)
        LOGGER.info("%d points, %d of them finished already", len(sweep.points), finished)
        runs = _Runs(sweep, tuple(extra), len(todo))
        with runs.stopped_by_signals(), ThreadPoolExecutor(jobs) as pool:
            faults = [fault for fault in pool.map(runs.run, todo) if fault]
        faults = left_out(sweep, todo, retry) + faults
    if runs.stopping.is_set():
        raise Interrupted(f"stopped; {GOES_ON}")
    if faults:
        raise _failure(faults)


def _refuse_mpirun() -> None:
    """Every rank would run the whole sweep."""
    size = os.environ.get("OMPI_COMM_WORLD_SIZE") or os.environ.get("PMI_SIZE") or "1"
    if int(size) > 1:
        problem = f"was started on {size} ranks, and each would run all points"
        raise InputError([Fault("sweep", problem, "start it without mpirun, use --jobs")])


def _environment() -> dict[str, str]:
    """Variables of a run: it is no rank of a job around it, and threads are left to it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_RANK)}
    return {"OMP_NUM_THREADS": "1"} | kept


def _failure(faults: list[tuple[int, str]]) -> FemCellError:
    """One error for all points that failed, with the gravest of their exit codes."""
    text = "\n".join(line for _, line in faults)
    codes = {code for code, _ in faults}
    if codes == {Interrupted.exit_code}:
        return Interrupted(text)
    explained = codes <= {SolverError.exit_code, Interrupted.exit_code}
    return SolverError(text) if explained else FemCellError(text)


@dataclass
class _Runs:
    """The runs under way."""

    sweep: Sweep
    extra: tuple[str, ...]
    total: int
    stopping: threading.Event = field(default_factory=threading.Event)
    _children: set[subprocess.Popen[str]] = field(default_factory=set)
    _done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, point: Point) -> tuple[int, str] | None:
        """Run a point; exit code and reason if it failed."""
        if self.stopping.is_set():
            return None
        command = [sys.executable, "-m", "fem_cell", *command_of(self.sweep, point, self.extra)]
        child = subprocess.Popen(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,  # Ctrl-C reaches the runs once, by way of this process
        )
        with self._lock:
            self._children.add(child)
        if self.stopping.is_set():  # asked to between the first look and the start
            child.terminate()
        said, _ = child.communicate()
        with self._lock:
            self._children.discard(child)
        return self._report(point, child.returncode, said)

    def _report(self, point: Point, code: int, said: str) -> tuple[int, str] | None:
        if self.stopping.is_set():
            return None
        self._done += 1
        now = outcome(point)
        capacities = ", ".join(f"{step['capacity_mAh_cm2']:.3f} mAh/cm2" for step in now.steps)
        progress = f"{self._done}/{self.total} {point.name}"
        if code == 0:
            LOGGER.info("%s: %s, ended by %s", progress, capacities or "no steps", now.end_reason)
            return None
        if code < 0:
            reason = f"killed by {signal.Signals(-code).name}; out of memory?"
            note_lost_run(point.folder, reason)
        else:
            last = next(iter(reversed(said.strip().splitlines())), "it said nothing")
            reason = f"exit code {code}: {last.removeprefix('error: ')}"
        LOGGER.warning("%s: %s", progress, reason)
        return code, f"{point.name}: {reason}"

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGUSR1 are passed on to the runs, which leave checkpoints."""

        def stop(number: int, frame: object) -> None:
            self.stopping.set()
            for child in list(self._children):
                child.terminate()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

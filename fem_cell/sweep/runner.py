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
from fem_cell.sweep.plan import Point, Sweep
from fem_cell.sweep.results import outcome, resumable

_RANK = ("OMPI_COMM_WORLD_", "PMIX_", "PMI_", "SLURM_NTASKS", "SLURM_PROCID")


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
        arguments.append("--resume")
    return [*arguments, "--", *extra] if extra else arguments


def pending(sweep: Sweep, retry: bool) -> list[Point]:
    """The points without finished results of the same effective case.

    Args:
        sweep: The sweep.
        retry: Also those that have failed.
    """
    over = ("finished",) if retry else ("finished", "failed")
    return [point for point in sweep.points if outcome(point).status not in over]


def failed(sweep: Sweep) -> list[str]:
    """A line for each point that has failed, with its reason."""
    found = [(point, outcome(point)) for point in sweep.points]
    return [
        f"{point.name}: failed before: {now.end_reason}; --retry runs it again"
        for point, now in found
        if now.status == "failed"
    ]


def run_sweep(sweep: Sweep, jobs: int, extra: Sequence[str] = (), *, retry: bool = False) -> None:
    """Run what is not finished. A point that fails does not stop the others.

    Args:
        sweep: The sweep.
        jobs: Runs at the same time.
        extra: PETSc options of every run.
        retry: Run points that have failed once more.

    Raises:
        InputError: Started under mpirun.
        SolverError: Points failed; one line for each.
        Interrupted: Stopped on request; the same command goes on.
    """
    _refuse_mpirun()
    todo = pending(sweep, retry)
    before = [] if retry else failed(sweep)
    finished = len(sweep.points) - len(todo) - len(before)
    LOGGER.info("%d points, %d of them finished already", len(sweep.points), finished)
    runs = _Runs(sweep, tuple(extra), len(todo))
    with runs.stopped_by_signals(), ThreadPoolExecutor(jobs) as pool:
        faults = [(SolverError.exit_code, line) for line in before]
        faults += [fault for fault in pool.map(runs.run, todo) if fault]
    if runs.stopping.is_set():
        raise Interrupted("stopped; the same command goes on")
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
    only_solver = all(code == SolverError.exit_code for code, _ in faults)
    return SolverError(text) if only_solver else FemCellError(text)


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
        point.folder.parent.mkdir(parents=True, exist_ok=True)
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
        reason = next(iter(reversed(said.strip().splitlines())), "it said nothing")
        LOGGER.warning("%s: exit code %d", progress, code)
        return code, f"{point.name}: exit code {code}: {reason.removeprefix('error: ')}"

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM are passed on to the runs, which leave checkpoints."""

        def stop(number: int, frame: object) -> None:
            self.stopping.set()
            for child in list(self._children):
                child.terminate()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

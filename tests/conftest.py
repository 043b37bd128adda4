"""What all tests share: tidying up after each test, and starting runs on several ranks."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

Launch = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    leave_out = pytest.mark.skip(reason="slow: runs with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(leave_out)


@pytest.fixture(autouse=True)
def collect_garbage() -> Iterator[None]:
    """Free PETSc and MPI objects now: they run out if it happens whenever Python likes."""
    yield
    gc.collect()


@pytest.fixture
def launch() -> Launch:
    """Start ``mpirun -n RANKS python3 ARGS``, see :func:`launch_ranks`."""
    return launch_ranks


def launch_ranks(
    ranks: int,
    args: Sequence[str | os.PathLike[str]],
    timeout: float = 120.0,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Python on several ranks, and end every one of them if it takes too long.

    Args:
        ranks: Number of ranks.
        args: Arguments of Python, e.g. ``["-m", "fem_cell", "run", case]``.
        timeout: Seconds after which all ranks are ended and the test fails.
        cwd: Working folder; the present one if None.
        env: Variables to set besides those of this process.

    Returns:
        The finished process with ``returncode``, ``stdout`` and ``stderr``.
    """
    command = ["mpirun", "-n", str(ranks), sys.executable, *map(os.fspath, args)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=mpi_environment() | (env or {}),
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        tell_where(process)
        end_process(process)
        out, err = process.communicate()
        pytest.fail(
            f"{' '.join(command)}\nstill ran after {timeout:g} s\n"
            f"--- stdout\n{out[-4000:]}\n--- stderr\n{err[-20000:]}"
        )
    finally:
        end_process(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def mpi_environment() -> dict[str, str]:
    """This process's variables, with what Open MPI needs on a small machine."""
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    needed = {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": path,
        "PYTHONFAULTHANDLER": "1",
        "PRTE_MCA_mapby": ":oversubscribe",
        "PRTE_MCA_bindto": "none",
        # ranks that wait must not take the core from those that work
        "OMPI_MCA_mpi_yield_when_idle": "1",
    }
    if os.geteuid() == 0:
        needed |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return os.environ | needed


def tell_where(process: subprocess.Popen[str], seconds: float = 5.0) -> None:
    """Have every rank that hangs print where it is, and give mpirun time to pass it on."""
    for rank in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            rank.send_signal(signal.SIGABRT)
    time.sleep(seconds)


def end_process(process: subprocess.Popen[str]) -> None:
    """Kill mpirun and its ranks, which have process groups of their own."""
    if process.poll() is not None:
        return
    ranks = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGKILL)
    for rank in ranks:
        with contextlib.suppress(psutil.NoSuchProcess):
            rank.kill()

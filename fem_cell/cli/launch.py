"""Starts mpirun for ``fem-cell run -n`` and passes requests to stop on to the ranks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread
from types import FrameType
from typing import IO

from fem_cell.errors import Fault, InputError, Interrupted
from fem_cell.log import LOGGER, TERMINAL
from fem_cell.signals import remembered

_YIELD = {"OMPI_MCA_mpi_yield_when_idle": "1"}
"""On a busy machine, waiting ranks would take the core from working ones: ten times slower."""

LAST_WORDS = 5.0
"""s; for what mpirun has written before it ended."""


def start_mpirun(ranks: int, given: Sequence[str]) -> int:
    """Run the same command on several ranks.

    mpirun kills its ranks when it gets SIGTERM or SIGINT, before they can save anything, but
    it forwards SIGUSR1. So a request to stop becomes SIGUSR1; a second one ends mpirun. It also
    ends when nobody reads what it writes, so that this process does.

    Args:
        ranks: Number of ranks.
        given: The command line without the program's name.

    Returns:
        The exit code; 1 where mpirun has another one than fem_cell, because a rank was lost.

    Raises:
        InputError: There is no mpirun.
        Interrupted: Stopped before it was started.
    """
    launcher = shutil.which("mpirun") or shutil.which("mpiexec")
    if launcher is None:
        raise InputError([Fault("-n", "there is no mpirun", "install an MPI, or leave -n out")])
    command = [launcher, "-n", str(ranks), sys.executable, "-m", "fem_cell", *given]
    requests: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def forward(number: int, frame: FrameType | None) -> None:
        requests.append(number)
        for child in children:
            child.send_signal(signal.SIGUSR1 if len(requests) == 1 else signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, forward)
    if remembered():
        raise Interrupted("stopped before it began; the same command starts it")
    # a group of its own keeps the terminal's Ctrl-C from mpirun
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_YIELD | os.environ | {TERMINAL: str(int(sys.stdout.isatty()))},
        process_group=0,
    )
    children.append(child)
    if requests:
        child.terminate()
    streams = [
        Thread(target=_pass_on, args=(source, target), daemon=True)
        for source, target in ((child.stdout, 1), (child.stderr, 2))
    ]
    for stream in streams:
        stream.start()
    code = child.wait()
    for stream in streams:
        stream.join(LAST_WORDS)
    if code in range(5):
        return code
    LOGGER.error(
        "error: a rank was lost, and the others were ended (mpirun: code %d); out of memory? "
        "Go on from the last checkpoint with --resume",
        code,
    )
    return 1


def _pass_on(source: IO[bytes], target: int) -> None:
    """Copy all that is written to a descriptor; go on reading when nobody takes it."""
    while data := os.read(source.fileno(), 65536):
        try:
            while data:
                data = data[os.write(target, data) :]
        except OSError:
            continue

"""One process at a time in a folder of results.

The system gives a lock back however its holder ends. It holds on all machines that share a
folder as far as their file system knows locks; where it knows none, nothing is locked.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fem_cell.errors import Fault, InputError

NAME = ".lock"

PATIENCE = 0.5
"""s; somebody may only be looking whether the folder is locked."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder to this process for the time of a block. Not collective.

    Args:
        folder: Is made if it is not there.

    Raises:
        InputError: Another process has it.
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o666)
    end = time.monotonic() + PATIENCE
    try:
        while not (ours := _lock(descriptor)) and time.monotonic() < end:
            time.sleep(0.05)
        if not ours:
            problem = f"another run or sweep is at work in {folder}"
            raise InputError([Fault("--out", problem, "wait for it, or give another folder")])
        yield
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether another process keeps a folder to itself now."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether the lock is ours, or there are none on this file system."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True

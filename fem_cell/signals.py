"""Requests to stop: those that come before a run can listen, and those that end a command."""

from __future__ import annotations

import signal
from types import FrameType

_EARLY: list[int] = []


def remember() -> None:
    """From now on SIGTERM and SIGUSR1 do not end this process, but are remembered.

    SIGINT still does: at a prompt nothing is lost yet.
    """
    _EARLY.clear()
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, _note)


def remembered() -> int:
    """The last signal so far; 0 if there was none."""
    return _EARLY[-1] if _EARLY else 0


def end_on_request() -> None:
    """From now on SIGTERM, and SIGUSR1 as mpirun passes it on, end this process as Ctrl-C does.

    For commands without checkpoints, which keep what is finished anyway.
    """
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.default_int_handler)


def _note(number: int, frame: FrameType | None) -> None:
    _EARLY.append(number)

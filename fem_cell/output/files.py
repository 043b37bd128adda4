"""Files that are replaced whole, so that a run in progress can be read at any time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def replace_with(
    path: Path, fill: Callable[[BinaryIO], object], before: Callable[[], None] | None = None
) -> None:
    """Write a file beside its place, have it reach the disk and move it to its place.

    Args:
        path: The place.
        fill: Writes the content.
        before: Called when the file is whole, before it is moved.

    Raises:
        OSError: It cannot be written; nothing has changed then.
    """
    # several ranks may have the same bad news to write
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        if before:
            before()
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there."""
    replace_with(path, lambda file: file.write(text.encode()))


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file beside its place and move it there."""
    replace_text(path, json.dumps(content, indent=2) + "\n")


def append_line(path: Path, line: str) -> None:
    """Append a line, all of it or nothing.

    Raises:
        OSError: It cannot be written; the file is as it was then.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        data = line.encode() + b"\n"
        try:
            if os.write(descriptor, data) < len(data):
                raise OSError(28, os.strerror(28), str(path))
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)

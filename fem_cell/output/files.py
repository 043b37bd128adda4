"""Files that are replaced whole, so that a run in progress can be read at any time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from mmap import PAGESIZE
from pathlib import Path
from typing import Any, BinaryIO

from fem_cell.errors import Fault, InputError


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
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there."""
    replace_with(path, lambda file: file.write(text.encode()))


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file beside its place and move it there."""
    replace_text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that an earlier run left.

    Raises:
        InputError: It is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
        error: Exception = ValueError("holds no table")
    except ValueError as caught:  # JSON's and UTF-8's own errors are of this kind
        error = caught
    raise InputError([damaged(path, error)])


def damaged(path: Path, error: Exception) -> Fault:
    """What to say of a file that an earlier run left and that cannot be understood."""
    remedy = "put it back from a copy, or remove it to go on without what is in it"
    return Fault("--resume", f"{path} is damaged: {error}", remedy)


def append_line(path: Path, line: str) -> None:
    """Append a line, all of it or nothing, also for those who read meanwhile.

    The system writes page by page, and a reader, or the end of this process, may come in
    between. So a line that does not fit into the last page comes with a new copy of the file.

    Raises:
        OSError: It cannot be written; the file is as it was then.
    """
    data = line.encode() + b"\n"
    size = path.stat().st_size if path.is_file() else 0
    if size // PAGESIZE == (size + len(data) - 1) // PAGESIZE:
        _append(path, data, size)
    else:
        content = path.read_bytes() if size else b""
        replace_with(path, lambda file: file.write(content + data))


def _append(path: Path, data: bytes, size: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        if os.write(descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        os.ftruncate(descriptor, size)
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        os.close(descriptor)

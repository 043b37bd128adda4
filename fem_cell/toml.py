"""TOML files that users name, read so that none of them hangs or overruns the program."""

from __future__ import annotations

import errno
import tomllib
from pathlib import Path
from typing import Any


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file.

    Raises:
        OSError: It is not there, cannot be read, is nested too deeply, or is a device or a pipe,
            which may never end.
        UnicodeDecodeError: It is not UTF-8.
        tomllib.TOMLDecodeError: It is not TOML.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise OSError(errno.EINVAL, "it is nested too deeply", str(path)) from None

"""The cache of compiled forms, in which runs meet, and in which any of them may be killed.

While FFCx compiles a form, its source file is there and the mark beside it is not yet, and whoever
needs the same form waits. A process that is killed meanwhile leaves the source without a mark for
ever, and every later run would wait for it in vain. So a run holds a lock on the cache, shared
with other runs, and one that is alone there removes what nobody is compiling any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

NAME = ".fem_cell.lock"

PATIENCE = 600
"""s; for which a run waits for a form that another one compiles. The longest take a minute."""

QUIET = 120.0
"""s; without a change, after which a source is given up by one who is alone.

Programs that do not know of the lock may be compiling here, too.
"""


def share_cache(root: bool) -> None:
    """Prepare for compiling forms beside other runs, until this process ends. Not collective.

    Args:
        root: Whether this is rank 0, which compiles before the others.
    """
    from dolfinx import jit

    _, about = jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"] = (PATIENCE, about)
    if root:
        join(Path(jit.get_options()["cache_dir"]))


def join(folder: Path) -> int | None:
    """Be one of those who compile into a folder; one who is alone tidies it up.

    Returns:
        The descriptor that holds the lock; ``None`` where nothing can be written or locked, as
        in an image in which everything is compiled already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o666)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _tidy(folder)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        return None
    return descriptor


def _tidy(folder: Path) -> None:
    """Remove sources without a mark once they are old enough, and marks without a source."""
    end = time.time() + QUIET
    for source in sorted(folder.glob("libffcx_*.c")):
        while time.time() < end and not _is_settled(source):
            time.sleep(0.5)
    for mark in folder.glob("libffcx_*.c.cached"):
        if not mark.with_suffix("").exists():
            _remove(mark)


def _is_settled(source: Path) -> bool:
    """Whether a source has its mark, or is gone, because it was too old."""
    if source.with_suffix(".c.cached").exists():
        return True
    with contextlib.suppress(FileNotFoundError):
        if time.time() - source.stat().st_mtime <= QUIET:
            return False
        _remove(source)
    return True


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # of another user, who shares the cache
        path.unlink()

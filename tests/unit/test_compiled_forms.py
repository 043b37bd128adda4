"""The cache of compiled forms after a process that was killed while it compiled."""

import os
import subprocess
import sys
import time

import pytest

from fem_cell import compiled_forms
from fem_cell.compiled_forms import QUIET, join


@pytest.fixture
def cache(tmp_path):
    """A whole form, one that is being compiled, one whose process was killed, and half a one."""
    for name in ("whole", "young", "old"):
        (tmp_path / f"libffcx_forms_{name}.c").touch()
    for name in ("whole", "without_source"):
        (tmp_path / f"libffcx_forms_{name}.c.cached").touch()
    long_ago = time.time() - QUIET - 5
    os.utime(tmp_path / "libffcx_forms_old.c", (long_ago, long_ago))
    return tmp_path


def names(cache):
    return sorted(path.name.removeprefix("libffcx_forms_") for path in cache.glob("libffcx*"))


def close(descriptor):
    assert descriptor is not None
    os.close(descriptor)


def test_who_is_alone_removes_what_nobody_compiles(cache, monkeypatch):
    waited = []

    def finish(seconds):
        waited.append(seconds)
        (cache / "libffcx_forms_young.c.cached").touch()

    monkeypatch.setattr(compiled_forms.time, "sleep", finish)
    close(join(cache))
    assert waited
    assert names(cache) == ["whole.c", "whole.c.cached", "young.c", "young.c.cached"]


def test_who_is_not_alone_removes_nothing(cache):
    program = "import sys; from pathlib import Path; from fem_cell.compiled_forms import join\n"
    program += "join(Path(sys.argv[1])); print('joined', flush=True); sys.stdin.read()"
    (cache / "libffcx_forms_young.c").unlink()
    other = subprocess.Popen(
        [sys.executable, "-c", program, cache], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout.readline() == b"joined\n"
        assert "old.c" not in names(cache)
        (cache / "libffcx_forms_new.c").touch()
        start = time.monotonic()
        close(join(cache))
        assert time.monotonic() - start < 1.0
        assert "new.c" in names(cache)
    finally:
        other.kill()
        other.communicate()


def test_a_cache_that_cannot_be_written_is_used_as_it_is():
    assert join(compiled_forms.Path("/proc/fem_cell")) is None

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


COMPILE = """
import ufl
from mpi4py import MPI
from dolfinx import fem, mesh
from fem_cell import compiled_forms
compiled_forms.QUIET = 0.5
compiled_forms.share_cache(True)
cube = mesh.create_unit_cube(MPI.COMM_SELF, 1, 1, 1)
fem.form(ufl.sin(ufl.SpatialCoordinate(cube)[0]) * ufl.dx)
"""


def test_a_form_whose_compilation_was_killed_is_compiled_again(tmp_path):
    """Without what is tested here the second process waits ten seconds and gives up."""
    folder = tmp_path / "fenics"

    def begun():
        sources = folder.glob("libffcx_forms_*.c")
        return [path for path in sources if not path.with_suffix(".c.cached").exists()]

    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    killed = subprocess.Popen([sys.executable, "-c", COMPILE], env=environment)
    while not (left := begun()) and killed.poll() is None:
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert begun() == left != []
    subprocess.run([sys.executable, "-c", COMPILE], env=environment, timeout=100, check=True)
    assert begun() == []
    assert left[0].exists()


def test_a_cache_that_cannot_be_written_is_used_as_it_is():
    assert join(compiled_forms.Path("/proc/fem_cell")) is None

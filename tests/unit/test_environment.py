"""The check of DOLFINx and what belongs to it, and the importability without them."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys

import pytest

from fem_cell import environment
from fem_cell.errors import FemCellError


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch):
    """Pretend a DOLFINx version (None: not installed) and missing modules."""

    def pretend(version: str | None, missing: tuple[str, ...] = ()) -> None:
        spec = importlib.util.find_spec("json")
        monkeypatch.setattr(environment, "dolfinx_version", lambda: version)
        monkeypatch.setattr(environment, "find_spec", lambda n: None if n in missing else spec)

    return pretend


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("0.11.0", True),
        ("0.11.0.post0", True),
        ("0.11.9", True),
        ("0.10.0", False),
        ("0.12.0.dev0", False),
        ("1.11.0", False),
        ("unknown", False),
    ],
)
def test_supported_versions(version: str, supported: bool) -> None:
    assert environment.is_supported(version) is supported


def test_complete_environment_has_no_problem(installed) -> None:
    installed("0.11.0.post0")
    assert environment.find_problem() is None
    environment.check_environment()


def test_missing_dolfinx_is_explained(installed) -> None:
    installed(None)
    with pytest.raises(FemCellError) as caught:
        environment.check_environment()
    text = str(caught.value)
    assert "DOLFINx is not installed" in text
    assert ">=0.11,<0.12" in text
    for way in ("container/fem-cell", "conda env create", "dolfinx/dolfinx:v0.11"):
        assert way in text
    assert caught.value.exit_code == 1


def test_version_outside_the_range_is_named(installed) -> None:
    installed("0.10.0")
    with pytest.raises(FemCellError, match=r"DOLFINx 0\.10\.0 .* needs >=0\.11,<0\.12"):
        environment.check_environment()


@pytest.mark.parametrize("name", ["petsc4py", "gmsh", "mpi4py", "pint"])
def test_missing_package_is_named(installed, name: str) -> None:
    installed("0.11.0", missing=(name,))
    with pytest.raises(FemCellError, match=f"{name} missing"):
        environment.check_environment()


@pytest.mark.parametrize(
    ("threads", "rank", "warned"),
    [("1", "0", False), ("4", "0", True), (None, "0", True), ("4", "1", False)],
)
def test_warns_once_about_threads(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    threads: str | None,
    rank: str,
    warned: bool,
) -> None:
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", rank)
    if threads is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
    monkeypatch.setattr(logging.getLogger("fem_cell"), "propagate", True)
    with caplog.at_level(logging.WARNING, logger="fem_cell"):
        environment.warn_about_threads()
    assert ("OMP_NUM_THREADS" in caplog.text) is warned


def test_check_and_command_import_nothing_heavy() -> None:
    program = (
        "import sys, fem_cell.__main__, fem_cell.environment as e; e.find_problem();"
        "print([m for m in ('dolfinx', 'petsc4py', 'mpi4py', 'gmsh', 'pyvista', 'numpy')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"

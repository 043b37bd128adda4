"""Every package that fem_cell imports is named wherever an environment is described."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from fem_cell.environment import FROM_ENVIRONMENT, FROM_PYPI

ROOT = Path(__file__).parents[2]

BROUGHT = {"basix", "ufl", "pydantic_core", "vtk", "paraview"}
"""By DOLFINx, pydantic and pyvista; the last is ParaView's own Python."""
DEBIAN = {"dolfinx": "python3-dolfinx-real"}
CONDA = {"dolfinx": "fenics-dolfinx", "gmsh": "python-gmsh", "matplotlib": "matplotlib-base"}


def imported() -> set[str]:
    """Packages that the program and the geometry scripts import, at any place."""
    names = set()
    for path in (*ROOT.glob("fem_cell/**/*.py"), *ROOT.glob("geometry/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    own = {path.stem for path in ROOT.glob("geometry/*.py")} | {"fem_cell"}
    return names - set(sys.stdlib_module_names) - own - BROUGHT


def listed(path: str, line: str) -> set[str]:
    """Names in the lines of a list; ``line`` says where in a line they stand."""
    return set(re.findall(line, (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", sorted(imported()))
def test_import_is_in_every_list(name: str) -> None:
    dashed = name.replace("_", "-")
    assert DEBIAN.get(name, f"python3-{dashed}") in listed("container/packages.txt", r"^([\w-]+)")
    assert CONDA.get(name, dashed) in listed("container/environment.yml", r"^  - ([\w-]+)")
    if name != "dolfinx":
        assert name in FROM_ENVIRONMENT + FROM_PYPI


def test_requirements_are_those_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.match(r"[\w-]+", text)[0].replace("-", "_") for text in project["dependencies"]}
    assert required == set(FROM_PYPI)


def test_tests_find_their_packages() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    required = {re.match(r"[\w-]+", text)[0] for text in extra["test"]}
    debian = listed("container/packages_test.txt", r"^([\w-]+)")
    assert required <= {name.removeprefix("python3-") for name in debian}
    assert required <= listed("container/environment.yml", r"^  - ([\w-]+)")

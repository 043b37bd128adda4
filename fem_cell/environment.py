"""What fem_cell needs besides itself, checked before anything heavy is imported.

DOLFINx, petsc4py, mpi4py and Gmsh come from the environment, not from PyPI: they must
share one MPI and one PETSc. The check reads package metadata only, so that a missing or
unsuitable installation is explained at once instead of failing inside an import.

``python3 -m fem_cell.environment`` ends with 0 if a case can be solved here. Otherwise it
ends with 1 and, where there is a DOLFINx, prints in one line what is wrong with it.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from fem_cell.errors import FemCellError
from fem_cell.log import LOGGER, rank_from_environment

DOLFINX_MINIMUM = (0, 11)
DOLFINX_BELOW = (0, 12)

FROM_ENVIRONMENT = ("petsc4py", "mpi4py", "gmsh")
FROM_PYPI = ("numpy", "scipy", "pydantic", "pint", "rich", "tomli_w", "matplotlib", "pyvista")

HOW_TO_GET = """\
Get an environment in one of these ways:
  container/fem-cell ...                             builds one on Debian or Ubuntu, once
  conda env create -f container/environment.yml      conda-forge
  the image dolfinx/dolfinx:v0.11.0 (Docker, Podman)   then in it: pip install ."""


def check_environment() -> None:
    """Check that a case can be solved here; to be called before a solve.

    Not collective: every rank reads the same metadata and comes to the same answer.

    Raises:
        FemCellError: A package is missing, or DOLFINx is not one of the versions that
            fem_cell is written for. The text says what was found and how to get the rest.
    """
    problem = find_problem()
    if problem is not None:
        raise FemCellError(f"{problem}\n{HOW_TO_GET}")
    warn_about_threads()


def find_problem() -> str | None:
    """What keeps a case from being solved here, in one line.

    Returns:
        None if nothing does.
    """
    accepted = f">={_text(DOLFINX_MINIMUM)},<{_text(DOLFINX_BELOW)}"
    found = dolfinx_version()
    if found is None:
        return f"DOLFINx is not installed for {sys.executable}; fem_cell needs {accepted}"
    if not is_supported(found):
        return f"DOLFINx {found} is installed for {sys.executable}; fem_cell needs {accepted}"
    missing = [name for name in FROM_ENVIRONMENT if find_spec(name) is None]
    if missing:
        return f"DOLFINx {found} is there, but {', '.join(missing)} missing beside it"
    missing = [name for name in FROM_PYPI if find_spec(name) is None]
    if missing:
        return f"DOLFINx {found} is there, but {', '.join(missing)} missing; run: pip install ."
    return None


def dolfinx_version() -> str | None:
    """Version of the installed DOLFINx by its metadata, None if there is none."""
    try:
        return version("fenics-dolfinx")
    except PackageNotFoundError:
        return None


def is_supported(found: str) -> bool:
    """Whether a DOLFINx version, e.g. ``0.11.0.post0``, is one fem_cell is written for."""
    match = re.match(r"(\d+)\.(\d+)", found)
    if match is None:
        return False
    return DOLFINX_MINIMUM <= (int(match[1]), int(match[2])) < DOLFINX_BELOW


def warn_about_threads() -> None:
    """Warn on rank 0 when each rank may start threads that take the others' cores."""
    threads = os.environ.get("OMP_NUM_THREADS")
    if rank_from_environment() == 0 and threads != "1":
        LOGGER.warning(
            "OMP_NUM_THREADS is %s: ranks may compete for cores; set it to 1",
            threads or "not set",
        )


def _text(release: tuple[int, int]) -> str:
    return ".".join(str(number) for number in release)


def _main() -> int:
    problem = find_problem()
    if problem is not None and dolfinx_version() is not None:
        print(problem)
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(_main())

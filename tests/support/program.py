"""The ``fem-cell`` command as users start it: small cases, runs, and what they leave."""

from __future__ import annotations

import copy
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from tests.conftest import end_process, mpi_environment

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "runs" / "channelled_cathode.toml"
SCRIPT = ROOT / "geometry" / "layered_slab.py"

Array = npt.NDArray[np.float64]
Finished = subprocess.CompletedProcess[str]

SLAB: dict[str, Any] = {
    "title": "Porous wall on an electrolyte, one cell wide",
    "temperature": "30 degC",
    "protocol": ["Discharge at 1C until 2.7 V"],
    "geometry": {
        "script": str(SCRIPT),
        "layers": ["cathode: 50 um", "electrolyte: 20 um"],
        "elements": [10, 5],
        "grading": 3.0,
    },
    "phases": {
        "cathode": {
            "model": "porous_active",
            "material": "NMC811",
            "electrolyte": "PVDF-LiFSI",
            "radial_points": 4,
        },
        "electrolyte": {"model": "binary_salt", "material": "PVDF-LiFSI"},
    },
    "interfaces": {
        "lithium_foil": {
            "model": "counter_electrode",
            "material": "lithium",
            "exchange_current_density": "0.5 mA/cm^2",
        },
    },
    "terminals": {"positive": "current_collector", "negative": "lithium_foil"},
    "initial": {"voltage": "4.2 V"},
    "output": {"pictures": False, "snapshots": 2},
}
"""A cell of 64 nodes that discharges in a second."""

DENSE: dict[str, Any] = SLAB | {
    "title": "Dense LiCoO2 on LPSCl with a lithium-indium counter electrode",
    "geometry": SLAB["geometry"] | {"layers": ["cathode: 10 um", "electrolyte: 20 um"]},
    "phases": {
        "cathode": {"model": "dense_active", "material": "LiCoO2", "c_axis": [1, 0, 0]},
        "electrolyte": {"model": "single_ion", "material": "LPSCl"},
    },
    "interfaces": {"lithium_foil": {"model": "counter_electrode", "material": "lithium-indium"}},
    "initial": {"voltage": "3.6 V"},
    "protocol": ["Discharge at C/5 until 2.2 V"],
}
"""The other pair of phase models, 64 nodes."""

CRYSTALS: dict[str, Any] = SLAB | {
    "title": "Grains with a crack, resisting boundaries and half of the contact lost",
    "geometry": {
        "script": str(ROOT / "geometry" / "dense_crystals.py"),
        "arrangement": "equiaxed",
        "grains": 5,
        "width": "6 um",
        "thickness": "8 um",
        "separator_thickness": "3 um",
        "mesh_size": "1.5 um",
        "cracks": 1,
        "crack_diameter": "2.5 um",
        "crack_size": "0.8 um",
        "contact_fraction": 0.5,
    },
    "phases": {
        "cathode": {
            "model": "dense_active",
            "material": "LiCoO2",
            "grain_boundary_transfer": "1e-8 m/s",
        },
        "separator": {"model": "single_ion", "material": "LPSCl"},
    },
    "interfaces": {
        "counter_electrode": {"model": "counter_electrode", "material": "lithium-indium"}
    },
    "terminals": {"positive": "current_collector", "negative": "counter_electrode"},
    "initial": {"stoichiometry": 0.55},
    "protocol": ["Discharge at 1C until 2.8 V"],
}
"""Everything that jumps, in some hundred nodes."""

SYMMETRIC: dict[str, Any] = SLAB | {
    "title": "Lithium on both sides of a binary electrolyte",
    "geometry": SLAB["geometry"] | {"layers": ["electrolyte: 50 um"], "elements": [12]},
    "phases": {"electrolyte": {"model": "binary_salt", "material": "PVDF-LiFSI"}},
    "interfaces": {
        name: {"model": "counter_electrode", "material": "lithium"}
        for name in ("lithium_foil", "current_collector")
    },
    "initial": {},
    "protocol": ["Discharge at 0.1 mA/cm^2 for 10 minutes"],
}
"""A cell without active material, 52 nodes."""

SMALL_STEPS = 'solver.maximum_time_step="5 s"'
"""Makes a run long enough to be interrupted."""


def changed(document: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """A copy of a document; ``geometry__width="3 um"`` changes ``geometry.width``."""
    new = copy.deepcopy(dict(document))
    for path, value in values.items():
        *above, last = path.split("__")
        table = new
        for name in above:
            table = table.setdefault(name, {})
        table[last] = value
    return new


def write_case(folder: Path, document: Mapping[str, Any], name: str = "case.toml") -> Path:
    """A case file of a document."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(tomli_w.dumps(document))
    return path


def start(
    *args: object, ranks: int = 1, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start ``fem-cell ARGS``, under mpirun if there are several ranks."""
    command = [sys.executable, "-m", "fem_cell", *map(str, args)]
    if ranks > 1:
        command = ["mpirun", "-n", str(ranks), *command]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=mpi_environment() | dict(env or {}),
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], timeout: float = 120.0) -> Finished:
    """Wait for a started program; whatever is left of it after the time-out is ended."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        end_process(process)
        out, err = process.communicate()
        raise AssertionError(
            f"still ran after {timeout:g} s\n--- stdout\n{out[-4000:]}\n--- stderr\n{err[-4000:]}"
        ) from None
    finally:
        end_process(process)
    return Finished(process.args, process.returncode, out, err)


def run(*args: object, ranks: int = 1, timeout: float = 120.0, **options: Any) -> Finished:
    """Run ``fem-cell ARGS`` to its end."""
    return finish(start(*args, ranks=ranks, **options), timeout)


def solve(case: Path, out: Path, *args: object, code: int = 0, **options: Any) -> Results:
    """Run a case and read its results.

    Args:
        case: Case file.
        out: Results folder.
        args: Further arguments.
        code: The exit code the run must end with.
        options: Of :func:`run`.
    """
    done = run("run", case, "--out", out, "--quiet", *args, **options)
    assert done.returncode == code, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return Results(out)


@dataclass(frozen=True, slots=True)
class Results:
    """A results folder.

    Attributes:
        folder: Where it is.
    """

    folder: Path

    @property
    def record(self) -> dict[str, Any]:
        """``run.json``."""
        return json.loads((self.folder / "run.json").read_text())

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of ``summary.json``."""
        return json.loads((self.folder / "summary.json").read_text())["steps"]

    @property
    def labels(self) -> list[str]:
        """Column labels of the time series."""
        with (self.folder / "timeseries.csv").open(newline="") as file:
            return next(csv.reader(file))

    @property
    def rows(self) -> Array:
        """The time series, one row per accepted step."""
        return np.loadtxt(self.folder / "timeseries.csv", delimiter=",", skiprows=1, ndmin=2)

    @property
    def losses(self) -> Array:
        """The rows of ``losses.csv``."""
        return np.loadtxt(self.folder / "losses.csv", delimiter=",", skiprows=1, ndmin=2)

    def column(self, label: str, step: int | None = None) -> Array:
        """A column of the time series; of one protocol step, or of all."""
        rows = self.rows
        if step is not None:
            rows = rows[rows[:, self.labels.index("Step Count / 1")] == step]
        return rows[:, self.labels.index(label)]

    def voltage_at(self, times: Sequence[float] | Array) -> Array:
        """Voltage at given times, linear between the rows."""
        return np.interp(times, self.column("Test Time / s"), self.column("Voltage / V"))


def rows_written(out: Path) -> int:
    """Rows of a time series that may not exist yet."""
    path = out / "timeseries.csv"
    return max(path.read_text().count("\n") - 1, 0) if path.is_file() else 0


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], timeout: float) -> None:
    """Wait until a running program has come so far; an assertion fails if it ends before."""
    end = time.monotonic() + timeout
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"not reached within {timeout:g} s"
        time.sleep(0.05)

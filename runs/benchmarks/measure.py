"""Runs cases as users do and reads what they leave."""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
CASE = HERE.parent / "channelled_cathode.toml"

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "PYTHONPATH": f"{HERE.parents[1]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
}

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run.

    Attributes:
        folder: Its results folder.
        record: ``run.json``.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def curve(self) -> Array:
        """Rows (time / s, voltage / V)."""
        with (self.folder / "timeseries.csv").open() as file:
            rows = list(csv.reader(file))
        columns = [rows[0].index(name) for name in ("Test Time / s", "Voltage / V")]
        return np.array([[float(row[i]) for i in columns] for row in rows[1:]])

    @property
    def unknowns(self) -> int:
        """All unknowns, those inside particles too."""
        return int(self.record["unknowns"]["total"])

    @property
    def coupled(self) -> int:
        """Unknowns of the linear systems."""
        inside = [n for k, n in self.record["unknowns"].items() if k.endswith(".inside_particles")]
        return self.unknowns - sum(inside)

    @property
    def newton_step(self) -> float:
        """Wall time of a Newton iteration with all that belongs to it, s."""
        return float(self.record["wall_time_s"]["solve"]) / self.record["newton_iterations"]

    @property
    def linear_per_newton(self) -> float:
        """Average number of linear iterations."""
        return float(self.record["linear_iterations"] / self.record["newton_iterations"])

    @property
    def newton_per_step(self) -> float:
        """Average number of Newton iterations of an accepted time step."""
        return float(self.record["newton_iterations"] / self.record["accepted_steps"])

    @property
    def rejected(self) -> float:
        """Share of rejected time steps."""
        steps = self.record["accepted_steps"] + self.record["rejected_steps"]
        return float(self.record["rejected_steps"] / steps)

    @property
    def memory_per_unknown(self) -> float:
        """Peak memory of all ranks over all unknowns, bytes."""
        return float(self.record["peak_memory_MB"]) * 2**20 / self.unknowns


def run(
    out: Path,
    changes: Mapping[str, object],
    ranks: int = 1,
    case: Path = CASE,
    petsc: Sequence[str] = (),
    counter: Path | None = None,
) -> Result:
    """Run a case with changed entries, without pictures.

    Args:
        out: Results folder.
        changes: Entries of the case by dotted key.
        ranks: Number of processes.
        case: The case file.
        petsc: Options of PETSc.
        counter: What :func:`build_counter` made, to count messages.

    Raises:
        RuntimeError: It did not finish; the text is what it said.
    """
    settings = {"output.pictures": "false", **changes}
    command = [sys.executable, "-m", "fem_cell", "run", str(case), "--out", str(out), "--quiet"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    command += ["-n", str(ranks)] if ranks > 1 else []
    command += ["--", *petsc] if petsc else []
    extra = {"LD_PRELOAD": str(counter), "COUNT_MESSAGES": str(_counts(counter))} if counter else {}
    _call(command, extra)
    return Result(out, json.loads((out / "run.json").read_text()))


def poisson_cost(mesh: Path, ranks: int, repeats: int) -> dict[str, float]:
    """Cost of a scalar Poisson problem on a mesh: seconds per unknown, and iterations."""
    command = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    found = [
        json.loads(
            _call([*command, sys.executable, str(HERE / "poisson.py"), str(mesh)]).splitlines()[-1]
        )
        for _ in range(repeats)
    ]
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def build_counter(folder: Path) -> Path:
    """Compile what counts messages, and forget earlier counts."""
    library = (folder / "count_messages.so").resolve()
    _call(["mpicc", "-shared", "-fPIC", "-O2", "-o", str(library), str(HERE / "count_messages.c")])
    _counts(library).unlink(missing_ok=True)
    return library


def counted(counter: Path) -> list[list[int]]:
    """Messages, bytes and collectives of every run since, the most of any rank."""
    return [list(json.loads(line).values()) for line in _counts(counter).read_text().splitlines()]


def _counts(counter: Path) -> Path:
    return counter.with_suffix(".jsonl")


def _call(command: Sequence[str], extra: Mapping[str, str] | None = None) -> str:
    environment = {**os.environ, **ENVIRONMENT, **(extra or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def difference(one: Result, exact: Result, steep: float) -> float:
    """Largest difference in voltage (V) at equal times where the curve is not steep.

    Args:
        one: A run.
        exact: The same with tighter tolerances.
        steep: Slope (V per duration of the run) from which a curve counts as vertical.
    """
    a, b = one.curve, exact.curve
    duration = b[-1, 0]
    slope = np.abs(np.gradient(b[:, 1], b[:, 0] + 1e-9 * np.arange(len(b)))) * duration
    kept = (a[:, 0] > 1e-3 * duration) & (a[:, 0] < duration)
    kept &= np.interp(a[:, 0], b[:, 0], slope) < steep
    return float(np.abs(a[:, 1] - np.interp(a[:, 0], b[:, 0], b[:, 1]))[kept].max())

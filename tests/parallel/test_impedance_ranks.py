"""The same spectra on any number of ranks, and after a run was stopped in a measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_cell.cli import main
from fem_cell.experiments.spectra import FILE, RESISTANCES_FILE, read_resistances, read_spectra
from tests.conftest import launch_ranks
from tests.support.program import CRYSTALS, DENSE, SLAB, SYMMETRIC, changed, write_case

pytestmark = pytest.mark.parallel

PROTOCOL = [
    "Measure impedance from 1e5 Hz to 1e-2 Hz at 8 frequencies",
    "Discharge at 0.1 mA/cm^2 for 2 minutes",
    "Measure impedance from 1e5 Hz to 1e-2 Hz at 8 frequencies",
]
CASES = {
    "porous": changed(SLAB, protocol=PROTOCOL),
    "iterative": changed(SLAB, protocol=PROTOCOL, solver__linear_solver="iterative"),
    "symmetric": changed(SYMMETRIC, protocol=PROTOCOL),
    "dense": changed(DENSE, protocol=PROTOCOL),
    "crystals": changed(CRYSTALS, protocol=PROTOCOL),
    # six tetrahedra: some ranks own nothing of a phase
    "six_cells": changed(SLAB, geometry__elements=[1, 1], protocol=PROTOCOL),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Results of all cases on one, two and three ranks, in folders such as ``porous_2``."""
    folder: Path = tmp_path_factory.mktemp("impedance")
    paths = [str(write_case(folder, case, f"{name}.toml")) for name, case in CASES.items()]
    for ranks in (1, 2, 3):
        done = launch_ranks(ranks, ["-m", "tests.parallel.solve_many", *paths], timeout=280)
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return folder


def impedances(folder: Path) -> np.ndarray:
    """Z of all spectra, ohm cm^2, shape (spectra, frequencies)."""
    return np.array([s.impedance for s in read_spectra(folder / FILE)])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_ranks_agree(folder, name):
    """Direct within 1e-7, iterative within 1e-5 (the states differ by what Newton leaves)."""
    one = impedances(folder / f"{name}_1")
    assert one.shape == (2, 8)
    for ranks in (2, 3):
        several = impedances(folder / f"{name}_{ranks}")
        error = float(np.abs(several / one - 1).max())
        print(f"{name} on {ranks} ranks: {error:.1e}")
        assert error < (1e-5 if name == "iterative" else 1e-7)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_resistances_agree(folder, name):
    """At rest they add up to Re Z, on any number of ranks alike; at work there are none."""
    tables = [read_resistances(folder / f"{name}_{n}" / RESISTANCES_FILE) for n in (1, 2, 3)]
    real = impedances(folder / f"{name}_1")[0].real
    for table in tables:
        assert list(table) == [1]
        frequency, parts = table[1]
        assert frequency.size == 8
        assert list(parts) == list(tables[0][1][1])
        np.testing.assert_allclose(sum(parts.values()), real, rtol=1e-7)
        assert np.abs(parts["unaccounted"] / real).max() < 2e-4
        for ours, theirs in zip(parts.values(), tables[0][1][1].values(), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4 * real.max())


@pytest.mark.timeout(600)
def test_direct_and_iterative_agree(folder):
    direct, iterative = impedances(folder / "porous_1"), impedances(folder / "iterative_1")
    np.testing.assert_allclose(iterative, direct, rtol=1e-5)


@pytest.mark.timeout(600)
def test_a_run_stopped_in_a_measurement_goes_on(folder, tmp_path):
    case, out = str(folder / "porous.toml"), str(tmp_path / "out")
    assert main(["run", case, "--out", out, "--quiet", "--max-wall-time", "0s"]) == 4
    assert not (tmp_path / "out" / FILE).exists()
    assert main(["run", case, "--out", out, "--quiet", "--resume"]) == 0
    np.testing.assert_allclose(
        impedances(tmp_path / "out"), impedances(folder / "porous_1"), rtol=1e-7
    )
    # all steps are finished: what was measured is kept
    assert main(["run", case, "--out", out, "--quiet", "--resume"]) == 0
    assert impedances(tmp_path / "out").shape == (2, 8)

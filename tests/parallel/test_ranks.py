"""The same curve on any number of ranks, also where a rank owns nothing of a phase."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.program import (
    CRYSTALS,
    DENSE,
    MAIN,
    SLAB,
    SYMMETRIC,
    Results,
    changed,
    write_case,
)

pytestmark = pytest.mark.parallel

PHASES = SLAB["phases"]
SHORT = ["Discharge at 1C for 5 minutes"]

CASES = {
    "porous": SLAB,
    "dense": DENSE,
    "crystals": CRYSTALS,
    "strained": changed(
        CRYSTALS,
        mechanics__stack_pressure="5 MPa",
        mechanics__fixture="rigid",
        protocol=["Discharge at 1C for 10 minutes"],
    ),
    # grains and boundaries go on behind the sides
    "periodic": changed(
        CRYSTALS,
        geometry__arrangement="columnar",
        geometry__grains=4,
        geometry__periodic=True,
        mechanics__stack_pressure="5 MPa",
        protocol=["Discharge at 1C for 10 minutes"],
    ),
    "symmetric": SYMMETRIC,
    "two_walls": changed(
        SLAB,
        geometry__layers=[
            "back: 20 um",
            "electrolyte: 8 um",
            "cathode: 20 um",
            "electrolyte: 8 um",
        ],
        geometry__elements=[4, 2, 4, 2],
        phases={**PHASES, "back": PHASES["cathode"]},
        protocol=SHORT,
    ),
    # the reaction is at the outer face of the wall, an interface of one facet pair
    "laminated": changed(
        SLAB,
        phases__cathode__pore_filling=0.0,
        protocol=["Discharge at 0.05C until 3.6 V or for 5 minutes"],
    ),
    # six tetrahedra: on four ranks some own nothing of a phase and no facet of the interface
    "six_cells": changed(SLAB, geometry__elements=[1, 1], protocol=SHORT),
    # a long stack is cut across: most ranks see one phase only
    "long": changed(
        SLAB,
        geometry__layers=["cathode: 50 um", "electrolyte: 200 um"],
        geometry__elements=[8, 40],
        protocol=["Discharge at 0.2C for 5 minutes"],
    ),
    "iterative": changed(SLAB, solver__linear_solver="iterative"),
}

LESS_EXACT = ("iterative", "strained", "periodic")
"""Solved to a tolerance."""

Solved = Callable[[str, int], Results]


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Solved:
    """Results of a case on a number of ranks; all cases are solved in one launch."""
    from tests.conftest import launch_ranks

    folder: Path = tmp_path_factory.mktemp("ranks")
    paths = [write_case(folder, case, f"{name}.toml") for name, case in CASES.items()]
    shutil.copy(MAIN, folder / "channels.toml")
    script = f"geometry.script={str(MAIN.parents[1] / 'geometry' / 'channelled_cathode.py')!r}"
    short = 'protocol=["Discharge at 1C for 10 minutes"]'
    options = f"--smoke,--set,output.pictures=false,--set,{short},--set,{script}"
    arguments = [*map(str, paths), f"{folder / 'channels.toml'},{options}"]
    launched: set[int] = set()

    def results(name: str, ranks: int) -> Results:
        if ranks not in launched:
            launched.add(ranks)
            command = ["-m", "tests.parallel.solve_many", *arguments]
            done = launch_ranks(ranks, command, timeout=280)
            assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        return Results(folder / f"{name}_{ranks}")

    return results


def differences(one: Results, other: Results) -> tuple[float, float]:
    """Of the time of the end (s), and of the voltage at common times (V)."""
    a, b = one.rows, other.rows
    times = a[a[:, 0] < min(a[-1, 0], b[-1, 0]), 0]
    voltage = np.abs(one.voltage_at(times) - other.voltage_at(times)).max()
    return abs(a[-1, 0] - b[-1, 0]), float(voltage)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [*(n for n in CASES if n not in LESS_EXACT), "channels"])
@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_direct_solver_gives_the_same_curve(solved, ranks, name):
    one, several = solved(name, 1), solved(name, ranks)
    assert several.record["ranks"] == ranks
    assert several.record["linear_solver"] == "direct"
    assert several.record["unknowns"] == one.record["unknowns"]
    assert several.rows.shape == one.rows.shape
    np.testing.assert_allclose(several.rows, one.rows, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(several.losses, one.losses, rtol=1e-6, atol=1e-8)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_iterative_solver_gives_the_same_curve(solved, ranks):
    direct, iterative = solved("porous", 1), solved("iterative", ranks)
    assert iterative.record["linear_solver"] == "iterative"
    ends, voltage = differences(direct, iterative)
    assert ends < 1e-2
    assert voltage < 1e-5


def extremes(results: Results) -> list[dict[str, float]]:
    """Every number of stress.json but for places, snapshot by snapshot."""

    def numbers(tree: dict, path: str = "") -> dict[str, float]:
        found: dict[str, float] = {}
        for key, value in tree.items():
            if isinstance(value, dict):
                found |= numbers(value, f"{path}{key}.")
            elif not isinstance(value, list):
                found[f"{path}{key}"] = value
        return found

    snapshots = json.loads((results.folder / "stress.json").read_text())["snapshots"]
    return [numbers(snapshot) for snapshot in snapshots]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_stress_is_the_same(solved, ranks):
    """Every extreme within 1e-5, and the stack pressure grows in a rigid fixture."""
    one, several = solved("strained", 1), solved("strained", ranks)
    np.testing.assert_allclose(several.rows, one.rows, rtol=1e-5, atol=1e-6)
    pressure = one.column("Stack Pressure / MPa")
    assert pressure[0] == pytest.approx(5.0, rel=1e-3)
    assert abs(pressure[-1] - pressure[0]) > 1.0
    assert np.abs(one.column("Thickness Change / um")).max() < 1e-9
    tension = one.column("Largest Principal Stress / MPa")
    assert np.all(np.diff(tension) > 0)
    for ours, theirs in zip(extremes(one), extremes(several), strict=True):
        assert theirs == pytest.approx(ours, rel=1e-5)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_periodic_cell_is_the_same(solved, ranks):
    """Every column and every extreme of the stress; lithium is conserved across the sides."""
    one, several = solved("periodic", 1), solved("periodic", ranks)
    assert one.record["lithium_balance_error"] < 1e-12
    assert several.record["unknowns"] == one.record["unknowns"]
    np.testing.assert_allclose(several.rows, one.rows, rtol=1e-7, atol=1e-7)
    for ours, theirs in zip(extremes(one), extremes(several), strict=True):
        assert theirs == pytest.approx(ours, rel=1e-5)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_energy_release_is_the_same(solved, ranks):
    """Every crack's front is found, in the same order."""
    one, several = (crack_fronts(solved("strained", n)) for n in (1, ranks))
    assert one.shape[1] >= 1
    assert np.abs(one[-1]).min() > 1e3 * np.abs(one[0]).max()
    np.testing.assert_allclose(several, one, rtol=1e-5, atol=1e-9)


def crack_fronts(results: Results) -> np.ndarray:
    """Largest energy release rate of every front in every snapshot, J/m^2."""
    snapshots = json.loads((results.folder / "stress.json").read_text())["snapshots"]
    key = "largest_energy_release_J_m2"
    return np.array([[front[key] for front in s["crack_fronts"]] for s in snapshots])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
@pytest.mark.parametrize("name", [*CASES, "channels"])
def test_balances(solved, name, ranks):
    record = solved(name, ranks).record
    assert record["lithium_balance_error"] < 1e-9
    assert record["charge_balance_error"] < 1e-7
    assert record["energy_balance_error"] < 1e-5

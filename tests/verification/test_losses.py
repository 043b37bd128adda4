r"""The split of the power: it closes, and what diffusion costs is neither made up nor forgotten.

The sum of all parts is the power at the terminals by the discrete equations, so it closes to the
tolerance of the solver. How the cost of concentration divides into what is lost and what is
stored is an integral of its own: over a discharge and a long rest, after which no gradient is
left, what was stored has come back, and the stored part integrates to zero but for the errors of
mesh and time steps.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.support.program import DENSE, SLAB, SYMMETRIC, changed, solve, write_case

PULSE = ["Discharge at 1C for 6 minutes", "Rest for 20 hours"]
FINE = "solver.time_tolerance=1e-4"

CASES = {
    # salt, particles, a double layer and a film on the foil
    "porous": changed(
        SLAB,
        geometry__elements=[20, 10],
        phases__cathode__radial_points=9,
        interfaces__lithium_foil__film_resistance="20 ohm*cm^2",
        protocol=PULSE,
    ),
    # chemical diffusion, and a film and a double layer on the crystal
    "dense": changed(
        DENSE,
        geometry__elements=[40, 2],
        interfaces={
            **DENSE["interfaces"],
            "cathode-electrolyte": {
                "model": "butler_volmer",
                "film_resistance": "10 ohm*cm^2",
                "double_layer_capacitance": "10 uF/cm^2",
            },
        },
        protocol=PULSE,
    ),
    "symmetric": changed(
        SYMMETRIC,
        geometry__elements=[40],
        protocol=["Discharge at 0.1 mA/cm^2 for 10 hours", "Rest for 20 hours"],
    ),
}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("losses")
    found = {}

    def results(name):
        if name not in found:
            case = write_case(folder, CASES[name], f"{name}.toml")
            found[name] = solve(case, folder / name, "--set", FINE)
        return found[name]

    return results


@pytest.mark.parametrize("name", CASES)
def test_parts_add_up_to_the_power(solved, name):
    """At every instant to a millionth of the largest power, far within a thousandth."""
    results = solved(name)
    powers = results.losses[:, 3:]
    assert np.abs(powers[:, -1]).max() < 1e-6 * np.abs(powers[:, 0]).max()
    assert results.record["energy_balance_error"] < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_no_loss_is_negative(solved, name):
    results = solved(name)
    split = results.steps[0]["energy_split_mWh_cm2"]
    losses = results.losses[:, 5 : 5 + len(split["losses"])]
    assert losses.min() > -1e-9 * np.abs(results.losses[:, 3]).max()
    assert min(split["losses"].values()) > 0


@pytest.mark.parametrize(
    ("name", "kind", "stored"),
    [
        ("porous", "lithium diffusion", "in lithium gradients"),
        ("porous", "salt diffusion", "in salt gradients"),
        ("dense", "lithium diffusion", "in lithium gradients"),
        ("symmetric", "salt diffusion", "in salt gradients"),
    ],
)
def test_what_is_stored_comes_back(solved, name, kind, stored):
    """To 0.3 % of what diffusion has cost."""
    splits = [step["energy_split_mWh_cm2"] for step in solved(name).steps]
    lost = sum(v for s in splits for key, v in s["losses"].items() if key.endswith(kind))
    left = sum(split["stored"][stored] for split in splits)
    assert splits[0]["stored"][stored] > 0
    assert splits[1]["stored"][stored] < 0
    assert abs(left) < 3e-3 * lost


def test_summary_integrates_the_series(solved):
    """Step by step, by the trapezoidal rule."""
    results = solved("dense")
    rows = results.losses
    for number, step in enumerate(results.steps, start=1):
        mine = rows[rows[:, 1] == number]
        energy = sum(0.5 * (b[0] - a[0]) * (a[3] + b[3]) for a, b in pairwise(mine)) / 3600.0
        assert step["energy_split_mWh_cm2"]["terminal"] == pytest.approx(energy, rel=1e-6)

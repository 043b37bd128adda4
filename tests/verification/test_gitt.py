r"""Titration: the diffusivity where the formula holds, what theory says elsewhere.

A slab of LiCoO2 takes small pulses of :math:`T = D\tau/L^2 = 0.1`, in which it cannot be told
from a half-infinite body. A thin wall of particles, in which nothing but diffusion inside them
takes time, takes pulses that are far too long, :math:`T = 0.3`: the formula then is wrong by a
factor that the series of the sphere gives.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from fem_cell.cli import main
from fem_cell.experiments.titration import bias, surface_rise, weppner_huggins
from tests.support.program import DENSE, SLAB, changed, solve, write_case

D = 1e-14
FINE = "solver.time_tolerance=1e-5"
SLAB_PULSES = ["Rest for 1 hour", {
    "gitt": "Discharge at 0.01C for 1000 s", "rest": "10 hours", "until": "2 V", "repeat": 2,
}]  # fmt: skip
PLATE = changed(
    DENSE,
    geometry__elements=[40, 2],
    phases__cathode__diffusivity_ab=f"{D} m^2/s",
    protocol=SLAB_PULSES,
)
THIN_WALL = changed(
    SLAB,
    geometry__layers=["cathode: 4 um", "electrolyte: 2 um"],
    geometry__elements=[2, 2],
    phases__cathode__radial_points=12,
    phases__cathode__diffusivity={"value": f"{D} m^2/s", "activation_energy": "0 J/mol"},
    protocol=["Rest for 1 hour", {
        "gitt": "Discharge at 0.02C for 750 s", "rest": "3 hours", "until": "2 V", "repeat": 2,
    }],
)  # fmt: skip


def facts(results):
    return json.loads((results.folder / "gitt.json").read_text())


def test_slab_gives_its_diffusivity_back(tmp_path):
    results = solve(write_case(tmp_path, PLATE), tmp_path / "out", "--set", FINE)
    found = facts(results)
    assert found["pulses"] == 2
    assert found["warnings"] == []
    assert found["pulse_over_diffusion_time"] == pytest.approx(0.1, rel=1e-3)
    assert found["median_diffusivity_m2_s"]["reacting surface"] == pytest.approx(D, rel=0.05)
    assert found["diffusivity_used_m2_s"] == pytest.approx(D, rel=1e-6)


def test_particles_show_the_error_of_the_formula(tmp_path):
    results = solve(write_case(tmp_path, THIN_WALL), tmp_path / "out", "--set", FINE)
    found = facts(results)
    assert found["pulse_over_diffusion_time"] == pytest.approx(0.3, rel=1e-3)
    (warning,) = found["warnings"]
    assert "the formula finds 0.3" in warning
    expected = D * bias(0.3, "sphere")
    medians = found["median_diffusivity_m2_s"]
    assert medians["particles"] == pytest.approx(expected, rel=0.05)
    ratio = found["sample"]["areas"]["particles"] / found["sample"]["footprint"]
    assert medians["footprint"] / medians["particles"] == pytest.approx(ratio**2)
    assert main(["gitt", str(results.folder), "--area", "2.5"]) == 0
    chosen = facts(results)["median_diffusivity_m2_s"]["chosen area"]
    assert medians["footprint"] / chosen == pytest.approx(2.5**2)


def test_formula():
    assert weppner_huggins(1800.0, 1e-6, 0.01, 0.02) == pytest.approx(4 / np.pi / 1800 * 1e-12 / 4)


@pytest.mark.parametrize(
    ("t", "shape", "expected"),
    # Crank: slab at T = 0.1, see test_slab_diffusion; the long-time limits T + 1/3, 3 T + 1/5
    [(0.1, "slab", 0.356826), (5.0, "slab", 5 + 1 / 3), (5.0, "sphere", 15.2)],
)
def test_surface(t, shape, expected):
    assert surface_rise(t, shape) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", ["slab", "sphere"])
def test_bias_is_smooth_where_series_begin(shape):
    below, above = bias(0.999e-3, shape), bias(1.001e-3, shape)
    assert above == pytest.approx(below, rel=2e-3)
    assert bias(1e-8, shape) == pytest.approx(1.0, rel=1e-3)

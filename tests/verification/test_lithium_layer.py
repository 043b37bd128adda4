"""Layers of lithium in a cell: closed forms, balances, ends, and any number of ranks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fem_cell.analysis.contact_supply import steady_contact
from fem_cell.analysis.lithium_supply import critical_current_density
from fem_cell.case import Case
from fem_cell.laws.constriction import column_resistance, constriction_of_spots
from fem_cell.materials import load_sheet
from fem_cell.materials.lithium_layer import lithium_layer
from fem_cell.reproduction.paper_c_values import holm_resistance
from tests.support import program
from tests.support.program import ROOT, SLAB, Results, changed, solve, write_case

pytestmark = [pytest.mark.timeout(400), pytest.mark.skip_in_parallel]

MAH_PER_CM2 = 36e3
COLD = 298.15
ANODE = {"model": "boron_skeleton", "material": "Li-B", "stack_pressure": "20 MPa"}

CELL = {
    "title": "Li-B under LPSCl",
    "temperature": "80 degC",
    "protocol": ["Discharge at 0.5 mA/cm^2 for 1 hour", "Charge at 0.5 mA/cm^2 for 1 hour"],
    "geometry": {
        "script": SLAB["geometry"]["script"],
        "layers": ["anode: 100 um", "pellet: 500 um"],
        "elements": [30, 4],
        "grading": 10.0,
        "bottom": "anode_collector",
        "top": "counter",
    },
    "phases": {"anode": ANODE, "pellet": {"model": "single_ion", "material": "LPSCl"}},
    "interfaces": {
        "anode_collector": {"model": "contact"},
        "counter": {
            "model": "counter_electrode",
            "material": "lithium",
            "exchange_current_density": "203 A/m^2",
        },
    },
    "terminals": {"positive": "counter", "negative": "anode_collector"},
    "output": {"pictures": False, "snapshots": 1},
}

LITHIUM = {
    "temperature": "25 degC",
    "phases__anode__material": "lithium-layer",
    "phases__anode__stack_pressure": "1 MPa",
}


def run(folder: Path, code: int = 0, ranks: int = 1, **values: object) -> Results:
    """A small cell with some values changed; a busy machine takes its time with three ranks."""
    case = write_case(folder, changed(CELL, **values))
    return solve(case, folder / "out", code=code, ranks=ranks, timeout=280.0)


def test_stripping_ends_where_supply_by_diffusion_does(tmp_path):
    """1 mA/cm2 at room temperature against Crank's slab: 1.5 of 15 mAh/cm2."""
    results = run(
        tmp_path,
        temperature="25 degC",
        protocol=["Discharge at 1 mA/cm^2 until -0.4 V"],
        geometry__elements=[60, 2],
        geometry__grading=40.0,
    )
    layer = lithium_layer(load_sheet("Li-B"), COLD, 20e6, 100e-6)
    taken = results.steps[0]["capacity_mAh_cm2"] * MAH_PER_CM2
    # the potential reaches 0.4 V with 0.35 % of the volume left
    assert critical_current_density(layer, 100e-6, taken, 0.0) == pytest.approx(10.0, rel=0.015)


def test_full_pores_at_the_face_feed_those_behind(tmp_path):
    r"""What goes in is :math:`2 (\varphi_f - \varphi_0) \sqrt{D t/\pi}`, the rest lies on top."""
    results = run(
        tmp_path,
        temperature="25 degC",
        protocol=["Charge at 5 mA/cm^2 for 1 hour"],
        geometry__elements=[80, 2],
        geometry__grading=100.0,
    )
    layer = lithium_layer(load_sheet("Li-B"), COLD, 20e6, 100e-6)
    room = layer.host.full - layer.host.lithium
    inside = 2 * room * np.sqrt(layer.diffusivity * 3600.0 / np.pi)
    plated = 5 * MAH_PER_CM2 / layer.charge_density
    top = results.column("Anode Lithium On Top / um")[-1] * 1e-6
    assert plated - top == pytest.approx(inside, rel=0.02)
    thickness = results.column("Anode Thickness Change / um")[-1] * 1e-6
    assert thickness == pytest.approx(top + layer.host.settling * (plated - top), rel=1e-6)
    assert results.record["lithium_balance_error"] < 1e-9


def test_contact_settles_where_creep_feeds_it(tmp_path):
    """Plain lithium, 0.5 mA/cm2 under 1 MPa: the share in contact that the closed form has."""
    results = run(
        tmp_path,
        **LITHIUM,
        protocol=["Discharge at 0.5 mA/cm^2 for 80 minutes", "Rest for 1 hour"],
        geometry__elements=[60, 2],
        geometry__grading=60.0,
    )
    layer = lithium_layer(load_sheet("lithium-layer"), COLD, 1e6, 100e-6)
    contact = results.column("Anode Contact / 1")
    step = results.column("Step Count / 1")
    assert contact[step == 1][-1] == pytest.approx(steady_contact(layer, 5.0), rel=0.01)
    assert contact[-1] > 0.9
    # voids are what is stripped less what the layer has lost in thickness
    lost = -1e-6 * results.column("Anode Thickness Change / um")
    voids = results.column("Anode Porosity / 1") * (100e-6 - lost)
    charge = np.abs(results.column("Areal Capacity / mAh.cm-2")) * MAH_PER_CM2
    stripped = (charge / layer.charge_density - lost)[step == 1]
    assert voids[step == 1] == pytest.approx(stripped, abs=1e-12)
    assert results.record["lithium_balance_error"] < 1e-9


@pytest.mark.parametrize(("pressure", "celsius"), [(0.5, 25), (0.5, 60), (0.0, 25)])
def test_pores_close_at_rest(tmp_path, pressure, celsius):
    """A tenth of pores under pressure, against the law of a hollow sphere integrated tightly."""
    results = run(
        tmp_path,
        temperature=f"{celsius} degC",
        phases__anode__material="lithium-layer",
        phases__anode__stack_pressure=f"{pressure} MPa",
        phases__anode__lithium_fraction=0.9,
        protocol=["Rest for 10 hours"],
        geometry__elements=[3, 2],
        solver={"time_tolerance": 1e-6},
    )
    law = lithium_layer(load_sheet("lithium-layer"), celsius + 273.15, pressure * 1e6, 1e-4).closing

    def closing(t: float, p: np.ndarray) -> np.ndarray:
        return -law.relative_rate(np.maximum(p / (0.9 + p), 1e-12)) * p

    times = results.column("Test Time / s")
    exact = solve_ivp(closing, (0.0, times[-1]), [0.1], t_eval=times, method="LSODA", rtol=1e-9)
    assert exact.y[0][-1] < 0.095 or pressure == 0.0
    change = 1e-2 * results.column("Anode Thickness Change / um")
    assert change == pytest.approx(exact.y[0] - 0.1, abs=5e-5)


def test_both_sides_are_balanced_on_any_number_of_ranks(tmp_path):
    """Li-B facing lithium: to and fro, the same on one and three ranks."""
    both = {
        "geometry__layers": ["anode: 100 um", "pellet: 500 um", "foil: 100 um"],
        "geometry__elements": [8, 2, 4],
        "phases__foil": ANODE | {"material": "lithium-layer"},
        "interfaces__counter": {"model": "contact"},
        "solver": {"time_tolerance": 1e-2},
    }
    found = [run(tmp_path / str(n), ranks=n, **both) for n in (1, 3)]
    for results in found:
        assert results.record["lithium_balance_error"] < 1e-9
        assert results.record["charge_balance_error"] < 1e-9
        anode = results.column("Anode Thickness Change / um")
        foil = results.column("Foil Thickness Change / um")
        assert anode.min() == pytest.approx(-0.29 * foil.max(), rel=1e-4)
        assert anode[-1] == pytest.approx(0.0, abs=1e-3)
        assert found[0].rows == pytest.approx(results.rows, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ({"phases__anode__stack_pressure": "200 MPa"}, 2, "where the skeleton collapses as made"),
        ({"phases__anode__skeleton_fraction": 0.3}, 2, "add up to 1.027"),
        (
            {"phases__anode": ANODE | {"material": "lithium-layer", "skeleton_load_share": 0.5}},
            2,
            "the layer has no skeleton",
        ),
        ({"geometry__layers": ["anode: 9 um", "wall: 9 um", "pellet: 9 um"],
          "geometry__elements": [2, 2, 2],
          "phases__wall": ANODE}, 2, "touches no electrolyte"),
        ({"interfaces__anode_collector": {"model": "counter_electrode"}}, 2, "no ohmic potential"),
        ({"protocol": ["Discharge at 5 mA/cm^2 for 4 hours"]}, 3, "no lithium is left in 'anode'"),
        (
            {"protocol": ["Discharge at 2 mA/cm^2 for 9 hours"],
             "phases__anode__stack_pressure": "60 MPa"},
            3,
            "the skeleton of 'anode' collapses under 60 MPa",
        ),
    ],
)  # fmt: skip
def test_ends_that_are_explained(tmp_path, values, code, said):
    case = write_case(tmp_path, changed(CELL, **values))
    done = program.run("run", case, "--out", tmp_path / "out", "--quiet")
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_constriction_to_a_disc(tmp_path):
    """A disc of constant potential in a column of electrolyte, against the closed form."""
    geometry = {
        "script": str(ROOT / "geometry" / "anode_stack.py"),
        "width": "38 um",
        "pellet_thickness": "100 um",
        "anode_thickness": "10 um",
        "discs": ["0 um, 0 um: 10 um"],
        "rim_size": "0.5 um",
    }
    fast = {"model": "butler_volmer", "exchange_current_density": "1e9 A/m^2"}
    document = changed(
        CELL,
        geometry=geometry,
        phases__anode__material="lithium-layer",
        interfaces__counter__exchange_current_density="1e9 A/m^2",
        protocol=["Discharge at 0.01 mA/cm^2 for 1 minute"],
    )
    document["interfaces"]["anode-pellet"] = fast
    results = solve(write_case(tmp_path, document), tmp_path / "out")
    case = Case.from_dict(document, tmp_path)
    kappa = case.phases["pellet"].material.value("conductivity", case.temperature)
    total = 1e3 * abs(results.column("Voltage / V")[-1]) / 0.01
    ours = total - 1e4 * 100e-6 / kappa
    assert ours == pytest.approx(holm_resistance(case, 10e-6, 76e-6), rel=0.06)
    contact = np.pi * 10**2 / 76**2
    spots = constriction_of_spots(contact) / contact
    assert ours == pytest.approx(1e4 * column_resistance(76e-6, kappa) * spots, rel=0.06)

"""Discharge of a slab in closed form, and the diffusivity that stands for a capacity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fem_cell.analysis.slab import SHORT, Slab, filling, slab_of
from fem_cell.case import load_case

BASE = Path(__file__).parents[2] / "runs" / "paper_b" / "base.toml"


@pytest.fixture(scope="module")
def slab() -> Slab:
    """The slab of the base case."""
    return slab_of(load_case(BASE, []))


@pytest.mark.parametrize(("tau", "value"), [(0.1, 0.356826), (1.0, 1.333323), (0.005, 0.0797885)])
def test_rise_of_the_face(tau: float, value: float) -> None:
    """Crank's series; 2 sqrt(tau/pi) early on."""
    assert filling(tau) == pytest.approx(value, rel=2e-6)


def test_early_and_late_forms_meet() -> None:
    """At the change from one to the other the rise is continuous."""
    early, late = filling(SHORT * (1 - 1e-12)), filling(SHORT)
    assert early == pytest.approx(late, rel=1e-10)


def test_case_is_read(slab: Slab) -> None:
    """1.55 mA/cm2 at 1C; 16 + 27 ohm cm2 and the electrons' 0.23; the face ends at 3.5 V or so."""
    assert slab.current_density == pytest.approx(15.49, rel=1e-3)
    assert slab.resistance == pytest.approx((250e-6 / 0.156 + 27e-4 + 23.1e-6 / 1.0), rel=1e-12)
    assert slab.voltage(0.54) > slab.cut_off > slab.voltage(0.999)


@pytest.mark.parametrize("diffusivity", [1e-14, 1.5e-13, 1e-12])
def test_a_capacity_gives_its_diffusivity_back(slab: Slab, diffusivity: float) -> None:
    """D_util of a slab is its D."""
    found = slab.equivalent_diffusivity(slab.capacity(diffusivity))
    assert found == pytest.approx(diffusivity, rel=1e-6)


def test_capacity_between_nothing_and_all(slab: Slab) -> None:
    """It grows with D to what the cut-off leaves; more than that no diffusivity gives."""
    capacities = [slab.capacity(d) for d in np.logspace(-16, -9, 8)]
    assert capacities == sorted(capacities)
    assert capacities[-1] == pytest.approx(slab.limit, rel=1e-3)
    assert slab.equivalent_diffusivity(1.01 * slab.limit) is None
    assert slab.equivalent_diffusivity(0.0) is None


def test_slow_discharge_without_resistance_ends_at_the_open_circuit_curve(slab: Slab) -> None:
    """All that lies between the start and the cut-off on the curve."""
    slow = replace(slab, current_density=1e-6, resistance=0.0)
    end = slow.open_circuit.stoichiometry(slow.cut_off + slow.counter_potential)
    whole = (end - slow.start) * slow.charge_density * slow.thickness
    assert slow.capacity(1e-12) == pytest.approx(whole, rel=1e-4)


def test_current_that_ends_at_once(slab: Slab) -> None:
    """Far beyond what the series resistance lets through nothing is delivered."""
    assert replace(slab, current_density=1e4).capacity(1e-12) == 0.0


def test_other_cases_are_refused() -> None:
    """A discharge from a voltage is no such case."""
    case = load_case(BASE, ['protocol=["Rest for 1 hour"]'])
    with pytest.raises(ValueError, match="no constant-current discharge"):
        slab_of(case)

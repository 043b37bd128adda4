"""Numbers of ``summary.json`` and entries of ``run.json``, by hand."""

import json

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.build import Nominal
from fem_cell.experiments.losses import Names
from fem_cell.run.protocol import Start
from fem_cell.run.record import RunRecord
from fem_cell.run.summary import StepSummary, Summary

# 1 cm^2 of a wall with 20 mg of active material in 25 mg, 0.01 cm^3
NOMINAL = Nominal(1e-4, 4e-3, 20e-6, 25e-6, 1e-8, 0.0)
NAMES = Names(("foil activation",))


def gather(text, *, number=1, start=(0.0, 0.0)):
    return StepSummary(text, Start(*start), number, 1, np.zeros(len(NAMES.all)))


def powers(terminal, lost=0.0):
    """Parts of a power in the order of their names; what is not lost is reversible."""
    return np.array([terminal, terminal - lost, lost, 0.0, 0.0, 0.0, 0.0])


def test_energy_is_the_trapezoidal_integral():
    summary = gather("a step", start=(10.0, 1.0))
    for time, current, voltage in ((10.0, -1e-3, 4.0), (110.0, -1e-3, 3.8), (310.0, -1e-3, 3.4)):
        summary.add(time, powers(current * voltage))
    assert summary.energy == pytest.approx(-(0.39 + 0.72))


def test_capacities_and_energies(tmp_path):
    summary = Summary(tmp_path / "summary.json", NOMINAL, NAMES)
    summary.begin([])
    assert summary.last_reason() == ""
    step = gather("Discharge at 1C until 2.7 V", start=(100.0, 2.0))
    step.add(100.0, powers(-14.4e-3, 0.4e-3))
    step.add(3700.0, powers(-14.4e-3, 0.4e-3))
    entry = summary.finish(step, 3700.0, -14.4, "voltage 2.7 V")  # 4 mAh
    assert entry["step"] == 1
    assert entry["duration_s"] == 3600.0
    assert entry["capacity_mAh_cm2"] == pytest.approx(4.0)
    assert entry["capacity_mAh_g"] == pytest.approx(200.0)
    assert entry["mean_voltage_V"] == pytest.approx(3.6)
    assert entry["energy_Wh_kg"] == pytest.approx(14.4e-3 / 25e-6)
    assert entry["energy_Wh_L"] == pytest.approx(14.4e-3 / 0.01e-3)
    split = entry["energy_split_mWh_cm2"]
    assert split["terminal"] == pytest.approx(-14.4)
    assert split["losses"]["foil activation"] == pytest.approx(0.4)
    assert split["reversible"] == pytest.approx(-14.8)
    assert json.loads((tmp_path / "summary.json").read_text())["steps"] == [entry]
    assert summary.last_reason() == "voltage 2.7 V"


def test_resumed_summary_keeps_finished_steps_only(tmp_path):
    path = tmp_path / "summary.json"
    first = Summary(path, NOMINAL, NAMES)
    first.begin([])
    for number in range(3):
        first.finish(gather(f"step {number}", number=number + 1), 1.0, 0.0, "time 1 s")
    resumed = Summary(path, NOMINAL, NAMES)
    resumed.begin(first.steps[:2])
    assert [step["text"] for step in json.loads(path.read_text())["steps"]] == ["step 0", "step 1"]


def test_a_step_without_charge_or_active_material(tmp_path):
    nominal = Nominal(1e-4, None, 0.0, 0.0, 0.0, 0.0)
    summary = Summary(tmp_path / "summary.json", nominal, NAMES)
    summary.begin([])
    entry = summary.finish(gather("Rest for 1 s"), 1.0, 0.0, "time 1 s")
    assert entry["capacity_mAh_g"] == entry["mean_voltage_V"] == entry["energy_Wh_kg"] == 0.0


def test_record_of_an_unexpected_end(tmp_path):
    record = RunRecord(tmp_path / "run.json", MPI.COMM_WORLD)
    record.begin()
    assert json.loads(record.path.read_text())["status"] == "running"
    try:
        try:
            raise KeyError("cause")
        except KeyError as inner:
            raise RuntimeError("PETSc error 101") from inner
    except RuntimeError as error:
        record.fail(error)
    content = json.loads(record.path.read_text())
    assert content["status"] == "failed"
    assert content["end_reason"] == "KeyError: 'cause'"


def test_stages_add_up(tmp_path):
    record = RunRecord(tmp_path / "run.json", MPI.COMM_WORLD)
    record.begin()
    for _ in range(2):
        with record.stage("solve"):
            pass
    record.finish("finished", "time 1 s")
    content = json.loads(record.path.read_text())
    assert set(content["wall_time_s"]) == {"total", "solve"}
    assert content["peak_memory_MB"] > 10
    assert content["started"] <= content["finished"]

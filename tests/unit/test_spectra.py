"""Tables of spectra, and the command that evaluates them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.case import Case
from fem_cell.cli import main
from fem_cell.errors import InputError
from fem_cell.experiments.spectra import read_spectra
from fem_cell.run.impedance import StepTable
from tests.support.program import DENSE, changed

FREQUENCY = np.logspace(4, -1, 31)
IMPEDANCE = 2.0 + 10.0 / (1 + 2j * np.pi * FREQUENCY * 1e-2)


def written(path: Path, head: str = "", sign: float = 1.0, order: int = 1) -> Path:
    """Frequency, Re Z and Im Z in three columns."""
    rows = [f"{f},{z.real},{sign * z.imag}" for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)]
    path.write_text("\n".join([*([head] if head else []), *rows[::order]]) + "\n")
    return path


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("", "ohm"),
        ("Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm", "ohm"),
        ("Frequency / Hz,Real Impedance / ohm.cm2,Imaginary Impedance / ohm.cm2", "ohm.cm2"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_measured_spectra_are_read(tmp_path, head, unit, order):
    (found,) = read_spectra(written(tmp_path / "cell.csv", head, order=order))
    assert found.unit == unit
    np.testing.assert_allclose(found.frequency, FREQUENCY)
    np.testing.assert_allclose(found.impedance, IMPEDANCE)


@pytest.mark.parametrize(
    ("head", "sign", "problem"),
    [
        ("f,a,b", 1.0, "has no column 'Frequency / Hz'"),
        ("", -1.0, "is it -Im Z?"),
        ("1,2", 1.0, "row 1 of the numbers"),
    ],
)
def test_wrong_tables(tmp_path, head, sign, problem):
    with pytest.raises(InputError) as caught:
        read_spectra(written(tmp_path / "cell.csv", head, sign))
    assert problem in str(caught.value)
    assert "three columns" in str(caught.value)


def test_the_command_finds_the_element(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["relaxation", str(written(tmp_path / "cell.csv")), "--out", str(out)]) == 0
    assert "peak 1" in capsys.readouterr().out
    with (out / "relaxation_peaks.csv").open(newline="") as file:
        series, peak = csv.DictReader(file)
    assert float(series["Resistance / ohm"]) == pytest.approx(2.0, rel=0.01)
    assert float(peak["Resistance / ohm"]) == pytest.approx(10.0, rel=0.01)
    assert float(peak["Time Constant / s"]) == pytest.approx(1e-2, rel=0.02)
    assert (out / "pictures" / "relaxation_times.png").stat().st_size > 1e4
    assert (out / "relaxation_times.csv").is_file()


def test_nothing_to_evaluate(tmp_path):
    assert main(["relaxation", str(tmp_path)]) == 2


def test_stress_that_acts_back_is_refused():
    line = "Measure impedance from 1 kHz to 1 Hz"
    two_way = changed(
        DENSE,
        protocol=[line],
        mechanics__stack_pressure="5 MPa",
        mechanics__coupling="two_way",
    )
    with pytest.raises(InputError) as caught:
        Case.from_dict(two_way)
    assert "how stress answers to an oscillation" in str(caught.value)


def test_what_was_measured_after_the_checkpoint_is_dropped(tmp_path):
    """A run that was killed repeats the steps since its checkpoint."""
    table = StepTable("table.csv", ("Step Count / 1", "x"), [["1", "a"], ["3", "b"]])
    table.write(tmp_path)
    again = StepTable("table.csv", ("Step Count / 1", "x"))
    again.begin(tmp_path, 2, MPI.COMM_SELF)
    assert again.rows == [["1", "a"]]
    assert (tmp_path / "table.csv").read_text() == "Step Count / 1,x\n1,a\n"
    again.begin(tmp_path, 0, MPI.COMM_SELF)
    assert again.rows == []
    assert not (tmp_path / "table.csv").exists()

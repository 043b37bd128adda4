"""Reading parameters of geometry scripts, and loading the scripts."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from fem_cell.errors import InputError
from fem_cell.geometry_script import Parameter, load_script, read_values
from fem_cell.geometry_script.parameters import ParameterError

PARAMETERS = (
    Parameter("pitch", "200 um", "um", "distance", minimum=1.0, maximum=1000.0),
    Parameter("taper", "0 deg", "deg", "angle"),
    Parameter("depth", lambda p: p["pitch"] / 2, "um", "depth"),
    Parameter("count", 3, None, "a number", minimum=1),
    Parameter("kind", "round", None, "a kind", choices=("round", "flat")),
    Parameter("closed", False, None, "a truth value"),
    Parameter("ratio", 1.5, None, "a ratio"),
    Parameter("steps", (), None, "numbers", kind=int),
)


def test_defaults_are_read_and_followed():
    values, faults = read_values(PARAMETERS, {"pitch": "0.1 mm"})
    assert faults == []
    assert values == {
        "pitch": 1e-4,
        "taper": 0.0,
        "depth": 5e-5,
        "count": 3,
        "kind": "round",
        "closed": False,
        "ratio": 1.5,
        "steps": (),
    }


def test_values_as_the_command_line_gives_them():
    table = {"count": "4", "closed": "true", "ratio": "2", "steps": ["1", "2"], "taper": "5 deg"}
    values, faults = read_values(PARAMETERS, table)
    assert faults == []
    assert (values["count"], values["closed"], values["ratio"]) == (4, True, 2.0)
    assert values["steps"] == (1, 2)
    assert values["taper"] == pytest.approx(math.radians(5.0), rel=1e-14)


def test_shown_values_read_back_to_the_same():
    values, _ = read_values(PARAMETERS, {"pitch": "103.7 um", "taper": "7 deg", "steps": [3, 4]})
    shown = {p.name: p.show(values[p.name]) for p in PARAMETERS}
    assert shown["pitch"] == "103.7 um"
    assert read_values(PARAMETERS, shown) == (values, [])


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("pitch", 200, "has no unit"),
        ("pitch", "200", "has no unit"),
        ("pitch", "200 kg", "not a unit of this quantity"),
        ("pitch", "200 umm", "not a known unit"),
        ("pitch", "wide", "cannot be read"),
        ("pitch", True, "not a quantity"),
        ("pitch", "0.5 um", "must be at least 1 um"),
        ("pitch", "2 mm", "must be at most 1000 um"),
        ("taper", 5, "5 deg"),
        ("taper", "5", "has no unit"),
        ("count", 0, "must be at least 1"),
        ("count", 2.5, "needs a whole number"),
        ("count", "two", "needs a whole number"),
        ("kind", "rond", "did you mean 'round'"),
        ("closed", "perhaps", "needs true or false"),
        ("ratio", "much", "needs a number"),
        ("steps", 3, "not a list"),
        ("steps", [1.5], "needs a whole number"),
    ],
)
def test_wrong_values_are_explained(name, raw, said):
    parameter = next(p for p in PARAMETERS if p.name == name)
    with pytest.raises(ParameterError, match=said):
        parameter.read(raw)
    _, faults = read_values(PARAMETERS, {name: raw})
    assert [fault.key for fault in faults] == [name]


def test_all_faults_are_reported_together():
    _, faults = read_values(PARAMETERS, {"pitsch": "1 um", "count": 0, "kind": "x"})
    assert [fault.key for fault in faults] == ["pitsch", "count", "kind"]
    assert "did you mean 'pitch'" in faults[0].remedy


def test_compulsory_parameter():
    _, faults = read_values((Parameter("width", None, "um", "size along x"),), {})
    assert str(faults[0]) == "width: must be given; size along x"


def test_missing_script_lists_its_neighbours(tmp_path: Path):
    (tmp_path / "slab.py").write_text("")
    with pytest.raises(InputError, match=r"there is no file .*slap\.py; scripts there: slab\.py"):
        load_script(tmp_path / "slap.py")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PARAMETERS = ()", "does not define names .*, build"),
        ("PARAMETERS = (1,)\nnames = build = print", "not a Parameter"),
        ("1 / 0", "ZeroDivisionError"),
        ("def build(:", "SyntaxError"),
    ],
)
def test_broken_scripts_are_explained(tmp_path: Path, text, said):
    script = tmp_path / "mine.py"
    script.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        load_script(script)
    assert {fault.key for fault in caught.value.faults} == {"geometry.script"}


def test_checking_parameters_loads_nothing_heavy():
    scripts = Path(__file__).parents[2] / "geometry"
    program = f"""
import sys
from fem_cell.geometry_script import load_script
for path in {[str(path) for path in sorted(scripts.glob("*.py"))]}:
    script = load_script(path)
    values, faults = script.read({{}})
    assert not faults
    script.names(values), script.estimate(values)
heavy = {{"gmsh", "dolfinx", "mpi4py", "petsc4py"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

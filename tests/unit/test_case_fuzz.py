"""Mutated case files: each is read or refused with an explanation, none ends in a traceback.

``FEM_CELL_FUZZ=2000`` tries so many of each kind instead of 100.
"""

from __future__ import annotations

import copy
import os
import tomllib

import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpi4py import MPI

from fem_cell.case import load_case
from fem_cell.cli.check import check
from fem_cell.errors import InputError
from tests.support.program import CRYSTALS, DENSE, MAIN, SLAB, SYMMETRIC, run

EXAMPLES = int(os.environ.get("FEM_CELL_FUZZ", "100"))
MAIN_CASE = tomllib.loads(MAIN.read_text()) | {
    "geometry": tomllib.loads(MAIN.read_text())["geometry"]
    | {"script": str(MAIN.parent / tomllib.loads(MAIN.read_text())["geometry"]["script"])}
}
CASES = [SLAB, DENSE, CRYSTALS, SYMMETRIC, MAIN_CASE]
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=10_000,  # ms: nothing hangs
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

NUMBERS = st.sampled_from(["1", "-1", "0", "1e400", "nan", "inf", "1e-300", "1e300", "3,5", ""])
UNITS = st.sampled_from(
    [
        "um",
        "m",
        "V",
        "degC",
        "m^2/s",
        "C",
        "um^1e9",
        "m**(2",
        "1/",
        "mAh/g",
        "%",
        "Ω",
        "\x00",
        "s s",
    ]
)
QUANTITIES = st.builds(lambda number, unit: f"{number} {unit}", NUMBERS, UNITS)
LINES = st.sampled_from(
    [
        "Rest",
        "Charge at",
        "Discharge at C/0 until 2 V",
        "Hold at 1e400 V until C/20",
        "Rest for 1e400 s",
        "Charge at 1C until until 4 V",
        "Discharge at 1e-300C until 2.7 V",
        "for 2 hours",
        "Discharge at 1C until nan V",
    ]
)
REPEATS = st.builds(lambda n, line: {"repeat": n, "steps": [line]}, st.integers(-1, 10**12), LINES)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    QUANTITIES,
    LINES,
    st.dates(),
    st.sampled_from(["nowhere.toml", "/dev/null", "..", "/", "a" * 5000, "lithium", "NMC811"]),
)
VALUES = st.recursive(
    st.one_of(SCALARS, REPEATS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(codec="ascii"), max_size=5), inner, max_size=2),
    ),
    max_leaves=4,
)


def places(table, above=()):
    """Paths of all keys."""
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places(value, (*above, key))


OTHERS = "mechanics coupling stack_pressure symmetric fixture film_resistance smoke materials kind"
KEYS = [*sorted({path[-1] for case in CASES for path in places(case)}), *OTHERS.split()]


@st.composite
def mutated(draw):
    """A good case with up to four things changed, removed, renamed or added."""
    document = copy.deepcopy(draw(st.sampled_from(CASES)))
    for _ in range(draw(st.integers(1, 4))):
        *above, last = draw(st.sampled_from([*places(document)] or [("title",)]))
        table = document
        for name in above:
            table = table[name]
        kind = draw(st.sampled_from(["change", "change", "change", "remove", "rename", "add"]))
        if kind == "change":
            table[last] = draw(VALUES)
        elif kind == "add":
            table[draw(st.sampled_from(KEYS))] = draw(VALUES)
        elif last in table:
            value = table.pop(last)
            if kind == "rename":
                table[last[:-1] + draw(st.sampled_from(["", "x", "é", ".", '"']))] = value
    return document


@st.composite
def misspelt(draw):
    """The text of a good case with a few pieces cut out, doubled or replaced."""
    text = tomli_w.dumps(draw(st.sampled_from(CASES))).encode()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(at + draw(st.integers(0, 12)), len(text))
        new = draw(st.sampled_from([b"", b"=", b"[", b'"', b"\n", b"\xff", b"0", b"-", b"1e9"]))
        text = text[:at] + draw(st.sampled_from([new, text[at:end] * 2])) + text[end:]
    return text


def look_at(path):
    """What ``fem-cell check`` does; whether the case is accepted."""
    faults = None
    try:
        assert check(load_case(path))
    except InputError as error:
        faults = error.faults
    if faults is None:
        return True
    assert faults
    assert all(fault.key and fault.problem and fault.remedy for fault in faults), faults
    return False


@given(document=mutated())
@FUZZ
def test_mutated_cases(tmp_path_factory, document):
    path = folder(tmp_path_factory) / "case.toml"
    path.write_text(tomli_w.dumps(document))
    look_at(path)


@given(text=misspelt())
@FUZZ
def test_misspelt_case_files(tmp_path_factory, text):
    path = folder(tmp_path_factory) / "case.toml"
    path.write_bytes(text)
    look_at(path)


@given(document=mutated())
@settings(FUZZ, max_examples=3)
def test_the_command_agrees(tmp_path_factory, document):
    path = folder(tmp_path_factory) / "case.toml"
    path.write_text(tomli_w.dumps(document))
    accepted = look_at(path)
    done = run("check", path)
    assert done.returncode == (0 if accepted else 2), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def folder(factory):
    """One for all examples."""
    base = factory.getbasetemp() / f"fuzz{MPI.COMM_WORLD.rank}"
    base.mkdir(exist_ok=True)
    return base

"""Blocks that end at a voltage, titrations and sweeps: what they unroll to, what is refused."""

import pytest

from fem_cell.errors import InputError
from fem_cell.protocol import Amount, Leave, Limit, parse_line, parse_protocol
from fem_cell.run.protocol import next_index
from fem_cell.run.sweep import Ramp

PULSE = "Discharge at 0.1C for 30 minutes"
GITT = {"gitt": PULSE, "rest": "2 hours", "until": "2.8 V", "repeat": 3}


def test_titration_unrolls():
    steps = parse_protocol(["Rest for 1 h", GITT, "Rest for 2 h"])
    assert [s.text for s in steps] == [
        "Rest for 1 h", *3 * [PULSE, "Rest for 2 hours"], "Rest for 2 h",
    ]  # fmt: skip
    assert [s.cycle for s in steps] == [1, 1, 1, 2, 2, 3, 3, 3]
    assert [s.repeated for s in steps] == [False, *6 * [True], False]
    assert {s.experiment for s in steps[1:7]} == {"gitt"}
    assert steps[1].until[-1] == Limit("voltage", 2.8, "V", "2.8 V")
    assert steps[1].leaves == (Leave("2.8 V", 7),)
    assert steps[2].leaves == ()


def test_where_a_block_is_left_to():
    inner = {"repeat": 2, "steps": [PULSE], "until": "3.4 V"}
    outer = {"repeat": 2, "steps": [inner, "Rest for 1 s"], "until": "3 V"}
    steps = parse_protocol([outer, "Rest for 2 s"])
    assert [[leave.to for leave in step.leaves] for step in steps] == [
        [2, 6], [2, 6], [], [5, 6], [5, 6], [], [],
    ]  # fmt: skip
    assert next_index(steps[0], 0, "time 30 minutes") == 1
    assert next_index(steps[0], 0, "voltage 3.4 V") == 2
    assert next_index(steps[3], 3, "voltage 3 V") == 6


@pytest.mark.parametrize(
    ("block", "key", "words"),
    [
        (GITT | {"until": "2.8"}, "until", "not a voltage"),
        ({"gitt": PULSE}, "rest", "missing"),
        (GITT | {"gitt": "Rest for 1 h"}, "gitt", "no pulse"),
        (GITT | {"gitt": "Discharge at 1C until 3 V"}, "gitt", "no pulse"),
        (GITT | {"rest": "2"}, "rest", "not a duration"),
        (GITT | {"pause": "2 s"}, "pause", "not a key of a gitt block"),
        ({"repeat": 2, "steps": ["Rest for 1 s"], "until": "3 V"}, "until", "one direction"),
        (
            {"repeat": 2, "steps": [PULSE, "Charge at 1C for 1 s"], "until": "3 V"},
            "until",
            "one direction",
        ),
    ],
)
def test_wrong_blocks(block, key, words):
    with pytest.raises(InputError) as raised:
        parse_protocol([block])
    lines = [line for line in str(raised.value).splitlines() if f"protocol[1].{key}" in line]
    assert any(words in line for line in lines)


def test_sweep():
    step = parse_line("Sweep at 0.1 mV/s until 4.5 V")
    assert (step.kind, step.direction) == ("sweep", 0)
    assert step.value == Amount(pytest.approx(1e-4), "V/s")
    ramp = Ramp.of(step, 100.0, 4.4)
    assert ramp.end == pytest.approx(1100.0)
    assert [ramp.voltage(t) for t in (0.0, 600.0, 2000.0)] == pytest.approx([4.4, 4.45, 4.5])
    resumed = Ramp.of(step, 600.0, ramp.voltage(600.0))
    assert (resumed.end, resumed.limit) == (pytest.approx(ramp.end), "voltage 4.5 V")
    down = Ramp.of(step, 0.0, 4.6)
    assert down.voltage(500.0) == pytest.approx(4.55)
    assert Ramp.of(parse_line("Rest for 1 s"), 0.0, 4.0) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Sweep at 0.1 V until 4 V", "not a rate"),
        ("Sweep at -1 mV/s until 4 V", "not greater than zero"),
        ("Sweep at 1 mV/s for 10 s", "needs one voltage"),
    ],
)
def test_wrong_sweeps(line, words):
    with pytest.raises(ValueError, match=words):
        parse_line(line)

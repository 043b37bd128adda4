"""Protocol lines: the steps they stand for, and what is said of wrong lines."""

import pytest

from fem_cell.errors import InputError
from fem_cell.protocol import Amount, Frequencies, Limit, Step, parse_line, parse_protocol


@pytest.mark.parametrize(
    ("line", "kind", "direction", "value", "limits"),
    [
        (
            "Charge at 0.2C until 4.3 V", "current", 1, Amount(0.2, "C"),
            [Limit("voltage", 4.3, "V", "4.3 V")],
        ),
        (
            "Charge at C/5 for 30 minutes or until 4.3 V", "current", 1, Amount(0.2, "C"),
            [Limit("time", 1800.0, "s", "30 minutes"), Limit("voltage", 4.3, "V", "4.3 V")],
        ),
        (
            "Hold at 4.3 V until C/20", "voltage", 0, Amount(4.3, "V"),
            [Limit("current", 0.05, "C", "C/20")],
        ),
        ("Rest for 2 hours", "rest", 0, None, [Limit("time", 7200.0, "s", "2 hours")]),
        (
            "Discharge at 5 mA/cm^2 for 30 minutes", "current", -1, Amount(50.0, "A/m^2"),
            [Limit("time", 1800.0, "s", "30 minutes")],
        ),
        (
            "Discharge at 1C until 2 mAh/cm^2", "current", -1, Amount(1.0, "C"),
            [Limit("capacity", 72000.0, "A*s/m^2", "2 mAh/cm^2")],
        ),
        (
            "discharge at 1 mA until 2.7 V or until 100 mAh/g", "current", -1, Amount(1e-3, "A"),
            [Limit("voltage", 2.7, "V", "2.7 V"), Limit("capacity", 3.6e5, "A*s/kg", "100 mAh/g")],
        ),
        (
            "Hold at 4.3V for 1h or until 0.1 mA/cm^2", "voltage", 0, Amount(4.3, "V"),
            [Limit("time", 3600.0, "s", "1h"), Limit("current", 1.0, "A/m^2", "0.1 mA/cm^2")],
        ),
        (
            "Charge at 1 C until 4.3 V, or for 2 h", "current", 1, Amount(1.0, "C"),
            [Limit("voltage", 4.3, "V", "4.3 V"), Limit("time", 7200.0, "s", "2 h")],
        ),
    ],
)  # fmt: skip
def test_lines(line, kind, direction, value, limits):
    assert parse_line(line, 7) == Step(kind, direction, value, tuple(limits), line, 7)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Chrge at 1C until 4 V", "did you mean 'Charge'?"),
        ("Charge at 4.3 V until C/20", '"Hold at 4.3 V until C/20"'),
        ("Charge 1C until 4 V", '"at" and a value are missing'),
        ("Charge for 5 h", '"at" and a value are missing'),
        ("Charge at 1C", "nothing ends the step"),
        ("Rest", "nothing ends the step"),
        ("Rest until 3 V", "a rest cannot end at '3 V'"),
        ("Rest at 3 V for 1 h", "'at 3 V' is not understood"),
        ("Hold at C/5 until 4 V", "'C/5' is not a voltage"),
        ("Hold at 4 V until 3 V", "the voltage is held"),
        ("Charge at 0C for 1 h", "not greater than zero"),
        ("Charge at C/0 for 1 h", "'C/0' is not a current"),
        ("Charge at 3 for 1 h", "C-rate"),
        ("Charge at 1C until 4.3", "4.3 needs a unit"),
        ("Charge at 1C until", "not understood as an end"),
        ("Charge at 1C until C/20", "the current is imposed"),
        ("Charge at 1C until 5 kg", "accepted are a voltage, a current, a capacity or a time"),
        ("Rest for 1", "'for 1' is not a duration"),
        ("Rest for 0 s", "not greater than zero"),
        ("", "the line is empty"),
    ],
)
def test_wrong_lines(line, words):
    with pytest.raises(InputError) as error:
        parse_protocol(["Rest for 1 s", line])
    (fault,) = error.value.faults
    assert fault.key == "protocol[2]"
    assert words in f"{fault.problem}; {fault.remedy}"
    assert fault.remedy


def test_repeats_are_unrolled():
    lines = [
        "Rest for 1 s",
        {"repeat": 2, "steps": ["Rest for 2 s", {"repeat": 2, "steps": ["Rest for 3 s"]}]},
        "Rest for 4 s",
    ]
    found = [(step.text[9], step.cycle) for step in parse_protocol(lines)]
    assert found == [
        ("1", 1), ("2", 1), ("3", 1), ("3", 1), ("2", 2), ("3", 2), ("3", 2), ("4", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "key", "words"),
    [
        ([], "protocol", "has no steps"),
        ([3], "protocol[1]", "is 3"),
        ([{"repeat": 0, "steps": ["Rest for 1 s"]}], "protocol[1].repeat", "whole number from 1"),
        ([{"repeat": True, "steps": ["Rest for 1 s"]}], "protocol[1].repeat", "whole number"),
        ([{"repet": 2, "steps": ["Rest for 1 s"]}], "protocol[1].repet", "'repeat'"),
        ([{"repeat": 2, "steps": []}], "protocol[1].steps", "not a list of lines"),
        ([{"repeat": 2, "steps": ["Rest"]}], "protocol[1].steps[1]", "nothing ends"),
        ([{"repeat": 10**9, "steps": ["Rest for 1 s"]}], "protocol", "at most"),
    ],
)
def test_wrong_protocols(lines, key, words):
    with pytest.raises(InputError) as error:
        parse_protocol(lines)
    found = {fault.key: f"{fault.problem}; {fault.remedy}" for fault in error.value.faults}
    assert words in found[key]


def test_all_lines_are_reported():
    with pytest.raises(InputError) as error:
        parse_protocol(["Chrge at 1C until 4 V", "Rest for 1 h", "Rest"])
    assert [fault.key for fault in error.value.faults] == ["protocol[1]", "protocol[3]"]


@pytest.mark.parametrize(
    ("line", "frequencies"),
    [
        (
            "Measure impedance from 1e5 Hz to 1e-2 Hz at 60 frequencies",
            Frequencies(1e5, 1e-2, 60),
        ),
        ("measure impedance from 10 mHz to 1 MHz at 9 frequencies", Frequencies(1e-2, 1e6, 9)),
        ("Measure impedance from 1 kHz to 1 Hz", Frequencies(1e3, 1.0, 25)),
    ],
)
def test_measurements(line, frequencies):
    step = parse_line(line, 3)
    assert (step.kind, step.until, step.cycle) == ("impedance", (), 3)
    found = step.frequencies
    assert (found.first, found.last) == pytest.approx((frequencies.first, frequencies.last))
    assert found.count == frequencies.count
    values = found.values()
    assert len(values) == found.count
    assert values[-1] == pytest.approx(found.last)
    assert values[1] / values[0] == pytest.approx(values[-1] / values[-2])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Measure impedance", "is not understood as a measurement"),
        ("Measure impedance from 1e5 to 1 Hz", "'1e5' is not a frequency"),
        ("Measure impedance from 1 V to 1 Hz", "'1 V' is not a frequency"),
        ("Measure impedance from 0 Hz to 1 Hz", "not greater than zero"),
        ("Measure impedance from 1 Hz to 1 Hz", "both frequencies are the same"),
        ("Measure impedance from 1 Hz to 9 Hz at 1 frequencies", "2 to 10000"),
        ("Measure impedance from 1 Hz to 9 Hz until 4.2 V", "'9 Hz until 4.2 V' is not"),
    ],
)
def test_wrong_measurements(line, problem):
    with pytest.raises(InputError) as caught:
        parse_protocol([line])
    assert problem in str(caught.value)

"""Quantities with units: what is read, what is refused, and what the refusal says."""

import subprocess
import sys

import pytest

from fem_cell import units


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("100 um", "m", 1e-4),
        ("100 µm", "m", 1e-4),
        ("30 degC", "K", 303.15),
        ("30 °C", "K", 303.15),
        ("303 K", "K", 303.0),
        ("1.36 mS/cm", "S/m", 0.136),
        ("200 mAh/g", "A*s/kg", 7.2e5),
        ("2 mAh/cm^2", "A*s/m^2", 7.2e4),
        ("50 ohm cm^2", "ohm*m^2", 5e-3),
        ("50 Ω cm²", "ohm*m^2", 5e-3),
        ("2 s⁻¹", "s^-1", 2.0),
        ("2 1/s", "s^-1", 2.0),
        ("2 mol/(m^2 s)", "mol*m^-2*s^-1", 2.0),
        ("2 (m/s)^2", "m^2/s^2", 2.0),
        ("20 uF/cm^2", "F/m^2", 0.2),
        ("2.4e-10 cm^2/s", "m^2/s", 2.4e-14),
        ("3.2e-11 m^2.5 mol^-0.5 s^-1", "m^2.5*mol^-0.5*s^-1", 3.2e-11),
        ("-3 mV", "V", -3e-3),
        ("30 minutes", "s", 1800.0),
        ("3h", "s", 10800.0),
        ("44 %", "", 0.44),
        ("44 percent", "", 0.44),
        ("0.44", "", 0.44),
        (0.44, "", 0.44),
        (1, "", 1.0),
    ],
)
def test_parse(text, unit, value):
    # exactly: a length written in micrometres must not carry a rounding error of its own
    assert units.parse(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("8", "m", 'needs a unit, e.g. "8 um"'),
        (8, "m", 'needs a unit, e.g. "8 um"'),
        (8, "g/cm^3", 'needs a unit, e.g. "4.77 g/cm^3"'),
        ("8 umm", "m", "'umm' is not a known unit"),
        ("8 s", "m", "'s' is not a unit of this quantity"),
        ("8 2", "m", "'2' is not a known unit"),
        ("8 (", "m", "is not a known unit"),
        ("thick", "m", "'thick' does not begin with a number"),
        ("1e999 m", "m", "too large"),
        (True, "", "needs a quantity such as 0.5"),
        (None, "m", 'needs a quantity such as "8 um"'),
        ([1], "m", 'needs a quantity such as "8 um"'),
        (float("nan"), "", "needs a finite quantity"),
        ("nan m", "m", "does not begin with a number"),
        ("3 m", "", "'m' is not a unit of this quantity"),
    ],
)
def test_parse_refuses(text, unit, message):
    with pytest.raises(ValueError, match="needs") as caught:
        units.parse(text, unit)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("8 um", "um"), ("30 degC", "degC"), ("0.44", ""), ("1.36 mS/cm", "mS/cm"), ("5 h", "h")],
)
def test_show_is_the_inverse_of_parse(text, unit):
    assert units.show(units.parse(text, unit), unit) == text
    assert units.show_si(units.to_si(text, unit), unit) == text


def test_si_units():
    assert units.to_si("4.77 g/cm^3", "g/cm^3") == 4770.0
    assert units.to_si("200 mA/g", "mA/g") == 200.0
    assert units.convert(1.0, "m^2", "cm^2") == 1e4
    assert units.split("8.5e-3 mol/L") == (8.5e-3, "mol/L")


def test_import_is_lazy():
    """The registry takes a tenth of a second that ``--help`` should not pay."""
    code = "import fem_cell.units, sys; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Data sheets: the values that are shipped, overrides, and wrong sheets."""

import math

import numpy as np
import pytest

from fem_cell.errors import InputError
from fem_cell.materials import load_sheet, read_sheet, sheet_names
from fem_cell.materials.curve import open_circuit_potential, potential_range
from fem_cell.materials.keys import KEYS

TAGS = ("S", "P", "R", "D", "A")


def faults(error):
    return {fault.key: f"{fault.problem}; {fault.remedy}" for fault in error.value.faults}


def evaluate(law, s):
    """U(s) by NumPy, independent of the package."""
    s = np.asarray(s)[..., None]
    steps = np.array(law["a"]) * np.tanh(np.array(law["b"]) * (s - np.array(law["c"])))
    edges = np.array(law["edge_amplitude"]) * np.exp(-np.array(law["edge_rate"]) * (1 - s))
    return law["offset"] - steps.sum(-1) - edges.sum(-1)


CURVES = {
    "NMC811": {
        0.15: 4.5005, 0.2157: 4.2991, 0.3: 4.1813, 0.5: 3.9448,
        0.7: 3.7421, 0.9: 3.5895, 0.99: 3.5385, 0.999: 3.4816,
    },
    "LiCoO2": {
        0.45: 4.2520, 0.489: 4.1809, 0.55: 4.0810, 0.7: 3.9295,
        0.9: 3.8753, 0.98: 3.7129, 0.999: 3.4006,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CURVES)
def test_open_circuit_potential(name):
    law = load_sheet(name).law("open_circuit_potential")
    s, expected = zip(*CURVES[name].items(), strict=True)
    # the published check values have four decimals
    np.testing.assert_allclose(evaluate(law, s), expected, atol=0.51e-4)
    for point in s:
        assert open_circuit_potential(law, point) == pytest.approx(evaluate(law, point), abs=1e-12)


@pytest.mark.parametrize(("name", "steepest"), [("NMC811", -0.429), ("LiCoO2", -0.131)])
def test_open_circuit_potential_falls(name, steepest):
    law = load_sheet(name).law("open_circuit_potential")
    s = np.linspace(*law["valid"], 20001)
    assert np.all(np.gradient(evaluate(law, s), s) < steepest)
    assert potential_range(law) == pytest.approx((evaluate(law, s[-1]), evaluate(law, s[0])))


def test_nmc811_capacity():
    """From s = 0.942 to 4.3 V are 200 mAh/g, to 4.5 V 218 mAh/g."""
    sheet = load_sheet("NMC811")
    law = sheet.law("open_circuit_potential")
    s = np.linspace(0.13, 0.942, 100_001)
    charge = 96485 * sheet.value("maximum_concentration") / sheet.value("density") / 3600
    for voltage, capacity in ((4.3, 200.0), (4.5, 218.0)):
        start = np.interp(-voltage, -evaluate(law, s), s)
        assert charge * (0.942 - start) == pytest.approx(capacity, rel=0.01)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("NMC811", "maximum_concentration", 49340.0),
        ("NMC811", "density", 4770.0),
        ("NMC811", "diffusivity", 1e-14),
        ("NMC811", "reaction_rate_constant", 3.2e-11),
        ("NMC811", "electronic_conductivity", 0.17),
        ("NMC811", "particle_radius", 5e-6),
        ("NMC811", "one_c_specific_current", 200.0),
        ("NMC811", "partial_molar_volume", 1.3e-6),
        ("LiCoO2", "maximum_concentration", 51600.0),
        ("LiCoO2", "diffusivity_ab", 1e-12),
        ("LiCoO2", "diffusivity_c", 1e-16),
        ("LiCoO2", "exchange_current_density", 0.2),
        ("LiCoO2", "one_c_specific_current", 140.0),
        ("LiCoO2", "stiffness_c14", -9e9),
        ("LiCoO2", "chemical_strain_c", -0.053),
        ("PVDF-LiFSI", "conductivity", 0.136),
        ("PVDF-LiFSI", "salt_concentration", 3400.0),
        ("PVDF-LiFSI", "transference_number", 0.4),
        ("PVDF-LiFSI", "salt_diffusivity", 5e-12),
        ("PVDF-LiFSI", "thermodynamic_factor", 1.0),
        ("LPSCl", "conductivity", 0.156),
        ("lithium", "open_circuit_potential", 0.0),
        ("lithium", "exchange_current_density", 71.0),
        ("lithium-indium", "open_circuit_potential", 0.62),
    ],
)
def test_values(name, key, value):
    assert load_sheet(name).value(key) == pytest.approx(value, rel=1e-12)


def test_hand_values():
    nmc = load_sheet("NMC811")
    # 2.4 A/m^2 in a liquid of 1 mol/L, half full
    i0 = 96485 * nmc.value("reaction_rate_constant") * math.sqrt(1000) * 49340 / 2
    assert i0 == pytest.approx(2.4, rel=0.01)
    # 17 ohm cm^2 of lithium-indium as charge transfer at 25 degC
    resistance = (
        8.314 * 298.15 / 96485 / load_sheet("lithium-indium").value("exchange_current_density")
    )
    assert resistance == pytest.approx(17e-4, rel=0.01)


def test_temperature_laws():
    nmc, lpscl = load_sheet("NMC811"), load_sheet("LPSCl")
    expected = 1e-14 * math.exp(9980 / 8.314462618 * (1 / 298.15 - 1 / 303.15))
    assert nmc.value("diffusivity", 303.15) == pytest.approx(expected, rel=1e-12)
    assert nmc.value("diffusivity", 298.15) == nmc.value("diffusivity")
    # kappa T = A exp(-0.35 eV / kT); the source gives 11 to 13 mS/cm at 80 degC
    expected = 1.56 * 298.15 / 353.15 * math.exp(0.35 / 8.617333e-5 * (1 / 298.15 - 1 / 353.15))
    assert lpscl.value("conductivity", 353.15) == pytest.approx(0.1 * expected, rel=1e-5)
    assert 1.09 < lpscl.value("conductivity", 353.15) < 1.3
    assert nmc.value("density", 353.15) == nmc.value("density")


@pytest.mark.parametrize("name", sheet_names())
def test_every_number_has_a_source(name):
    sheet = load_sheet(name)
    assert sheet.name == name
    for entry in sheet.entries.values():
        assert entry.tag in TAGS or (entry.tag[0] == "L" and entry.tag[1:].isdigit())
        assert len(entry.source) > 6, f"{entry.key}: '{entry.source}' is not a full source"
        if entry.range is not None:
            assert entry.range[0] <= entry.number <= entry.range[1]
        assert entry.key in KEYS[sheet.kind]


def test_override():
    sheet = load_sheet("NMC811").with_overrides({"diffusivity": "5e-15 m^2/s"})
    entry = sheet.entry("diffusivity")
    assert entry.number == 5e-15
    assert (entry.tag, entry.source) == ("user", "case file")
    assert entry.activation_energy == 9980.0
    assert load_sheet("NMC811").value("diffusivity") == 1e-14


def test_override_of_the_temperature_law():
    overrides = {
        "conductivity": {
            "value": "2 mS/cm", "activation_energy": "0.4 eV", "reference_temperature": "60 degC",
            "tag": "L2", "source": "a paper",
        }
    }  # fmt: skip
    entry = load_sheet("LPSCl").with_overrides(overrides).entry("conductivity")
    assert entry.reference_temperature == 333.15
    assert entry.activation_energy == pytest.approx(0.4 * 96485, rel=1e-5)
    assert not entry.over_temperature
    assert entry.source == "a paper"


def test_override_replaces_the_other_description():
    nmc = load_sheet("NMC811").with_overrides({"exchange_current_density": "0.5 A/m^2"})
    assert not nmc.has("reaction_rate_constant")
    lco = load_sheet("LiCoO2").with_overrides({"diffusivity": "1e-13 m^2/s"})
    assert not lco.has("diffusivity_ab")
    assert not lco.has("diffusivity_c")


@pytest.mark.parametrize(
    ("overrides", "key", "words"),
    [
        ({"difusivity": "1 m^2/s"}, "cathode.difusivity", "did you mean 'diffusivity'?"),
        ({"diffusivity": "1 m"}, "cathode.diffusivity", '"1e-14 m^2/s"'),
        ({"diffusivity": 3}, "cathode.diffusivity", "needs a unit"),
        ({"density": "-1 g/cm^3"}, "cathode.density", "greater than zero"),
        ({"poisson_ratio": 0.6}, "cathode.poisson_ratio", "must not exceed 0.4999"),
        ({"active_weight_fraction": 0.9}, "cathode.active_weight_fraction", "add up to 1"),
        ({"minimum_stoichiometry": 0.95}, "cathode.minimum_stoichiometry", "below"),
        ({"open_circuit_potential": "4 V"}, "cathode.open_circuit_potential.law", "tanh_sum"),
        ({"diffusivity": {"valu": "1 m"}}, "cathode.diffusivity.valu", "did you mean 'value'?"),
        (
            {"diffusivity": {"value": "1 m^2/s", "activation_energy": "3 m"}},
            "cathode.diffusivity.activation_energy",
            "eV",
        ),
    ],
)
def test_wrong_overrides(overrides, key, words):
    with pytest.raises(InputError) as error:
        load_sheet("NMC811").with_overrides(overrides, "cathode")
    assert words in faults(error)[key]


def test_unknown_sheet():
    with pytest.raises(InputError) as error:
        load_sheet("NMC81", at="phases.cathode.material")
    assert "did you mean 'NMC811'?" in faults(error)["phases.cathode.material"]


def test_unknown_quantity_of_a_sheet():
    with pytest.raises(InputError) as error:
        load_sheet("LPSCl").value("salt_diffusivity")
    assert "known: conductivity" in faults(error)["LPSCl.salt_diffusivity"]


def test_own_sheet(tmp_path):
    (tmp_path / "own.toml").write_text(
        'name = "gel"\nkind = "single_ion_electrolyte"\n[sources]\nme = "my measurement, 2026"\n'
        '[conductivity]\nvalue = "1 mS/cm"\ntag = "S"\nsource = "me"\n'
    )
    sheet = load_sheet("own.toml", tmp_path)
    assert sheet.name == "gel"
    assert sheet.entry("conductivity").source == "my measurement, 2026"


def test_wrong_sheets_report_everything(tmp_path):
    table = {
        "name": "x",
        "kind": "active_material",
        "density": {"value": "5 g/cm^3", "tag": "A"},
        "conductivty": {"value": "5 S/m", "tag": "A", "source": "assumed"},
        "particle_radius": 3,
    }
    with pytest.raises(InputError) as error:
        read_sheet(table, "x.toml")
    found = faults(error)
    assert set(found) == {"x.toml.density.source", "x.toml.conductivty", "x.toml.particle_radius"}
    with pytest.raises(InputError) as error:
        read_sheet({"name": "x", "kind": "active_materal"}, "x.toml")
    assert "did you mean 'active_material'?" in faults(error)["x.toml.kind"]
    with pytest.raises(InputError) as error:
        read_sheet({"name": "x", "kind": "single_ion_electrolyte"}, "x.toml")
    assert "is missing" in faults(error)["x.toml.conductivity"]
    (tmp_path / "broken.toml").write_text("name = \n")
    with pytest.raises(InputError, match="line 1"):
        load_sheet("broken.toml", tmp_path)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"a": [0.1]}, "ocp", "differ in length"),
        ({"valid": [0.9, 0.1]}, "ocp.valid", "low < high"),
        ({"offset": "4 V"}, "ocp.offset", "in volts"),
        ({"b": [1, "x"]}, "ocp.b", "not a list of numbers"),
        ({"q": 1}, "ocp.q", "known"),
        ({"a": [-0.1, 0.0]}, "ocp", "does not fall with the stoichiometry near s ="),
    ],
)
def test_wrong_open_circuit_laws(change, key, words):
    from fem_cell.materials.curve import law_faults

    law = {
        "law": "tanh_sum", "offset": 4.0, "a": [0.1, 0.2], "b": [5.0, 6.0], "c": [0.2, 0.8],
        "edge_amplitude": [], "edge_rate": [], "valid": [0.1, 0.9],
    }  # fmt: skip
    assert law_faults(law, "ocp") == []
    found = {
        fault.key: f"{fault.problem}; {fault.remedy}" for fault in law_faults(law | change, "ocp")
    }
    assert words in found[key]

"""Case files: what a valid one becomes, defaults, overrides, the effective file."""

import math
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from fem_cell.case import Case, case_schema, load_case
from fem_cell.errors import InputError

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "runs" / "channelled_cathode.toml"


def test_main_case():
    case = load_case(MAIN)
    assert case.temperature == 303.15
    assert case.geometry.script == ROOT / "geometry" / "channelled_cathode.py"
    assert case.geometry.values["pitch"] == 2e-4
    assert case.geometry.values["channel_diameter"] == 1.037e-4
    cathode, electrolyte = case.phases["cathode"], case.phases["electrolyte"]
    assert (cathode.porosity, cathode.pore_filling) == (0.44, 1.0)
    assert cathode.electrolyte == electrolyte.material
    assert case.interface("electrolyte", "cathode").model == "butler_volmer"
    assert case.interfaces["lithium_foil"].material.value("exchange_current_density") == 5.0
    assert (case.initial.voltage, case.initial.stoichiometry) == (4.3, None)
    assert [step.text for step in case.protocol] == ["Discharge at 1C until 2.7 V"]


def test_smoke_size_is_smaller():
    full, smoke = load_case(MAIN), load_case(MAIN, smoke=True)
    assert smoke.geometry.values["mesh_size"] > full.geometry.values["mesh_size"]
    assert smoke.geometry.values["pitch"] == full.geometry.values["pitch"]


def test_defaults(slab):
    case = Case.from_dict(slab())
    assert case.temperature == 298.15
    assert case.phases["cathode"].porosity == 0.44
    assert case.phases["cathode"].radial_points == 8
    assert set(case.interfaces) == {"cathode-electrolyte", "current_collector", "lithium_foil"}
    assert case.interfaces["current_collector"].contact_resistance == 1e-6
    assert case.interfaces["lithium_foil"].material.name == "lithium"
    assert case.initial.stoichiometry == 0.222  # fully charged, as it is discharged first
    assert case.solver.time_tolerance == 1e-3
    assert case.output.checkpoint_every == 600.0


def test_default_state_of_a_charge_is_discharged(slab):
    case = Case.from_dict(slab(protocol=["Rest for 1 h", "Charge at 1C until 4.3 V"]))
    assert case.initial.stoichiometry == 0.942


def test_symmetric_cell_has_lithium_on_both_sides(slab):
    document = slab(protocol=["Charge at 0.2 mA/cm^2 for 1 h"])
    document["geometry"]["layers"] = ["electrolyte: 20 um"]
    del document["phases"]["cathode"]
    case = Case.from_dict(document)
    assert {i.model for i in case.interfaces.values()} == {"counter_electrode"}


def test_interface_names_in_either_order(slab):
    table = {"model": "butler_volmer", "film_resistance": "5 ohm cm^2"}
    document = slab(interfaces={"electrolyte-cathode": table})
    document["phases"]["cathode"]["pore_filling"] = 0.5
    case = Case.from_dict(document)
    assert case.interfaces["cathode-electrolyte"].film_resistance == 5e-4
    assert case.interface("electrolyte", "cathode") is case.interfaces["cathode-electrolyte"]


def test_materials_of_the_case_hold_everywhere(slab):
    case = Case.from_dict(slab(materials={"PVDF-LiFSI": {"transference_number": 0.6}}))
    assert case.phases["electrolyte"].material.value("transference_number") == 0.6
    assert case.phases["cathode"].electrolyte.value("transference_number") == 0.6


def test_dense_phase(slab):
    document = slab()
    document["phases"]["cathode"] = {
        "model": "dense_active", "material": "LiCoO2", "c_axis": [0.0, 3.0, 4.0],
        "diffusivity_ab": "4e-9 cm^2/s",
    }  # fmt: skip
    phase = Case.from_dict(document).phases["cathode"]
    assert phase.c_axis == pytest.approx((0.0, 0.6, 0.8))
    assert phase.material.value("diffusivity_ab") == pytest.approx(4e-13)
    assert (phase.porosity, phase.active_volume_fraction) == (0.0, 1.0)


def test_active_volume_fraction(slab):
    """25 mg/cm^2 on 100 um with 96:2:2 are 44 % pores (solid 4.48 g/cm^3)."""
    cathode = Case.from_dict(slab()).phases["cathode"]
    mass = cathode.active_volume_fraction * 4770 / 0.96 * 100e-6
    assert mass == pytest.approx(0.25, rel=0.01)
    solid = 1 / (0.96 / 4.77 + 0.02 / 1.9 + 0.02 / 1.78)
    assert cathode.active_volume_fraction == pytest.approx(0.56 * 0.96 * solid / 4.77)


def test_overrides():
    settings = [
        "geometry.pitch=180 um",
        "phases.cathode.porosity=0.3",
        'protocol=["Rest for 1 h"]',
        "phases.cathode.pore_filling=50 %",
        "interfaces.cathode-electrolyte.film_resistance=5 ohm cm^2",
        "output.pictures=false",
        "title=a = b",
    ]
    case = load_case(MAIN, settings)
    assert case.geometry.values["pitch"] == 1.8e-4
    assert case.phases["cathode"].porosity == 0.3
    assert case.protocol[0].kind == "rest"
    assert case.interfaces["cathode-electrolyte"].film_resistance == 5e-4
    assert case.output.pictures is False
    assert case.title == "a = b"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("geometry.pitch", "--set key.sub=value"),
        ("=3", "--set key.sub=value"),
        ("title.sub=3", "title is a value, not a table"),
        ("phases.cathode.porsity=0.3", "did you mean 'porosity'?"),
    ],
)
def test_wrong_overrides(setting, words):
    with pytest.raises(InputError, match=r"cathode|--set") as error:
        load_case(MAIN, [setting])
    assert words in str(error.value)


@pytest.mark.parametrize("smoke", [False, True])
def test_effective_case_can_be_loaded_again(tmp_path, smoke):
    case = load_case(MAIN, ["materials.PVDF-LiFSI.transference_number=0.5"], smoke=smoke)
    text = case.effective_toml()
    (tmp_path / "case.toml").write_text(text)
    again = load_case(tmp_path / "case.toml")
    assert again.effective_toml() == text
    assert again.phases == case.phases
    assert again.interfaces == case.interfaces
    assert again.geometry.values == case.geometry.values
    assert again.protocol == case.protocol
    assert again.solver == case.solver
    assert again.output == case.output
    assert (again.initial, again.temperature) == (case.initial, case.temperature)
    entry = again.phases["electrolyte"].material.entry("transference_number")
    assert (entry.number, entry.tag, entry.source) == (0.5, "user", "case file")


def test_effective_case_keeps_awkward_text(slab, tmp_path):
    title = 'quote " backslash \\ newline \n tab \t umlaut ü and \x7f'
    protocol = [{"repeat": 2, "steps": ["Discharge at C/5 until 2.7 V", "Rest for 1 h"]}]
    case = Case.from_dict(slab(title=title, protocol=protocol))
    document = tomllib.loads(case.effective_toml())
    assert document["title"] == title
    assert document["protocol"] == protocol


def test_own_sheet_beside_the_case(slab, tmp_path):
    (tmp_path / "gel.toml").write_text(
        'name = "gel"\nkind = "single_ion_electrolyte"\n'
        '[conductivity]\nvalue = "1 mS/cm"\ntag = "S"\nsource = "my measurement"\n'
    )
    document = slab()
    document["phases"]["cathode"]["electrolyte"] = "gel.toml"
    document["phases"]["electrolyte"] = {"model": "single_ion", "material": "gel.toml"}
    case = Case.from_dict(document, tmp_path)
    assert case.phases["electrolyte"].material.name == "gel"
    again = Case.from_dict(tomllib.loads(case.effective_toml()))  # needs the file no more
    assert again.phases == case.phases


def test_script_that_names_its_neighbours(slab, tmp_path):
    """A script with ``exact`` says which phases touch, so only those get an interface."""
    (tmp_path / "stack.py").write_text(
        "from fem_cell.geometry_script import Geometry\n"
        "PARAMETERS = ()\n"
        "def names(p):\n"
        "    return ('cathode', 'catholyte', 'separator'), ('bottom', 'top')\n"
        "def exact(p):\n"
        "    volumes = dict.fromkeys(names(p)[0], 1e-15)\n"
        "    return Geometry(volumes, {}, 1e-10, {}, 1, {'cathode-catholyte': 1e-10})\n"
        "def build(p):\n"
        "    return exact(p)\n"
    )
    document = slab(
        geometry={"script": "stack.py"}, terminals={"positive": "bottom", "negative": "top"}
    )
    document["phases"] = {
        "cathode": {"model": "dense_active", "material": "LiCoO2"},
        "catholyte": {"model": "single_ion", "material": "LPSCl"},
        "separator": {"model": "single_ion", "material": "LPSCl"},
    }
    case = Case.from_dict(document, tmp_path)
    assert set(case.interfaces) == {"cathode-catholyte", "bottom", "top"}
    document["interfaces"] = {"cathode-separator": {"model": "butler_volmer"}}
    with pytest.raises(InputError, match="cathode and separator do not touch"):
        Case.from_dict(document, tmp_path)


def test_schema():
    schema = case_schema()
    assert set(schema["required"]) == {"geometry", "phases", "terminals", "protocol"}
    solver = schema["$defs"]["SolverTable"]["properties"]
    assert solver["voltage_event_tolerance"]["default"] == "0.1 mV"
    assert solver["linear_solver"]["enum"] == ["auto", "direct", "iterative"]
    assert schema["$defs"]["TerminalsTable"]["additionalProperties"] is False
    assert all("unit" not in field for field in solver.values())
    assert "default" not in schema["properties"]["solver"]
    layer = schema["$defs"]["BoronSkeletonTable"]
    assert {"stack_pressure", "void_period", "creep_rate"} <= set(layer["properties"])
    cathode = schema["$defs"]["PorousActiveTable"]
    assert cathode["properties"]["diffusivity"]["description"].endswith("[m^2/s]")
    assert cathode["additionalProperties"] is False


def test_validation_is_quick_and_loads_no_solver():
    """Bad input has to be reported in seconds on every rank."""
    code = (
        "import sys; from fem_cell.case import load_case; load_case(sys.argv[1]);"
        "heavy = {'dolfinx', 'petsc4py', 'mpi4py', 'gmsh', 'pyvista', 'ufl'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", code, str(MAIN)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert time.perf_counter() - start < 3.0  # about 0.7 s on an idle machine


def test_check_report():
    from fem_cell.cli.check import check

    report = check(load_case(MAIN, ["phases.cathode.particle_radius=4 um"]))
    assert 'channel_diameter = "103.7 um"' in report
    assert "areal capacity" in report
    assert "pores of phases.cathode, phases.electrolyte: PVDF-LiFSI" in report
    line = next(line for line in report.splitlines() if line.startswith("  particle_radius"))
    assert line.split() == ["particle_radius", "4", "um", "user", "case", "file"]
    for key in load_case(MAIN).phases["cathode"].material.entries:
        assert f"\n  {key} " in report


def test_derived_numbers(slab, tmp_path):
    """Areal capacity and 1C current of paper A's coating, by hand."""
    from fem_cell.case.derived import derive

    (tmp_path / "coating.py").write_text(
        "from fem_cell.geometry_script import Geometry\n"
        "PARAMETERS = ()\n"
        "def names(p):\n"
        "    return ('cathode', 'electrolyte'), ('current_collector', 'lithium_foil')\n"
        "def estimate(p):\n"
        "    return {'nodes': 1000, 'cells': 5000}\n"
        "def exact(p):\n"
        "    volumes = {'cathode': 1e-14, 'electrolyte': 1e-14}\n"
        "    return Geometry(volumes, {}, 1e-10, {}, 1, {'cathode-electrolyte': 1e-10})\n"
        "def build(p):\n"
        "    return exact(p)\n"
    )
    numbers = derive(Case.from_dict(slab(geometry={"script": "coating.py"}), tmp_path))
    # 100 um with 44 % pores are 25.1 mg/cm^2 with 96 % active material, 1C is 200 mA/g
    assert numbers.areal_mass == pytest.approx(0.251, rel=2e-3)
    assert numbers.one_c_current_density == pytest.approx(0.96 * 0.251 * 200, rel=2e-3)
    assert numbers.areal_capacity / 36e3 == pytest.approx(4.81, rel=0.01)  # mAh/cm^2
    assert numbers.unknowns == 500 * 4 + 500 * 2 + 1
    assert math.isfinite(numbers.memory)


def test_schema_accepts_the_shipped_cases():
    jsonschema = pytest.importorskip("jsonschema")
    for path in sorted((ROOT / "runs").glob("*.toml")):
        jsonschema.validate(tomllib.loads(path.read_text()), case_schema())


def test_shipped_cases_are_valid():
    for path in sorted((ROOT / "runs").glob("*.toml")):
        assert load_case(path).title
        if "smoke" in tomllib.loads(path.read_text()):
            load_case(path, smoke=True)

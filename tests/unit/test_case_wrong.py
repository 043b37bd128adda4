"""Wrong case files: each fault names the key and what to do, and none hides another."""

from pathlib import Path

import pytest

from fem_cell.case import Case, load_case
from fem_cell.errors import InputError
from tests.support.program import SYMMETRIC, changed

MAIN = Path(__file__).parents[2] / "runs" / "channelled_cathode.toml"


def put(path, value):
    """A change of the document: set a key, or remove it if ``value`` is ``...``."""

    def change(document):
        *above, last = path.split("/")
        table = document
        for name in above:
            table = table.setdefault(name, {})
        if value is ...:
            del table[last]
        else:
            table[last] = value

    change.__name__ = path
    return change


WRONG = [
    # whole file
    (put("tittle", "x"), "tittle", "did you mean 'title'?"),
    (put("title", 3), "title", "a text in quotes is needed"),
    (put("temperature", 30), "temperature", 'needs a unit, e.g. "30 degC"'),
    (put("temperature", "30 m"), "temperature", "'m' is not a unit of this quantity"),
    (put("temperature", "-300 degC"), "temperature", "at least"),
    (put("smoke", 3), "smoke", "a table of overrides"),
    # geometry
    (put("geometry", ...), "geometry", "is missing"),
    (put("geometry", "slab.py"), "geometry", "a table is needed"),
    (put("geometry/script", ...), "geometry.script", "is missing"),
    (put("geometry/script", "no_such.py"), "geometry.script", "there is no file"),
    (put("geometry/widht", "5 um"), "geometry.widht", "did you mean 'width'?"),
    (put("geometry/width", 5), "geometry.width", "unit"),
    (put("geometry/width", "-5 um"), "geometry.width", "out of range"),
    (put("geometry/layers", ["cathode"]), "geometry.layers", "name: thickness"),
    # phases
    (put("phases", ...), "phases", "is missing"),
    (put("phases", {}), "phases", "is missing"),
    (put("phases", [1]), "phases", "a table is needed"),
    (put("phases/electrolyte", ...), "phases.electrolyte", "is missing"),
    (put("phases/electrolyte", 3), "phases.electrolyte", "a table is needed"),
    (put("phases/cathod", {"model": "single_ion", "material": "LPSCl"}), "phases.cathod",
     "did you mean 'cathode'?"),
    (put("phases/cathode/model", ...), "phases.cathode.model", "known: binary_salt"),
    (put("phases/cathode/model", "porous_activ"), "phases.cathode.model",
     "did you mean 'porous_active'?"),
    (put("phases/cathode/model", 3), "phases.cathode.model", "known"),
    (put("phases/cathode/material", ...), "phases.cathode.material", "is missing"),
    (put("phases/cathode/material", 811), "phases.cathode.material", "a text in quotes"),
    (put("phases/cathode/material", "NCM811"), "phases.cathode.material",
     "did you mean 'NMC811'?"),
    (put("phases/cathode/material", "own.toml"), "phases.cathode.material", "there is no file"),
    (put("phases/cathode/material", "LPSCl"), "phases.cathode.material",
     "one of kind active material is needed"),
    (put("phases/cathode/material", "LiCoO2"), "phases.cathode.diffusivity",
     "a porous_active phase needs it"),
    (put("phases/cathode/electrolyte", ...), "phases.cathode.electrolyte", "pore_filling = 0"),
    (put("phases/cathode/electrolyte", "lithium"), "phases.cathode.electrolyte",
     "binary electrolyte or single ion electrolyte is needed"),
    (put("phases/cathode/porosity", 1.2), "phases.cathode.porosity", "less than 1"),
    (put("phases/cathode/porosity", "0.4 m"), "phases.cathode.porosity", "needs one such as"),
    (put("phases/cathode/pore_filling", -0.1), "phases.cathode.pore_filling", "at least 0"),
    (put("phases/cathode/radial_points", 8.5), "phases.cathode.radial_points", "whole number"),
    (put("phases/cathode/porsity", 0.3), "phases.cathode.porsity", "did you mean 'porosity'?"),
    (put("phases/cathode/difusivity", "1e-14 m^2/s"), "phases.cathode.difusivity",
     "did you mean 'diffusivity'?"),
    (put("phases/cathode/diffusivity", 1e-14), "phases.cathode.diffusivity",
     'needs a unit, e.g. "1e-14 m^2/s"'),
    (put("phases/cathode/c_axis", [0, 0, 1]), "phases.cathode.c_axis", "is not a known key"),
    (put("phases/cathode", {"model": "dense_active", "material": "NMC811", "c_axis": [0, 0, 1]}),
     "phases.cathode.c_axis", "isotropic"),
    (put("phases/cathode", {"model": "dense_active", "material": "LiCoO2", "c_axis": [0, 0, 0]}),
     "phases.cathode.c_axis", "give a direction"),
    (put("phases/electrolyte/model", "single_ion"), "phases.electrolyte.material",
     "one of kind single ion electrolyte"),
    (put("phases/electrolyte/transference_number", 0.6), "phases.electrolyte.transference_number",
     "[materials.PVDF-LiFSI]"),
    # materials of the case
    (put("materials/NMC81/density", "4 g/cm^3"), "materials.NMC81", "did you mean 'NMC811'?"),
    (put("materials/NMC811/densty", "4 g/cm^3"), "materials.NMC811.densty", "'density'"),
    (put("materials/NMC811", 3), "materials.NMC811", "a table of quantities"),
    (put("materials", 3), "materials", "a table is needed"),
    # interfaces
    (put("interfaces/cathode-elektrolyte/model", "butler_volmer"),
     "interfaces.cathode-elektrolyte", "did you mean 'cathode-electrolyte'?"),
    (put("interfaces/cathode-electrolyte/model", "butler_vollmer"),
     "interfaces.cathode-electrolyte.model", "did you mean 'butler_volmer'?"),
    (put("interfaces/cathode-electrolyte/model", "contact"),
     "interfaces.cathode-electrolyte.model", "butler_volmer is accepted"),
    (put("interfaces/lithium_foil/model", "butler_volmer"), "interfaces.lithium_foil.model",
     "contact or counter_electrode is accepted"),
    (put("interfaces/symmetry/model", "contact"), "interfaces.symmetry", "is no terminal"),
    (put("interfaces/cathode-electrolyte",
         {"model": "butler_volmer", "film_resistance": "5 ohm"}),
     "interfaces.cathode-electrolyte.film_resistance", "50 ohm cm^2"),
    (put("interfaces/cathode-electrolyte",
         {"model": "butler_volmer", "film_resistence": "5 ohm cm^2"}),
     "interfaces.cathode-electrolyte.film_resistence", "did you mean 'film_resistance'?"),
    (put("interfaces/cathode-electrolyte",
         {"model": "butler_volmer", "film_resistance": "5 ohm cm^2"}),
     "interfaces.cathode-electrolyte.film_resistance", "pore_filling below 1"),
    (put("interfaces/current_collector",
         {"model": "contact", "contact_resistance": "0 ohm cm^2"}),
     "interfaces.current_collector.contact_resistance", "greater than 0 ohm*cm^2"),
    (put("interfaces/lithium_foil",
         {"model": "counter_electrode", "material": "lithum"}),
     "interfaces.lithium_foil.material", "did you mean 'lithium'?"),
    (put("interfaces/lithium_foil",
         {"model": "counter_electrode", "exchange_current": "5 A/m^2"}),
     "interfaces.lithium_foil.exchange_current", "did you mean 'exchange_current_density'?"),
    (put("interfaces", {
        "cathode-electrolyte": {"model": "butler_volmer"},
        "electrolyte-cathode": {"model": "butler_volmer"}}),
     "interfaces.electrolyte-cathode", "in both orders"),
    # terminals
    (put("terminals", ...), "terminals", "is missing"),
    (put("terminals/positive", ...), "terminals.positive", "is missing"),
    (put("terminals/positive", "colector"), "terminals.positive", "known: current_collector"),
    (put("terminals/positive", "lithium_foil"), "terminals.negative", "two different surfaces"),
    (put("terminals/ground", "x"), "terminals.ground", "known: negative, positive"),
    # initial state
    (put("initial/voltage", 4.2), "initial.voltage", 'needs a unit, e.g. "4.3 V"'),
    (put("initial/voltage", "5 V"), "initial.voltage", "outside the open-circuit curve"),
    (put("initial/stoichiometry", 1.5), "initial.stoichiometry", "less than 1"),
    (put("initial/stoichiometry", 0.05), "initial.stoichiometry", "between 0.12 and 0.9998"),
    (put("initial", {"voltage": "4.2 V", "stoichiometry": 0.3}), "initial", "one of the two"),
    # protocol
    (put("protocol", ...), "protocol", "is missing"),
    (put("protocol", []), "protocol", "has no steps"),
    (put("protocol", "Rest for 1 h"), "protocol", "a list of lines is needed"),
    (put("protocol", ["Disharge at 1C until 2.7 V"]), "protocol[1]", "did you mean 'Discharge'?"),
    # solver and output
    (put("solver/linear_solver", "itertive"), "solver.linear_solver", "did you mean 'iterative'?"),
    (put("solver/time_tolerance", "1 s"), "solver.time_tolerance", "needs one such as"),
    (put("solver/maximum_time_step", "0 s"), "solver.maximum_time_step", "greater than 0 s"),
    (put("solver/tolerance", 1e-3), "solver.tolerance", "did you mean 'time_tolerance'?"),
    (put("output/fields_at", "1 h"), "output.fields_at", "a list"),
    (put("output/fields_at", ["1 h", 5]), "output.fields_at[2]", "needs a unit"),
    (put("output/fields_every_steps", 0), "output.fields_every_steps", "at least 1"),
    (put("output/fields_every", "1 ns"), "output.fields_every", "at least 0.001 s"),
    (put("output/fields_at_stoichiometry", [1.2]), "output.fields_at_stoichiometry[1]",
     "at most 1"),
    (put("output/pictures", "yes"), "output.pictures", "true or false"),
    (put("output", 3), "output", "a table is needed"),
]  # fmt: skip


SEVERAL = ("phases.cathode.diffusivity",)
"""Changes of which more than one thing is wrong, or that are wrong in two places."""


@pytest.mark.parametrize(
    ("change", "key", "words"), WRONG, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(WRONG)]
)
def test_wrong_case(slab, change, key, words):
    document = slab()
    change(document)
    with pytest.raises(InputError) as error:
        Case.from_dict(document)
    found = {fault.key: f"{fault.problem}; {fault.remedy}" for fault in error.value.faults}
    assert key in found, str(error.value)
    assert words in found[key]
    assert all(fault.problem and fault.remedy for fault in error.value.faults)


def test_one_mistake_is_one_fault(slab):
    """A wrong value must not drag unrelated faults along."""
    for change, key, _ in WRONG:
        document = slab()
        change(document)
        with pytest.raises(InputError) as error:
            Case.from_dict(document)
        several = key in SEVERAL
        assert several or len(error.value.faults) == 1, str(error.value)


def test_all_faults_are_reported_together(slab):
    document = slab(
        temperature=30, initial={"voltage": "9 V"}, protocol=["Rest", "Chrge at 1C until 4 V"]
    )
    document["geometry"]["width"] = "5"
    document["phases"]["cathode"] |= {"porosity": 2.0, "densty": 3, "particle_radius": "5 s"}
    document["phases"]["electrolyte"]["material"] = "PVDF-LiFSl"
    document["terminals"]["anode"] = "x"
    document["solver"] = {"linear_solver": "fast"}
    with pytest.raises(InputError) as error:
        Case.from_dict(document)
    assert {fault.key for fault in error.value.faults} == {
        "temperature", "geometry.width", "phases.cathode.porosity", "phases.cathode.densty",
        "phases.cathode.particle_radius", "phases.electrolyte.material", "terminals.anode",
        "protocol[1]", "protocol[2]", "solver.linear_solver",
    }  # fmt: skip


def test_cell_without_active_material(slab):
    document = slab(initial={"voltage": "4.0 V"})
    document["geometry"]["layers"] = ["electrolyte: 20 um"]
    del document["phases"]["cathode"]
    with pytest.raises(InputError) as error:
        Case.from_dict(document)
    found = {fault.key: fault.problem for fault in error.value.faults}
    assert set(found) == {"initial.voltage", "protocol"}
    assert "refers to active material" in found["protocol"]
    titration = {"gitt": "Discharge at 1 mA/cm^2 for 1 s", "rest": "1 s", "until": "3 V"}
    with pytest.raises(InputError, match="one phase that stores lithium, not 0"):
        Case.from_dict(document | {"protocol": [titration], "initial": {}})


def test_step_that_would_end_at_once(slab):
    document = slab(initial={"voltage": "4.0 V"}, protocol=["Charge at 1C until 3.9 V"])
    with pytest.raises(InputError, match="would end at once: the cell starts at 4 V"):
        Case.from_dict(document)


def test_voltage_range_counts_the_counter_electrode(slab):
    table = {"lithium_foil": {"model": "counter_electrode", "material": "lithium-indium"}}
    Case.from_dict(slab(initial={"voltage": "3.5 V"}, interfaces=table))
    with pytest.raises(InputError, match=r"between 2\.\d+ V and 3\.97\d V is accepted"):
        Case.from_dict(slab(initial={"voltage": "4.2 V"}, interfaces=table))


def test_different_electrolytes_that_touch(slab, tmp_path):
    (tmp_path / "cell.py").write_text(
        "from fem_cell.geometry_script import Geometry\n"
        "PARAMETERS = ()\n"
        "def names(p):\n"
        "    return ('cathode', 'electrolyte'), ('current_collector', 'lithium_foil')\n"
        "def exact(p):\n"
        "    volumes = dict.fromkeys(names(p)[0], 1e-15)\n"
        "    return Geometry(volumes, {}, 1e-10, {}, 1, {'cathode-electrolyte': 1e-10})\n"
        "def build(p):\n"
        "    return exact(p)\n"
    )
    document = slab(geometry={"script": "cell.py"})
    document["phases"]["electrolyte"] = {"model": "single_ion", "material": "LPSCl"}
    with pytest.raises(InputError, match="give both the same electrolyte"):
        Case.from_dict(document, tmp_path)
    document["phases"]["cathode"]["pore_filling"] = 0.0
    Case.from_dict(document, tmp_path)


def test_files(tmp_path):
    with pytest.raises(InputError, match=r"case files there: .*channelled_cathode\.toml"):
        load_case(MAIN.with_name("chanelled_cathode.toml"))
    with pytest.raises(InputError, match="cannot be read"):
        load_case(tmp_path)
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "x"\ntemperature = 30 degC\n')
    with pytest.raises(InputError, match=r"line 2, column \d+"):
        load_case(broken)
    broken.write_bytes(b'title = "\xff"\n')
    with pytest.raises(InputError, match="UTF-8"):
        load_case(broken)
    broken.write_text('title = "x"\n')
    with pytest.raises(InputError) as error:
        load_case(broken, ["nonsense"], smoke=True)
    keys = {fault.key for fault in error.value.faults}
    assert keys == {"--set nonsense", "smoke", "geometry", "phases", "terminals", "protocol"}


def test_snapshots_at_a_stoichiometry_nothing_has():
    document = changed(SYMMETRIC, output__fields_at_stoichiometry=[0.5])
    with pytest.raises(InputError, match="no phase is active material") as error:
        Case.from_dict(document)
    assert [fault.key for fault in error.value.faults] == ["output.fields_at_stoichiometry"]


def test_several_active_materials(slab):
    document = slab()
    document["geometry"]["layers"] = ["lower: 10 um", "cathode: 50 um", "electrolyte: 20 um"]
    document["phases"]["lower"] = {"model": "dense_active", "material": "LiCoO2"}
    with pytest.raises(InputError, match="another open-circuit curve") as error:
        Case.from_dict(document)
    assert len(error.value.faults) == 1
    document["phases"]["lower"]["material"] = "NMC811"
    Case.from_dict(document)

"""The mechanics and the grains of a case: defaults, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fem_cell.case import Case
from fem_cell.case.schema import case_schema
from fem_cell.errors import InputError
from tests.support.program import CRYSTALS, SLAB, SYMMETRIC, changed


def load(document: dict[str, Any]) -> Case:
    """The case of a document."""
    return Case.from_dict(document, Path())


def test_defaults_are_those_of_a_cell_between_its_terminals() -> None:
    """Slides on the positive terminal, loaded at the negative one, symmetric at its sides."""
    case = load(changed(CRYSTALS, mechanics__stack_pressure="5 MPa"))
    table = case.mechanics
    assert table is not None
    assert (table.support, table.face) == ("current_collector", "counter_electrode")
    assert table.symmetric == ["symmetry"]
    assert table.stack_pressure == pytest.approx(5e6)
    assert case.document["mechanics"]["stack_pressure"] == "5 MPa"
    assert load(CRYSTALS).mechanics is None


WRONG = [
    ({"mechanics__stack_pressure": 5}, "mechanics.stack_pressure", "needs a unit"),
    ({"mechanics__stack_pressure": "-1 MPa"}, "mechanics.stack_pressure", "at least 0"),
    ({"mechanics__pressure": "1 MPa"}, "mechanics.pressure", "stack_pressure"),
    ({"mechanics__face": "top"}, "mechanics.face", "is not a surface"),
    ({"mechanics__face": "current_collector"}, "mechanics.face", "one condition"),
    ({"mechanics__symmetric": ["sides"]}, "mechanics.symmetric[0]", "symmetry"),
    ({"mechanics__fixture": "spring"}, "mechanics.fixture_stiffness", "1 MPa/um"),
    ({"mechanics__fixture": "clamp"}, "mechanics.fixture", "rigid"),
    ({"mechanics__coupling": "both"}, "mechanics.coupling", "two_way"),
    ({"mechanics__coupling": True}, "mechanics.coupling", "two_way"),
    ({"mechanics__couplings": "two_way"}, "mechanics.couplings", "coupling"),
    ({"mechanics__displacement_degree": 3}, "mechanics.displacement_degree", "known: 1, 2"),
    ({"mechanics__displacement_degree": "2"}, "mechanics.displacement_degree", "known: 1, 2"),
    (
        {"mechanics__fixture": "rigid", "mechanics__fixture_stiffness": "1 MPa/um"},
        "mechanics.fixture_stiffness",
        "no effect",
    ),
    (
        {"mechanics__stack_pressure": "1 MPa", "phases__cathode__stiffness_c14": "900 GPa"},
        "phases.cathode.stiffness_c14",
        "unstable",
    ),
    ({"phases__cathode__c_axis": [1, 0, 0]}, "phases.cathode.c_axis", "orients every grain"),
    ({"geometry__contact_fraction": 1.5}, "geometry.contact_fraction", "1"),
]


@pytest.mark.parametrize(("change", "key", "words"), WRONG, ids=[key for _, key, _ in WRONG])
def test_what_is_wrong_is_explained(change: dict[str, Any], key: str, words: str) -> None:
    """Key, problem and remedy."""
    with pytest.raises(InputError) as caught:
        load(changed(CRYSTALS, **change))
    faults = [f for f in caught.value.faults if f.key == key]
    assert faults, [f.key for f in caught.value.faults]
    assert words in f"{faults[0].problem} {faults[0].remedy}"


def test_coupling_is_one_way_unless_given() -> None:
    """Both values are known, to the schema too."""
    plain = load(changed(CRYSTALS, mechanics__stack_pressure="5 MPa"))
    both = load(changed(CRYSTALS, mechanics__coupling="two_way"))
    assert (plain.is_two_way, both.is_two_way, load(CRYSTALS).is_two_way) == (False, True, False)
    assert both.document["mechanics"]["coupling"] == "two_way"
    tables = json.dumps(case_schema())
    assert '"two_way"' in tables


def test_coupling_needs_a_dense_phase() -> None:
    """Nothing in this cell feels stress."""
    with pytest.raises(InputError, match=r"two_way.*has no effect"):
        load(changed(SYMMETRIC, mechanics__coupling="two_way"))


def test_porous_walls_have_no_stiffness() -> None:
    """Nobody knows it from the data sheet of the particles."""
    with pytest.raises(InputError, match="homogenised and has no stress"):
        load(changed(SLAB, mechanics__stack_pressure="1 MPa"))


def test_boundaries_need_grains() -> None:
    """k_gb of a single slab does nothing."""
    slab = changed(CRYSTALS, geometry=SLAB["geometry"] | {"layers": ["cathode: 9 um",
                   "separator: 5 um"], "top": "counter_electrode"})  # fmt: skip
    with pytest.raises(InputError, match="no grains in this phase"):
        load(slab)


def test_orientations_come_from_a_table(tmp_path: Path) -> None:
    """The path is relative to the case file; a table that lacks a grain is wrong."""
    (tmp_path / "table.csv").write_text("grain,phi1,Phi,phi2\n1,0,90,0\n")
    with pytest.raises(InputError) as caught:
        Case.from_dict(changed(CRYSTALS, geometry__orientations="table.csv"), tmp_path)
    assert any(f.key == "geometry.orientations" for f in caught.value.faults)

"""Sample files, their bounds and their averages."""

from __future__ import annotations

import math

import pytest

from fem_cell.analysis.resolved.bounds import (
    conductivity_bounds,
    modulus_bounds,
    youngs_modulus_bounds,
)
from fem_cell.analysis.resolved.sample import summary
from fem_cell.analysis.resolved.table import as_text
from fem_cell.case import load_case
from fem_cell.case.sample import is_sample, load_sample
from fem_cell.errors import InputError
from fem_cell.laws.stiffness import Isotropic
from fem_cell.reproduction.paper_c_network import best, findings, section
from tests.conftest import REPOSITORY

SAMPLE = REPOSITORY / "runs" / "paper_c" / "network.toml"
SMALL = ["geometry.size=1.2 um", "effective.sizes=[]", "effective.seeds=1"]


def row(value: float, size: str = "2 um") -> dict:
    return {
        "size": size, "property": "diffusivity", "condition": "mixed", "value": value,
        "bounds": [1.0, 2.0, 4.0, 5.0], "unknowns": 10,
    }  # fmt: skip


def test_shipped_sample():
    """Three sizes with three seeds each; the lithium sheet with the case's modulus."""
    assert is_sample(SAMPLE)
    assert not is_sample(REPOSITORY / "runs" / "channelled_cathode.toml")
    sample = load_sample(SAMPLE, ["effective.sizes=['2 um']", "effective.seeds=2"])
    assert [piece.name for piece in sample.pieces] == ["2um-seed1", "2um-seed2"]
    assert sample.pieces[1].geometry.values["seed"] == 2
    assert sample.phases["lithium"].value("youngs_modulus") == pytest.approx(6.5e9)
    assert sample.phases["skeleton"].value("diffusivity") == pytest.approx(1.1e-13)
    assert sample.empty == ()
    assert sample.wanted.needed.targets == pytest.approx(
        {"diffusivity": 2.4e-14, "stiffness": 12.8e9}
    )
    smoke = load_sample(SAMPLE, ["effective.seeds=1"], smoke=True)
    assert smoke.empty == ("pores",)


def test_samples_are_no_cases():
    """Each command says which the other one is."""
    with pytest.raises(InputError, match="fem-cell effective"):
        load_case(SAMPLE)
    with pytest.raises(InputError, match="fem-cell run"):
        load_sample(REPOSITORY / "runs" / "channelled_cathode.toml")


def test_everything_wrong_is_said_at_once():
    wrong = [
        "effective.conditions=['liner']",
        "phases.lithium.youngs_modulus=6.5",
        "phases.skeleton.diffusivty='1 m^2/s'",
        "terminals.positive='x_low'",
    ]
    with pytest.raises(InputError) as error:
        load_sample(SAMPLE, wrong)
    keys = {fault.key for fault in error.value.faults}
    assert keys == {
        "effective.conditions[1]",
        "phases.lithium.youngs_modulus",
        "phases.skeleton.diffusivty",
        "terminals",
    }


def test_unconnected_network_and_unknown_volume():
    with pytest.raises(InputError, match="make the fibres longer"):
        load_sample(
            SAMPLE, [*SMALL, "geometry.fibre_length=0.9 um", "geometry.volume_fraction=0.03"]
        )
    with pytest.raises(InputError, match=r"phases.fibres: is no volume of the geometry"):
        load_sample(SAMPLE, [*SMALL, "phases.fibres.material=Li5B4"])


def test_missing_value_of_a_sheet():
    with pytest.raises(InputError, match=r"phases.lithium.diffusivity: is missing in the data"):
        load_sample(SAMPLE, [*SMALL, "phases.lithium.material=LPSCl"])


def test_summary_has_the_interval_of_student():
    """Two values 2 and 4: mean 3, deviation sqrt 2, t(1) = 12.706."""
    (found,) = summary([row(2.0), row(4.0)])
    assert found["mean"] == pytest.approx(3.0)
    assert found["half_width"] == pytest.approx(12.7062 * math.sqrt(2) / math.sqrt(2), rel=1e-4)
    assert found["inside"]
    assert found["inside_hashin_shtrikman"]
    (alone,) = summary([row(5.5)])
    assert alone["half_width"] is None
    assert not alone["inside"]
    text = as_text({"title": "T", "summary": summary([row(2.0), row(4.5), row(3.0, "3 um")])})
    assert "diffusivity cm2/s" in text
    assert "3 um" in text


def test_bounds_of_two_phases():
    """Maxwell's formula is the lower bound, its mirror the upper one; empty space is a phase."""
    f, k = {"a": 0.3, "b": 0.7}, {"a": 10.0, "b": 1.0}
    found = conductivity_bounds(f, k)
    beta = 9.0 / 12.0
    assert found.lower == pytest.approx((1 + 2 * 0.3 * beta) / (1 - 0.3 * beta))
    assert found.reuss == pytest.approx(1 / (0.03 + 0.7))
    assert found.voigt == pytest.approx(3.7)
    assert found.reuss < found.lower < found.upper < found.voigt
    holey = conductivity_bounds({"a": 0.3, "b": 0.6}, k)
    assert (holey.reuss, holey.lower) == (0.0, 0.0)
    assert 0.0 < holey.upper < found.upper


def test_bounds_of_moduli():
    """One shear modulus: both bounds of the bulk modulus are one; Young's follows."""
    f = {"a": 0.3, "b": 0.7}
    bulk, shear = modulus_bounds(f, {"a": Isotropic(40.0, 4.0), "b": Isotropic(5.0, 4.0)})
    assert bulk.lower == pytest.approx(bulk.upper)
    assert shear.reuss == pytest.approx(shear.voigt)
    young = youngs_modulus_bounds(bulk, shear)
    assert young.lower == pytest.approx(young.upper)
    assert young.reuss < young.lower < young.voigt
    bulk, shear = modulus_bounds(f, {"a": Isotropic(40.0, 20.0), "b": Isotropic(5.0, 4.0)})
    assert shear.reuss < shear.lower < shear.upper < shear.voigt


def test_ionic_conductivity_is_that_of_the_sheets():
    """Electrolytes in place of the metals: a composite of two solid electrolytes."""
    sample = load_sample(
        SAMPLE,
        [
            *SMALL,
            "effective.properties=['ionic_conductivity']",
            "effective.needed={phase='skeleton', ionic_conductivity='2 mS/cm'}",
            "phases.skeleton.material=LPSCl",
            "phases.lithium={material='PVDF-LiFSI'}",
        ],
    )
    assert sample.phases["skeleton"].value("conductivity") == pytest.approx(0.156)
    assert sample.wanted.needed.targets == {"ionic_conductivity": pytest.approx(0.2)}


def test_section_of_the_report():
    """The largest pieces speak; without results it says so."""
    rows = [row(1.25e-14, size) | {"bounds": [3e-15, 4e-15, 2e-14, 2.6e-14]} for size in "ab"]
    rows[1]["unknowns"] = 20
    stiff = row(9.9e9, "b") | {"property": "stiffness", "bounds": [8e9, 9e9, 10.8e9, 13e9]}
    content = {"summary": summary([*rows, stiff]), "needed": [
        {"property": "diffusivity", "phase": "skeleton", "target": 2.4e-14, "value": 2.3e-13},
    ]}  # fmt: skip
    field = {"summary": summary([row(0.9e-14, "b")])}
    text = " ".join(section(content, field).paragraphs)
    assert "in pieces of b: diffusivity 1.25e-10 and 9e-11 cm2/s" in text
    assert "5.0 times as well as lithium" in text
    assert "skeleton needs 2.3e-09 cm2/s" in text
    assert "below 10.8 (Hashin and Shtrikman)" in text
    assert best(content, "diffusivity")["size"] == "b"
    assert [finding.ours for finding in findings(content)] == pytest.approx([5.0, 9.9])
    assert findings(None)[0].ours is None
    assert "Gaussian" not in " ".join(section(content, None).paragraphs)
    assert "could not be computed" in section(None, None).paragraphs[0]

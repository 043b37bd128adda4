"""Pressing files: what is refused with its key, and what rows come to."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from fem_cell.analysis.pressing.outcome import half_closed, outcome, skeleton_alone
from fem_cell.analysis.pressing.press import BROKEN, CLOSED, Pressed
from fem_cell.analysis.pressing.table import as_text
from fem_cell.analysis.pressing.variants import is_needed
from fem_cell.case import load_case
from fem_cell.case.pressing import load_pressing
from fem_cell.errors import InputError
from fem_cell.laws.viscoplasticity import Viscoplastic
from fem_cell.materials import load_sheet
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_pressure import ALONE, OTHERS, findings, sections
from fem_cell.reproduction.verdict import Verdict
from tests.conftest import REPOSITORY

CASE = REPOSITORY / "runs" / "paper_c" / "press.toml"
MPA = 1e6


def test_the_ready_file_is_valid():
    for smoke in (False, True):
        pressing = load_pressing(CASE, smoke=smoke)
        assert pressing.flowing == ("lithium",)
        assert pressing.empty == ("pores",)
        assert pressing.strength == pytest.approx(0.6e9)
    with pytest.raises(InputError, match="fem-cell press"):
        load_case(CASE)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("press.pressures=[]", "press.pressures"),
        ("press.pressures=['5 MPa', '-1 MPa']", "press.pressures"),
        ("press.hold=3600", "press.hold"),
        ("press.variant=['plain']", "did you mean 'variants'"),
        ("press.variants=['bare']", "press.variants"),
        ("press.strain_of_step=0.2", "press.strain_of_step"),
        ("phases.lithium.material=lithium", "phases: a pressing needs solids that flow"),
        ("press.temperatures=['25 degC', '200 degC']", "phases.lithium melts at 180.5 degC"),
        ("phases.skeleton.material=lithium-layer", "'stripped' needs others"),
        ("geometry.pore_fraction=0", "'filled' needs pores"),
        ("phases.skeleton.material=LPSC", "LPSCl"),
        ("phases.pellet.material=LPSCl", "is no volume of the geometry"),
        ("geometry.periodic=true", "geometry.periodic"),
        ("temperature=80 degC", "temperature: is not a known key of a pressing"),
    ],
)
def test_faults_name_their_key(setting, said):
    with pytest.raises(InputError, match=said):
        load_pressing(CASE, [setting])


def row(time: float, porosity: float, **more: float) -> dict[str, float]:
    shared = {"pressure": 40 * MPA, "compaction": 0.02, "largest_strain": 0.1}
    return {"time": time, "porosity": porosity, **shared, **more}


def law() -> Viscoplastic:
    return Viscoplastic.from_sheet(load_sheet("lithium-layer"), 353.15)


def pressed(rows: list[dict[str, float]], event: str = "") -> Pressed:
    return Pressed(rows, 10e9, event, None)  # type: ignore[arg-type]


def test_lithium_without_pores_carries_all_of_the_pressure():
    rows = [
        row(time, pores, face_pressure=face * MPA)
        for time, pores, face in ((0.0, 0.06, 0.1), (1.0, 0.04, 2.0), (3.0, -0.01, 3.0))
    ]
    found = outcome(pressed(rows, f"{CLOSED} at 40 MPa"), 50 * MPA, law(), 1e-3)
    assert found["face_pressure"] == 50 * MPA
    assert found["intrudes"]
    assert found["half_closed"] == pytest.approx(1.4)
    rows[-1] |= {"porosity": 0.035, "face_pressure": 1 * MPA}
    open_still = outcome(pressed(rows), 50 * MPA, law(), 1e-3)
    assert open_still["half_closed"] is None
    assert not open_still["intrudes"]
    assert open_still["intrusion"] == pytest.approx(2 * MPA / law().steady_stress(1e-3))
    assert half_closed(rows) is None
    assert half_closed([row(0.0, 0.0), row(1.0, 0.0)]) is None


def test_a_skeleton_beyond_its_strength_collapses_in_words():
    stressed = {
        "pressure": 50 * MPA,
        "skeleton_peak": 200 * MPA,
        "skeleton_tension": 300 * MPA,
        "skeleton_share": 1.0,
    }
    done = pressed([row(1.0, 0.78, **stressed)])
    rows = [skeleton_alone(done, P * MPA, 0.6e9, 0.22) for P in (50, 99, 101)]
    assert [r["breaks_at"] for r in rows] == pytest.approx([100 * MPA] * 3)
    assert [bool(r["event"]) for r in rows] == [False, False, True]
    assert rows[0]["skeleton_tension"] == pytest.approx(300 * MPA)
    assert rows[2]["compaction"] is None
    assert rows[0]["crushing_law"] == pytest.approx(0.3 * 0.6e9 * 0.22**1.5)
    unbreakable = skeleton_alone(done, 50 * MPA, float("inf"), 0.22)
    assert unbreakable["breaks_at"] is unbreakable["crushing_law"] is None
    content = {
        "title": "x", "hold": 1.0, "rate": 1e-3, "moving": False,
        "rows": [{"variant": "stripped", "temperature": None, "asked": 101 * MPA, **rows[2]}],
    }  # fmt: skip
    assert "skeleton alone, 101 MPa: collapses: it breaks at 100 MPa" in as_text(content)


def test_what_others_have_answered_is_not_pressed():
    """Unbreakable where it has held, full of lithium where it has kept its pores."""
    here = (353.15, 50 * MPA)
    given = {"variant": "as_given", "temperature": here[0], "asked": here[1], "event": ""}
    broken = given | {"event": f"{BROKEN} at 24 MPa"}
    full = given | {"variant": "unbroken", "event": f"{CLOSED} at 40 MPa"}
    kept = full | {"event": ""}
    for rows, unbroken, filled in (
        ([], True, True),
        ([given], False, False),
        ([broken], True, True),
        ([broken, full], True, True),
        ([broken, kept], True, False),
        ([kept | {"temperature": 298.15}], True, True),
    ):
        assert is_needed("unbroken", rows, *here) is unbroken
        assert is_needed("filled", rows, *here) is filled
        assert is_needed("plain", rows, *here)


def test_report_compares_the_anodes_and_says_what_broke(tmp_path):
    """The two sections of report C, from files as ``fem-cell press`` leaves them."""
    results = Results(SimpleNamespace(out=tmp_path / "cases", smoke=False))
    assert "could not be pressed" in sections(results)[0].paragraphs[0]
    assert findings(results)[0].ours is None
    warm = {"temperature": 353.15, "asked": 50 * MPA}
    rows = [row(0.0, 0.06, face_pressure=1e5), row(9.0, 0.05, face_pressure=1 * MPA)]
    skeleton = {
        "skeleton_peak": 1400 * MPA, "skeleton_tension": 300 * MPA, "skeleton_share": 0.99,
    }  # fmt: skip
    broken = outcome(pressed(rows, f"{BROKEN} at 24 MPa"), 50 * MPA, law(), 1e-3)
    held = outcome(pressed([r | skeleton for r in rows]), 50 * MPA, law(), 1e-3)
    plain = outcome(pressed(rows, f"{CLOSED} at 4 MPa"), 50 * MPA, law(), 1e-3)
    found = [
        {"variant": "as_given", **warm, **broken},
        {"variant": "unbroken", **warm, **held},
        {"variant": "plain", **warm, **plain},
    ]
    content = {"title": "x", "hold": 3600.0, "rate": 1e-3, "rows": found}
    for name in ("press", "void"):
        folder = tmp_path / "samples" / name
        folder.mkdir(parents=True)
        (folder / "press.json").write_text(json.dumps(content))
    anodes, void = sections(results)
    said = " ".join(anodes.paragraphs)
    assert "pressed less into what is open" in said
    assert "needs a strength of 1.4 GPa" in said
    flow_stress = law().steady_stress(1e-3)
    assert findings(results)[0].ours == pytest.approx(1 * MPA / flow_stress)
    full = outcome(
        pressed([r | skeleton for r in rows], f"{CLOSED} at 30 MPa"), 50 * MPA, law(), 1e-3
    )
    assert full["face_pressure"] == rows[-1]["face_pressure"]
    found[1] |= full | {"pressure": 30 * MPA}
    (tmp_path / "samples" / "press" / "press.json").write_text(json.dumps(content))
    assert findings(results)[0].ours is None
    assert "What lies beyond is not compared" in " ".join(sections(results)[0].paragraphs)
    # without pores lithium takes nine tenths, of what is beyond 30 MPa, too
    dense = [r | skeleton | {"porosity": 1e-14, "face_pressure": 36 * MPA} for r in rows]
    filled = outcome(pressed(dense), 40 * MPA, law(), 1e-3)
    assert (filled["porosity"], filled["half_closed"]) == (0.0, None)
    found.append({"variant": "filled", **warm, **filled})
    (tmp_path / "samples" / "press" / "press.json").write_text(json.dumps(content))
    assert findings(results)[0].ours == pytest.approx(19 * MPA / flow_stress)
    assert "0.9 of each further MPa" in " ".join(sections(results)[0].paragraphs)
    assert "as given, 80 degC, 50 MPa: the skeleton breaks at 24 MPa." in said
    # another piece, in which lithium comes to twice as much: (19 + 38)/2
    other = dict(content) | {"measures": {"fibres": 13}}
    other["rows"] = [found[1] | {"flow_stress": 0.5 * flow_stress}, found[3]]
    (tmp_path / "samples" / OTHERS[0].name).mkdir()
    (tmp_path / "samples" / OTHERS[0].name / "press.json").write_text(json.dumps(other))
    assert findings(results)[0].ours == pytest.approx(28.5 * MPA / flow_stress)
    assert findings(results)[0].verdict is Verdict.UNDECIDED
    others = " ".join(sections(results)[0].paragraphs)
    assert f"{19 * MPA / flow_stress:.3g}, {38 * MPA / flow_stress:.3g} times" in others
    assert "of 13 fibres, the pores are full at 30 MPa, the skeleton carries 99 %" in others
    (tmp_path / "samples" / ALONE.name).mkdir()
    sizes = [
        {"size": size, "mean": mean, "half_width": 1e8, "pieces": 4}
        for size, mean in (("2 um", 6e8), ("3 um", 5e8))
    ]
    effective = tmp_path / "samples" / ALONE.name / "effective.json"
    effective.write_text(json.dumps({"summary": sizes}))
    larger = " ".join(sections(results)[0].paragraphs)
    assert "2 um: 0.6 +- 0.1 GPa; 3 um: 0.5 +- 0.1 GPa (mean of 4" in larger
    assert "pores of 6 % are full at about 30 MPa" in larger
    results.sweep.smoke = True  # small sizes are not mixed with the others
    assert findings(results)[0].ours == pytest.approx(19 * MPA / flow_stress)
    assert len(anodes.table) == len(void.table) == 3

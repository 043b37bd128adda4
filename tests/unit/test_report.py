"""Reports: verdicts, layout, calibration, paper A from invented results. Nothing is solved."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fem_cell import __version__
from fem_cell.errors import SolverError
from fem_cell.reproduction import report
from fem_cell.reproduction.calibrate import present, secant
from fem_cell.reproduction.document import Section, as_markdown, as_text
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_a import PaperA
from fem_cell.reproduction.verdict import Below, Finding, Role, Verdict, Within

RUNS = Path(__file__).parents[2] / "runs"


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        (2.7, Verdict.MET),
        (2.96, Verdict.MET),
        (3.0, Verdict.NOT_MET),
        (1.4, Verdict.NOT_MET),
        (1.3, Verdict.CONTRADICTS),
        (6.0, Verdict.CONTRADICTS),
    ],
)
def test_within(ours, verdict):
    assert Within(2.7, 0.10).judge(ours) is verdict


def test_a_statement_is_met_or_contradicted():
    assert Below(20.0).judge(1.0) is Verdict.MET
    assert Below(20.0).judge(99.0) is Verdict.CONTRADICTS


def test_without_a_result_there_is_no_verdict():
    finding = Finding("A2", "x / y", "1", Within(1.0, 0.1), Role.PREDICTED, None)
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert finding.as_row()["ours"] == "-"
    assert finding.as_json()["ours"] is None


def test_layout():
    section = Section("Rates", {"r": "rate", "q": "mAh"}, [{"r": "1C", "q": 2.5}, {"r": "2C"}],
                      ["Words."], {"map.png": "A map"})  # fmt: skip
    text = as_text("Paper", [section])
    assert "rate  mAh\n----  ---\n1C    2.5\n2C      -" in text
    assert "map.png: A map" in text
    page = as_markdown("Paper", [section])
    assert "| rate | mAh |\n| --- | --- |\n| 1C | 2.5 |\n| 2C | - |" in page
    assert "![A map](map.png)" in page


@pytest.mark.parametrize("exponent", [0.8, 1.0, 1.3])
def test_secant(exponent):
    asked = []

    def function(x):
        asked.append(x)
        return 3.6 * x**exponent

    x, y = secant(function, 2.7, 1.0)
    assert y == pytest.approx(2.7, rel=1e-3)
    assert 3.6 * x**exponent == y
    assert len(asked) <= 5


def test_secant_that_finds_nothing():
    with pytest.raises(SolverError, match="no value found"):
        secant(lambda x: 1.0 + 0.01 * x**2, -5.0, 1.0)


# -- paper A --------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    """The cases, read once."""
    return report.cases_of(PaperA(), RUNS, Path("nowhere"), smoke=False)


@pytest.fixture
def cases(shipped, tmp_path):
    """The cases with results folders of their own."""
    points = tuple(replace(point, folder=tmp_path / point.name) for point in shipped.points)
    return replace(shipped, out=tmp_path, points=points)


def pretend(sweep, capacities):
    """Results folders as runs would leave them."""
    for name, capacity in capacities.items():
        point = sweep.point(name)
        point.folder.mkdir(parents=True)
        (point.folder / "case.toml").write_text(point.case.effective_toml())
        record = {
            "status": "finished",
            "end_reason": "voltage 2.7 V",
            "versions": {"fem_cell": __version__},
            "wall_time_s": {"total": 60.0},
        }
        (point.folder / "run.json").write_text(json.dumps(record))
        step = {"capacity_mAh_cm2": capacity, "duration_s": 10.0}
        step["capacity_mAh_g"] = 55.0 * capacity
        (point.folder / "summary.json").write_text(json.dumps({"steps": [step]}))


def test_cases_share_one_set_of_parameters(cases):
    """Only the points that say so differ in a material or in the temperature."""
    base = cases.point("channelled-0.2C").case
    for point in cases.points:
        if point.name.startswith("band-"):
            continue
        cathode = point.case.phases["cathode"]
        assert cathode.material == base.phases["cathode"].material
        assert cathode.electrolyte == base.phases["electrolyte"].material
        assert cathode.accessible_fraction == base.phases["cathode"].accessible_fraction
        assert point.case.interfaces["lithium_foil"] == base.interfaces["lithium_foil"]
        assert point.case.temperature == base.temperature


def test_loadings(cases):
    results = Results(cases)
    assert results.loading("channelled-0.2C") == pytest.approx(18.9, rel=0.01)
    assert results.loading("infiltrated-5C") == pytest.approx(18.9, rel=0.01)
    assert results.loading("recipe-laminated-0.2C") == pytest.approx(18.9, rel=0.01)
    for kind in ("channelled", "infiltrated", "laminated"):
        assert results.loading(f"{kind}-pouch") == pytest.approx(14.5, rel=0.003)


def test_loading_after_drilling_needs_no_run(cases):
    (loading, *others) = PaperA().findings(Results(cases))
    assert loading.key == "A1"
    assert loading.verdict is Verdict.MET
    assert {finding.verdict for finding in others} == {Verdict.NOT_APPLICABLE}


def test_verdicts(cases):
    pretend(cases, {
        "channelled-0.2C": 2.7, "channelled-0.05C": 2.8, "channelled-5C": 0.5,
        "laminated-0.2C": 0.02, "infiltrated-0.2C": 2.6, "channelled-pouch": 2.1,
        "laminated-pouch": 0.02, "infiltrated-pouch": 2.1,
    })  # fmt: skip
    found = PaperA().findings(Results(cases))
    assert [(f.key, str(f.verdict)) for f in found] == [
        ("A1", "met"),
        ("A2", "met"),
        ("A3", "not met"),
        ("A4", "not applicable"),
        ("A4", "contradicts"),
        ("A5", "met"),
        ("A5", "contradicts"),
        ("A8", "met"),
        ("A8", "contradicts"),
        ("A8", "not met"),
    ]
    assert found[7].ours == pytest.approx(45 * 2.1)
    assert [f.key for f in found if f.role is Role.CALIBRATED] == ["A2"]


def test_report_is_written(cases, tmp_path, monkeypatch):
    monkeypatch.setattr(report.maps, "draw", lambda *arguments: False)
    pretend(cases, {"channelled-0.2C": 2.7, "laminated-0.2C": 0.02})
    text = report.write_report(PaperA(), cases, tmp_path)
    assert (tmp_path / "report.txt").read_text() == text
    assert "| A2 | channelled, 0.2C" in (tmp_path / "report.md").read_text()
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["targets"][1]["ours"] == 2.7
    assert list(content["calibrated"]) == ["phases.cathode.accessible_fraction"]
    assert content["cases"]["channelled-5C"]["status"] == "not run"
    assert "What decides the contrast" in text
    assert "delivers 0.74 % of" not in text
    assert "only on its face it delivers 0.74 %" in " ".join(text.split())


def test_calibrated_value_stands_in_the_base_case(cases):
    point = cases.point("channelled-0.2C")
    fraction = present(point, "phases.cathode.accessible_fraction")
    assert fraction == point.case.phases["cathode"].accessible_fraction
    assert 0.5 < fraction < 0.9

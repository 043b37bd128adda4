"""Reports: verdicts, layout, calibration, paper A from invented results. Nothing is solved."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fem_cell import __version__
from fem_cell.errors import SolverError
from fem_cell.experiments.spectra import FILE as SPECTRA
from fem_cell.experiments.spectra import FREQUENCY, IMAGINARY, REAL
from fem_cell.reproduction import report
from fem_cell.reproduction.calibrate import present, secant
from fem_cell.reproduction.document import Section, as_markdown, as_text
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_a import PaperA
from fem_cell.reproduction.paper_a_impedance import peaks_section
from fem_cell.reproduction.paper_b import PaperB
from fem_cell.reproduction.paper_c import PaperC
from fem_cell.reproduction.verdict import (
    Above,
    Below,
    Finding,
    Role,
    Verdict,
    Within,
    WithinBy,
    WithinFactor,
)

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


@pytest.mark.parametrize(
    ("criterion", "ours", "verdict"),
    [
        (WithinBy(19.0, 3.0), 21.9, Verdict.MET),
        (WithinBy(19.0, 3.0), 22.8, Verdict.NOT_MET),
        (WithinBy(19.0, 3.0), 39.0, Verdict.CONTRADICTS),
        (WithinFactor(4e-9, 2.0), 7.9e-9, Verdict.MET),
        (WithinFactor(4e-9, 2.0), 1.2e-9, Verdict.NOT_MET),
        (WithinFactor(4e-9, 2.0), 0.9e-9, Verdict.CONTRADICTS),
        (Above(1.0), 1.1, Verdict.MET),
        (Above(1.0), 0.9, Verdict.CONTRADICTS),
    ],
)
def test_other_criteria(criterion, ours, verdict):
    assert criterion.judge(ours) is verdict


def test_digits_of_a_value():
    for value, shown in ((2143.4, "2143"), (447.06, "447"), (4.123e-9, "4.12e-09")):
        assert Finding("B5", "x", "1", Above(0.0), Role.PREDICTED, value).as_row()["ours"] == shown


def test_without_a_result_there_is_no_verdict():
    finding = Finding("A2", "x / y", "1", Within(1.0, 0.1), Role.PREDICTED, None)
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert finding.as_row()["ours"] == "-"
    assert finding.as_json()["ours"] is None


@pytest.mark.parametrize(
    ("ours", "interval", "verdict"),
    [
        (2.0, 0.5, Verdict.MET),
        (2.0, 1.5, Verdict.UNDECIDED),
        (4.0, 0.5, Verdict.CONTRADICTS),
        (4.0, 1.5, Verdict.UNDECIDED),
    ],
)
def test_a_mean_that_is_not_known_well_enough_decides_nothing(ours, interval, verdict):
    finding = Finding("C12", "x", "less", Below(3.0), Role.PREDICTED, ours, interval=interval)
    assert finding.verdict is verdict
    assert finding.as_row()["ours"] == f"{ours:g} +- {interval:g}"
    assert finding.as_json()["interval"] == interval


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


def pretend_titration(sweep, name, footprint, particles, reacting=0.0):
    """What a titration leaves; diffusivities in cm^2/s."""
    pretend(sweep, {name: 0.1})
    folder = sweep.point(name).folder
    head = "IR Drop / mV,Diffusivity By Particles / cm2.s-1"
    (folder / "gitt.csv").write_text(f"{head}\n20,1e-11\n22,2e-11\n24,3e-11\n")
    facts = {
        "pulses": 3,
        "diffusivity_used_m2_s": 1e-14,
        "formula_over_diffusivity_of_an_ideal_body": 0.2,
        "median_diffusivity_m2_s": {
            "footprint": 1e-4 * footprint,
            "particles": 1e-4 * particles,
            "reacting surface": 1e-4 * (reacting or particles),
        },
        "sample": {
            "footprint": 2.0,
            "areas": {"footprint": 2.0, "particles": 32.0, "reacting surface": 1.6},
        },
    }
    (folder / "gitt.json").write_text(json.dumps(facts))


def test_cases_share_one_set_of_parameters(cases):
    """Only the points that say so differ in a material or in the temperature."""
    base = cases.point("channelled-0.2C").case
    for point in cases.points:
        if point.name.startswith(("band-", "impedance-without-")):
            continue
        cathode = point.case.phases["cathode"]
        assert cathode.material == base.phases["cathode"].material
        assert cathode.electrolyte == base.phases["electrolyte"].material
        assert cathode.accessible_fraction == base.phases["cathode"].accessible_fraction
        assert point.case.interfaces["lithium_foil"] == base.interfaces["lithium_foil"]
        assert point.case.temperature == base.temperature


def pretend_spectrum(sweep, name, *elements):
    """A spectrum of 5 ohm cm^2 and some elements (R in ohm cm^2, tau in s)."""
    pretend(sweep, {name: 0.0})
    frequency = np.logspace(5, -2, 60)
    omega = 2j * np.pi * frequency
    impedance = 5.0 + sum(r / (1 + omega * tau) for r, tau in elements)
    rows = [f"{f},{z.real},{z.imag}" for f, z in zip(frequency, impedance, strict=True)]
    head = f"{FREQUENCY},{REAL},{IMAGINARY}"
    (sweep.point(name).folder / SPECTRA).write_text("\n".join([head, *rows]) + "\n")


def test_peaks_go_with_the_process_that_makes_them(cases):
    foil, transfer, slow = (50.0, 1e-3), (30.0, 2e-2), (8.0, 5.0)
    pretend_spectrum(cases, "impedance-channelled", foil, transfer, slow)
    pretend_spectrum(cases, "impedance-laminated", (2e3, 0.1))
    pretend_spectrum(cases, "impedance-without-foil", transfer, slow)
    pretend_spectrum(cases, "impedance-without-transfer", foil, slow)
    pretend_spectrum(cases, "impedance-without-salt", foil, transfer, slow)
    results = Results(cases)
    found = {f.quantity: str(f.verdict) for f in PaperA().findings(results) if f.key == "A6"}
    assert sorted(found.values()) == ["met", "not applicable"]
    rows = peaks_section(results).table
    assert [row["paper"] for row in rows] == ["S2, S3", "S2, S3", "S5"]
    assert [row["ours"] for row in rows] == [
        "charge transfer at the lithium foil",
        "charge transfer at the particles",
        "none alone",
    ]


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
        ("A6", "not applicable"),
        ("A6", "not applicable"),
        *4 * [("A7", "not applicable")],
        ("A8", "met"),
        ("A8", "contradicts"),
        ("A8", "not met"),
    ]
    assert found[13].ours == pytest.approx(45 * 2.1)
    assert [f.key for f in found if f.role is Role.CALIBRATED] == ["A2"]


def test_titrations(cases, tmp_path, monkeypatch):
    monkeypatch.setattr(report.maps, "draw", lambda *arguments: False)
    pretend_titration(cases, "gitt-channelled", 4e-9, 1.6e-11)
    pretend_titration(cases, "gitt-infiltrated", 4e-9, 1.6e-11)
    pretend_titration(cases, "gitt-tenth", 8e-12, 3.2e-14)
    pretend_titration(cases, "gitt-laminated-weak", 1.2e-11, 5e-14, reacting=1e-10)
    pretend(cases, {"gitt-laminated": 0.02})
    found = [f for f in PaperA().findings(Results(cases)) if f.key == "A7"]
    assert [str(f.verdict) for f in found] == [
        "contradicts", "met", "not applicable", "met",
    ]  # fmt: skip
    assert [f.ours for f in found if f.ours] == pytest.approx([1.0, 500.0, 320.0])
    assert found[2].note == "it does not complete a single pulse"
    text = " ".join(report.write_report(PaperA(), cases, tmp_path).split())
    assert "The choice of the area alone is worth 256" in text
    assert "through its face alone, 20 times less area" in text


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


# -- paper B --------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped_b():
    """The cases, read once."""
    return report.cases_of(PaperB(), RUNS, Path("nowhere"), smoke=False)


@pytest.fixture
def cases_b(shipped_b, tmp_path):
    """The cases with results folders of their own."""
    points = tuple(replace(point, folder=tmp_path / point.name) for point in shipped_b.points)
    return replace(shipped_b, out=tmp_path, points=points)


def test_cases_of_b_share_one_set_of_parameters(cases_b):
    """Crystals that are resolved have their own diffusivity, composites theirs; nothing else."""
    base = cases_b.point("flat-1C").case
    own = {"diffusivity", "diffusivity_ab", "diffusivity_c"}
    own |= {"particle_radius", "active_weight_fraction"}
    common = set(base.phases["cathode"].material.entries) - own
    for point in cases_b.points:
        material = point.case.phases["cathode"].material
        for key in common:
            assert material.entries[key] == base.phases["cathode"].material.entries[key]
        assert point.case.phases["separator"] == base.phases["separator"]
        assert point.case.initial == base.initial
        assert point.case.temperature == base.temperature


def test_composites_hold_as_much_as_the_dense_layer(cases_b):
    results = Results(cases_b)
    dense = results.loading("flat-1C")
    assert dense == pytest.approx(11.06, rel=1e-3)
    for share in (60, 70, 80, 90, 95):
        assert results.loading(f"composite{share}-1C") == pytest.approx(dense, rel=2e-3)


def test_arithmetic_of_b_needs_no_run(cases_b):
    found = PaperB().findings(Results(cases_b))
    arithmetic = [f for f in found if f.role is Role.ARITHMETIC]
    assert len(arithmetic) == 12
    missed = [f.quantity for f in arithmetic if f.verdict is not Verdict.MET]
    assert missed == ["dense over best composite, 0.5C, per volume / %"]
    others = {f.verdict for f in found if f.role is not Role.ARITHMETIC}
    assert others == {Verdict.NOT_APPLICABLE}


def test_report_b_is_written(cases_b, tmp_path, monkeypatch):
    """From invented capacities; what no run has delivered stays open."""
    monkeypatch.setattr(report.maps, "draw", lambda *arguments: False)
    monkeypatch.setattr("fem_cell.reproduction.steady.run_apart", lambda *arguments: (True, ""))
    areal = 11.065e-3
    names = {"flat-0.1C": 115, "flat-1C": 60, "stripe0.6-0.1C": 87, "stripe0.6-1C": 19,
             "rough-1C": 69, "ideal-1C": 100, "model-2D-1C": 90}  # fmt: skip
    pretend(cases_b, {name: areal * value for name, value in names.items()})
    for name, value in names.items():
        path = cases_b.point(name).folder / "summary.json"
        content = json.loads(path.read_text())
        content["steps"][0] |= {"capacity_mAh_g": value, "mean_voltage_V": 3.1}
        path.write_text(json.dumps(content))
    text = report.write_report(PaperB(), cases_b, tmp_path)
    rows = {row["quantity"]: row for row in
            json.loads((tmp_path / "report.json").read_text())["targets"]}  # fmt: skip
    assert rows["stripes (2D), capacity lost at 1C / %"]["verdict"] == "met"
    assert rows["stripes, 0.6 in contact, 1C / mAh g-1"]["ours"] == 19
    assert rows["D_util 1C, model microstructure, 2D / cm2 s-1"]["ours"] == pytest.approx(
        4.3e-9, rel=0.3
    )
    assert "What the paper cannot have right" in text


# -- paper C --------------------------------------------------------------------


def test_report_of_c_without_results(tmp_path):
    """Every target is open, the closed forms are there, and so is what they do not mean."""
    sweep = report.cases_of(PaperC(), RUNS, tmp_path, smoke=False)
    findings = PaperC().findings(Results(sweep))
    assert {finding.key for finding in findings} == {f"C{number}" for number in range(1, 13)}
    open_ones = {finding.verdict for finding in findings if finding.key != "C8"}
    assert open_ones == {Verdict.NOT_APPLICABLE}
    critical = [finding.verdict for finding in findings if finding.key == "C8"]
    assert critical == [Verdict.MET, Verdict.MET, Verdict.CONTRADICTS]
    text = " ".join(report.write_report(PaperC(), sweep, tmp_path).split())
    assert r"| C4 | Li-B \| Li-B at 0.5 mA/cm2" in (tmp_path / "report.md").read_text()
    assert "No critical current here is a prediction of a short circuit" in text
    assert "The one fitted number: settling = 0.29" in text
    assert "The pieces could not be computed" in text


def test_one_number_of_c_is_fitted(tmp_path):
    sweep = report.cases_of(PaperC(), RUNS, tmp_path, smoke=False)
    sheet = sweep.point("LiB-5").case.phases["anode"].material
    assert "fitted" in sheet.entry("settling").source
    fitted = [key for key, entry in sheet.entries.items() if "fitted" in entry.source]
    assert fitted == ["settling"]

"""Paper A: laser-channelled NCM811 cathode with a PVDF electrolyte.

Energy Mater. 2026, 6, 600067. Targets: loading after drilling (A1), capacity at 0.2C, 0.05C and
5C (A2 to A4), the control at 0.2C (A5), impedance (A6), titration (A7), and the pouch cell (A8).
The paper does not say what the electrolyte of the control reaches, so that every control is
computed infiltrated and laminated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fem_cell.case import load_case
from fem_cell.case.derived import derive
from fem_cell.reproduction import paper_a_impedance as impedance
from fem_cell.reproduction import paper_a_sections as text
from fem_cell.reproduction import paper_a_titration as titration
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import KG_PER_M2_TO_MG_PER_CM2, Calibration, Maps, Results, Study
from fem_cell.reproduction.verdict import Below, Finding, Role, Within

POUCH_AREA = 45.0
"""cm^2"""

_CALIBRATION = Calibration("phases.cathode.accessible_fraction", "channelled-0.2C", 2.7, "A2")
_EARLY = (10.0, 30.0, 60.0, 100.0)
_THREE = ("laminated-0.2C", "infiltrated-0.2C", "channelled-0.2C")
_MAPS = (
    Maps(
        "lithium_0.2C.png", _THREE, "lithium", (10.0, 60.0, 100.0, 3600.0, 10800.0),
        "Lithium in the active material at 0.2C: control laminated, control infiltrated, "
        "channelled (compare figure 4A and 4B of the paper)",
    ),
    Maps(
        "salt_5C.png", ("infiltrated-5C", "channelled-5C"), "salt", _EARLY,
        "Salt in the electrolyte at 5C: control infiltrated, channelled",
    ),
    Maps(
        "lithium_5C.png", ("infiltrated-5C", "channelled-5C"), "lithium", _EARLY,
        "Lithium in the active material at 5C: control infiltrated, channelled",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperA:
    """The reproduction of paper A."""

    key: str = "A"
    citation: str = (
        "laser-channelled NCM811 cathode with a PVDF electrolyte, Energy Mater. 2026, 6, 600067"
    )
    cases: str = "paper_a/cases.toml"
    calibrations: tuple[Calibration, ...] = (_CALIBRATION,)
    maps: tuple[Maps, ...] = _MAPS
    studies: tuple[Study, ...] = ()

    def findings(self, results: Results) -> list[Finding]:
        """Our value for every target."""
        return [
            *_loading(results),
            *_capacities(results),
            *_control(results),
            *impedance.findings(results),
            *titration.findings(results),
            *_pouch(results),
        ]

    def sections(self, results: Results) -> list[Section]:
        """Rates, what decides the contrast, bands, meshes, and what the paper leaves open."""
        return text.sections(results)

    def draw(self, results: Results, folder: Path) -> dict[str, str]:
        """No curves."""
        return {}


def _loading(results: Results) -> list[Finding]:
    """A1, with the diameter the paper states; ours was taken from the loading."""
    case = load_case(results.sweep.case, ["geometry.channel_diameter=100 um"])
    stated = (derive(case).areal_mass or 0.0) * KG_PER_M2_TO_MG_PER_CM2
    whole = load_case(results.sweep.case, ["geometry.lattice=none"])
    before = (derive(whole).areal_mass or 0.0) * KG_PER_M2_TO_MG_PER_CM2
    note = (
        f"Hexagonal lattice, pitch 200 um, the stated diameter of 100 um: {before:.1f} mg/cm2 "
        f"before drilling, {stated:.1f} after. All cases use 103.7 um, with which "
        f"{results.loading('channelled-0.2C'):.1f} mg/cm2 remain; it was derived from A1."
    )
    return [
        Finding("A1", "loading after drilling / mg cm-2", "25 -> 18.9", Within(18.9, 0.03),
                Role.GEOMETRY, stated, note)
    ]  # fmt: skip


def _capacities(results: Results) -> list[Finding]:
    """A2 to A4."""
    rate_test = "2.7 to 4.5 V, the window of figure 3A-B where the paper's value stands."
    narrow = "2.7 to 4.3 V, the window of all our other rates."
    return [
        Finding("A2", "channelled, 0.2C, 4.3 V / mAh cm-2", "2.7", Within(2.7, 0.10),
                Role.CALIBRATED, results.capacity("channelled-0.2C"),
                "accessible_fraction was solved for on this target: it agrees by construction."),
        Finding("A3", "channelled, 0.05C, 4.5 V / mAh cm-2", "3.2", Within(3.2, 0.10),
                Role.PREDICTED, results.capacity("channelled-0.05C")),
        Finding("A4", "channelled, 5C, 4.5 V / mAh cm-2", "1.2", Within(1.2, 0.30),
                Role.PREDICTED, results.capacity("channelled-5C-4.5V"), rate_test),
        Finding("A4", "channelled, 5C, 4.3 V / mAh cm-2", "1.2", Within(1.2, 0.30),
                Role.PREDICTED, results.capacity("channelled-5C"), narrow),
    ]  # fmt: skip


def _control(results: Results) -> list[Finding]:
    """A5, for both controls."""
    found = []
    for kind in ("laminated", "infiltrated"):
        ratio = results.ratio(f"{kind}-0.2C", "channelled-0.2C")
        ours = None if ratio is None else 100.0 * ratio
        found.append(
            Finding("A5", f"control {kind} / channelled at 0.2C / %", "< 20 (fails)", Below(20.0),
                    Role.PREDICTED, ours)
        )  # fmt: skip
    return found


def _pouch(results: Results) -> list[Finding]:
    """A8: capacity of 45 cm^2."""
    rows = (
        ("channelled", 93.4, 0.10, ""),
        ("laminated", 55.6, 0.20, "The paper calls the electrolyte of this control laminated."),
        ("infiltrated", 55.6, 0.20, ""),
    )
    found = []
    for kind, value, tolerance, note in rows:
        capacity = results.capacity(f"{kind}-pouch")
        ours = None if capacity is None else POUCH_AREA * capacity
        name = kind if kind == "channelled" else f"control {kind}"
        found.append(
            Finding("A8", f"pouch, {name} / mAh", f"{value}", Within(value, tolerance),
                    Role.PREDICTED, ours, note)
        )  # fmt: skip
    return found

"""Paper A in words and tables: rates, what decides the contrast, bands, what stays open."""

from __future__ import annotations

import math
from collections.abc import Callable

from fem_cell.case.shape import exact_sizes
from fem_cell.reproduction import paper_a_titration as titration
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number, percent
from fem_cell.reproduction.paper_a_impedance import (
    operando_section,
    peaks_section,
    resistances_section,
)

LITHIUM_SIDE = "Maximum Cathode+Electrolyte Salt Concentration / mol.m-3"
RATES = (
    ("0.05C", "2.7-4.5"),
    ("0.2C", "2.7-4.3"),
    ("1C", "2.7-4.3"),
    ("2C", "2.7-4.3"),
    ("5C", "2.7-4.3"),
    ("5C-4.5V", "2.7-4.5"),
)
"""Name of the cases and their window, V."""
KINDS = ("channelled", "infiltrated", "laminated")
BAND = (
    ("0.2", "1e-12"),
    ("0.4", "1e-12"),
    ("0.2", "5e-12"),
    ("0.4", "5e-12"),
    ("0.6", "5e-12"),
    ("0.4", "3e-11"),
    ("0.6", "3e-11"),
)
CENTRE = ("0.4", "5e-12")


def sections(results: Results) -> list[Section]:
    """All of them, in the order of the report."""
    makers: tuple[Callable[[Results], Section], ...] = (
        rates,
        contrast,
        parameters,
        band,
        variants,
        peaks_section,
        resistances_section,
        operando_section,
        titration.section,
        open_points,
    )
    return [make(results) for make in makers]


def rates(results: Results) -> Section:
    """Capacities of the three electrodes at all rates."""
    table = []
    for rate, window in RATES:
        row: dict[str, object] = {"rate": rate.partition("-")[0], "window": window}
        for kind in KINDS:
            row[kind] = results.capacity(f"{kind}-{rate}")
            row[f"{kind} specific"] = results.specific(f"{kind}-{rate}")
        table.append(row)
    titles = {"rate": "rate", "window": "V"}
    for kind in KINDS:
        titles |= {kind: f"{kind} mAh/cm2", f"{kind} specific": "mAh/g"}
    return Section(
        "Rates",
        titles,
        table,
        [
            "One set of parameters for all rates and electrodes. Every discharge starts from "
            "equilibrium at the upper voltage: a charge that an electrode could not take is not "
            "held against it, so the controls are shown at their best.",
            f"The laminated control ends after {number(results.duration('laminated-0.2C'), 's')} "
            f"at 0.2C and {number(results.duration('laminated-5C'), 's')} at 5C.",
        ],
    )


def contrast(results: Results) -> Section:
    """Architecture against infiltration at 0.2C and 5C."""
    table = [
        {"electrode": "channels", "pores": results.capacity("channelled-0.2C"),
         "dry": results.capacity("dry-walls-0.2C"), "fast": results.capacity("channelled-5C")},
        {"electrode": "no channels", "pores": results.capacity("infiltrated-0.2C"),
         "dry": results.capacity("laminated-0.2C"), "fast": results.capacity("infiltrated-5C")},
    ]  # fmt: skip
    titles = {
        "electrode": "electrode",
        "pores": "0.2C, electrolyte in the pores",
        "dry": "0.2C, dry pores",
        "fast": "5C, electrolyte in the pores",
    }
    words = [
        "What decides the contrast is the electrolyte in the pores of the coating, not the "
        "channels. The table gives mAh/cm2 with and without each of the two.",
        _at_low_rate(results),
        _at_high_rate(results),
    ]
    return Section("What decides the contrast", titles, table, words)


def _at_low_rate(results: Results) -> str:
    """With and without electrolyte in the pores."""
    infiltrated = percent(results.ratio("infiltrated-0.2C", "channelled-0.2C"))
    laminated = percent(results.ratio("laminated-0.2C", "channelled-0.2C"))
    dry = percent(results.ratio("dry-walls-0.2C", "channelled-0.2C"))
    reach, thick = _reach(results, "laminated-0.2C", 5 * 3600.0)
    return (
        f"At 0.2C the control with electrolyte in its pores delivers {infiltrated} of the "
        f"channelled electrode; with the electrolyte only on its face it delivers {laminated}. "
        f"Channels without electrolyte in the walls bring at most {dry}. Without electrolyte in "
        "the pores lithium must go from particle to particle, and the cell ends at 2.7 V when the "
        "skin under the face is full. This does not hang on the model of the skin: in five hours "
        f"diffusion reaches sqrt(D t) = {reach:.0f} um even in dense material, "
        f"{percent(reach / thick)} of the coating. So the control of the paper fails at 0.2C only "
        "if it is laminated; the paper says so of the control of the pouch cell alone."
    )


def _at_high_rate(results: Results) -> str:
    """With and without channels, where the salt runs out."""
    gain = number(results.ratio("channelled-5C", "infiltrated-5C"), "")
    tortuous = number(results.ratio("tortuous-channelled-5C", "tortuous-infiltrated-5C"), "")
    porous = number(results.capacity("recipe-infiltrated-5C"), "mAh/cm2")
    return (
        f"At 5C, where the salt in the electrolyte runs out, the channelled electrode delivers "
        f"{gain} times the capacity of the infiltrated control: this is what the channels "
        "themselves are worth with the parameters used here. Were the pores tortuous (Bruggeman "
        f"exponent 2.5 instead of 1.5), it would be {tortuous} times. The infiltrated control with "
        f"58 % of pores, undrilled on 100 um and of the same mass, delivers {porous} at 5C: "
        "electrolyte spread through the coating is worth more than electrolyte in channels. That "
        "channels help the electrolyte into the coating while the electrode is made is plausible, "
        "and outside this model."
    )


def _reach(results: Results, name: str, duration: float) -> tuple[float, float]:
    """How far lithium diffuses in dense active material, and the thickness of a coating, um."""
    case = results.sweep.point(name).case
    sizes = exact_sizes(case.geometry)
    thickness = sizes.thickness["cathode"] if sizes else math.nan
    diffusivity = case.phases["cathode"].material.value("diffusivity", case.temperature)
    return 1e6 * math.sqrt(diffusivity * duration), 1e6 * thickness


def parameters(results: Results) -> Section:
    """What was calibrated, what was fixed beforehand."""
    fraction = results.sweep.point("channelled-0.2C").case.phases["cathode"].accessible_fraction
    return Section(
        "Calibrated and predicted",
        paragraphs=[
            f"Calibrated: accessible_fraction = {fraction:g}, on A2 alone (`fem-cell report A "
            "--calibrate`). It is the share of the active material that takes part between 4.3 and "
            "2.7 V, nearly the whole lithiation range of the open-circuit curve (about 217 mAh/g); "
            "2.7 mAh/cm2 are 149 mAh/g.",
            "Fixed before any result was looked at: exchange current density of NMC811 0.5 A/m2 "
            "(range 0.1 to 2) and of lithium 5 A/m2 (52 ohm cm2), transference number 0.4, salt "
            "diffusivity 5e-12 m2/s, salt 3400 mol/m3, conductivity 1.36 mS/cm at 25 degC, channel "
            "diameter 103.7 um (from A1). All of A3, A4, A5 and A8 are predictions.",
        ],
    )


def band(results: Results) -> Section:
    """A4 over the range of the electrolyte's unknown properties."""
    table = []
    for transference, diffusivity in BAND:
        name = f"band-t{transference}-D{diffusivity}"
        if (transference, diffusivity) == CENTRE:
            name = "channelled-5C"
        capacity = results.capacity(name)
        verdict = "-" if capacity is None else ("yes" if abs(capacity / 1.2 - 1) <= 0.30 else "no")
        table.append({"t": transference, "D": diffusivity, "capacity": capacity, "within": verdict})
    known = [row["capacity"] for row in table if isinstance(row["capacity"], float)]
    words = ["5C, 2.7 to 4.3 V. Neither property was measured in the paper."]
    if known:
        words.append(
            f"Over the plausible range A4 comes out between {min(known):.2g} and {max(known):.2g} "
            "mAh/cm2 against 1.2 in the paper: it is a statement about the electrolyte as much as "
            "about the architecture."
        )
    titles = {"t": "t+", "D": "D / m2 s-1", "capacity": "mAh/cm2", "within": "1.2 within 30 %"}
    return Section("Band of A4", titles, table, words)


def variants(results: Results) -> Section:
    """The other reading of the control's recipe, and finer meshes."""
    pairs = (
        ("control infiltrated, 0.2C, 100 um and porosity 0.58", "recipe-infiltrated-0.2C",
         "infiltrated-0.2C"),
        ("control laminated, 0.2C, 100 um and porosity 0.58", "recipe-laminated-0.2C",
         "laminated-0.2C"),
        ("control infiltrated, 5C, 100 um and porosity 0.58", "recipe-infiltrated-5C",
         "infiltrated-5C"),
        ("channelled, 5C, Bruggeman exponent 2.5", "tortuous-channelled-5C", "channelled-5C"),
        ("control infiltrated, 5C, Bruggeman exponent 2.5", "tortuous-infiltrated-5C",
         "infiltrated-5C"),
        ("control infiltrated, 0.2C, Bruggeman exponent 2.5", "tortuous-infiltrated-0.2C",
         "infiltrated-0.2C"),
        ("channelled, 5C, finer mesh", "mesh-channelled-5C", "channelled-5C"),
        ("control laminated, 0.2C, finer mesh", "mesh-laminated-0.2C", "laminated-0.2C"),
    )  # fmt: skip
    table = [
        {"variant": words, "ours": results.capacity(name), "base": results.capacity(base)}
        for words, name, base in pairs
    ]
    return Section(
        "Variants and meshes",
        {"variant": "variant", "ours": "mAh/cm2", "base": "base case mAh/cm2"},
        table,
        [
            "18.9 mg/cm2 mean 75.6 um at the porosity of the drilled sheet (used here), or 58 % of "
            "pores on 100 um; the paper's words 'dense' and '100 um' cannot both hold."
        ],
    )


def open_points(results: Results) -> Section:
    """Where the paper does not hold together, and what the model leaves out."""
    laminated = results.capacity("laminated-pouch")
    infiltrated = results.capacity("infiltrated-pouch")
    dry = None if laminated is None else 45 * laminated
    wet = None if infiltrated is None else 45 * infiltrated
    return Section(
        "What stays open",
        paragraphs=[
            "The control of the coin cell 'fails to operate' at 0.2C, the control of the pouch "
            f"cell delivers 55.6 mAh. Laminated gives {number(dry, 'mAh')}, infiltrated "
            f"{number(wet, 'mAh')}; one description of the control cannot give both of the paper's "
            "statements. A coating that is wetted only in part would lie between; the paper gives "
            "nothing to predict how much.",
            "Figure 4A shows less than 0.5e4 mol/m3 of lithium at the bottom of the control after "
            "100 s. The electrolyte holds 3.4e3 mol/m3 at all, and NMC811 cannot lose nine tenths "
            "of its lithium in 100 s at any of the rates; no map here shows it.",
            f"At 5C the salt reaches {number(results.largest('channelled-5C', LITHIUM_SIDE), '')} "
            "mol/m3 at the lithium foil, far beyond the 3400 it starts from and beyond what such "
            "an electrolyte is known for; with properties that do not depend on the concentration "
            "the 5C values are to be read as an estimate.",
            "Side reactions, ageing, and the efficiency of the charge are not modelled; a front "
            "thinner than a particle, as in the laminated control, is beyond a homogenised wall: "
            "its capacity is right in order of magnitude only.",
        ],
    )

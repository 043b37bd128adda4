"""Paper A by titration (A7): what its thousand-fold diffusivity is."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from statistics import median

from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number
from fem_cell.reproduction.verdict import Finding, Role, WithinFactor

CHANNELLED, INFILTRATED = "gitt-channelled", "gitt-infiltrated"
CONTROLS = {
    INFILTRATED: "control, pores filled",
    "gitt-tenth": "control, a tenth of the pores filled",
    "gitt-hundredth": "control, a hundredth of the pores filled",
    "gitt-laminated": "control, laminated",
    "gitt-laminated-short": "control, laminated, pulses of 0.002C",
}
ELECTRODES = {CHANNELLED: "channelled"} | CONTROLS
M2_TO_CM2 = 1e4


@dataclass(frozen=True, slots=True)
class Titration:
    """The result of one electrode; diffusivities in cm^2/s, medians over its pulses.

    Attributes:
        pulses: Complete ones.
        jump: IR drop, mV.
        found: By the area that was put into the formula.
        used: What the case used.
        ideal: What the formula would find on an ideal sphere of that diffusivity.
        areas: Over the footprint, by name.
    """

    pulses: int
    jump: float
    found: dict[str, float]
    used: float
    ideal: float
    areas: dict[str, float]

    @classmethod
    def of(cls, results: Results, name: str) -> Titration | None:
        """``None`` without a complete pulse, or without results."""
        folder = results.folder(name)
        if not results.outcome(name).finished or not (folder / "gitt.json").is_file():
            return None
        facts = json.loads((folder / "gitt.json").read_text())
        with (folder / "gitt.csv").open(newline="") as file:
            jumps = [float(row["IR Drop / mV"]) for row in csv.DictReader(file)]
        used = M2_TO_CM2 * facts["diffusivity_used_m2_s"]
        sample = facts["sample"]
        return cls(
            facts["pulses"],
            median(jumps),
            {k: M2_TO_CM2 * d for k, d in facts["median_diffusivity_m2_s"].items()},
            used,
            used * facts["formula_over_diffusivity_of_an_ideal_body"],
            {name: area / sample["footprint"] for name, area in sample["areas"].items()},
        )


def findings(results: Results) -> list[Finding]:
    """A7: ratio of the diffusivities with one area for both, and with two."""
    one = Titration.of(results, CHANNELLED)
    rows = []
    for name, words in CONTROLS.items():
        other = Titration.of(results, name)
        ratio = one.found["footprint"] / other.found["footprint"] if one and other else None
        note = "" if other or not one else "no pulse of 0.1C for 30 minutes could be completed"
        rows.append((f"{words}: footprint for both", ratio, note))
    if one and (other := Titration.of(results, INFILTRATED)):
        ratio = one.found["footprint"] / other.found["particles"]
        rows.append(("control, pores filled: footprint over particles", ratio, _AREAS))
    return [
        Finding("A7", f"D by GITT, channelled / {words}", "1e3", WithinFactor(1e3, 5.0),
                Role.PREDICTED, ratio, note)
        for words, ratio, note in rows
    ]  # fmt: skip


_AREAS = "one intrinsic diffusivity, the formula with the footprint here and the particles there"


def section(results: Results) -> Section:
    """The table of all electrodes and what it says."""
    table = []
    for name, words in ELECTRODES.items():
        found = Titration.of(results, name)
        row: dict[str, object] = {"electrode": words, "pulses": found.pulses if found else 0}
        if found:
            row |= {"jump": found.jump, "used": found.used, "ideal": found.ideal, **found.found}
        table.append(row)
    titles = {
        "electrode": "electrode",
        "pulses": "pulses",
        "jump": "IR drop mV",
        "footprint": "D by footprint cm2/s",
        "particles": "D by particles",
        "used": "D used",
        "ideal": "formula, ideal sphere",
    }
    return Section("What the diffusivity of a titration is (A7)", titles, table, _words(results))


def _words(results: Results) -> list[str]:
    one, control = (Titration.of(results, name) for name in (CHANNELLED, INFILTRATED))
    if not (one and control):
        return ["The titrations have not been run."]
    area = one.areas["particles"]
    words = [
        "0.1C for 30 minutes, 2 hours of rest, from 4.5 V down to 2.8 V; medians over all pulses. "
        "Every electrode has the same diffusivity in its particles. The formula asks for the area "
        "that lithium enters through; the paper does not say which one it took.",
        f"The choice of the area alone is worth {area**2:.3g}: the particles of the channelled "
        f"electrode have {area:.3g} times its footprint, and the area enters squared. With the "
        f"footprint its diffusivity comes out at {one.found['footprint']:.2g} cm2/s and with the "
        f"particles at {one.found['particles']:.2g}; {one.used:.2g} was used. The paper's range "
        "for its 3D electrode, 1e-9 to 1e-11, holds both.",
        f"Nor are the pulses short: the formula would find {one.ideal / one.used:.2g} times D on "
        "an ideal sphere, with the right area.",
        "With filled pores the control shows "
        f"{number(one.found['footprint'] / control.found['footprint'], 'times')} less than the "
        "channelled electrode: channels change neither the diffusivity nor what a titration "
        "makes of it.",
    ]
    return [*words, _starved(results, one)]


def _starved(results: Results, one: Titration) -> str:
    """Controls whose electrolyte does not reach the particles."""
    shown = []
    for name in ("gitt-tenth", "gitt-hundredth"):
        other = Titration.of(results, name)
        if other:
            ratio = one.found["footprint"] / other.found["footprint"]
            shown.append(f"{ELECTRODES[name]}: {ratio:.3g} times lower")
    short = Titration.of(results, "gitt-laminated-short")
    if short:
        ratio = one.found["footprint"] / short.found["footprint"]
        shown.append(f"{ELECTRODES['gitt-laminated-short']}: {ratio:.3g} times lower")
    stopped = Titration.of(results, "gitt-laminated") is None
    fails = (
        " The laminated control does not complete a single pulse of the paper's titration."
        if stopped
        else ""
    )
    return (
        "What lowers it is electrolyte that does not reach the particles: the change of the "
        "voltage during a pulse, which the formula takes for diffusion in particles, then is "
        f"polarisation. {'; '.join(shown)}.{fails} The thousand-fold diffusivity is no property "
        "of the material and no effect of channels as such: it measures how much of the active "
        "area the electrolyte reaches, squared."
    )

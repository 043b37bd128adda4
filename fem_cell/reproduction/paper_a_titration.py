"""Paper A by titration (A7): what its thousand-fold diffusivity is."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from statistics import median

from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.verdict import Finding, Role, WithinFactor

CHANNELLED, INFILTRATED = "gitt-channelled", "gitt-infiltrated"
CONTROLS = {
    INFILTRATED: "control, pores filled",
    "gitt-tenth": "control, a tenth of the pores filled",
    "gitt-laminated": "control, laminated",
    "gitt-laminated-weak": "control, laminated, pulses of 0.002C",
}
ELECTRODES = {CHANNELLED: "channelled"} | CONTROLS
M2_TO_CM2 = 1e4
BY_PARTICLES = "Diffusivity By Particles / cm2.s-1"


@dataclass(frozen=True, slots=True)
class Titration:
    """The result of one electrode; diffusivities in cm^2/s, medians over its pulses.

    Attributes:
        pulses: Complete ones.
        jump: IR drop, mV.
        drift: The diffusivity by particles, of the first and of the last pulse.
        found: By the area that was put into the formula.
        used: What the case used.
        ideal: What the formula would find on an ideal sphere of that diffusivity.
        areas: Over the footprint, by name.
    """

    pulses: int
    jump: float
    drift: tuple[float, float]
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
            rows = list(csv.DictReader(file))
        course = [float(row[BY_PARTICLES]) for row in rows]
        used = M2_TO_CM2 * facts["diffusivity_used_m2_s"]
        sample = facts["sample"]
        return cls(
            facts["pulses"],
            median(float(row["IR Drop / mV"]) for row in rows),
            (course[0], course[-1]),
            {k: M2_TO_CM2 * d for k, d in facts["median_diffusivity_m2_s"].items()},
            used,
            used * facts["formula_over_diffusivity_of_an_ideal_body"],
            {name: area / sample["footprint"] for name, area in sample["areas"].items()},
        )


def findings(results: Results) -> list[Finding]:
    """A7: ratio of the diffusivities, the same kind of area for both."""
    one = Titration.of(results, CHANNELLED)
    rows = []
    for name, words in CONTROLS.items():
        other = Titration.of(results, name)
        ratio = one.found["particles"] / other.found["particles"] if one and other else None
        failed = results.outcome(name).finished and other is None
        rows.append((words, ratio, "it does not complete a single pulse" if failed else ""))
    return [
        Finding("A7", f"D by GITT, channelled / {words}", "1e3", WithinFactor(1e3, 5.0),
                Role.PREDICTED, ratio, note)
        for words, ratio, note in rows
    ]  # fmt: skip


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
        "particles": "by particles",
        "reacting surface": "by what reacts",
        "used": "D used",
        "ideal": "formula, ideal body",
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
        f"particles at {one.found['particles']:.2g}; {one.used:.2g} was used (the paper: 1e-9 to "
        "1e-11 for its 3D electrode).",
        f"Nor are the pulses short: the formula would find {one.ideal / one.used:.2g} times D on "
        "an ideal sphere, with the right area.",
        "With filled pores the control shows "
        f"{control.found['particles'] / one.found['particles']:.2f} times what the channelled "
        "electrode shows: channels change neither the diffusivity nor what a titration makes of "
        "it.",
    ]
    return [*words, *_starved(results, one), *_laminated(results, one)]


def _starved(results: Results, one: Titration) -> list[str]:
    """The control with little electrolyte in its pores."""
    other = Titration.of(results, "gitt-tenth")
    if not other:
        return []
    return [
        "With a tenth of the pores filled the voltage changes during a pulse by polarisation, "
        "which the formula takes for diffusion in particles: it finds "
        f"{one.found['particles'] / other.found['particles']:.2g} times less, with an IR drop of "
        f"{other.jump:.0f} mV against {one.jump:.0f} (the paper: 10 to 20 for its 3D electrode)."
    ]


def _laminated(results: Results, one: Titration) -> list[str]:
    """The control whose electrolyte does not enter it at all."""
    weak = Titration.of(results, "gitt-laminated-weak")
    if not weak:
        return []
    ratio = one.found["particles"] / weak.found["particles"]
    areas = weak.areas["particles"] / weak.areas["reacting surface"]
    true = weak.found["reacting surface"]
    return [
        "The laminated control does not complete a pulse of 0.1C. Of pulses fifty times weaker the "
        f"formula makes {weak.found['particles']:.2g} cm2/s with the surface of all particles "
        f"({weak.drift[0]:.2g} of the first and {weak.drift[1]:.2g} of the last one: "
        "two hours of rest are far too short for a wall that fills from one face), "
        f"{ratio:.3g} times less than for the channelled electrode (the paper: 1e-13 to 1e-14, and "
        "a factor of 1e3). But lithium enters this electrode through its face alone, "
        f"{areas:.3g} times less area, which counts {areas**2:.2g} in the formula. With that area "
        f"it gives {true:.2g} cm2/s, {true / weak.used:.2g} times the diffusivity that was used. "
        "So a difference of the paper's size needs no other diffusivity, only another area: it "
        "tells, squared, how much of the surface of the active material the electrolyte reaches, "
        "and nothing of how fast lithium moves.",
    ]

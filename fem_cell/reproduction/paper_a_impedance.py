"""Paper A, impedance: A6, the six relaxation times, operando spectra."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fem_cell.experiments.relaxation_times import Peak, RelaxationTimes, relaxation_times
from fem_cell.experiments.spectra import FILE, MeasuredSpectrum, read_spectra
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number
from fem_cell.reproduction.verdict import Above, Finding, Role

KINDS = ("channelled", "infiltrated", "laminated")
PROCESSES = {
    "foil": "charge transfer at the lithium foil",
    "transfer": "charge transfer at the particles",
    "particles": "diffusion in the particles",
    "salt": "diffusion of the salt",
    "ions": "conduction of ions",
}
"""What a case without it leaves out, by the end of the case's name."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A relaxation time of the paper.

    Attributes:
        name: Of the peak.
        low: Shortest time constant, s.
        high: Longest, s.
        process: What the paper takes it for.
    """

    name: str
    low: float
    high: float
    process: str


PAPER = (
    Assigned("S1", 0.0, 3e-4, "bulk conduction and contact"),
    Assigned("S2, S3", 3e-4, 3e-2, "films on lithium and on the cathode"),
    Assigned("S4", 3e-2, 1.0, "charge transfer"),
    Assigned("S5", 1.0, 10.0, "diffusion in the particles"),
    Assigned("S6", 10.0, np.inf, "concentration polarisation"),
)
"""Ranges between the values the paper names: 1e-4, 1e-3 to 1e-2, 1e-1, 1 to 10, above 10 s."""

VANISHES = 0.5
"""Share of a peak that must go with a process for the peak to be called that of the process."""


def spectra(results: Results, name: str) -> list[MeasuredSpectrum]:
    """The spectra of a case; none without finished results."""
    path = results.folder(name) / FILE
    return read_spectra(path) if results.outcome(name).finished and path.is_file() else []


def at_rest(results: Results, name: str) -> MeasuredSpectrum | None:
    """The spectrum of a case that measures one."""
    found = spectra(results, name)
    return found[0] if found else None


def total(spectrum: MeasuredSpectrum | None) -> float | None:
    """|Z| at the lowest frequency, ohm cm^2."""
    return None if spectrum is None else float(abs(spectrum.impedance[-1]))


def findings(results: Results) -> list[Finding]:
    """A6 for both controls."""
    ours = total(at_rest(results, "impedance-channelled"))
    found = []
    for kind in ("laminated", "infiltrated"):
        control = total(at_rest(results, f"impedance-{kind}"))
        ratio = None if ours is None or control is None else control / ours
        note = (
            f"|Z| at 0.01 Hz, at rest at 3.9 V: {number(control, 'ohm cm2')} against "
            f"{number(ours, 'ohm cm2')} (paper: 5000 to 20000 and 200 to 400 ohm, area not given)."
        )
        found.append(
            Finding("A6", f"impedance of control {kind} / channelled", ">= 10", Above(10.0),
                    Role.PREDICTED, ratio, note)
        )  # fmt: skip
    return found


def peaks_section(results: Results) -> Section:
    """Peaks of the channelled electrode, each with the process that makes it."""
    base = _times(results, "impedance-channelled")
    without = {
        process: times
        for process in PROCESSES
        if (times := _times(results, f"impedance-without-{process}"))
    }
    titles = {
        "tau": "time constant / s",
        "resistance": "ohm cm2",
        "paper": "paper",
        "theirs": "taken for",
        "ours": "goes with",
        "share": "share that goes",
    }
    if base is None:
        return Section("Relaxation times", titles, [], ["The cases have not been run."])
    table = [_row(peak, without) for peak in base.peaks]
    return Section("Relaxation times", titles, table, [*_words(base, results), _layers(results)])


def resistances_section(results: Results) -> Section:
    """Resistance by process at the lowest frequency, of all electrodes."""
    by_kind = {kind: _resistances(results, f"impedance-{kind}") for kind in KINDS}
    names = list(dict.fromkeys(name for parts in by_kind.values() for name in parts))
    table: list[dict[str, object]] = [
        {"process": name} | {kind: parts.get(name) for kind, parts in by_kind.items()}
        for name in names
    ]
    sums = {kind: sum(parts.values()) if parts else None for kind, parts in by_kind.items()}
    if names:
        table.append({"process": "Re Z", **sums})
    titles = {"process": "ohm cm2", **{kind: kind for kind in KINDS}}
    words = [
        "What Re Z consists of at 0.01 Hz, at rest at 3.9 V, by where an oscillation turns into "
        "heat (fem_cell/experiments/resistances.py). Reactions and diffusion in particles of a "
        "wall stand under its name, those at its outer face under the names of both sides."
    ]
    return Section("Resistance by process", titles, table, words)


def operando_section(results: Results) -> Section:
    """Spectra and maps along a discharge and a charge."""
    folder = results.sweep.out.parent
    table: list[dict[str, object]] = []
    pictures: dict[str, str] = {}
    for kind in KINDS:
        series = spectra(results, f"operando-{kind}")
        if not series:
            continue
        sizes = [float(abs(s.impedance[-1])) for s in series]
        table.append(
            {"electrode": kind, "first": sizes[0], "least": min(sizes), "most": max(sizes)}
        )
        pictures |= _draw(kind, series, folder)
    titles = {
        "electrode": "electrode",
        "first": "first, |Z| / ohm cm2",
        "least": "least",
        "most": "most",
    }
    words = [
        "Spectra of the working cell, five along a discharge and five along the charge after it, "
        "40 minutes each at 0.2C or up to the voltage limit, |Z| at 0.01 Hz. The state is frozen "
        "while it is measured. A reaction that is driven far is nearly linear in the logarithm of "
        "the current, so its resistance falls with the current: spectra at work lie below those "
        "at rest.",
        "The laminated control is at 2.7 V before its first spectrum: the skin under its face is "
        "full, where the open-circuit curve falls without end, and answers like a capacitor. The "
        "large numbers are those of an electrode that has ended, not of one that works badly.",
    ]
    return Section("Operando impedance", titles, table, words, pictures)


def _resistances(results: Results, name: str) -> dict[str, float]:
    """Of the last step of a case; empty without finished results."""
    now = results.outcome(name)
    steps = now.steps if now.finished else []
    measured = steps[-1].get("impedance", {}) if steps else {}
    return dict(measured.get("resistances_ohm_cm2", {}))


def _times(results: Results, name: str) -> RelaxationTimes | None:
    spectrum = at_rest(results, name)
    return None if spectrum is None else relaxation_times(spectrum.frequency, spectrum.impedance)


def _row(peak: Peak, without: dict[str, RelaxationTimes]) -> dict[str, object]:
    """A peak beside the paper's, and what it goes with."""
    theirs = next(a for a in PAPER if peak.time_constant < a.high)
    left = {
        process: times.resistance_within(*peak.reach) / peak.resistance
        for process, times in without.items()
    }
    row: dict[str, object] = {
        "tau": peak.time_constant,
        "resistance": peak.resistance,
        "paper": theirs.name,
        "theirs": theirs.process,
        "ours": "-",
        "share": "-",
    }
    if left:
        process = min(left, key=lambda key: left[key])
        gone = 1.0 - left[process]
        row["share"] = f"{100 * gone:.0f} %"
        row["ours"] = PROCESSES[process] if gone >= VANISHES else "none alone"
    return row


def _words(base: RelaxationTimes, results: Results) -> list[str]:
    changes = []
    whole = at_rest(results, "impedance-channelled")
    for process, name in PROCESSES.items():
        other = at_rest(results, f"impedance-without-{process}")
        if whole is not None and other is not None:
            change = float((whole.impedance[-1] - other.impedance[-1]).real)
            changes.append(f"{name} {change:.3g}")
    found = {a.name for a in PAPER for p in base.peaks if a.low <= p.time_constant < a.high}
    empty = [a.name for a in PAPER if a.name not in found]
    nothing = f" No peak lies in the range of {', '.join(empty)}." if empty else ""
    return [
        "Peaks of the distribution for the channelled electrode at rest at 3.9 V (ridge "
        f"regression, weight {base.weight:.1e}, largest residual {base.residual:.1e}; series "
        f"resistance {base.resistance:.3g} ohm cm2). Every process was switched off in a run of "
        "its own; a peak belongs to the process without which most of it goes." + nothing,
        "Re Z at 0.01 Hz falls, with one process switched off after the other, by (ohm cm2): "
        + ", ".join(changes)
        + ".",
        "The paper takes its fastest peak for conduction in the electrolyte. A polymer of 1.36 "
        "mS/cm and a permittivity of ten relaxes in 1e-9 s: conduction is a series resistance at "
        "all frequencies measured, and shows as a peak only along the pores, where it charges "
        "double layers. Films with a capacitance of their own (S2, S3) are not modelled.",
        "A spectrum that ends at 0.01 Hz resolves no time constant above 16 s. What lies there "
        "(S6) is the start of diffusion through particles, whose slowest mode takes some two "
        "minutes, R^2/(20 D).",
    ]


def _layers(results: Results) -> str:
    """What the double layers are needed for."""
    base, bare = (
        at_rest(results, name) for name in ("impedance-channelled", "impedance-without-layers")
    )
    if base is None or bare is None:
        return "Without double layers: not run."
    return (
        "Without double layers charge transfer has no time constant: |Z| at 1e5 Hz is "
        f"{abs(bare.impedance[0]):.3g} instead of {abs(base.impedance[0]):.3g} ohm cm2."
    )


def _draw(kind: str, series: list[MeasuredSpectrum], folder: Path) -> dict[str, str]:
    """Pictures of an operando series with their captions."""
    from fem_cell.output.pictures.impedance import draw_relaxation_map, draw_spectra

    title = f"{kind}, 0.2C, five spectra on discharge and five on charge"
    nyquist, shades = f"impedance_{kind}.png", f"relaxation_map_{kind}.png"
    folder.mkdir(parents=True, exist_ok=True)
    draw_spectra([(f"{s.number}: {s.label}", s) for s in series], folder / nyquist, title)
    found = [relaxation_times(s.frequency, s.impedance) for s in series]
    draw_relaxation_map(found, series, folder / shades, title)
    return {
        nyquist: f"Operando impedance, {kind} (compare figure 4C and 4F of the paper)",
        shades: f"Map of relaxation times, {kind} (compare figure 4E and 4H of the paper)",
    }

"""Paper B: dense cathode of oriented LiCoO2 crystals under a solid electrolyte.

Naik et al., EES Batteries 2025, 1, 1184. Targets: capacities of the rough slab (B1, B2), of the
flat one in full and partial contact (B3), effective diffusivities (B4), energies (B5) and their
gains over composites (B6).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fem_cell.analysis.energy import gain, layer_energy
from fem_cell.reproduction import paper_b_sections as text
from fem_cell.reproduction import paper_b_values as paper
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Calibration, Maps, Results, Study, number
from fem_cell.reproduction.paper_b_energy import own_energy
from fem_cell.reproduction.paper_b_stress import growth
from fem_cell.reproduction.steady import equivalent, without_kinetic_limit
from fem_cell.reproduction.verdict import (
    Above,
    Below,
    Finding,
    Role,
    Within,
    WithinBy,
    WithinFactor,
)

_MAPS = (
    Maps(
        "lithium_contact_1C.png", ("stripe0.6-1C", "patch0.6-1C"), "stoichiometry",
        (100.0, 500.0),
        "Lithium at 1C with 0.6 of the interface in contact: stripes, squares (compare figure 4b "
        "of the paper)",
    ),
    Maps(
        "lithium_2D_1C.png", ("synthesised-2D-1C", "model-2D-1C", "random-2D-1C"),
        "stoichiometry", (100.0, 300.0),
        "Lithium at 1C in slices: textured grains with few cracks, model microstructure, grains of "
        "any orientation (compare figure 5d)",
    ),
    Maps(
        "lithium_3D_1C.png",
        ("synthesised-3D-1C", "model-3D-1C", "random-3D-1C", "boundaries-3D-1C"),
        "stoichiometry", (100.0, 300.0),
        "Lithium at 1C in three dimensions: the same, and grains of any orientation with "
        "boundaries that resist",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperB:
    """The reproduction of paper B."""

    key: str = "B"
    citation: str = "dense cathode of oriented LiCoO2 crystals, EES Batteries 2025, 1, 1184"
    cases: str = "paper_b/cases.toml"
    calibrations: tuple[Calibration, ...] = ()
    maps: tuple[Maps, ...] = _MAPS
    studies: tuple[Study, ...] = ()

    def findings(self, results: Results) -> list[Finding]:
        """Our value for every target."""
        return [
            *_slab(results),
            *_contact(results),
            *_diffusivities(results),
            *_cracks(results),
            *_energies(results),
            *_gains(),
            *_composites(results),
            *_stress(results),
        ]

    def sections(self, results: Results) -> list[Section]:
        """Rates, contact, roughness, microstructure, energies, what the paper leaves open."""
        return text.sections(results)

    def draw(self, results: Results, folder: Path) -> dict[str, str]:
        """No curves."""
        return {}


def _slab(results: Results) -> list[Finding]:
    """B1 and B2: the rough slab; and the flat one of B3 in full contact."""
    fit = (
        "D, start, exchange current, cut-off and series resistance were found together by one "
        "one-dimensional fit to the capacities of the paper."
    )
    bound = without_kinetic_limit(results, "rough-1C")
    both = (
        "Part of the same fit. With the D of figure 6b a slab that gives 60 with a flat interface "
        f"gives at most {number(bound, 'mAh/g')} at 1C, however large its area is made."
    )
    rough = [
        ("B1", "0.1C", 119.0, 0.05, fit),
        ("B1", "0.5C", 97.0, 0.05, ""),
        ("B2", "1C", 86.0, 0.20, both),
    ]
    found = [
        Finding(key, f"rough slab, {rate} / mAh g-1", f"{value:g}", Within(value, tolerance),
                Role.CALIBRATED, results.specific(f"rough-{rate}"), note)
        for key, rate, value, tolerance, note in rough
    ]  # fmt: skip
    return found + [
        Finding("B3", f"flat slab in full contact, {rate} / mAh g-1", f"{value:g}",
                Within(value, 0.10), Role.CALIBRATED, results.specific(f"flat-{rate}"))
        for rate, value in paper.FLAT.items()
    ]  # fmt: skip


def loss(results: Results, name: str, rate: str) -> float | None:
    """Capacity lost against the flat slab in full contact, %."""
    ratio = results.ratio(f"{name}-{rate}", f"flat-{rate}")
    return None if ratio is None else 100.0 * (1.0 - ratio)


def _contact(results: Results) -> list[Finding]:
    """B3 in partial contact, in two dimensions as the paper and in three."""
    lateral = "D_c over the square of half the period, 4e-6 1/s, was chosen on this value."
    found = []
    for rate, role, note in (("0.1C", Role.CALIBRATED, lateral), ("1C", Role.PREDICTED, "")):
        value = paper.GAP[rate]
        found.append(
            Finding("B3", f"stripes, 0.6 in contact, {rate} / mAh g-1", f"{value:g}",
                    WithinBy(value, 3.0, "mAh/g"), role, results.specific(f"stripe0.6-{rate}"),
                    note)
        )  # fmt: skip
    for shape, where in (("stripe", "stripes (2D)"), ("patch", "squares (3D)")):
        for rate, value in (("0.1C", 24.0), ("1C", 68.0)):
            note = ""
            if shape == "patch" and rate == "1C":
                note = (
                    "The same share of lost contact, but lithium comes along the second fast "
                    "direction of the crystal, which a two-dimensional model does not have."
                )
            role = Role.CALIBRATED if (shape, rate) == ("stripe", "0.1C") else Role.PREDICTED
            found.append(
                Finding("B3", f"{where}, capacity lost at {rate} / %", f"{value:g}",
                        Within(value, 0.20), role, loss(results, f"{shape}0.6", rate), note)
            )  # fmt: skip
    for shape, where in (("stripe", "stripes (2D)"), ("patch", "squares (3D)")):
        slow, fast = (loss(results, f"{shape}0.6", rate) for rate in ("0.1C", "1C"))
        found.append(
            Finding("B3", f"{where}, loss at 1C over loss at 0.1C", "2.8", Above(1.0),
                    Role.PREDICTED, fast / slow if fast and slow else None)
        )  # fmt: skip
    return found


def _diffusivities(results: Results) -> list[Finding]:
    """B4: D_util at 1C."""
    notes = {
        "model": "Numbers of grains, cracks and pores are not in the paper and were invented.",
        "synthesised": (
            "Texture and few cracks alone; the paper's value holds everything that is wrong with "
            "the real cathode, and the interface."
        ),
    }
    found = []
    for kind in ("model", "synthesised", "random"):
        value = paper.EFFECTIVE[kind]
        for dimension in paper.DIMENSIONS:
            found.append(
                Finding("B4", f"D_util 1C, {paper.SHORT[kind]}, {dimension} / cm2 s-1",
                        f"{value:g}", WithinFactor(value or 0.0, 2.0), Role.PREDICTED,
                        equivalent(results, paper.architecture(kind, dimension, "1C")),
                        notes.pop(kind, ""))
            )  # fmt: skip
    return found


def _cracks(results: Results) -> list[Finding]:
    """Cracks along the collector against cracks across it."""
    lost = {}
    for kind in ("across", "along", "square"):
        ratio = results.ratio(f"crack-{kind}-1C", "ideal-1C")
        lost[kind] = None if ratio is None else 100.0 * (1.0 - ratio)
    across = lost["across"]
    found = [
        Finding("crack", "lost at 1C, crack perpendicular to collector / %", "negligible",
                Below(5.0), Role.PREDICTED, across)
    ]  # fmt: skip
    harmless = "Behind a square that takes as much of the area lithium comes along y."
    for kind, dimension in (("along", "2D"), ("square", "3D")):
        along = lost[kind]
        more = None if along is None or across is None else along - across
        found.append(
            Finding("crack", f"lost more at 1C, crack parallel to it, {dimension} / points",
                    "worst", Above(0.0), Role.PREDICTED, more,
                    harmless if dimension == "3D" else "")
        )  # fmt: skip
    return found


def _energies(results: Results) -> list[Finding]:
    """B5: from the capacities of the paper, and from ours."""
    found = []
    for rate, (capacity, voltage, per_mass, per_volume) in paper.DENSE.items():
        given = layer_energy(capacity, voltage, paper.DENSITY)
        for value, ours, unit in ((per_mass, given.gravimetric, "Wh kg-1"),
                                  (per_volume, given.volumetric, "Wh L-1")):  # fmt: skip
            found.append(
                Finding("B5", f"dense, {rate}, from its capacity and {voltage:g} V / {unit}",
                        f"{value:g}", Within(value, 0.03), Role.ARITHMETIC, ours)
            )  # fmt: skip
    for rate, (*_, per_mass, _) in paper.DENSE.items():
        energy = own_energy(results, f"rough-{rate}")
        found.append(
            Finding("B5", f"dense, {rate}, our capacity and voltage / Wh kg-1", f"{per_mass:g}",
                    Within(per_mass, 0.05), Role.CALIBRATED,
                    None if energy is None else energy.gravimetric)
        )  # fmt: skip
    return found


def _gains() -> list[Finding]:
    """B6: arithmetic on the energies of the paper."""
    found = []
    for rate, stated in paper.GAINS.items():
        dense, composite = paper.DENSE[rate][2:], paper.BEST_COMPOSITE[rate][1:]
        for (value, rounding), one, other, what in zip(
            stated, dense, composite, ("per mass", "per volume"), strict=True
        ):
            found.append(
                Finding("B6", f"dense over best composite, {rate}, {what} / %", f"{value:g}",
                        WithinBy(value, rounding), Role.ARITHMETIC, gain(one, other))
            )  # fmt: skip
    return found


def _composites(results: Results) -> list[Finding]:
    """Where composites fail, by two descriptions of the paths in their electrolyte."""
    found = []
    for kind, word in (("composite", "spheres"), ("tortuous", "tortuous electrolyte")):
        found += [
            Finding("fig 7", f"90 wt% composite, 0.1C, {word} / mAh g-1", "120",
                    Within(120.0, 0.05), Role.PREDICTED,
                    results.specific(f"{kind}90-0.1C")),
            Finding("fig 7", f"90 wt% composite, 0.5C, {word} / mAh g-1", "near zero",
                    Below(20.0), Role.PREDICTED, results.specific(f"{kind}90-0.5C")),
        ]  # fmt: skip
    return found


def _stress(results: Results) -> list[Finding]:
    """Hot spots grow with the rate."""
    return [
        Finding("fig 5", "hot spots of tension, 1C over 0.1C at equal charge", "grow", Above(1.0),
                Role.PREDICTED, growth(results))
    ]  # fmt: skip

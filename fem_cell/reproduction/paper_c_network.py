"""Paper C, resolved: what the network of fibres does to diffusion and stiffness of the anode.

The pieces are those of ``runs/paper_c/network.toml``, computed by ``fem-cell effective``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem_cell.analysis.resolved.table import NAMES, TITLES, UNITS, needed_lines, table
from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Study
from fem_cell.reproduction.verdict import Finding, Role, Within

SAMPLE = Study("network", "paper_c/network.toml")
"""Networks of fibres."""

FIELD = Study("field", "paper_c/field.toml")
"""The same with a random field in place of fibres."""

LITHIUM_DIFFUSIVITY, ANODE_DIFFUSIVITY = 2.5e-11, 2.4e-10
"""cm^2/s, of the paper."""
LITHIUM_MODULUS, ANODE_MODULUS = 6.5, 12.8
"""GPa, of the paper, by atomic force microscopy."""

LITHIUM_CONCENTRATION = 76_900.0
"""mol/m^3, of lithium metal."""
TOLERANCE = 0.2
"""Relative; no better than the inputs are known."""

Content = Mapping[str, Any]


def best(content: Content, name: str, condition: str = "mixed") -> Mapping[str, Any] | None:
    """The summary row of the largest pieces."""
    rows = [
        row
        for row in content["summary"]
        if row["property"] == name and row["condition"] == condition
    ]
    return max(rows, key=lambda row: row["unknowns"]) if rows else None


def findings(content: Content | None) -> list[Finding]:
    """Diffusivity over that of lithium, and Young's modulus."""
    ratio = ANODE_DIFFUSIVITY / LITHIUM_DIFFUSIVITY
    return [
        Finding(
            "C6", "D anode over D lithium, resolved network / 1", f"{ratio:.1f}",
            Within(ratio, TOLERANCE), Role.PREDICTED,
            _scaled(content, "diffusivity", 1.0 / LITHIUM_DIFFUSIVITY),
            "with the skeleton's 1.1e-9 cm2/s, which was derived for conduction in parallel",
        ),
        Finding(
            "C7", "Young's modulus of the anode, resolved network / GPa", f"{ANODE_MODULUS}",
            Within(ANODE_MODULUS, TOLERANCE), Role.PREDICTED, _scaled(content, "stiffness", 1.0),
            "with lithium of 6.5 and a skeleton of 35 GPa; the paper probed a surface",
        ),
    ]  # fmt: skip


def _scaled(content: Content | None, name: str, factor: float) -> float | None:
    row = best(content, name) if content else None
    return None if row is None else factor * UNITS[name][1] * float(row["mean"])


def section(content: Content | None, field: Content | None) -> Section:
    """Table of sizes, conditions and bounds, and what follows.

    Args:
        content: Of the network of fibres.
        field: Of the random field.
    """
    title = "Effective properties of the resolved network"
    if content is None:
        return Section(title, paragraphs=["The pieces could not be computed; see the log."])
    said = [*_paragraphs(content), *_another_skeleton(content, field)]
    return Section(title, TITLES, table(content), said)


def _another_skeleton(content: Content, field: Content | None) -> list[str]:
    """What the picture of the skeleton is worth: fibres and field in pieces of one size."""
    found, size = [], ""
    for name, (unit, scale) in UNITS.items():
        other = best(field, name) if field else None
        same = [
            row
            for row in content["summary"]
            if other and (row["property"], row["condition"]) == (name, "mixed")
            and row["size"] == other["size"]
        ]  # fmt: skip
        if other and same:
            title = NAMES.get(name, name.replace("_", " "))
            fibres, random = (scale * row["mean"] for row in (same[0], other))
            size = str(other["size"])
            found.append(f"{title} {fibres:.3g} and {random:.3g} {unit}")
    if not found:
        return []
    return [
        "Fibres, and the part of space where a Gaussian random field is large, with the same "
        f"fraction and surface, in pieces of {size}: {'; '.join(found)}."
    ]


def _paragraphs(content: Content) -> Sequence[str]:
    said = [
        "Pieces cut out of random networks of straight fibres that have grown together where they "
        "cross, 22 % by volume, diameters of 100 to 400 nm. Faces: linear potentials or "
        "displacements bound a piece from above, uniform fluxes or tractions from below; the mixed "
        "conditions lie between. The interval is that of the mean over the pieces (95 %).",
    ]
    said += [_about_size(content, name) for name in UNITS if best(content, name)]
    if row := best(content, "diffusivity"):
        ratio = 1e4 * row["mean"] / LITHIUM_DIFFUSIVITY
        voigt = 1e4 * row["bounds"][3] / LITHIUM_DIFFUSIVITY
        said.append(
            f"Diffusion: the network conducts {ratio:.1f} times as well as lithium; the paper "
            f"has {ANODE_DIFFUSIVITY / LITHIUM_DIFFUSIVITY:.1f}. A skeleton of 1.1e-9 cm2/s was "
            f"derived for fibres that all lie along the flux ({voigt:.1f}); in a network only "
            "about a third of them do, so the skeleton would have to be faster. "
            "Diffusivities are taken as conductivities: the lithium that moves has one "
            "concentration in both phases (assumed). For a gradient of its potential that is "
            f"{10 * _nernst_einstein(row['mean']):.2g} mS/cm (Nernst-Einstein, 76,900 mol/m3)."
        )
    if row := best(content, "stiffness"):
        said.append(
            f"Stiffness: {1e-9 * row['mean']:.2f} GPa with lithium of {LITHIUM_MODULUS} and fibres "
            f"of 35 GPa, against {ANODE_MODULUS} GPa in the paper. Isotropic mixtures of these lie "
            f"below {1e-9 * row['bounds'][2]:.1f} (Hashin and Shtrikman), mixtures of any kind "
            f"below {1e-9 * row['bounds'][3]:.1f} GPa (Voigt). Lithium creeps, so all of these are "
            "moduli of the first moment, and the paper probed a surface."
        )
    said += needed_lines(content)
    return said


def _nernst_einstein(D: float, T: float = 298.15) -> float:
    """Conductivity F^2 c D/(R T) of lithium, S/m."""
    return FARADAY**2 * LITHIUM_CONCENTRATION * D / (GAS_CONSTANT * T)


def _about_size(content: Content, name: str) -> str:
    """How far the conditions still are apart in the largest pieces."""
    rows = {c: best(content, name, c) for c in ("uniform", "mixed", "linear")}
    row = rows["mixed"] or next(iter(found for found in rows.values() if found))
    unit, scale = UNITS[name]
    apart = ", ".join(f"{c} {scale * r['mean']:.3g}" for c, r in rows.items() if r)
    half = f" +- {scale * row['half_width']:.1g}" if row["half_width"] else ""
    return (
        f"{NAMES.get(name, name.replace('_', ' '))}, largest pieces ({row['size'] or 'as given'}): "
        f"{scale * row['mean']:.3g}{half} {unit}; by condition: {apart}."
    )

"""Paper B, figures 3 and 4: rates, thickness, lost contact, roughness."""

from __future__ import annotations

import math

from fem_cell.analysis.depth import filling_by_depth
from fem_cell.analysis.roughness import area_factor
from fem_cell.case.shape import exact_sizes
from fem_cell.output.pictures.folder import NothingToShow
from fem_cell.reproduction import paper_b_values as paper
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number, percent
from fem_cell.reproduction.steady import without_diffusion_limit, without_kinetic_limit

RATES = ("0.1C", "0.25C", "0.5C", "1C")
INTERFACES = ("flat", "smooth", "rough")
CORRELATION = 0.4
"""um; makes a height of 0.84 um about four times the area."""
SLICES = 6


def rates(results: Results) -> Section:
    """Slabs: roughness and thickness against rate."""
    stated = {("flat", "0.1C"): 115, ("flat", "1C"): 60, ("rough", "0.1C"): 119,
              ("rough", "0.5C"): 97, ("rough", "1C"): 86}  # fmt: skip
    table = []
    for rate in RATES:
        row: dict[str, object] = {"rate": rate}
        for kind in (*INTERFACES, "thin", "thick"):
            row[kind] = results.specific(f"{kind}-{rate}") if _there(results, kind, rate) else None
            row[f"{kind} paper"] = stated.get((kind, rate))
        table.append(row)
    titles = {
        "rate": "rate", "flat": "flat mAh/g", "flat paper": "paper", "smooth": "smooth 0.29 um",
        "rough": "rough 0.84 um", "rough paper": "paper", "thin": "flat, 11.6 um",
        "thick": "flat, 46.2 um",
    }  # fmt: skip
    most = without_kinetic_limit(results, "rough-1C")
    spread = without_diffusion_limit(results, "rough-1C")
    return Section(
        "Rate, roughness, thickness",
        titles,
        table,
        [
            "Slabs, D = 1.5e-9 cm2/s as in figure 6b. Roughness is an area factor on the kinetics "
            "(resolved below): 4 is stated for 0.84 um, which a Gaussian surface has "
            f"({area_factor(0.84, CORRELATION):.1f}) if its heights are correlated over "
            f"{CORRELATION:g} um; {area_factor(0.29, CORRELATION):.2f} for 0.29 um follows.",
            "86 mAh/g at 1C cannot be had together with 60 of the flat interface: four times the "
            f"area brings {number(results.specific('rough-1C'), 'mAh/g')}, any area at most "
            f"{number(most, 'mAh/g')}. It is diffusion that limits: if lithium spread at once "
            f"the rough slab would deliver {number(spread, 'mAh/g')}.",
        ],
    )


SURFACES = (
    ("along the slow axis (2D)", "ridges", "ridges", "0.25C"),
    ("along the slow axis (2D)", "ridges", "ridges", "1C"),
    ("along a fast axis (2D)", "crests", "ridges", "1C"),
    ("along both (3D)", "box", "box", "1C"),
)
"""Resolved surfaces: how they vary, name of the cases, whose area as a factor, rate."""


def resolved_roughness(results: Results) -> Section:
    """What a rough surface does beside an area factor of its size."""
    table: list[dict[str, object]] = []
    shares = []
    for surface, name, alike, rate in SURFACES:
        flat = results.specific(f"flat-{rate}")
        resolved = results.specific(f"{name}-{rate}")
        factor = results.specific(f"{alike}-factor-{rate}")
        share = None
        if flat and resolved and factor:
            share = (resolved - flat) / (factor - flat)
            shares.append(share)
        sizes = exact_sizes(results.sweep.point(f"{name}-{rate}").case.geometry)
        area = (sizes.interfaces["cathode-separator"] or 0.0) / sizes.footprint if sizes else None
        table.append({"surface": surface, "rate": rate, "area": area, "flat": flat,
                      "resolved": resolved, "factor": factor, "share": percent(share)})  # fmt: skip
    titles = {
        "surface": "0.84 um high, varies", "rate": "rate", "area": "area over footprint",
        "flat": "flat mAh/g", "resolved": "resolved", "factor": "same area as a factor",
        "share": "of the gain",
    }  # fmt: skip
    words = [
        "Surfaces are Gaussian, correlated over 0.4 um, meshed in columns that follow them; the "
        "factor multiplies the kinetics of a flat slab."
    ]
    if shares:
        words.append(
            f"Resolved surfaces bring {percent(min(shares))} to {percent(max(shares))} of the gain "
            "that the factor promises: less where they vary along the slow axis, and every column "
            "of the crystal fills through its own top; more where lithium also spreads between "
            "columns, and the way down is shorter from the valleys."
        )
    return Section("Roughness resolved", titles, table, words)


def _there(results: Results, kind: str, rate: str) -> bool:
    return any(point.name == f"{kind}-{rate}" for point in results.sweep.points)


def contact(results: Results) -> Section:
    """Two dimensions against three."""
    rows = (
        ("full contact", "flat", (115, 60)),
        ("stripes, 0.8 in contact (2D)", "stripe0.8", (None, None)),
        ("squares, 0.8 in contact (3D)", "patch0.8", (None, None)),
        ("stripes, 0.6 in contact (2D)", "stripe0.6", (87, 19)),
        ("squares, 0.6 in contact (3D)", "patch0.6", (None, None)),
        ("stripes along the slow axis, 0.6 in contact", "along0.6", (None, None)),
    )
    table = []
    for words, name, (slow, fast) in rows:
        table.append(
            {"where": words, "slow": results.specific(f"{name}-0.1C"), "slow paper": slow,
             "slow kept": percent(results.ratio(f"{name}-0.1C", "flat-0.1C")),
             "fast": results.specific(f"{name}-1C"), "fast paper": fast,
             "fast kept": percent(results.ratio(f"{name}-1C", "flat-1C"))}
        )  # fmt: skip
    titles = {
        "where": "contact", "slow": "0.1C mAh/g", "slow paper": "paper", "slow kept": "kept",
        "fast": "1C mAh/g", "fast paper": "paper", "fast kept": "kept",
    }  # fmt: skip
    return Section("Lost contact: what three dimensions change", titles, table, [
        "A layered crystal is slow along one axis only. In two dimensions that axis lies across "
        "the stripes and whatever is behind a gap must be reached along it. In three dimensions "
        "the crystal keeps a second fast direction in the plane of the interface: squares of the "
        f"same area keep {percent(results.ratio('patch0.6-1C', 'flat-1C'))} of the capacity at 1C "
        f"where stripes keep {percent(results.ratio('stripe0.6-1C', 'flat-1C'))}, and at 0.1C "
        f"{percent(results.ratio('patch0.6-0.1C', 'flat-0.1C'))} against "
        f"{percent(results.ratio('stripe0.6-0.1C', 'flat-0.1C'))}. Stripes along the slow axis "
        "are the other limit: behind them lithium spreads at the fast rate.",
        "The claim that lost contact costs far more at 1C than at 0.1C holds in both. Its size is "
        "that of a two-dimensional model: real gaps in a film of standing crystals of all azimuths "
        "lie between the two.",
        "Stripes and squares are meshed along the axes of the crystal. On a mesh that lies askew "
        "the stripes deliver more, because cells larger than a fraction of the gap over the "
        "square root of D_ab/D_c let lithium across.",
    ])  # fmt: skip


def regimes(results: Results) -> Section:
    """Contact against roughness at 0.25C."""
    kinds = (("flat", 0.0), ("faint", 0.1), ("smooth", 0.29), ("rough", 0.84))
    table = []
    for share in ("1", "0.8", "0.6"):
        row: dict[str, object] = {"contact": share}
        for kind, _ in kinds:
            name = f"{kind}-0.25C" if share == "1" else f"stripe{share}-{kind}-0.25C"
            name = name.replace("-flat", "")
            row[kind] = results.specific(name)
        table.append(row)
    titles = {"contact": "contact"} | {kind: f"{height:g} um" for kind, height in kinds}
    smooth, full = results.specific("flat-0.25C"), results.specific("rough-0.25C")
    words = ["mAh/g at 0.25C, stripes without contact, area factors for the roughness."]
    if smooth and full:
        words.append(
            f"The paper finds that below 0.1 um of roughness the performance is poor at 0.25C even "
            f"in full contact. Here the flat slab delivers {percent(smooth / full)} of the rough "
            "one: with the kinetics that give 115 and 60 mAh/g on the flat interface (figure 4e of "
            "the same paper) the flat interface is not poor at 0.25C. Contact decides, roughness "
            "helps."
        )
    return Section("Contact and roughness at 0.25C (figure 4g)", titles, table, words)


def depth(results: Results) -> Section:
    """Stoichiometry by depth at the end at 0.25C."""
    table: list[dict[str, object]] = []
    names = {"flat": "flat-0.25C", "smooth": "smooth-0.25C", "rough": "rough-0.25C",
             "stripe": "stripe0.6-0.25C", "ideal": "ideal-0.25C"}  # fmt: skip
    profiles = {}
    for kind, name in names.items():
        try:
            profiles[kind] = filling_by_depth(results.folder(name), SLICES)
        except (NothingToShow, OSError, ValueError):
            continue
    for number_ in range(SLICES):
        row: dict[str, object] = {"depth": f"{number_ / SLICES:.2f}-{(number_ + 1) / SLICES:.2f}"}
        for kind, profile in profiles.items():
            value = float(profile[-1 - number_])
            row[kind] = None if math.isnan(value) else value
        table.append(row)
    titles = {
        "depth": "depth / L", "flat": "flat", "smooth": "0.29 um", "rough": "0.84 um",
        "stripe": "flat, 0.6 in contact", "ideal": "ideal crystal, flat",
    }  # fmt: skip
    start = results.sweep.point("flat-0.25C").case.initial.stoichiometry
    return Section("Filling by depth at the end at 0.25C (figure 4d)", titles, table, [
        f"Mean stoichiometry of slices parallel to the collector, from the separator down; the "
        f"start is {start:g}. The profile is that of diffusion; roughness lets the discharge go on "
        "a little longer and shifts it as a whole.",
        f"The paper's D_single is lost; {paper.D_SINGLE:g} cm2/s is used for the ideal crystal.",
    ])  # fmt: skip

"""Paper B, figures 5 and 6: what grains, cracks and pores do to diffusion through the layer."""

from __future__ import annotations

import math

from fem_cell.analysis.slab import slab_of
from fem_cell.reproduction import paper_b_values as paper
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, percent
from fem_cell.reproduction.steady import equivalent, steady

RATES = ("0.25C", "1C")
LEAST = "Minimum Cathode Stoichiometry / 1"
TILTS = (0, 30, 60, 90)
"""Degrees between a crack and the collector."""
CRACKS = {
    "across": "across the layer, 10 um high",
    "along": "along the collector, stripe over 0.4 of the area (2D)",
    "square": "along the collector, square over 0.4 of the area (3D)",
}


def architectures(results: Results) -> Section:
    """D_ss and D_util in two and three dimensions."""
    cases = [
        (kind, dimension)
        for kind in paper.ARCHITECTURES
        for dimension in (("any",) if kind == "ideal" else paper.DIMENSIONS)
    ]
    names = [paper.architecture(kind, dimension, "1C") for kind, dimension in cases]
    through = steady(results, names)
    table = []
    for kind, dimension in cases:
        row: dict[str, object] = {
            "what": paper.ARCHITECTURES[kind], "dimension": dimension,
            "ss": through[paper.architecture(kind, dimension, "1C")],
            "paper": paper.EFFECTIVE.get(kind),
        }  # fmt: skip
        for rate in RATES:
            name = paper.architecture(kind, dimension, rate)
            row[rate], row[f"{rate} Q"] = equivalent(results, name), results.specific(name)
        row["least"] = results.least(paper.architecture(kind, dimension, "1C"), LEAST)
        table.append(row)
    titles = {
        "what": "architecture", "dimension": "in", "ss": "D_ss cm2/s", "0.25C": "D_util 0.25C",
        "1C": "D_util 1C", "paper": "paper", "0.25C Q": "mAh/g 0.25C", "1C Q": "mAh/g 1C",
        "least": "least s",
    }  # fmt: skip
    plane = math.sqrt(paper.D_SINGLE * paper.D_ACROSS)
    return Section("Effective diffusivity (figure 6b)", titles, table, [
        "D_ss: steady flux from the interface to the collector over the difference it needs. "
        "D_util: the D of a homogeneous slab that delivers the same capacity at the same rate; it "
        "alone feels lost contact and pockets that fill late. Crystals have "
        f"{paper.D_SINGLE:g} in their layers and {paper.D_ACROSS:g} cm2/s across; everything else "
        "about the microstructures was invented before anything was computed.",
        f"Grains of any orientation in two dimensions have exactly sqrt(D_ab D_c) = {plane:g} "
        "cm2/s (Keller, Dykhne) - the paper's 1e-10. In three dimensions effective-medium theory "
        f"gives half of D_ab, {0.5 * paper.D_SINGLE:g}: every grain is slow along one axis and "
        "fast along two, and a path of fast directions always exists. So 1e-10 is a statement of "
        "a two-dimensional model, or of boundaries of grains: with k_gb = 1.6e-9 m/s, 1e-10 comes "
        "out of perfect crystals in three dimensions too.",
        "Our two-dimensional polycrystals come out above the exact value: at a ratio of 1e4 the "
        "cells would have to be a hundred times smaller than the grains (see the meshes below). "
        "The bound is from above, in three dimensions the ratio hardly matters. A least "
        "stoichiometry below the start of 0.54, at 1C in the last column, is an error of the mesh "
        "too: where little lithium arrives, tensors of such a ratio take some away. It is "
        "conserved all the same.",
        f"The paper's order is ideal > model > synthesised > any orientation; by D_util at 1C ours "
        f"is {_order(results, '2D')} in two dimensions and {_order(results, '3D')} in three. The "
        "real cathode of the paper lies below its model with cracks and pores, which no "
        "microstructure with fewer faults can do.",
        "In two dimensions texture with a spread of 10 degrees and two cracks is enough for the "
        "paper's 1.5e-9, because a crack shades what lies behind it and a tilted crystal leads "
        "lithium aside. In three dimensions the same description leaves the layer near the ideal "
        "crystal: there 1.5e-9 needs crystals that are slower than 1e-8, boundaries that resist, "
        "or lost contact, which D_util takes for slow diffusion. "
        "Finer meshes widen the difference: the two-dimensional values fall, the others stay.",
    ])  # fmt: skip


def _order(results: Results, dimension: str) -> str:
    """The architectures of the paper by falling D_util at 1C."""
    known = {
        paper.SHORT[kind].partition(",")[0]: found
        for kind in paper.SHORT
        if (found := equivalent(results, paper.architecture(kind, dimension, "1C"))) is not None
    }
    return " > ".join(sorted(known, key=lambda name: -known[name])) or "(not run)"


def cracks(results: Results) -> Section:
    """Orientation of cracks, in two dimensions and in three."""
    cases = {f"crack-{kind}": words for kind, words in CRACKS.items()}
    cases |= {f"tilt{a}": f"4 um long, {a} degrees from the collector; D_c 1e-10" for a in TILTS}
    through = steady(results, ["ideal-1C", *(f"{name}-1C" for name in cases)])
    table: list[dict[str, object]] = [
        {"crack": "none", "ss": through["ideal-1C"], "1C": results.specific("ideal-1C"),
         "kept": "100 %"}
    ]  # fmt: skip
    for name, words in cases.items():
        table.append(
            {"crack": words, "ss": through[f"{name}-1C"], "1C": results.specific(f"{name}-1C"),
             "kept": percent(results.ratio(f"{name}-1C", "ideal-1C"))}
        )  # fmt: skip
    titles = {"crack": "crack", "ss": "D_ss cm2/s", "1C": "1C mAh/g", "kept": "kept at 1C"}
    return Section("Cracks", titles, table, [
        "One crystal with the c axis along x; a crack of half a period of 5 um in the middle of "
        "the layer. Across the layer it lies along the layers of the crystal, where nothing "
        "passes: it costs nothing, as the paper says. Along the collector everything behind it "
        "must come across the layers, as far as the model is two-dimensional. Behind a square "
        "lithium comes along y.",
        "Between the two it costs what it shades of the cross-section. The cracks at an angle have "
        "D_c = 1e-10 and not 1e-12, because cells that lie askew do not resolve a larger ratio.",
    ])  # fmt: skip


def meshes(results: Results) -> Section:
    """The same on finer meshes."""
    pairs = (
        ("stripes, 0.6 in contact, 0.1C / mAh g-1", "stripe0.6-0.1C", "mesh-stripe0.6-0.1C"),
        ("stripes, 0.6 in contact, 1C / mAh g-1", "stripe0.6-1C", "mesh-stripe0.6-1C"),
        ("squares, 0.6 in contact, 1C / mAh g-1", "patch0.6-1C", "mesh-patch0.6-1C"),
        ("textured, few cracks, 2D, 1C / mAh g-1", "synthesised-2D-1C", "mesh-synthesised-2D-1C"),
        ("textured, few cracks, 3D, 1C / mAh g-1", "synthesised-3D-1C", "mesh-synthesised-3D-1C"),
        ("any orientation, 3D, 1C / mAh g-1", "random-3D-1C", "mesh-random-3D-1C"),
        ("any orientation, 2D, 1C / mAh g-1", "random-2D-1C", "mesh-random-2D-1C"),
    )
    table: list[dict[str, object]] = [
        {"what": words, "used": results.specific(name), "finer": results.specific(fine)}
        for words, name, fine in pairs
    ]
    for kind in ("synthesised", "random"):
        for dimension in paper.DIMENSIONS:
            name = paper.architecture(kind, dimension, "1C")
            used, finer = steady(results, [name, f"mesh-{name}"]).values()
            what = f"{paper.SHORT[kind]}, {dimension}, D_ss / cm2 s-1"
            table.append({"what": what, "used": used, "finer": finer})
    used = results.specific("flat-1C")
    slab = slab_of(results.sweep.point("flat-1C").case)
    sheet = results.sweep.point("flat-1C").case.phases["cathode"].material
    exact = slab.capacity(sheet.value("diffusivity_ab"))
    exact /= 3600.0 * sheet.value("density") * slab.thickness
    table.append({"what": "flat slab, 1C / mAh g-1; second value exact", "used": used,
                  "finer": exact})  # fmt: skip
    return Section("Meshes", {"what": "quantity", "used": "as used", "finer": "finer"}, table, [
        "The slab under constant current has an exact solution; it is also what D_util is found "
        "with. Finer meshes are 1.4 to 2 times finer.",
    ])  # fmt: skip

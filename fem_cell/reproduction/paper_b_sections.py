"""Paper B in words and tables."""

from __future__ import annotations

from collections.abc import Callable

from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number, percent
from fem_cell.reproduction.paper_b_bulk import architectures, cracks, meshes
from fem_cell.reproduction.paper_b_energy import composites, energies, mean_voltage
from fem_cell.reproduction.paper_b_interface import (
    contact,
    depth,
    rates,
    regimes,
    resolved_roughness,
)
from fem_cell.reproduction.paper_b_stress import stress
from fem_cell.reproduction.steady import equivalent


def sections(results: Results) -> list[Section]:
    """All of them, in the order of the report."""
    makers: tuple[Callable[[Results], Section], ...] = (
        summary,
        rates,
        resolved_roughness,
        contact,
        regimes,
        depth,
        architectures,
        cracks,
        stress,
        composites,
        energies,
        parameters,
        meshes,
        open_points,
    )
    return [make(results) for make in makers]


def summary(results: Results) -> Section:
    """The report in a few sentences."""
    squares, stripes = (results.ratio(f"{s}0.6-1C", "flat-1C") for s in ("patch", "stripe"))
    flat, tilted = (equivalent(results, f"synthesised-{d}-1C") for d in ("2D", "3D"))
    plane, space = (equivalent(results, f"random-{d}-1C") for d in ("2D", "3D"))
    return Section(
        "In short",
        paragraphs=[
            "The capacities of the paper hang together as those of a slab with D = 1.5e-9 cm2/s, "
            "all but one: 86 mAh/g at 1C cannot stand beside 60 with a flat interface.",
            f"Its model is two-dimensional, and that decides what it finds. With 0.6 of the "
            f"interface in contact {percent(stripes)} of the capacity at 1C is left in two "
            f"dimensions and {percent(squares)} in three; texture with a few cracks gives a D_util "
            f"of {number(flat, '')} against {number(tilted, 'cm2/s')}; grains of any orientation "
            f"{number(plane, '')} against {number(space, 'cm2/s')}. A layered crystal has two fast "
            "directions, and a slice shows one of them. A dense cathode forgives more than the "
            "paper says.",
            "What it says on cracks holds: across the layer they cost nothing.",
            "Its energies follow from its capacities, with a mean of 3.76 V where the open-circuit "
            "curve has 3.93. That dense cathodes beat composites at 0.5C and 1C hangs on where "
            "composites stop to percolate.",
        ],
    )


def parameters(results: Results) -> Section:
    """What was calibrated, what was fixed beforehand."""
    return Section(
        "Calibrated and predicted",
        paragraphs=[
            "Calibrated, all at once, by a coarse one-dimensional fit to the capacities of the "
            "paper (flat 0.1C and 1C, rough 0.1C, 0.5C and 1C): start at a stoichiometry of 0.54, "
            "exchange current density 0.2 A/m2, cut-off 3.5 V against lithium, 60 ohm cm2 in "
            "series (16 of the separator, 17 of lithium-indium, 27 that nothing explains), with "
            "D = 1.5e-9 cm2/s from figure 6b. One lateral parameter, D_c over the square of half "
            "the period, 4e-6 1/s, on 87 mAh/g at 0.1C and 0.6 in contact.",
            "Predicted: 1C in partial contact, everything in three dimensions, thickness, "
            "roughness of 0.29 um, cracks, effective diffusivities, composites, stress.",
            "Thickness 23.1 um from 1.55 mAh/cm2, 140 mAh/g and 4.79 g/cm3; the paper's own value, "
            "D_x and D_y are on a page that is missing from the text at hand. D does not depend on "
            "the stoichiometry here; a minimum near one half is known.",
        ],
    )


def open_points(results: Results) -> Section:
    """Where the paper does not hold together, and what the model leaves out."""
    ours = mean_voltage(results, "rough-0.1C")
    return Section(
        "What the paper cannot have right, and what stays open",
        paragraphs=[
            "Mean voltage: Wh/kg over mAh/g is 3.757 V for the ideal cathode and 3.756 V at 0.1C, "
            "3.71 V at 0.5C, 3.66 V at 1C. The open-circuit curve has 3.93 V over 140 mAh/g, and "
            "an ideal cathode has no polarisation to be the same as one at 0.1C. Ours at 0.1C is "
            f"{number(ours, 'V', 4)} over the capacity that is delivered.",
            "1C: 60 mAh/g (figure 4e, flat), 86 (figure 5a, the cycled cell) and 86 (315 Wh/kg at "
            "3.66 V) are three statements about one cathode with one D; roughness does not bridge "
            "them. 0.1C: 115 against 119 is bridged by it.",
            "+73.7 % at 0.5C is 1724 over 992 = +73.8 %. 140 mAh/g is the theoretical capacity "
            "while no cell exceeds 119.",
            "D_eff of any orientation, 1e-10 cm2/s, follows from two dimensions or from boundaries "
            "of grains, not from orientation. The uncycled cathode (1.5e-9) lies below the model "
            "with cracks (4e-9), which the authors say themselves.",
            "The composites of the paper lose their capacity above 70 to 90 wt% by percolation "
            "that its main text does not quantify; how much the dense cathode is ahead at 0.5C and "
            "1C hangs on that, not on the dense cathode.",
            "Fade with cycling (figure 5a) needs a law for the growth of cracks and is not "
            "attempted; figure 1b needs the supporting information (thickness of the separator, "
            "n/p ratio).",
        ],
    )

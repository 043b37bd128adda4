"""A dense layer of LiCoO2 crystals on a current collector, under a solid-electrolyte separator.

The current collector is the plane z = 0, crystals fill 0 < z < thickness, the separator lies on
them and the counter electrode on the separator. Lateral sides are mirror planes, or periodic: what
they cut off from a grain goes on at the opposite side. Every grain is a volume group of its own,
with an orientation. Cracks are inner surfaces of no thickness that cross
grains as they come; pores and microcracks are cut out. Part of the upper face of the crystals may
have no contact with the separator, and that face may be rough.

Volumes: cathode.1, cathode.2, ... (the grains), separator. Surfaces: current_collector,
counter_electrode; where there are any, symmetry (mirror planes), cracks and no_contact (inner
surfaces) and pores.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script import Geometry, Grain, Parameter, Values, main
from fem_cell.geometry_script.crystals import (
    MICRO,
    QUASI_2D,
    Microstructure,
    expected_size,
    fill_model,
    follow_roughness,
    grain_count,
    microstructure,
    orientations,
    plain_faults,
)

# fmt: off
PARAMETERS = (
    Parameter("dimension", "3D", None, "a box, or a slice with one layer of cells along y",
              choices=("3D", "quasi-2D")),
    Parameter("arrangement", "columnar", None, "columnar: grains through the layer; equiaxed: "
              "polyhedra; plates: standing on the collector; single: one crystal",
              choices=("columnar", "equiaxed", "plates", "single")),
    Parameter("mesh_size", "2 um", "um", "size of the cells far from everything", minimum=1e-3),
    Parameter("interface_size", lambda p: 0.5 * p["mesh_size"], "um",
              "size of the cells at the interface; if not given, half of mesh_size", minimum=1e-3),
    Parameter("crack_size", lambda p: 0.5 * p["mesh_size"], "um", "size of the cells at fronts of "
              "cracks and at pores; if not given, half of mesh_size", minimum=1e-3),
    Parameter("width", "20 um", "um", "size along x", minimum=0.01),
    Parameter("depth", lambda p: p["width"] if p["dimension"] == "3D" else p["mesh_size"], "um",
              "size along y; if not given, the width, or mesh_size in a slice", minimum=1e-3),
    Parameter("thickness", "23 um", "um", "thickness of the crystal layer", minimum=0.01),
    Parameter("separator_thickness", "10 um", "um", "thickness of the separator", minimum=0.01),
    Parameter("grains", 12, None, "number of columnar or equiaxed grains", minimum=1, maximum=200),
    Parameter("relaxation", 2, None, "rounds that make columnar and equiaxed grains more even",
              minimum=0, maximum=50),
    Parameter("plate_thickness", "4 um", "um", "thickness of plates, about", minimum=0.01),
    Parameter("plate_length", "10 um", "um", "length of plates, about", minimum=0.01),
    Parameter("periodic", False, None, "the structure repeats itself along x and y (in a slice, "
              "along x); otherwise the sides are mirror planes"),
    Parameter("seed", 1, None, "of everything that is drawn at random", minimum=0),
    Parameter("texture", "standing", None, "c axis horizontal (normal to plates), vertical, or "
              "anywhere", choices=("standing", "lying", "random")),
    Parameter("texture_spread", "0 deg", "deg", "standard deviation of the tilt of the c axis from "
              "the texture", minimum=0.0, maximum=90.0),
    Parameter("misoriented_fraction", 0.0, None, "share of the grains oriented at random",
              minimum=0.0, maximum=1.0),
    Parameter("orientations", "", None, "CSV file with grain, phi1, Phi, phi2 (Bunge, deg) in "
              "place of the texture", kind=Path),
    Parameter("cracks", 0, None, "number of cracks of no thickness", minimum=0, maximum=200),
    Parameter("crack_shape", lambda p: "disc" if p["dimension"] == "3D" else "rectangle", None,
              "disc, or rectangle through the depth; if not given, rectangle in a slice",
              choices=("disc", "rectangle")),
    Parameter("crack_diameter", "6 um", "um", "diameter of discs, width of rectangles",
              minimum=0.01),
    Parameter("crack_tilt", "0 deg", "deg", "angle of cracks and microcracks to the horizontal",
              minimum=0.0, maximum=90.0),
    Parameter("crack_placement", "random", None, "at random, or on a regular grid",
              choices=("random", "grid")),
    Parameter("pores", 0, None, "number of round pores", minimum=0, maximum=200),
    Parameter("pore_diameter", "2 um", "um", "their diameter", minimum=0.01),
    Parameter("microcracks", 0, None, "number of open, lens-shaped microcracks", minimum=0,
              maximum=200),
    Parameter("microcrack_diameter", "4 um", "um", "their diameter", minimum=0.01),
    Parameter("microcrack_opening", "0.5 um", "um", "their largest opening", minimum=1e-3),
    Parameter("contact_fraction", 1.0, None, "share of the interface with contact", minimum=0.01,
              maximum=1.0),
    Parameter("contact_pattern", "stripe", None, "what is without contact: even stripes, one disc "
              "in the middle, or discs (in a slice, stripes) at random",
              choices=("stripe", "disc", "random")),
    Parameter("contact_patches", 1, None, "number of stripes or random discs without contact",
              minimum=1, maximum=200),
    Parameter("roughness", "0 um", "um", "root mean square height of the interface", minimum=0.0),
    Parameter("correlation_length", "4 um", "um", "distance at which the correlation of the "
              "heights is 1/e", minimum=1e-3),
)
# fmt: on

PHASE, SEPARATOR = "cathode", "separator"
QUALITY_GOAL = 0.1
"""Least quality of the cells aimed at: where grain boundaries, cracks and contact patches meet at
sharp angles, better cells are rare."""


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    grains = tuple(f"{PHASE}.{number + 1}" for number in range(grain_count(p)))
    there = {
        "symmetry": not p["periodic"] or p["dimension"] == QUASI_2D,
        "cracks": p["cracks"] > 0,
        "no_contact": p["contact_fraction"] < 1.0,
        "pores": p["pores"] + p["microcracks"] > 0,
    }
    inner = (name for name, present in there.items() if present)
    return (*grains, SEPARATOR), ("current_collector", "counter_electrode", *inner)


def check(p: Values) -> list[Fault]:
    """Combinations that cannot exist or be meshed, and figures that find no room."""
    return plain_faults(p) or [*microstructure(p)[1], *orientations(p)[1]]


def estimate(p: Values) -> dict[str, int]:
    """Expected numbers of nodes and cells."""
    return expected_size(_made(p))


def exact(p: Values) -> Geometry:
    """Exact sizes (SI); what bends with a rough interface has none."""
    made, flat = _made(p), not p["roughness"]
    area, height = p["width"] * p["depth"], p["thickness"] + p["separator_thickness"]
    pores = made.pore_volume / MICRO**3
    areas = {
        "current_collector": area,
        "counter_electrode": area,
        "symmetry": 2.0 * (p["width"] + p["depth"] * (not p["periodic"])) * height,
        "cracks": sum(crack.area for crack in made.cracks) / MICRO**2 if flat else None,
        "no_contact": (1.0 - p["contact_fraction"]) * area if flat else None,
        "pores": made.pore_surface / MICRO**2 if flat else None,
    }
    if made.is_slice:
        areas["symmetry"] -= 2.0 * pores / p["depth"]
    crystal = area * p["thickness"] - pores
    return Geometry(
        volumes={
            PHASE: crystal if flat or not pores else None,
            SEPARATOR: area * p["separator_thickness"],
        },
        areas={name: areas[name] for name in names(p)[1]},
        footprint=area,
        thickness={PHASE: p["thickness"], SEPARATOR: p["separator_thickness"]},
        interfaces={
            f"{PHASE}-{SEPARATOR}": area * (made.roughness.area_ratio if made.roughness else 1.0)
        },
        quality_goal=QUALITY_GOAL,
        grains=_grains(p, made),
        notes=made.notes(),
    )


def _grains(p: Values, made: Microstructure) -> tuple[Grain, ...]:
    known = not made.pores and made.roughness is None
    volumes, centres = made.grains.whole_volumes / MICRO**3, made.grains.whole_centres / MICRO
    return tuple(
        Grain(
            f"{PHASE}.{number + 1}",
            tuple(tuple(row) for row in matrix.tolist()),
            tuple(centres[number].tolist()),
            float(volumes[number]) if known else None,
        )
        for number, matrix in enumerate(orientations(p)[0])
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    fill_model(gmsh, p, PHASE, SEPARATOR)
    return exact(p)


def move_nodes(p: Values) -> None:
    """Let the mesh follow the rough interface."""
    import gmsh

    follow_roughness(gmsh, _made(p))


def _made(p: Values) -> Microstructure:
    made, faults = microstructure(p)
    if made is None:
        raise InputError(faults)
    return made


if __name__ == "__main__":
    sys.exit(main(__file__))

"""A cube of a lithium-boron anode: a network of skeleton fibres, free lithium and round pores.

Straight fibres lie at random, cross and have grown together there; their diameters follow a
lognormal distribution cut off at both ends. Lithium fills what is between them but for the pores,
in which fibres are left bare. So many fibres are drawn as fill their volume fraction, then all are
made slightly thicker or thinner to meet it. Instead of fibres the skeleton may be where a Gaussian
random field is large, with the surface per volume of fibres of the median diameter. A network that
does not hang together, or does not
reach through the cube along x, y and z, is refused. The default numbers are those of the anode of
paper C (Adv. Mater. 2025, 2506298): fibres of 100 to 400 nm, pores of 6.6 %.

Volumes: skeleton, lithium and, where there are any, pores. Surfaces: x_low, x_high, ..., z_high;
none if it is periodic.
"""

from __future__ import annotations

import sys

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.fibres import (
    MICRO,
    MOST_FIBRES,
    PHASES,
    SURFACES,
    Network,
    cubes,
    fill_discrete,
    fill_solid,
    fit_network,
    measures,
    mesh_network,
    network,
    notes,
    of_cells,
)

# fmt: off
PARAMETERS = (
    Parameter("size", "4.7 um", "um", "edge of the cube", minimum=0.1, maximum=100.0),
    Parameter("mesh_size", "0.12 um", "um", "edge of the cubes of the lattice that the cells are "
              "cut from", minimum=0.005),
    Parameter("method", "level_set", None, "level_set: cells of a lattice are cut along the "
              "surfaces; solids: the mesh follows OpenCASCADE cylinders, for tens of fibres",
              choices=("level_set", "solids")),
    Parameter("generator", "fibres", None, "of the skeleton: straight fibres, or where a Gaussian "
              "random field is large (diameter_median: with the surface of such fibres; "
              "diameter_spread: of its wave numbers)", choices=("fibres", "gaussian_field")),
    Parameter("volume_fraction", 0.22, None, "of the skeleton", minimum=0.01, maximum=0.6),
    Parameter("diameter_median", "0.22 um", "um", "median diameter of the fibres", minimum=0.01),
    Parameter("diameter_minimum", "0.1 um", "um", "least diameter", minimum=0.01),
    Parameter("diameter_maximum", "0.4 um", "um", "largest diameter", minimum=0.01),
    Parameter("diameter_spread", 0.35, None, "standard deviation of the logarithm of the diameter",
              minimum=0.0, maximum=1.5),
    Parameter("fibre_length", "5 um", "um", "length of a fibre", minimum=0.05),
    Parameter("directions", "isotropic", None, "of fibres: all of space, or in planes of x "
              "and y", choices=("isotropic", "in_plane")),
    Parameter("periodic", False, None, "opposite faces of the cube are one"),
    Parameter("pore_fraction", 0.066, None, "volume fraction of the pores; 0 for none",
              minimum=0.0, maximum=0.3),
    Parameter("pore_diameter", "2 um", "um", "diameter of the pores, about", minimum=0.05),
    Parameter("seed", 1, None, "of everything that is drawn at random", minimum=0),
)
# fmt: on

QUALITY_GOAL = 0.01
"""Least quality of the cells of solids: fibres meet at any angle. A lattice is only cut."""
COARSEST = 0.6
"""Largest mesh size over the median diameter of the fibres."""
GROWTH = (1.3, 1.3)
"""Nodes and cells after cutting over those of the lattice, for some fibres of the default size."""


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces."""
    surfaces = () if p["periodic"] else SURFACES
    return PHASES if p["pore_fraction"] else PHASES[:2], surfaces


def check(p: Values) -> list[Fault]:
    """Combinations that cannot exist, and networks that do not hang together."""
    if faults := _size_faults(p):
        return faults
    made, faults = network(p)
    if made is not None and p["method"] == "solids" and made.count > MOST_FIBRES:
        problem = f"solids of {made.count} fibres take too long; {MOST_FIBRES} are the most"
        faults = [Fault("method", problem, 'give "level_set", or a smaller size')]
    return faults


def _size_faults(p: Values) -> list[Fault]:
    faults = []
    low, high, median = (p[f"diameter_{k}"] for k in ("minimum", "maximum", "median"))
    if not low <= median <= high:
        problem = f"{_um(median)} is not between diameter_minimum and diameter_maximum"
        faults.append(Fault("diameter_median", problem, f"give {_um(low)} to {_um(high)}"))
    if p["mesh_size"] > COARSEST * median:
        problem = f"{_um(p['mesh_size'])} does not resolve fibres of {_um(median)}"
        faults.append(Fault("mesh_size", problem, f'give "{_um(COARSEST * median)}" or less'))
    if p["size"] < 2.0 * high:
        problem = f"{_um(p['size'])} is less than two of the thickest fibres"
        faults.append(Fault("size", problem, f'give "{_um(2.0 * high)}" or more'))
    if p["generator"] == "gaussian_field":
        faults += _field_faults(p)
    elif p["fibre_length"] < 2.0 * high:
        problem = f"{_um(p['fibre_length'])} is less than two of the largest diameters"
        faults.append(Fault("fibre_length", problem, f'give "{_um(2.0 * high)}" or more'))
    elif p["fibre_length"] > 10.0 * p["size"]:
        problem = f"{_um(p['fibre_length'])} is more than ten times the size of the cube"
        faults.append(Fault("fibre_length", problem, f'give "{_um(10.0 * p["size"])}" or less'))
    if p["pore_fraction"] and p["pore_diameter"] > 0.6 * p["size"]:
        problem = f"{_um(p['pore_diameter'])} leaves too little of a cube of {_um(p['size'])}"
        faults.append(Fault("pore_diameter", problem, f'give "{_um(0.6 * p["size"])}" or less'))
    return faults


def _field_faults(p: Values) -> list[Fault]:
    """What a random field cannot be."""
    faults = []
    for key, value in (("method", "level_set"), ("directions", "isotropic")):
        if p[key] != value:
            problem = f"'{p[key]}' is for fibres, not for generator = 'gaussian_field'"
            faults.append(Fault(key, problem, f'give "{value}", or generator = "fibres"'))
    return faults


def estimate(p: Values) -> dict[str, int]:
    """Expected numbers of nodes and cells."""
    n = cubes(p)
    nodes, cells = (n + 1) ** 3 + n**3 + 6 * n**2, 12 * n**3 + 12 * n**2
    return {"nodes": round(GROWTH[0] * nodes), "cells": round(GROWTH[1] * cells)}


def exact(p: Values) -> Geometry:
    """What was asked for (SI)."""
    return _geometry(p, {}, ())


def _geometry(p: Values, found: dict[str, float], said: tuple[str, ...]) -> Geometry:
    fractions = (p["volume_fraction"], 1.0 - p["volume_fraction"] - p["pore_fraction"])
    shares = dict(zip(PHASES, (*fractions, p["pore_fraction"]), strict=True))
    phases = names(p)[0]
    return Geometry(
        volumes={name: shares[name] * p["size"] ** 3 for name in phases},
        areas=dict.fromkeys(names(p)[1], p["size"] ** 2),
        footprint=p["size"] ** 2,
        thickness=dict.fromkeys(phases, p["size"]),
        structured=p["method"] == "level_set",
        quality_goal=QUALITY_GOAL,
        notes=said,
        measures=found,
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model with the cells (micrometres); sizes as asked for (SI)."""
    import gmsh

    made = _made(p)
    if p["method"] == "solids":
        _, fit = fit_network(made)
        fractions = fill_solid(gmsh, made, fit)
        known = {f"{name}_fraction": value for name, value in fractions.items()}
    else:
        cells, fit = mesh_network(made)
        fill_discrete(gmsh, cells, made.size if p["periodic"] else 0.0)
        known = of_cells(cells)
    found = measures(made, fit, known)
    return _geometry(p, found, notes(made, found))


def _made(p: Values) -> Network:
    made, faults = network(p)
    if made is None:
        raise InputError(faults)
    return made


def _um(length: float) -> str:
    return f"{length * MICRO:.4g} um"


if __name__ == "__main__":
    sys.exit(main(__file__))

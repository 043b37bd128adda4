"""Effective properties of the pieces of a sample file, and what they are on average."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem_cell.analysis.confidence import half_width
from fem_cell.analysis.resolved.body import ResolvedBody
from fem_cell.analysis.resolved.bounds import (
    Bounds,
    conductivity_bounds,
    modulus_bounds,
    youngs_modulus_bounds,
)
from fem_cell.analysis.resolved.conditions import CONDITIONS, UNIFORM
from fem_cell.analysis.resolved.conductivity import effective_conductivity
from fem_cell.analysis.resolved.stiffness import effective_stiffness
from fem_cell.laws.stiffness import (
    Isotropic,
    directional_youngs_modulus,
    hill_average,
    isotropic_stiffness,
)
from fem_cell.log import LOGGER
from fem_cell.materials import DataSheet

Array = npt.NDArray[np.float64]
Row = dict[str, Any]

STIFFNESS = "stiffness"
KEYS = {
    "diffusivity": "diffusivity",
    "electronic_conductivity": "electronic_conductivity",
    "ionic_conductivity": "conductivity",
    STIFFNESS: "youngs_modulus",
}
"""Quantity of the data sheets behind a property."""


def properties_of(
    body: ResolvedBody,
    sheets: Mapping[str, DataSheet],
    temperature: float,
    properties: Sequence[str],
    conditions: Sequence[str],
) -> list[Row]:
    """One row for each property and condition. Collective.

    Args:
        body: The piece.
        sheets: Data sheets of its phases.
        temperature: K.
        properties: Among :data:`KEYS`.
        conditions: On the faces; a uniform one is left out where pores lie on faces.

    Returns:
        Rows with ``property``, ``condition``, ``tensor``, the scalar ``value`` (mean of the
        diagonal; Young's modulus of the nearest isotropic stiffness), its ``bounds``, ``least``
        and ``largest`` among x, y and z, and seconds, in SI.
    """
    rows = []
    for name in properties:
        for condition in conditions:
            if condition == UNIFORM and not body.covered:
                LOGGER.info("no uniform condition: pores lie on faces of the box")
                continue
            start = time.monotonic()
            row = _stiffness if name == STIFFNESS else _conductivity
            found = row(body, sheets, temperature, name, condition)
            found |= {"seconds": round(time.monotonic() - start, 2)}
            rows.append({"property": name, "condition": condition, **found})
            LOGGER.info("%s, %s: %.4g", name, condition, found["value"])
    return rows


def _conductivity(
    body: ResolvedBody, sheets: Mapping[str, DataSheet], T: float, name: str, condition: str
) -> Row:
    values = {phase: sheets[phase].value(KEYS[name], T) for phase in body.phases}
    K = effective_conductivity(body, values, condition)
    bounds = conductivity_bounds(body.fractions, values)
    return _row(K, float(np.trace(K)) / 3.0, np.diag(K), bounds, body.nodes)


def _stiffness(
    body: ResolvedBody, sheets: Mapping[str, DataSheet], T: float, name: str, condition: str
) -> Row:
    del name
    moduli = {
        phase: (sheets[phase].value("youngs_modulus", T), sheets[phase].value("poisson_ratio", T))
        for phase in body.phases
    }
    values = {phase: isotropic_stiffness(*pair) for phase, pair in moduli.items()}
    C = effective_stiffness(body, values, condition)
    mean = hill_average(C)
    along = np.array([directional_youngs_modulus(C, n) for n in np.eye(3)])
    bulk, shear = modulus_bounds(
        body.fractions, {phase: _isotropic(*pair) for phase, pair in moduli.items()}
    )
    bounds = youngs_modulus_bounds(bulk, shear)
    found = _row(C, mean.youngs_modulus, along, bounds, 3 * body.nodes)
    return found | {
        "bulk_modulus": mean.bulk,
        "shear_modulus": mean.shear,
        "poisson_ratio": mean.poisson_ratio,
        "bulk_bounds": _as_list(bulk),
        "shear_bounds": _as_list(shear),
    }


def _row(tensor: Array, value: float, along: Array, bounds: Bounds, unknowns: int) -> Row:
    return {
        "value": value,
        "least": float(along.min()),
        "largest": float(along.max()),
        "bounds": _as_list(bounds),
        "unknowns": unknowns,
        "tensor": tensor.tolist(),
    }


def _as_list(bounds: Bounds) -> list[float]:
    """Reuss, both of Hashin and Shtrikman, Voigt."""
    return [bounds.reuss, bounds.lower, bounds.upper, bounds.voigt]


def _isotropic(E: float, nu: float) -> Isotropic:
    return Isotropic(E / (3 * (1 - 2 * nu)), E / (2 * (1 + nu)))


def summary(rows: Sequence[Row]) -> list[Row]:
    """Means over seeds, with 95 % confidence intervals (Student's t) where there are several.

    Args:
        rows: Of all pieces, with ``size``.

    Returns:
        A row for each size, property and condition: ``size``, ``property``, ``condition``,
        ``pieces``, ``mean``, ``half_width`` of the interval (``None`` for one piece), ``spread``
        (standard deviation over the mean), ``bounds`` (means), ``unknowns`` (largest) and whether
        every value and the mean lie ``inside`` Voigt's and Reuss's, and Hashin's and Shtrikman's
        bounds.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["size"], row["property"], row["condition"]), []).append(row)
    order = {name: k for k, name in enumerate(reversed(CONDITIONS))}
    keys = sorted(groups, key=lambda key: (key[1], groups[key][0]["unknowns"], order[key[2]]))
    return [_mean_row(key, groups[key]) for key in keys]


def _mean_row(key: tuple[str, str, str], rows: Sequence[Row]) -> Row:
    values = np.array([row["value"] for row in rows])
    bounds = np.array([row["bounds"] for row in rows])
    mean, count = float(values.mean()), len(values)
    spread = float(values.std(ddof=1)) / mean if count > 1 else None
    inside = bool(((bounds[:, 0] <= values) & (values <= bounds[:, 3])).all())
    narrow = bounds.mean(axis=0)
    return {
        "size": key[0],
        "property": key[1],
        "condition": key[2],
        "pieces": count,
        "mean": mean,
        "half_width": half_width(values.tolist()),
        "spread": spread,
        "bounds": narrow.tolist(),
        "inside": inside,
        "inside_hashin_shtrikman": bool(narrow[1] <= mean <= narrow[2]),
        "unknowns": max(row["unknowns"] for row in rows),
    }

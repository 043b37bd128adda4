"""Networks from the parameters of ``geometry/boron_skeleton.py``, before anything is meshed.

Fibres, or the skeleton of a Gaussian random field (:mod:`.gaussian`). Lengths are in micrometres.
Diameters are drawn from a lognormal distribution cut off at both ends, directions from all of space
or from the horizontal plane, places anywhere. Fibres may cross: where they do they have grown
together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fem_cell.errors import Fault
from fem_cell.geometry_script.fibres.cutting import volume_inside
from fem_cell.geometry_script.fibres.gaussian import Field, draw_field
from fem_cell.geometry_script.fibres.lattice import Array, Tetrahedra, lattice
from fem_cell.geometry_script.fibres.pores import Balls, draw_balls
from fem_cell.geometry_script.fibres.segments import Connectivity, Segments, connectivity
from fem_cell.geometry_script.parameters import Values

MICRO = 1e6
"""Micrometres in a metre."""
LENGTHS = (
    "size", "mesh_size", "diameter_median", "diameter_minimum", "diameter_maximum", "fibre_length",
    "pore_diameter",
)  # fmt: skip
KEPT = 4
"""Networks that are remembered, as they are asked for several times."""
COARSE = 32
"""Cubes along an edge of the lattice on which fibres are counted out."""
CONNECTED = 0.6
"""Least share of the fibres in one component; at the faces of a small box many are cut off from
the neighbours that held them."""
_FIBRES, _PORES, _WAVES = range(3)


@dataclass(frozen=True)
class Network:
    """Skeleton and pores in a box.

    Attributes:
        values: Parameters, lengths in micrometres.
        fibres: All that reach into the box, with periodic images; or a random field.
        count: How many fibres these belong to; zero of a field.
        connectivity: Of the skeleton within the box.
        pores: ``None`` for a dense electrode.
    """

    values: Values
    fibres: Segments | Field
    count: int
    connectivity: Connectivity
    pores: Balls | None

    @property
    def size(self) -> float:
        """Edge of the box."""
        return float(self.values["size"])

    def to_fibres(self, points: Array) -> Array:
        """Signed distance to the skeleton, negative inside; of fibres exact near them."""
        return self.fibres.distance(points, self.band)

    @property
    def band(self) -> float:
        """How far from the skeleton distances are worked out."""
        return 2.0 * float(self.values["mesh_size"])


def network(p: Values) -> tuple[Network | None, list[Fault]]:
    """Make the network, reproducibly.

    Args:
        p: Parameters in SI, each acceptable by itself.

    Returns:
        The network, and faults; None if there are any.
    """
    return _cached(tuple(p.items()))


def cubes(p: Values) -> int:
    """Cubes of the lattice along an edge of the box."""
    return max(2, round(p["size"] / p["mesh_size"]))


@lru_cache(maxsize=KEPT)
def _cached(items: tuple[Any, ...]) -> tuple[Network | None, list[Fault]]:
    p = {key: MICRO * value if key in LENGTHS else value for key, value in items}
    fibres: Segments | Field
    if p["generator"] == "gaussian_field":
        fibres, found = draw_field(p, np.random.default_rng([p["seed"], _WAVES]))
        used, faults = 0, _field_faults(found)
    else:
        fibres, used = _fibres(p)
        found = connectivity(fibres.clipped(p["size"]), p["size"])
        faults = _connection_faults(found)
    pores = _draw_pores(p) if p["pore_fraction"] else None
    if p["pore_fraction"] and pores is None:
        remedy = "make pore_fraction smaller or size larger"
        faults.append(Fault("pore_diameter", "the pores find no room beside each other", remedy))
    if faults:
        return None, faults
    return Network(p, fibres, used, found, pores), []


def _fibres(p: Values) -> tuple[Segments, int]:
    """As many fibres as fill their volume, with periodic images, and their number."""
    background = lattice((COARSE, COARSE, COARSE), p["size"] / COARSE, p["periodic"])
    drawn = _draw_fibres(p)
    return _in_box(drawn[: _count_out(drawn, p, background)], p)


def _field_faults(found: Connectivity) -> list[Fault]:
    missing = [axis for axis, spans in zip("xyz", found.spans, strict=True) if not spans]
    if not missing and found.share >= CONNECTED:
        return []
    problem = (
        f"the skeleton does not hang together: its largest part is {found.share:.0%} of it"
        + (f" and does not reach through the box along {', '.join(missing)}" if missing else "")
    )
    return [Fault("volume_fraction", problem, "give more, or a smaller box; or draw fibres")]


def _connection_faults(found: Connectivity) -> list[Fault]:
    remedy = "make the fibres longer (fibre_length) or more (volume_fraction), or the box smaller"
    faults = []
    missing = [axis for axis, spans in zip("xyz", found.spans, strict=True) if not spans]
    if missing:
        problem = (
            "the fibres make no connected skeleton: their largest component, "
            f"{found.share:.0%} of them, does not reach through the box along {', '.join(missing)}"
        )
        faults.append(Fault("fibre_length", problem, remedy))
    elif found.share < CONNECTED:
        problem = (
            f"only {found.share:.0%} of the fibres hang together; {CONNECTED:.0%} are needed for "
            "a skeleton"
        )
        faults.append(Fault("fibre_length", problem, remedy))
    return faults


def _draw_fibres(p: Values) -> Segments:
    """Twice as many fibres as should be needed, in the order in which they are taken."""
    rng = np.random.default_rng([p["seed"], _FIBRES])
    margin = 0.0 if p["periodic"] else 0.5 * p["fibre_length"] + p["diameter_maximum"]
    mean = 0.25 * math.pi * float(np.mean(_diameters(p, 4096, rng) ** 2)) * p["fibre_length"]
    dense = -math.log(1.0 - p["volume_fraction"]) * (p["size"] + 2 * margin) ** 3 / mean
    count = max(8, math.ceil(2.0 * dense))
    radius = 0.5 * _diameters(p, count, rng)
    centre = rng.uniform(-margin, p["size"] + margin, (count, 3))
    way = rng.normal(size=(count, 3))
    if p["directions"] == "in_plane":
        way[:, 2] = 0.0
    way *= 0.5 * p["fibre_length"] / np.linalg.norm(way, axis=1)[:, None]
    return Segments(centre - way, centre + way, radius)


def _diameters(p: Values, count: int, rng: np.random.Generator) -> Array:
    """Lognormal, those outside the limits drawn again."""
    low, high = p["diameter_minimum"], p["diameter_maximum"]
    drawn = np.zeros(0)
    while len(drawn) < count:
        more = p["diameter_median"] * np.exp(p["diameter_spread"] * rng.normal(size=2 * count))
        drawn = np.concatenate((drawn, more[(more >= low) & (more <= high)]))
    return drawn[:count]


def _in_box(fibres: Segments, p: Values) -> tuple[Segments, int]:
    """The fibres that reach into the box with their periodic images, and their number."""
    reach = 2.0 * p["mesh_size"]
    if p["periodic"]:
        return fibres.repeated(p["size"], reach), len(fibres)
    low = np.minimum(fibres.start, fibres.end) - fibres.radius[:, None] - reach
    high = np.maximum(fibres.start, fibres.end) + fibres.radius[:, None] + reach
    near = fibres[((high > 0.0) & (low < p["size"])).all(axis=1)]
    return near, len(near.clipped(p["size"]))


def _count_out(drawn: Segments, p: Values, background: Tetrahedra) -> int:
    """Number of the first fibres whose volume comes closest to what is wanted."""
    wanted = p["volume_fraction"] * p["size"] ** 3
    band = 2.0 * p["size"] / COARSE
    low, high = 0, len(drawn)
    below, least, most = np.full(len(background.points), band), 0.0, math.inf
    while high - low > 1:
        middle = (low + high) // 2
        fibres, _ = _in_box(drawn[low:middle], p)
        together = np.minimum(below, fibres.distance(background.points, band))
        volume = volume_inside(background, together)
        if volume < wanted:
            low, below, least = middle, together, volume
        else:
            high, most = middle, volume
    return low if wanted - least < most - wanted else high


def _draw_pores(p: Values) -> Balls | None:
    """As many pores as fill their share beside the fibres, at least one."""
    rng = np.random.default_rng([p["seed"], _PORES])
    radius = 0.5 * p["pore_diameter"]
    beside = (1.0 - p["volume_fraction"]) * 4.0 / 3.0 * math.pi * radius**3
    count = max(1, round(p["pore_fraction"] * p["size"] ** 3 / beside))
    return draw_balls(p["size"], radius, count, p["periodic"], rng)

"""What paper B states, and how the cases of its report are named."""

from __future__ import annotations

from collections.abc import Mapping

LITHIUM_INDIUM = 0.62
"""V against lithium, of the counter electrode of all cases."""

DENSITY, SECONDARY_DENSITY = 4.79, 1.80
"""g/cm^3 of the dense layer and of all that is not LiCoO2 in a composite: Wh/L over Wh/kg."""

THEORETICAL = 140.0
"""mAh/g"""

DENSE: Mapping[str, tuple[float, float, float, float]] = {
    "0.1C": (119.0, 3.757, 447.0, 2143.0),
    "0.5C": (97.0, 3.71, 360.0, 1724.0),
    "1C": (86.0, 3.66, 315.0, 1510.0),
}
"""Capacity mAh/g, mean voltage that closes, Wh/kg, Wh/L of the dense cathode by rate."""

BEST_COMPOSITE: Mapping[str, tuple[int, float, float]] = {
    "0.1C": (90, 408.5, 1678.0),
    "0.5C": (70, 309.0, 992.0),
    "1C": (70, 237.0, 760.0),
}
"""Share of LiCoO2 wt%, Wh/kg, Wh/L of the best composite by rate."""

Stated = tuple[float, float]
"""A value and half of its last digit."""

GAINS: Mapping[str, tuple[Stated, Stated]] = {
    "0.1C": ((9.42, 0.005), (27.7, 0.05)),
    "0.5C": ((16.5, 0.05), (73.7, 0.05)),
    "1C": ((32.9, 0.05), (98.7, 0.05)),
}
"""By how much the paper says that the dense cathode exceeds the best composite, %."""

FLAT = {"0.1C": 115.0, "1C": 60.0}
"""mAh/g, flat interface in full contact, figure 4e."""

GAP = {"0.1C": 87.0, "1C": 19.0}
"""mAh/g, flat interface, 0.6 in contact."""

D_SINGLE, D_ACROSS = 1e-8, 1e-12
"""cm^2/s, in the layers of a crystal and across them, in all cases that resolve crystals."""

EFFECTIVE: Mapping[str, float | None] = {
    "ideal": None,
    "model": 4e-9,
    "synthesised": 1.5e-9,
    "random": 1e-10,
}
"""D_eff of the paper, cm^2/s; that of the single crystal is lost with a page."""

ARCHITECTURES = {
    "ideal": "ideal single crystal",
    "synthesised": "textured grains, few cracks",
    "model": "misoriented grains, cracks, pores, lost contact",
    "random": "grains of any orientation",
    "boundaries": "the same, boundaries that resist",
}
"""Descriptions by the name of the cases."""

SHORT = {
    "ideal": "ideal",
    "model": "model microstructure",
    "synthesised": "textured, few cracks",
    "random": "any orientation",
}
"""For the table of targets."""

DIMENSIONS = ("2D", "3D")
SHARES = (60, 70, 80, 90, 95)
"""wt% of LiCoO2 in the composites."""


def architecture(kind: str, dimension: str, rate: str) -> str:
    """Name of the case of an architecture; the ideal crystal is a slab in any dimension."""
    return f"{kind}-{rate}" if kind == "ideal" else f"{kind}-{dimension}-{rate}"

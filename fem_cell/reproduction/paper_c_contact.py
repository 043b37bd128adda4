"""Contact in the report on paper C: maps of voids that are given, and voids that grow and close."""

from __future__ import annotations

from math import pi
from typing import Any

from fem_cell.analysis.contact_supply import steady_contact
from fem_cell.case.model import Case
from fem_cell.laws.constriction import column_resistance, constriction_of_spots
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_values import (
    CLEAN,
    MA_PER_CM2,
    OHM_CM2,
    holm_resistance,
    interface_resistance,
    layer_of,
    percent,
)

PRESSURES = (0.0, 0.1, 0.5, 2.0)
"""MPa"""
SHAPES = {
    "contact-full": None,
    "contact-half": (15e-6, 37.6e-6, True),
    "contact-76": (10e-6, 76e-6, False),
    "contact-270": (10e-6, 270e-6, False),
    "contact-270-fast": (10e-6, 270e-6, False),
}
"""Radius and period of the discs (m) by case, and whether they are voids."""
FREE = "contact-270-fast"
"""The case of a charge transfer that costs nothing."""
STRIPPED, RESTED, PLATED = 1, 2, 3
"""Steps of the protocol."""


def maps(results: Results) -> Section:
    """Interfaces with maps of voids, resolved, beside the closed forms."""
    rows = []
    for name, shape in SHAPES.items():
        case = results.sweep.point(name).case
        whole = interface_resistance(results, name)
        row: dict[str, Any] = {"case": name, "map": case.title, "ours": whole}
        if shape is not None:
            radius, period, void = shape
            spot = pi * radius**2 / period**2
            contact = 1.0 - spot if void else spot
            transfer = 0.0 if name == FREE else interface_resistance(results, CLEAN)
            row["beyond"] = _beyond(whole, transfer, contact)
            row["theory"] = None if void else holm_resistance(case, radius, period)
            row["law"] = _constriction(case, contact, period)
        rows.append(row)
    return Section(
        "Interface of lithium with a given map of voids, 80 degC",
        {"case": "case", "map": "map", "ours": "interface / ohm cm2",
         "beyond": "of that constriction / ohm cm2",
         "theory": "closed form / ohm cm2", "law": "as in layers / ohm cm2"},
        rows,
        [
            "1.5 ohm cm2 spread over 5 % of the face make 28, the constriction in the pellet adds "
            "little. Without a charge-transfer resistance 30 ohm cm2 would need contacts of 10 um "
            "every 375 um: a single disc has rho/(4a), half of what an estimate with rho/(2a), "
            "which holds for constriction on both sides, gives. The impedance alone does not tell "
            "the two apart; its dependence on current does, since charge transfer under voids "
            "turns logarithmic and constriction does not. What is beyond the charge transfer of "
            "the area in contact agrees with the law that layers use for voids that are "
            "not resolved (last column), also where voids are the discs.",
        ],
    )  # fmt: skip


def _beyond(whole: float | None, clean: float | None, contact: float) -> float | None:
    """What an interface has beyond the charge transfer of the area in contact, ohm cm^2."""
    return None if whole is None or clean is None else whole - clean / contact


def _constriction(case: Case, contact: float, period: float) -> float:
    """R_c of the law of the layers, ohm cm^2."""
    kappa = case.phases["pellet"].material.value("conductivity", case.temperature)
    spots = float(constriction_of_spots(contact)) / contact
    return column_resistance(period, kappa) * spots * OHM_CM2


def loss(results: Results) -> Section:
    """Plain lithium that loses contact under little pressure, and wins it back."""
    rows = []
    for pressure in PRESSURES:
        name = f"loss-{pressure:g}MPa"
        now = results.outcome(name)
        point = results.sweep.point(name).case
        layer = layer_of(point, pressure * 1e6, point.temperature)
        contact = [
            percent(results.at_end(name, "Anode Contact / 1", step))
            for step in (STRIPPED, RESTED, PLATED)
        ]
        rows.append(
            {
                "pressure": pressure,
                "taken": now.steps[0]["capacity_mAh_cm2"] if now.finished else None,
                "end": now.steps[0]["end_reason"] if now.finished else None,
                "stripped": contact[0],
                "steady": percent(steady_contact(layer, 0.5 * MA_PER_CM2)),
                "rested": contact[1],
                "plated": contact[2],
            }
        )
    return Section(
        "Contact of plain lithium lost and won back, 0.5 mA/cm2 at room temperature",
        {
            "pressure": "pressure / MPa", "taken": "stripped / mAh cm-2", "end": "ended by",
            "stripped": "contact left / %", "steady": "for ever, closed form / %",
            "rested": "after an hour of rest / %", "plated": "after 0.25 mAh/cm2 / %",
        },
        rows,
        [
            "Vacancies that stripping leaves at the interface grow to voids where diffusion takes "
            "them away too slowly; creep closes them (hollow spheres, Wilkinson and Ashby), the "
            "faster the less is left to carry the pressure, so that the contact settles where "
            "creep keeps up. At rest they go on closing; without pressure they only spread. "
            "Plating fills the interface first. The contact is a state of the interface; it sets "
            "the local current density and, with the distance of the voids (void_period, "
            "assumed), the constriction in the pellet.",
        ],
    )  # fmt: skip

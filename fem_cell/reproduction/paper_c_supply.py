"""Critical currents of the report on paper C: supply, beside an indicator of intrusion."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from fem_cell.analysis.lithium_supply import critical_current_density
from fem_cell.laws.viscoplasticity import Viscoplastic, intrusion_ratio
from fem_cell.materials.lithium_layer import LithiumLayer, lithium_layer
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_values import (
    CELSIUS,
    MA_PER_CM2,
    MAH_PER_CM2,
    THICKNESS,
    layer_of,
    percent,
    porosity,
    thickness_loss,
)

HALF_CYCLE = 1.0
"""mAh/cm^2 of a half cycle of the critical currents."""
PRESSURES = (0.1, 0.3, 1.0, 5.0, 10.0, 20.0, 30.0, 50.0)
"""MPa"""
NO_LIMIT = 1000.0
"""mA/cm^2; supply beyond it limits nothing."""
SHARES = {"LiB-5": 1.0, "LiB-5-99": 0.99, "LiB-5-90": 0.9}
"""Share of the pressure that the skeleton carries, by case."""
GAP = 1e-6
"""m; width of a pore or scratch that lithium is pressed into, for its strain rate."""
MEASURED = {(80, 10.0): "1.6", (80, 20.0): "0.6", (80, 30.0): "short"}
"""Critical currents of plain lithium of the paper by temperature (degC) and pressure (MPa); that
at room temperature is a third of that of Li-B, at a pressure that is not stated."""


def critical(results: Results) -> Section:
    """The table and what it does not mean."""
    rows = []
    for celsius in (80, 25):
        for pressure in PRESSURES:
            rows.append(
                {
                    "temperature": celsius,
                    "pressure": pressure,
                    "paper": MEASURED.get((celsius, pressure)),
                    "intrusion": _intrusion(results, pressure, celsius),
                    "lithium": _supplied(results, "Li-5", pressure, celsius),
                    "boron": _supplied(results, "LiB-5", pressure, celsius),
                }
            )
    left = percent(contact_left(results))
    return Section(
        f"Critical current of supply, half cycles of {HALF_CYCLE:g} mAh/cm2: a trend",
        {
            "temperature": "degC", "pressure": "pressure / MPa",
            "lithium": "lithium / mA cm-2", "boron": "Li-B / mA cm-2",
            "paper": "paper, lithium / mA cm-2",
            "intrusion": "pressure / flow stress of lithium",
        },
        rows,
        [
            f"The current that leaves {left:.0f} % of the interface in contact as a half cycle "
            "ends, which is what a skeleton laid bare has, fed by diffusion and, in plain lithium, "
            "by creep, whose share grows with the power 3.3 of pressure (half of the exponent of "
            "creep). Diffusion alone gives Li-B several times what lithium has at room temperature "
            "(paper: three times, 2.6 against about 0.87 mA/cm2), and heat helps both (paper: Li-B "
            "up to 5.8). " + _check(results),
            "Above some tenths of a MPa creep feeds plain lithium with more than it needs. That "
            "the paper's lithium "
            "fails there, the earlier the higher the pressure (1.6, 0.6, short at 10, 20, 30 MPa), "
            "is not a limit of supply: the last column says that lithium is under many times its "
            "flow stress (Anand and Narayan's law at the rate of 0.5 mA/cm2 into gaps of 1 um) and "
            "is pressed into what is open. In Li-B the skeleton carries the pressure, so that the "
            "ratio is zero until it collapses. Bodies of 1 um withstand 105 MPa (Singh et al. "
            "2022): what intrudes is a question of flaws above that size.",
            "Not modelled: nucleation of voids and of dendrites, fracture of pellet or skeleton, "
            "interphase chemistry, growth of resistance with time. No critical current here is a "
            "prediction of a short circuit.",
        ],
    )  # fmt: skip


def contact_left(results: Results) -> float:
    """Share in contact at the critical current: that of the emptied skeleton."""
    return float(_layer(results, "LiB-5", 0.0, 80).host.contact(0.0))


def critical_current(results: Results, name: str, pressure: float, celsius: float) -> float:
    """Critical current of the anode of a case, mA/cm^2; ``pressure`` in MPa."""
    layer, charge = _layer(results, name, pressure, celsius), HALF_CYCLE * MAH_PER_CM2
    left = contact_left(results)
    return critical_current_density(layer, THICKNESS, charge, left) / MA_PER_CM2


def carried_by_lithium(results: Results) -> Section:
    """How much of the pressure lithium can carry beside the skeleton, if pores stay open."""
    celsius, hours, share_of_pores, lost = 80.0, 10.0, 0.257, 0.01
    case = results.sweep.point("LiB-5").case
    sheet = case.phases["anode"].material.with_overrides({"skeleton_load_share": 0.0})

    def closed(log_pressure: float) -> float:
        pressure = float(np.exp(log_pressure))
        law = lithium_layer(sheet, celsius + CELSIUS, pressure, THICKNESS).closing
        return float(law.relative_rate(share_of_pores)) * share_of_pores * hours * 3600.0 - lost

    most = float(np.exp(brentq(closed, np.log(1e3), np.log(1e8)))) / 1e6
    total = case.phases["anode"].stack_pressure / 1e6
    rows = []
    for name, share in SHARES.items():
        rows.append(
            {
                "share": 100.0 * (1.0 - share),
                "pressure": (1.0 - share) * total,
                "porosity": porosity(results, name, 1),
                "lost": thickness_loss(results, name, 1),
                "back": porosity(results, name, 2),
            }
        )
    return Section(
        "What the lithium in Li-B carries",
        {
            "share": "of the pressure / %", "pressure": "that is / MPa",
            "porosity": "porosity without 5 mAh cm-2 / %", "lost": "thickness lost / um",
            "back": "porosity, plated / %",
        },
        rows,
        [
            "Creep closes pores in lithium under pressure, also at rest. That "
            f"{100 * share_of_pores:g} % of pores outlast {hours:g} h at {celsius:g} degC "
            "within a point (C3) means that "
            f"free lithium carries no more than {most:.2g} MPa of the {total:g} MPa: "
            f"{100 * most / total:.1f} %. So the data sheet lets the skeleton carry all of it "
            "(skeleton_load_share, an assumption that this supports; the settling stays the one "
            "fitted number). Above 70 wt% of free lithium the paper's anode creeps like lithium, "
            "which here is a share of zero."
        ],
    )  # fmt: skip


def _layer(results: Results, name: str, pressure: float, celsius: float) -> LithiumLayer:
    return layer_of(results.sweep.point(name).case, pressure * 1e6, celsius + CELSIUS)


def _supplied(results: Results, name: str, pressure: float, celsius: float) -> float | str:
    """The critical current as far as it means anything."""
    current = critical_current(results, name, pressure, celsius)
    return current if current < NO_LIMIT else f"> {NO_LIMIT:g}"


def _intrusion(results: Results, pressure: float, celsius: float) -> float:
    """Pressure over the flow stress of lithium that is plated into gaps at 0.5 mA/cm2."""
    sheet = results.sweep.point("Li-5").case.phases["anode"].material
    law = Viscoplastic.from_sheet(sheet, celsius + CELSIUS)
    layer = _layer(results, "Li-5", 0.0, celsius)
    rate = 0.5 * MA_PER_CM2 / layer.charge_density / GAP
    return intrusion_ratio(pressure * 1e6, law.steady_stress(rate))


def _check(results: Results) -> str:
    """The closed form beside a run at its current."""
    point = results.sweep.point("supply")
    current, taken = MA_PER_CM2, results.capacity("supply")
    if taken is None:
        return ""
    layer = layer_of(point.case, 20e6, point.case.temperature)
    critical = critical_current_density(layer, THICKNESS, taken * MAH_PER_CM2, 0.0)
    return (
        f"A run at 1 mA/cm2 and room temperature ends after {taken:.3g} mAh/cm2, for which the "
        f"closed form gives {critical / current:.3g} mA/cm2."
    )

"""Critical currents of the report on paper C: supply, beside an indicator of intrusion."""

from __future__ import annotations

from fem_cell.analysis.lithium_supply import critical_current_density
from fem_cell.laws.viscoplasticity import Viscoplastic, intrusion_ratio
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_values import (
    CELSIUS,
    MA_PER_CM2,
    MAH_PER_CM2,
    THICKNESS,
    layer_of,
)

HALF_CYCLE = 1.0
"""mAh/cm^2 of a half cycle of the critical currents."""
PRESSURES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0)
"""MPa"""
NO_LIMIT = 1000.0
"""mA/cm^2; supply beyond it limits nothing."""
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
            "The current that empties the interface just as a half cycle ends, fed by diffusion "
            "and, in plain lithium, by creep with the 6.6th power of pressure. Diffusion alone "
            "gives Li-B several times what lithium has at room temperature (paper: three times, "
            "2.6 against about 0.87 mA/cm2), and heat helps both (paper: Li-B up to 5.8). "
            + _check(results),
            "Above some MPa creep feeds plain lithium without limit. That the paper's lithium "
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


def _supplied(results: Results, name: str, pressure: float, celsius: float) -> float | str:
    """Critical current of the anode of a case, mA/cm^2, as far as it means anything."""
    layer = layer_of(results.sweep.point(name).case, pressure * 1e6, celsius + CELSIUS)
    current = critical_current_density(layer, THICKNESS, HALF_CYCLE * MAH_PER_CM2) / MA_PER_CM2
    return current if current < NO_LIMIT else f"> {NO_LIMIT:g}"


def _intrusion(results: Results, pressure: float, celsius: float) -> float:
    """Pressure over the flow stress of lithium that is plated into gaps at 0.5 mA/cm2."""
    sheet = results.sweep.point("Li-5").case.phases["anode"].material
    law = Viscoplastic.from_sheet(sheet, celsius + CELSIUS)
    layer = layer_of(results.sweep.point("Li-5").case, 0.0, celsius + CELSIUS)
    rate = 0.5 * MA_PER_CM2 / layer.charge_density / GAP
    return intrusion_ratio(pressure * 1e6, law.steady_stress(rate))


def _check(results: Results) -> str:
    """The closed form beside a run at its current."""
    point = results.sweep.point("supply")
    current, taken = MA_PER_CM2, results.capacity("supply")
    if taken is None:
        return ""
    layer = layer_of(point.case, 20e6, point.case.temperature)
    critical = critical_current_density(layer, THICKNESS, taken * MAH_PER_CM2)
    return (
        f"A run at 1 mA/cm2 and room temperature ends after {taken:.3g} mAh/cm2, for which the "
        f"closed form gives {critical / current:.3g} mA/cm2."
    )

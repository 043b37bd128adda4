"""Cells of the report on paper C: symmetric ones, and with a cathode of FeS2."""

from __future__ import annotations

from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_values import cell_resistance, percent, thickness_loss

RATES = {"0.2": 1133.0, "0.5": 1042.0, "5": 677.0}
"""Capacities of the paper by C-rate, mAh/g."""
NICKEL_RATES = ("0.5", "1", "2", "5")
NICKEL = {"0.5": 150.0}
"""Capacities of the paper by C-rate, mAh/g."""
NICKEL_CURRENT = 2.92
"""At 5C, of the paper, mA/cm^2."""


def symmetric(results: Results) -> Section:
    """Li-B and lithium on both sides, warm and cold."""
    rows = []
    for name in ("symmetric-LiB", "symmetric-Li", "symmetric-LiB-RT", "symmetric-Li-RT"):
        now = results.outcome(name)
        steps = now.steps if now.finished else []
        rows.append(
            {
                "case": name,
                "first": _millivolt(steps, 0),
                "last": _millivolt(steps, -1),
                "resistance": cell_resistance(results, name),
                "porosity": percent(results.largest(name, "Anode Largest Porosity / 1")),
            }
        )
    return Section(
        "Symmetric cells, 2 mAh/cm2 at 0.5 mA/cm2, 20 MPa",
        {
            "case": "case", "first": "first half cycle / mV", "last": "last / mV",
            "resistance": "cell / ohm cm2", "porosity": "largest porosity / %",
        },
        rows,
        [
            "With full contact plain lithium and Li-B polarise alike; the paper's lithium fails "
            "because it loses contact and shorts, of which creep at 20 MPa knows nothing."
        ],
    )  # fmt: skip


def full(results: Results) -> Section:
    """FeS2 against Li-B at three rates."""
    slow = results.specific("FeS2-0.2C")
    rows = []
    for rate, paper in RATES.items():
        ours = results.specific(f"FeS2-{rate}C")
        rows.append(
            {
                "rate": f"{rate}C",
                "paper": paper,
                "ours": ours,
                "share": percent(ours / slow if ours is not None and slow else None),
                "measured": percent(paper / RATES["0.2"]),
                "voltage": results.last_step(f"FeS2-{rate}C", "mean_voltage_V"),
                "lost": thickness_loss(results, f"FeS2-{rate}C", 1),
            }
        )
    return Section(
        "FeS2 against Li-B, 80 degC, 40 MPa: a trend",
        {
            "rate": "rate", "paper": "paper / mAh g-1", "ours": "ours / mAh g-1",
            "measured": "paper, of 0.2C / %", "share": "ours, of 0.2C / %",
            "voltage": "mean voltage / V", "lost": "anode, thickness lost / um",
        },
        rows,
        [
            "The capacity falls with the rate, as in the paper, less at 5C than there. Diffusion, "
            "size and kinetics of the FeS2 are assumed, so that only the sign means anything; more "
            "than 894 mAh/g cannot come from FeS2, and the paper's 1133 and 1042 do not say what "
            "else takes part (the electrolyte and the carbon of the composite may). At 0.63 mg/cm2 "
            "the anode gives 4 % of its lithium and limits nothing.",
        ],
    )  # fmt: skip


def nickel(results: Results) -> Section:
    """NCM against Li-B at room temperature and 5 MPa."""
    rows = []
    for rate in NICKEL_RATES:
        name = f"NCM-{rate}C"
        rows.append(
            {
                "rate": f"{rate}C",
                "current": NICKEL_CURRENT * float(rate) / 5.0,
                "paper": NICKEL.get(rate),
                "ours": results.specific(name),
                "voltage": results.last_step(name, "mean_voltage_V"),
                "pores": percent(results.at_end(name, "Anode Porosity / 1", 1)),
                "thickness": results.at_end(name, "Anode Thickness Change / um", 1),
                "contact": percent(results.least(name, "Anode Contact / 1")),
            }
        )
    return Section(
        "NCM against Li-B, room temperature, 5 MPa: a trend",
        {
            "rate": "rate", "current": "current / mA cm-2", "paper": "paper / mAh g-1",
            "ours": "ours / mAh g-1", "voltage": "mean voltage / V",
            "pores": "anode, porosity charged / %",
            "thickness": "anode, thickness charged / um", "contact": "anode, least contact / %",
        },
        rows,
        [
            "NMC811 stands in for the paper's LiNi0.93Co0.06Mn0.01O2, with all particles taking "
            "part; window, voids of the composite and its electronic conductivity are assumed, "
            "the loading follows from 2.92 mA/cm2 at 5C. The paper's 150 mAh/g at 0.5C is below "
            "what the material holds, so that part of it takes no part there, which is not "
            "modelled. On charge all lithium finds room in the pores of the anode, and at room "
            "temperature and 5C diffusion still feeds its interface: the cathode and 1.2 mm of "
            "pellet limit the cell, not the anode.",
        ],
    )  # fmt: skip


def _millivolt(steps: list[dict[str, float]], index: int) -> float | None:
    return 1e3 * abs(steps[index]["mean_voltage_V"]) if steps else None

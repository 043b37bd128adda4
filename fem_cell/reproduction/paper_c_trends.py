"""Targets of paper C that are trends: critical currents, large capacities, rates of full cells."""

from __future__ import annotations

from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_supply import critical_current
from fem_cell.reproduction.verdict import Above, Below, Finding, Role, Within

COLD, WARM = 25.0, 80.0
"""degC"""


def critical(results: Results) -> list[Finding]:
    """C8: closed forms of what feeds the interface; without a run."""

    def ratio(one: tuple[str, float, float], other: tuple[str, float, float]) -> float:
        return critical_current(results, *one) / critical_current(results, *other)

    diffusion = (
        "What diffusion feeds, without pressure on the lithium; the paper's 2.6 against about "
        "0.87 mA/cm2 is at a pressure that it does not state."
    )
    pressure = (
        "The supply of lithium by creep only grows with pressure. What falls with it in the paper "
        "is the current at which lithium that is pressed into the pellet shorts the cell, which "
        "is not modelled; see the last column of the table of critical currents."
    )
    return [
        Finding("C8", "critical current at 25 degC, Li-B over lithium", "3", Above(1.0),
                Role.PREDICTED, ratio(("LiB-5", 0.0, COLD), ("Li-5", 0.0, COLD)), diffusion),
        Finding("C8", "critical current of Li-B, 80 over 25 degC", "5.8 / 2.6 = 2.2", Above(1.0),
                Role.PREDICTED, ratio(("LiB-5", 20.0, WARM), ("LiB-5", 20.0, COLD)),
                "The activation energy of diffusion is recalled."),
        Finding("C8", "critical current of lithium, 20 over 10 MPa", "0.6 / 1.6", Below(1.0),
                Role.PREDICTED, ratio(("Li-5", 20.0, WARM), ("Li-5", 10.0, WARM)), pressure),
    ]  # fmt: skip


def capacities(results: Results) -> list[Finding]:
    """C9: beyond the cycle that was fitted."""
    taken = {name: _stripped(results, name) for name in ("LiB-10", "LiB-15")}
    return [
        Finding("C9", "Li-B, stripped of the recommended / mAh cm-2", "10", Above(9.99),
                Role.PREDICTED, taken["LiB-10"],
                "At 0.5 mA/cm2, 80 degC and 20 MPa, below collapse, with all of it plated back."),
        Finding("C9", "Li-B, stripped of all it gives / mAh cm-2", "15", Within(15.0, 0.1),
                Role.PREDICTED, taken["LiB-15"],
                "15 is what the anode holds; some stays behind at this current."),
    ]  # fmt: skip


def rates(results: Results) -> list[Finding]:
    """C10 and C11: full cells."""
    slow, middle, fast = (results.specific(f"FeS2-{rate}C") for rate in ("0.2", "0.5", "5"))
    assumed = "Diffusion, kinetics and size of the FeS2 are assumed: only the sign means anything."
    nickel = (
        "All particles of the stand-in NMC811 take part; the paper's material gives less than it "
        "holds also at 0.5C."
    )
    return [
        Finding("C10", "FeS2, capacity at 0.5C over 0.2C", "0.92", Below(1.0), Role.PREDICTED,
                _over(middle, slow), assumed),
        Finding("C10", "FeS2, capacity at 5C over 0.2C", "0.60", Within(0.6, 0.3), Role.PREDICTED,
                _over(fast, slow), assumed),
        Finding("C11", "NCM at 0.5C / mAh g-1", "150", Within(150.0, 0.2), Role.PREDICTED,
                results.specific("NCM-0.5C"), nickel),
        Finding("C11", "NCM carries 2.92 mA/cm2 (5C) / mAh g-1", "yes", Above(0.0),
                Role.PREDICTED, results.specific("NCM-5C"), "The paper states the current only."),
    ]  # fmt: skip


def _stripped(results: Results, name: str) -> float | None:
    """What the first step of a finished case took, mAh/cm^2."""
    now = results.outcome(name)
    return float(now.steps[0]["capacity_mAh_cm2"]) if now.finished else None


def _over(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other

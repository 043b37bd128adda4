"""Tables and words of the report on paper C."""

from __future__ import annotations

from fem_cell.reproduction import paper_c_contact as contact
from fem_cell.reproduction import paper_c_network as network
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, number
from fem_cell.reproduction.paper_c_cells import full, nickel, symmetric
from fem_cell.reproduction.paper_c_supply import carried_by_lithium, critical
from fem_cell.reproduction.paper_c_values import (
    CELSIUS,
    MAH_PER_CM2,
    layer_of,
    percent,
    porosity,
    thickness_loss,
)


def sections(results: Results) -> list[Section]:
    """All that is reported besides the targets."""
    return [
        _loop(results), _room_temperature(results), symmetric(results),
        contact.maps(results), contact.loss(results), critical(results),
        carried_by_lithium(results), full(results), nickel(results),
        _bounds(),
        network.section(results.effective(network.SAMPLE), results.effective(network.FIELD)),
        _limits(),
    ]  # fmt: skip


def uptake(results: Results) -> float | None:
    """Lithium that went into the pores when 4 mAh/cm2 were plated first, mAh/cm^2."""
    plated = results.capacity("LiB-fill")
    top = results.at_end("LiB-fill", "Anode Lithium On Top / um", 1)
    if plated is None or top is None:
        return None
    layer = layer_of(results.sweep.point("LiB-fill").case, 0.0, 80 + CELSIUS)
    return plated - top * 1e-6 * layer.charge_density / MAH_PER_CM2


def _loop(results: Results) -> Section:
    rows = []
    for name in ("LiB-5", "LiB-10", "LiB-15", "Li-5"):
        now = results.outcome(name)
        taken = now.steps[0]["capacity_mAh_cm2"] if now.finished else None
        collapse = results.at_end(name, "Anode Collapse Pressure / MPa", 1)
        rows.append(
            {
                "case": name,
                "taken": taken,
                "porosity": porosity(results, name, 1),
                "largest": percent(results.at_end(name, "Anode Largest Porosity / 1", 1)),
                "lost": thickness_loss(results, name, 1),
                "collapse": collapse or None,
                "back": porosity(results, name, 2),
                "change": _negative(thickness_loss(results, name, 2)),
            }
        )
    return Section(
        "Stripping and plating at 0.5 mA/cm2, 80 degC, 20 MPa",
        {
            "case": "case", "taken": "stripped / mAh cm-2", "porosity": "porosity / %",
            "largest": "at the interface / %", "lost": "thickness lost / um",
            "collapse": "collapses at / MPa", "back": "porosity, plated / %",
            "change": "thickness, plated / um",
        },
        rows,
        [
            "10 and 15 mAh/cm2 are predictions with the settling fitted at 5. The whole of 15 "
            "mAh/cm2 cannot be had at 0.5 mA/cm2: diffusion leaves some lithium behind when the "
            "interface runs out of it. The pressure of collapse is an order of magnitude (strength "
            "assumed); above it a run ends with an error.",
        ],
    )  # fmt: skip


def _room_temperature(results: Results) -> Section:
    cold, warm = results.capacity("LiB-5-RT"), results.outcome("LiB-15")
    taken = warm.steps[0]["capacity_mAh_cm2"] if warm.finished else None
    return Section(
        "Supply by diffusion",
        paragraphs=[
            f"With the diffusivity of the paper at room temperature, 2.4e-10 cm2/s, the anode "
            f"gives {number(cold, 'mAh/cm2')} at 0.5 mA/cm2 before its interface is empty, with "
            f"28 times that at 80 degC (0.55 eV, recalled) {number(taken, 'mAh/cm2')}: stripping "
            "from the whole depth needs the warmth, as the paper's tests have it."
        ],
    )


def _bounds() -> Section:
    """Arithmetic on the paper's two effective properties."""
    lithium, skeleton = 0.727, 0.207
    solid = lithium + skeleton
    fast = (2.4e-10 - lithium * 2.5e-11) / skeleton
    rows = []
    for modulus in (10.0, 30.0, 50.0):
        voigt = (lithium * 6.5 + skeleton * modulus) / solid
        reuss = solid / (lithium / 6.5 + skeleton / modulus)
        rows.append({"skeleton": modulus, "voigt": voigt, "reuss": reuss})
    needed = (12.8 * solid - lithium * 6.5) / skeleton
    counted = (12.8 - lithium * 6.5) / skeleton
    return Section(
        "Diffusivity and modulus of the alloy: bounds",
        {"skeleton": "skeleton / GPa", "voigt": "upper bound / GPa", "reuss": "lower bound / GPa"},
        rows,
        [
            f"12.8 GPa of the alloy beside 6.5 of lithium (paper) need a skeleton of at least "
            f"{needed:.0f} GPa even if fibres and lithium were strained alike (pores left aside; "
            f"{counted:.0f} with them); "
            "the paper measures 10 to 50. 2.4e-10 cm2/s beside 2.5e-11 needs at least "
            f"{fast:.2g} cm2/s in a skeleton that leads straight through. Both are bounds of "
            "Voigt; networks of fibres lie below them.",
        ],
    )  # fmt: skip


def _limits() -> Section:
    return Section(
        "What was fitted, and what the paper leaves open",
        paragraphs=[
            "Fitted: the settling of Li-B (0.29), on the porosity of 25.7 %. Taken from the paper: "
            "lithium and skeleton fractions (15 mAh/cm2 and 6.6 % of pores), the diffusivities at "
            "room temperature, 0.8 V of the skeleton, 1.5 ohm cm2 of the interface. Recalled or "
            "assumed: activation energies, creep, the strength of the skeleton.",
            "Open in the paper: 60 wt% of free lithium is 2317 mAh/g, not 1926; 6.6 % of pores "
            "hold 1.4 mAh/cm2, not 2 (unless the layer swells, see C3); at room temperature its "
            "own diffusivity cannot feed uniform stripping; the swing of pressure falls by 22 % "
            "where that of thickness falls by 60 %; 1133 mAh/g of FeS2 is 127 % of its theory.",
            "Its interface of 1.5 ohm cm2 has a characteristic frequency of 0.6 Hz, that is 0.18 "
            "F/cm2, ten thousand times a double layer: something else than the charge transfer "
            "that it is taken for here takes part in it.",
        ],
    )


def _negative(value: float | None) -> float | None:
    return None if value is None else -value

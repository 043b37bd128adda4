"""Paper C under pressure: what carries it, what it presses into the electrolyte, what breaks.

The pieces are those of ``runs/paper_c/press.toml``, four of them by other seeds, and ``void.toml``,
from ``fem-cell press``, and those of ``skeleton_alone.toml``, from ``fem-cell effective``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from fem_cell.analysis.confidence import half_width
from fem_cell.analysis.pressing.outcome import INTRUDES
from fem_cell.analysis.pressing.press import CLOSED
from fem_cell.analysis.pressing.table import CELSIUS, MEGA, TITLES, events, table
from fem_cell.reproduction.document import Section
from fem_cell.reproduction.paper import Results, Study
from fem_cell.reproduction.verdict import Below, Finding, Role

PRESSING, VOID = Study("press", "paper_c/press.toml"), Study("void", "paper_c/void.toml")
ALONE = Study("skeleton_alone", "paper_c/skeleton_alone.toml")
"""Stiffness of larger pieces without lithium."""
SEEDS = (14, 15, 16, 17)
"""Of further pieces as large as the first, 12; 13 makes no connected skeleton."""
OTHERS = tuple(
    Study(
        f"press-{seed}",
        PRESSING.file,
        (
            f"geometry.seed={seed}",
            "press.pressures=['50 MPa']",
            "press.temperatures=['80 degC']",
            "press.variants=['unbroken', 'filled']",
        ),
        smoke=False,
    )
    for seed in SEEDS
)
"""What decides C12, of other pieces."""

Row = Mapping[str, Any]


def sections(results: Results) -> list[Section]:
    """The anodes under pressure, and a void at the interface that creep closes."""
    return [_anodes(results), _void(results)]


def findings(results: Results) -> list[Finding]:
    """C12: whether lithium is pressed out of the network into the electrolyte."""
    ratios = _intrusions(results)
    note = (
        "The warmest piece under the largest pressure, its skeleton taken to hold; one whose pores "
        "are full before goes on as the same piece with its pores filled by lithium. Mean of the "
        f"pieces ({_listed(ratios)}), each of few fibres: one that compacts less keeps its pores, "
        "and shields. What larger pieces of the skeleton say stands below."
    )
    ours = fmean(ratios) if ratios else None
    return [
        Finding("C12", "50 MPa, lithium of Li-B at the face over its flow stress",
                "lithium intrudes, Li-B does not", Below(INTRUDES), Role.PREDICTED, ours, note,
                half_width(ratios) or 0.0)
    ]  # fmt: skip


def _anodes(results: Results) -> Section:
    """Both anodes and the skeleton alone side by side, and what follows."""
    title = "Under pressure, resolved"
    content = results.pressed(PRESSING)
    if content is None:
        return Section(title, paragraphs=["The piece could not be pressed; see the log."])
    rows = content["rows"]
    said = [
        "A piece of the network with lithium and pores between smooth platens, its sides mirror "
        f"planes; the pressure rises in a second and is held for {content['hold']:.4g} s. Plain "
        "lithium is the same piece with the fibres made of lithium too.",
        *_trends(rows),
        *_alone(rows),
        *_others(results),
        *_larger(results.effective(ALONE), rows),
        *events(rows),
        "The paper: at 50 MPa lithium is pressed into the electrolyte, Li-B is not. What is "
        f"compared here is the pressure of lithium at the face with {INTRUDES:g} times the stress "
        f"at which it flows at {content['rate']:.2g} 1/s: a trend. Not modelled: fracture of the "
        "electrolyte, filaments, the breaking of single fibres, pores that change shape as they "
        "close; lithium that is stripped or plated meanwhile. Pieces of few fibres: other seeds "
        "and sizes shield lithium more or less, and break at other pressures.",
    ]
    return Section(title, TITLES, table(rows), said)


def _void(results: Results) -> Section:
    """How fast a void at the interface closes."""
    title = "A void at the interface, closing by creep"
    content = results.pressed(VOID)
    if content is None:
        return Section(title, paragraphs=["The void could not be pressed; see the log."])
    rows = [
        {
            "celsius": row["temperature"] - CELSIUS,
            "pressure": row["asked"] * MEGA,
            "half": row["half_closed"],
            "touching": row["face_pressure"] * MEGA,
            "event": row["event"],
        }
        for row in content["rows"]
    ]
    titles = {
        "celsius": "degC", "pressure": "MPa", "half": "half closed after / s",
        "touching": "pressure where it touches / MPa", "event": "ended by",
    }  # fmt: skip
    return Section(
        title,
        titles,
        rows,
        [
            "Plain lithium under the pellet, voids of half an ellipsoid on a square lattice, "
            "viscoplastic flow, the mesh moving with the lithium. What remains when the walls meet "
            "at the rim is left open: contact of the walls is not modelled, nor diffusion around "
            "the void, which "
            "closes what creep leaves at low pressure.",
        ],
    )


def _held(rows: Sequence[Row]) -> list[Row]:
    """Li-B under the largest pressure, coldest first, as if its skeleton held."""
    most = max(row["asked"] for row in rows)
    here = {(row["temperature"], row["variant"]): row for row in rows if row["asked"] == most}
    temperatures = sorted({T for T, variant in here if variant in ("as_given", "unbroken")})
    return [here.get((T, "unbroken")) or here[T, "as_given"] for T in temperatures]


def _pairs(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """The same, each with plain lithium."""
    plain = {(row["temperature"], row["asked"]): row for row in rows if row["variant"] == "plain"}
    beside = ((ours, plain.get((ours["temperature"], ours["asked"]))) for ours in _held(rows))
    return [(ours, other) for ours, other in beside if other]


def _intrusions(results: Results) -> list[float]:
    """Pressure of lithium at the face over its flow stress, in every piece for which it is known.

    Under the largest pressure at the highest temperature.
    """
    found = []
    for pressing in (PRESSING, *OTHERS):
        content = results.pressed(pressing)
        held = _held(content["rows"]) if content else []
        if content and held:
            at_face = _at_face(held[-1], _taken(content["rows"], held[-1]))
            found += [] if at_face is None else [at_face / held[-1]["flow_stress"]]
    return found


def _listed(ratios: Sequence[float]) -> str:
    return ", ".join(f"{ratio:.3g}" for ratio in ratios)


def _others(results: Results) -> list[str]:
    """What other pieces come to, and all of them together."""
    found = [content for pressing in OTHERS if (content := results.pressed(pressing))]
    ratios = _intrusions(results)
    width = half_width(ratios)
    if not found or width is None:
        return []
    return [
        "Other fibres and pores (the next seeds, without 13, which makes no skeleton that leads "
        f"through), unbreakable too: {'; '.join(_other(content) for content in found)}. Under all "
        f"of the pressure lithium at the face comes to {_listed(ratios)} times its flow stress at "
        f"most, the first piece included, {fmean(ratios):.3g} +- {width:.2g} in the mean (95 %)."
    ]


def _other(content: Mapping[str, Any]) -> str:
    """How far another piece was computed."""
    ours, measures = _held(content["rows"])[-1], content["measures"]
    end = ours["event"] or f"{100 * ours['porosity']:.2g} % of pores are left at the end"
    return (
        f"of {measures['fibres']:g} fibres, {end}, the skeleton carries "
        f"{100 * ours['skeleton_share']:.3g} % and lithium at the face is under "
        f"{ours['face_pressure'] * MEGA:.2g} MPa"
    )


def _larger(alone: Mapping[str, Any] | None, rows: Sequence[Row]) -> list[str]:
    """At which pressure larger pieces of the skeleton would let the pores be filled."""
    sizes = alone["summary"] if alone else []
    pores = next((row["porosity_at_first"] for row in _held(rows)), None)
    if not sizes or pores is None:
        return []
    stiffness = "; ".join(
        f"{row['size']}: {row['mean'] * 1e-9:.3g} +- {(row['half_width'] or 0.0) * 1e-9:.2g} GPa"
        for row in sizes
    )
    largest = sizes[-1]["mean"]
    return [
        "Larger pieces of the skeleton without lithium have a Young's modulus (mean over "
        f"directions) of {stiffness} (mean of {sizes[-1]['pieces']} each, 95 %). With that of the "
        f"last size, pores of {100 * pores:.2g} % are full at about "
        f"{largest * pores * MEGA:.2g} MPa, modulus times porosity, and at some more as lithium "
        "resists while it flows."
    ]


def _taken(rows: Sequence[Row], like: Row) -> float | None:
    """What lithium takes of each further pascal once a row's pores are full; ``None`` if unknown.

    A skeleton between rigid sides that has no pores left to compact into stays elastic, and
    lithium that has relaxed is a fluid: it is what it takes in the filled piece.
    """
    for row in rows:
        if (row["variant"], row["temperature"]) == ("filled", like["temperature"]):
            return None if row["event"] else float(row["face_pressure"] / row["pressure"])
    return None


def _at_face(row: Row, taken: float | None) -> float | None:
    """Pressure of lithium at the face under all of the pressure, Pa; ``None`` if unknown."""
    if not row["event"]:
        return float(row["face_highest"])
    if taken is None or not row["event"].startswith(CLOSED):
        return None
    return float(row["face_pressure"] + taken * (row["asked"] - row["pressure"]))


def _trends(rows: Sequence[Row]) -> list[str]:
    """The two anodes under the largest pressure, one sentence for each temperature."""
    said = []
    for ours, plain in _pairs(rows):
        if ours["event"]:
            said.append(_how_far(ours, plain, _taken(rows, ours)))
            continue
        order = "less" if ours["intrusion"] < plain["intrusion"] else "not less"
        said.append(
            f"{ours['temperature'] - CELSIUS:.4g} degC, {ours['pressure'] * MEGA:.4g} MPa: lithium "
            f"at the face is under {ours['face_pressure'] * MEGA:.3g} MPa in Li-B "
            f"(at most {ours['intrusion']:.3g} times its flow stress, when pressure rose) if its "
            f"skeleton holds, which then carries {100 * ours['skeleton_share']:.3g} % of the "
            f"load, and under {plain['face_pressure'] * MEGA:.3g} MPa in plain lithium "
            f"({plain['intrusion']:.3g} times): lithium of Li-B is pressed {order} into what is "
            "open. For that the skeleton "
            f"needs a strength of {needed(ours) * 1e-9:.2g} GPa."
        )
    return said


def _how_far(ours: Row, plain: Row, taken: float | None) -> str:
    """How far Li-B was computed, whose piece ended before, and what is beyond."""
    beyond = "What lies beyond is not compared."
    if (at_face := _at_face(ours, taken)) is not None:
        ratio = at_face / ours["flow_stress"]
        beyond = (
            f"Once its pores are full lithium takes {taken:.2g} of each further MPa, as the same "
            f"piece without pores says: {at_face * MEGA:.2g} MPa at the face, {ratio:.2g} times "
            f"its flow stress. {'It intrudes' if ratio > INTRUDES else 'It does not intrude'}: a "
            "skeleton shields lithium as long as pores are left, for which this one would have to "
            f"be {ours['asked'] / (ours['skeleton_share'] * ours['pressure']):.2g} times as stiff."
        )
    return (
        f"{ours['temperature'] - CELSIUS:.4g} degC: Li-B is computed until {ours['event']}. "
        f"Lithium at its face is then under {ours['face_pressure'] * MEGA:.3g} MPa (at "
        f"most {ours['intrusion']:.3g} times its flow stress), and the skeleton carries "
        f"{100 * ours['skeleton_share']:.3g} % of the load; for that it needs a strength of "
        f"{needed(ours) * 1e-9:.2g} GPa. Plain lithium under {plain['asked'] * MEGA:.3g} MPa is at "
        f"{plain['face_pressure'] * MEGA:.3g} MPa there. {beyond}"
    )


def needed(row: Row) -> float:
    """Strength with which the skeleton of a row would have held, Pa."""
    return float(max(row["skeleton_peak"], row["skeleton_tension"]))


def _alone(rows: Sequence[Row]) -> list[str]:
    """The stripped skeleton against the law of crushing."""
    row = next((row for row in rows if row["variant"] == "stripped"), None)
    if row is None:
        return []
    return [
        f"Without lithium the skeleton has {row['stiffness'] * 1e-9:.3g} GPa and breaks at about "
        f"{row['breaks_at'] * MEGA:.2g} MPa (99 % of it below a strength of "
        f"{row['strength'] * 1e-9:.2g} GPa, assumed); the law of brittle foams gives "
        f"{row['crushing_law'] * MEGA:.2g} MPa for the same solid share."
    ]

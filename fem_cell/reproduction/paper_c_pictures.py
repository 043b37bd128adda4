"""Curves of the report on paper C."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.analysis.contact_supply import steady_contact
from fem_cell.output.pictures.curves import style
from fem_cell.output.pictures.folder import ResultsFolder
from fem_cell.output.pictures.layers import draw_profiles
from fem_cell.output.pictures.mesh import make_mesh_picture
from fem_cell.output.pictures.sheet import INK, new_figure, save_figure
from fem_cell.reproduction import paper_c_contact as contact
from fem_cell.reproduction import paper_c_network as network
from fem_cell.reproduction.paper import Results
from fem_cell.reproduction.paper_c_supply import critical_current
from fem_cell.reproduction.paper_c_values import (
    CELSIUS,
    CURRENT,
    MA_PER_CM2,
    layer_of,
)

BLUE, RED = "#1f5f8b", "#b5542b"
PAPER_POROSITY = ((0.0, 6.6), (5.0, 25.7), (0.0, 7.1))
"""Lithium taken (mAh/cm^2) and porosity (%), figure 5."""
PAPER_CRITICAL = ((10.0, 1.6), (20.0, 0.6))
"""Pressure (MPa) and critical current of lithium at 80 degC (mA/cm^2), figure 4a."""

Draw = Callable[[Results, Any], None]


def draw(results: Results, folder: Path) -> dict[str, str]:
    """Draw what the results allow; file names with captions."""
    drawn = {}
    for name, (caption, needed, paint) in _PICTURES.items():
        if not all(results.outcome(case).finished for case in needed):
            continue
        figure = new_figure(8.0, 3.4)
        figure.set_layout_engine("constrained")
        paint(results, figure)
        save_figure(figure, folder / name)
        drawn[name] = caption
    return drawn | _network(results, folder)


def _network(results: Results, folder: Path) -> dict[str, str]:
    """The largest piece of the resolved network, if there is one."""
    meshes = network.SAMPLE.folder(results.sweep).glob("*/mesh/mesh.msh")
    mesh = max(meshes, key=lambda path: path.stat().st_size, default=None)
    if mesh is None:
        return {}
    made = mesh.with_suffix(".png")
    if not made.is_file():
        make_mesh_picture(mesh, "Fibres in lithium", ["skeleton"], ["pores"])
    if not made.is_file():
        return {}
    shutil.copy(made, folder / "network.png")
    return {"network.png": f"Network of fibres in lithium, the piece {mesh.parent.parent.name}"}


def _taken(results: Results, name: str) -> np.ndarray:
    """Lithium taken from the anode so far, mAh/cm^2."""
    times = np.array(results.column(name, "Test Time / s"))
    current = -np.array(results.column(name, CURRENT))
    # a row holds the current that led to it
    return np.concatenate([[0.0], np.cumsum(np.diff(times) * current[1:])]) / 3600.0


def _loop(results: Results, figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    for name, colour, label in (("LiB-15", BLUE, "Li-B"), ("Li-5", RED, "lithium")):
        taken = _taken(results, name)
        porosity = 100 * np.array(results.column(name, "Anode Porosity / 1"))
        left.plot(taken, porosity, color=colour, label=label)
        right.plot(taken, results.column(name, "Anode Thickness Change / um"), color=colour)
    left.plot(*zip(*PAPER_POROSITY, strict=True), "o", mfc="none", color=INK, label="paper")
    right.plot([5.0], [-25.0], "o", mfc="none", color=INK)
    left.legend(frameon=False, fontsize=8)
    _label(left, "lithium taken / mAh cm$^{-2}$", "porosity / %")
    _label(right, "lithium taken / mAh cm$^{-2}$", "change of thickness / um")


def _profiles(results: Results, figure: Any) -> None:
    """Strip and plate 10 mAh/cm2 of Li-B, and 5 of lithium."""
    for axes, (name, label) in zip(
        figure.subplots(1, 2, sharey=True),
        (("LiB-10", "Li-B, 10 mAh cm$^{-2}$"), ("Li-5", "lithium, 5 mAh cm$^{-2}$")),
        strict=True,
    ):
        draw_profiles(ResultsFolder(results.folder(name)), "anode", axes)
        axes.set_title(f"{label}, electrolyte at the right", fontsize=9, color=INK)
        axes.set_ylim(0.0, 1.05)
        axes.legend(frameon=False, fontsize=7, ncols=4, loc="lower center")


def _contact(results: Results, figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    for pressure in contact.PRESSURES:
        name = f"loss-{pressure:g}MPa"
        hours = np.array(results.column(name, "Test Time / s")) / 3600.0
        share = _percent(results.column(name, "Anode Contact / 1"))
        left.plot(hours, share, label=f"{pressure:g} MPa")
    left.legend(frameon=False, fontsize=7)
    _label(left, "time / h", "lithium in contact / %")
    case = results.sweep.point("Li-5").case
    pressures = np.geomspace(0.02, 20.0, 40)
    for celsius, colour in ((25, BLUE), (80, RED)):
        for current, line in ((0.5, "-"), (5.0, "--")):
            layers = [layer_of(case, p * 1e6, celsius + CELSIUS) for p in pressures]
            share = _percent([steady_contact(layer, current * MA_PER_CM2) for layer in layers])
            label = f"{celsius} degC, {current:g} mA cm$^{{-2}}$"
            right.semilogx(pressures, share, line, color=colour, label=label)
    right.legend(frameon=False, fontsize=7)
    _label(right, "stack pressure / MPa", "contact while stripped for ever / %")


def _percent(shares: Sequence[float]) -> np.ndarray:
    """Shares in percent."""
    return 100.0 * np.array(shares)


def _critical(results: Results, figure: Any) -> None:
    pressures = np.geomspace(0.05, 50.0, 40)
    for axes, celsius in zip(figure.subplots(1, 2, sharey=True), (80, 25), strict=True):
        for case, colour, label in (("LiB-5", BLUE, "Li-B"), ("Li-5", RED, "lithium")):
            currents = [critical_current(results, case, p, celsius) for p in pressures]
            axes.loglog(pressures, currents, color=colour, label=f"{label}, supply")
        if celsius == 80:
            points = list(zip(*PAPER_CRITICAL, strict=True))
            axes.plot(*points, "o", mfc="none", color=RED, label="lithium, paper (shorts)")
            axes.axhline(5.8, color=BLUE, ls=":", label="Li-B, paper, highest")
        else:
            axes.axhline(2.6, color=BLUE, ls=":", label="Li-B, paper")
            axes.axhline(0.87, color=RED, ls=":", label="lithium, paper")
        axes.set_ylim(0.1, 1e3)
        axes.set_title(f"{celsius} degC", fontsize=9, color=INK)
        axes.legend(frameon=False, fontsize=7)
        _label(axes, "stack pressure / MPa", "critical current / mA cm$^{-2}$")


def _label(axes: Any, across: str, up: str) -> None:
    axes.set_xlabel(across, color=INK)
    axes.set_ylabel(up, color=INK)
    style(axes)


_PICTURES: dict[str, tuple[str, tuple[str, ...], Draw]] = {
    "porosity_loop.png": (
        "Porosity and thickness of Li-B and of lithium, stripped and plated at 80 degC and 20 MPa",
        ("LiB-15", "Li-5"),
        _loop,
    ),
    "lithium_profiles.png": (
        "Lithium through the anode while it is stripped and plated at 80 degC and 20 MPa",
        ("LiB-10", "Li-5"),
        _profiles,
    ),
    "contact.png": (
        "Contact of plain lithium: stripped at 0.5 mA/cm2, rested and plated at 25 degC; and the "
        "closed form",
        tuple(f"loss-{pressure:g}MPa" for pressure in contact.PRESSURES),
        _contact,
    ),
    "critical_current.png": (
        "Critical current of supply against pressure, a trend: what feeds the interface, not what "
        "shorts the cell",
        ("LiB-5", "Li-5"),
        _critical,
    ),
}

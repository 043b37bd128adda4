"""Maps of a quantity at several times, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.output.collection import Snapshot
from fem_cell.output.pictures.folder import (
    NothingToShow,
    ResultsFolder,
    nearest_snapshot,
    show_time,
    spread,
)
from fem_cell.output.pictures.render import Frame, Part, Scale, frame_of, render
from fem_cell.output.pictures.sheet import Panel, save_sheet
from fem_cell.output.pictures.solids import Body, body_of

COLUMNS = 6
LEAST_SPAN = 0.05
"""Of a scale, as a share of its middle: what is uniform shall look uniform."""

ENDED = 1.005
"""A run that ended this factor earlier has nothing to show at a time."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a map shows.

    Attributes:
        arrays: Names of point data, or of cell data, which are smoothed; the first that
            exists is shown.
        label: Name and unit for the colour bar.
        colours: Name of a matplotlib colour map.
        series: Only this series, or all that have the array.
        outliers: Percent of the points left out at both ends of the scale.
        component: Of an array with several.
        signed: The scale reaches as far below zero as above.
    """

    arrays: tuple[str, ...]
    label: str
    colours: str = "viridis"
    series: str | None = None
    outliers: float = 0.0
    component: int | None = None
    signed: bool = False


MAPS = {
    "stoichiometry": Quantity(
        ("mean_stoichiometry [1]", "stoichiometry [1]"),
        "stoichiometry of the active material / 1",
    ),
    "salt": Quantity(
        ("salt_concentration [mol/m3]",), "salt concentration / mol m$^{-3}$", "plasma"
    ),
    "interface_current": Quantity(
        ("current_density_into_electrode [A/m2]",),
        "current density into the electrode / A m$^{-2}$",
        "viridis",
        "interface",
        # edges of a body carry integrable peaks that would spoil the scale
        outliers=1.0,
    ),
    "stress_xx": Quantity(
        ("stress [MPa]",),
        "normal stress along x / MPa, tension positive",
        "coolwarm",  # grey without stress
        outliers=0.5,
        component=0,
        signed=True,
    ),
    "stress_zz": Quantity(
        ("stress [MPa]",),
        "normal stress along z / MPa, tension positive",
        "coolwarm",  # grey without stress
        outliers=0.5,
        component=2,
        signed=True,
    ),
    "max_principal_stress": Quantity(
        ("max_principal_stress [MPa]",), "largest principal stress / MPa", "plasma", outliers=0.5
    ),
    "lithium": Quantity(
        ("lithium_concentration [mol/m3]",), "lithium concentration / mol m$^{-3}$"
    ),
}


def draw_map(results: ResultsFolder, quantity: Quantity, path: Path) -> None:
    """Draw a quantity at up to six times of a run.

    Raises:
        NothingToShow: No snapshot has it.
    """
    view = View(results, quantity)
    shown = [(s, view.parts(s)) for s in spread(view.times, COLUMNS)]
    scale = common_scale([parts for _, parts in shown], quantity)
    panels = [view.panel(s, parts, scale) for s, parts in shown]
    # wide bodies in a long row would be seen small
    length = COLUMNS // 2 if view.is_wide else COLUMNS
    rows = [("", panels[i : i + length]) for i in range(0, len(panels), length)]
    save_sheet(path, rows, scale, quantity.label, results.title, view.body.note)


class View:
    """One quantity of one results folder."""

    def __init__(self, results: ResultsFolder, quantity: Quantity) -> None:
        self.results, self.quantity = results, quantity
        self._series, self._array = _carriers(results, quantity)
        self._component = quantity.component
        self.times = results.snapshots[self._series[0]]
        grids = self._read(self.times[0])
        self.body: Body = body_of(grids, results.multiplicity)
        self._frame: Frame | None = None

    def parts(self, snapshot: Snapshot) -> list[Part]:
        """Half of the body, at the time of a snapshot."""
        return [Part(self.body.half(grid), self._array) for grid in self._read(snapshot)]

    def panel(self, snapshot: Snapshot | None, parts: list[Part] | None, scale: Scale) -> Panel:
        """The parts on the scale; all images of a view have the same frame."""
        if snapshot is None or parts is None:
            return Panel(None, f"ended after\n{show_time(self.times[-1].time)}")
        self._frame = self._frame or frame_of(parts)
        voltage = self.results.voltage_at(snapshot.time)
        caption = show_time(snapshot.time)
        if voltage is not None:
            caption += f"   {voltage:.2f} V"
        return Panel(render(parts, scale, self._frame), caption)

    @property
    def is_wide(self) -> bool:
        """Whether its images are wider than high; known once there is one."""
        return self._frame is not None and self._frame.width > self._frame.height

    def at(self, time: float) -> Snapshot | None:
        """The snapshot nearest to a time; ``None`` if the run had ended."""
        return None if time > ENDED * self.times[-1].time else nearest_snapshot(self.times, time)

    def _read(self, snapshot: Snapshot) -> list[Any]:
        read = self.results.read
        listed = self.results.snapshots
        grids = [read(name, nearest_snapshot(listed[name], snapshot.time)) for name in self._series]
        return [_with_point_data(grid, self._array, self._component) for grid in grids]


def _carriers(results: ResultsFolder, quantity: Quantity) -> tuple[list[str], str]:
    """Series that hold the quantity, and the name of the array."""
    if not results.snapshots:
        raise results.without_snapshots()
    wanted = [quantity.series] if quantity.series else list(results.snapshots)
    for array in quantity.arrays:
        found = [
            name
            for name in wanted
            if name in results.snapshots
            and _has(results.read(name, results.snapshots[name][0]), array)
        ]
        if found:
            return found, array
    raise NothingToShow(f"no series has {' or '.join(quantity.arrays)}")


def _has(grid: Any, array: str) -> bool:
    return array in grid.point_data or array in grid.cell_data


def _with_point_data(grid: Any, array: str, component: int | None) -> Any:
    """The grid with an array at its points: averages over the cells there, if need be."""
    if array not in grid.point_data:
        grid = grid.cell_data_to_point_data()
    if component is not None:
        grid.point_data[array] = np.asarray(grid.point_data[array])[:, component]
    return grid


def common_scale(bodies: list[list[Part]], quantity: Quantity) -> Scale:
    """One scale for all; never empty."""
    values = np.concatenate(
        [np.asarray(part.surface.point_data[part.array]) for parts in bodies for part in parts]
    )
    low, high = np.percentile(values, [quantity.outliers, 100 - quantity.outliers])
    if quantity.signed:
        low, high = -max(-low, high), max(-low, high)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    half = max(half, 0.5 * LEAST_SPAN * abs(middle), 1e-12)
    return Scale(float(middle - half), float(middle + half), quantity.colours)

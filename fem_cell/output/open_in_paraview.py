"""Open the fields of a fem_cell run in ParaView.

    paraview --script=open_in_paraview.py
    pvpython open_in_paraview.py picture.png [time in s]    without a window

Copied into every results folder, beside ``fields``. Opens one view per quantity,
side by side with linked cameras: lithium in the active phases, salt in the
electrolyte, current density into the electrodes. Every colour scale covers all
times; what is first shown is the last snapshot. Lengths are in micrometres.
"""

# ruff: noqa: B905  ParaView can bring a Python that has no strict zip
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from paraview import simple as pv  # type: ignore[import-not-found]

LITHIUM = "mean_stoichiometry [1]"
SALT = "salt_concentration [mol/m3]"
POTENTIAL = "electrolyte_potential [V]"
CURRENT = "current_density_into_electrode [A/m2]"
VIEWS = (
    (LITHIUM, "Stoichiometry / 1", "Viridis"),
    (SALT, "Salt concentration / mol m$^{-3}$", "Plasma"),
    (POTENTIAL, "Electrolyte potential / V", "Inferno"),
    (CURRENT, "Current density into the electrode / A m$^{-2}$", "Viridis"),
)
RECORDED = ""  # where fem_cell wrote this script
INK = [0.1, 0.1, 0.1]


def fields_folder() -> Path:
    """The folder ``fields`` beside this script."""
    places = [Path(p).resolve().parent for p in (*own_paths(), RECORDED)] + [Path.cwd()]
    for place in places:
        if any((place / "fields").glob("*.pvd")):
            return place / "fields"
    sys.exit(f"no folder 'fields' with snapshots in {' or '.join(map(str, places))}")


def own_paths() -> list[str]:
    """Where this script may be; ParaView with a window does not tell it."""
    command = Path("/proc/self/cmdline")
    words = command.read_text().split("\0") if command.is_file() else []
    named = [word.partition("=")[2] for word in words if word.startswith("--script=")]
    return [globals()["__file__"]] if "__file__" in globals() else named


def open_series(folder: Path) -> dict[str, Any]:
    """A reader for every series, by name."""
    readers = {}
    for index in sorted(folder.glob("*.pvd")):
        if ElementTree.parse(index).getroot().find(".//DataSet") is None:
            continue
        readers[index.stem] = pv.PVDReader(registrationName=index.stem, FileName=str(index))
        readers[index.stem].UpdatePipeline()
    if not readers:
        sys.exit(f"no snapshots in {folder} yet")
    return readers


def arrays(reader: Any) -> set[str]:
    """Names of its point data."""
    return set(reader.PointData.keys())


def shown_quantities(readers: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The views that have something to show; potentials only where there is no salt."""
    present = set().union(*(arrays(reader) for reader in readers.values()))
    hidden = {POTENTIAL} if SALT in present else set()
    return [view for view in VIEWS if view[0] in present - hidden]


def bounds(readers: dict[str, Any]) -> list[float]:
    """Bounds of all that is open: x0, x1, y0, y1, z0, z1."""
    boxes = [reader.GetDataInformation().GetBounds() for reader in readers.values()]
    return [f(box[i] for box in boxes) for i, f in enumerate((min, max) * 3)]


def apply_colours(table: Any, preset: str) -> None:
    """A colour map by its name; before ParaView 6 the names said where they are from."""
    try:
        table.ApplyPreset(preset, True)
    except RuntimeError:
        table.ApplyPreset(f"{preset} (matplotlib)", True)


def show_quantity(view: Any, quantity: tuple[str, str, str], readers: list[Any]) -> None:
    """Colour the series that have the array, on one scale for all times."""
    name, title, preset = quantity
    table = pv.GetColorTransferFunction(name)
    apply_colours(table, preset)
    low, high = float("inf"), float("-inf")
    for reader in readers:
        display = pv.Show(reader, view)
        display.Representation = "Surface"
        # mostly without shading, so that colours are those of the bar
        display.Ambient, display.Diffuse, display.Specular = 0.7, 0.3, 0.0
        pv.ColorBy(display, ("POINTS", name))
        display.RescaleTransferFunctionToDataRangeOverTime()
        low = min(low, table.RGBPoints[0])
        high = max(high, table.RGBPoints[-4])
    table.RescaleTransferFunction(low, high if high > low else low + 1e-12)
    bar = pv.GetScalarBar(table, view)
    bar.Title, bar.ComponentTitle = title, ""
    bar.TitleColor = bar.LabelColor = INK
    bar.Orientation = "Horizontal"
    bar.WindowLocation = "Lower Center"
    bar.ScalarBarLength = 0.7
    bar.AddRangeLabels = 0
    bar.Visibility = 1


def show_time(view: Any, reader: Any) -> None:
    """The time in the corner of a view."""
    annotation = pv.AnnotateTimeFilter(Input=reader, Format="t = {time:.0f} s")
    shown = pv.Show(annotation, view)
    shown.WindowLocation = "Upper Left Corner"
    shown.Color = INK
    shown.FontSize = 12


def place_camera(view: Any, box: list[float]) -> None:
    """Look from the front and a little from above, z up."""
    centre = [0.5 * (box[i] + box[i + 1]) for i in (0, 2, 4)]
    size = sum((box[i + 1] - box[i]) ** 2 for i in (0, 2, 4)) ** 0.5
    centre[2] -= 0.1 * size  # room for the colour bar
    view.CameraFocalPoint = centre
    view.CameraPosition = [x + 2.4 * size * d for x, d in zip(centre, (0.35, -0.85, 0.4))]
    view.CameraViewUp = [0.0, 0.0, 1.0]
    view.CameraViewAngle = 30.0


def side_by_side(count: int) -> tuple[Any, list[Any]]:
    """A row of equal white views in the layout that is there, or in a new one."""
    first = pv.GetActiveViewOrCreate("RenderView")
    layout = pv.GetLayout(first)
    if layout is None:
        layout = pv.CreateLayout("fem_cell")
        pv.AssignViewToLayout(view=first, layout=layout)
    views, place = [first], 0
    for left in range(count, 1, -1):
        place = layout.SplitHorizontal(place, 1.0 / left) + 1
        views.append(pv.CreateView("RenderView"))
        layout.AssignView(place, views[-1])
    for view in views:
        view.UseColorPaletteForBackground = 0
        view.Background = [1.0, 1.0, 1.0]
        view.OrientationAxesLabelColor = INK
    return layout, views


def main() -> None:
    """Open everything; write a picture if a file name is given."""
    pv._DisableFirstRenderCameraReset()
    readers = open_series(fields_folder())
    box = bounds(readers)
    quantities = shown_quantities(readers)
    layout, views = side_by_side(len(quantities))
    for quantity, view in zip(quantities, views):
        here = [n for n in readers if quantity[0] in arrays(readers[n])]
        # a foil's current has the other sign, and would spoil the scale of the interface
        here = ["interface"] if "interface" in here else here
        show_quantity(view, quantity, [readers[n] for n in here])
        show_time(view, next(iter(readers.values())))
        place_camera(view, box)
    scene = pv.GetAnimationScene()
    scene.UpdateAnimationUsingDataTimeSteps()
    arguments = [a for a in sys.argv[1:] if not a.startswith("-")]
    times = list(scene.TimeKeeper.TimestepValues)
    wanted = float(arguments[1]) if len(arguments) > 1 else times[-1]
    scene.AnimationTime = min(times, key=lambda time: abs(time - wanted))
    for view in views[1:]:
        pv.AddCameraLink(views[0], view, f"camera {id(view)}")
    pv.RenderAllViews()
    if arguments:
        size = [640 * len(views), 640]
        layout.SetSize(*size)
        pv.SaveScreenshot(arguments[0], layout, ImageResolution=size)


main()

"""Open the fields of a fem_cell run in ParaView (5.11 or later).

    paraview --script=open_in_paraview.py
    pvpython --force-offscreen-rendering open_in_paraview.py --screenshot picture.png
    pvpython open_in_paraview.py --describe      cells, times and ranges as JSON
    pvpython open_in_paraview.py --help

Copied into every results folder, beside ``fields``. Opens one view per quantity,
side by side with linked cameras: lithium in the active phases, salt in the
electrolyte, current density into the electrodes, stress. Every colour scale covers
all times; what is first shown is the last snapshot. Lengths are in micrometres.
"""

# ruff: noqa: B905  ParaView can bring a Python that has no strict zip
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from paraview import simple as pv

LITHIUM = "mean_stoichiometry [1]"
SALT = "salt_concentration [mol/m3]"
POTENTIAL = "electrolyte_potential [V]"
CURRENT = "current_density_into_electrode [A/m2]"
STRESS = "max_principal_stress [MPa]"
VIRIDIS = (
    "440154 481f70 443983 3b528b 31688e 287c8e 21918c 20a486 35b779 5ec962 90d743 c8e020 fde725"
)
PLASMA = (
    "0d0887 3a049a 5c01a6 7e03a8 9c179e b52f8c cc4778 de5f65 ed7953 f89540 fdb42f fbd524 f0f921"
)
INFERNO = (
    "000004 110a30 320a5e 57106e 781c6d 9a2865 bc3754 d84c3e ed6925 f98e09 fbb61a f4df53 fcffa4"
)
VIEWS = {
    "stoichiometry": (LITHIUM, "Stoichiometry of the active material", VIRIDIS),
    "salt": (SALT, "Salt concentration / (mol/m\u00b3)", PLASMA),
    "potential": (POTENTIAL, "Electrolyte potential / V", INFERNO),
    "current": (CURRENT, "Current density into the electrode / (A/m\u00b2)", VIRIDIS),
    "stress": (STRESS, "Largest principal stress / MPa", PLASMA),
}
"""Array, title of its scale and colours: matplotlib's maps, safe for the colour-blind. Presets of
these names are not in every ParaView."""

RECORDED = ""  # where fem_cell wrote this script
INK = [0.1, 0.1, 0.1]
PIXELS = 640
TOWARDS = (0.30, -0.85, 0.433)
RIGHT = (0.943, 0.333, 0.0)
UP = (-0.144, 0.408, 0.901)
"""Unit vectors of the view: to the viewer, to the right and up."""


def options() -> argparse.Namespace:
    """What is asked for; nothing in ParaView's window, which has arguments of its own."""
    parser = argparse.ArgumentParser(description="Open the fields of a fem_cell run.")
    parser.add_argument("--screenshot", metavar="FILE.png", help="write a picture")
    parser.add_argument("--time", type=float, metavar="S", help="show the snapshot nearest to it")
    parser.add_argument("--views", nargs="+", choices=list(VIEWS), help="what to show")
    parser.add_argument(
        "--mirrored", action="store_true", help="half of the cell that the piece is a sector of"
    )
    parser.add_argument(
        "--scale", choices=("run", "shown"), default="run", help="colours cover all times, or one"
    )
    parser.add_argument("--describe", action="store_true", help="print cells, times and ranges")
    return parser.parse_args(sys.argv[1:] if "__file__" in globals() else [])


def results_folder() -> Path:
    """The folder of this script, in which ``fields`` is."""
    places = [Path(p).resolve().parent for p in (*own_paths(), RECORDED)] + [Path.cwd()]
    for place in places:
        if any((place / "fields").glob("*.pvd")):
            return place
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


def times_of(reader: Any) -> list[float]:
    """Times of the snapshots of a series, s."""
    return list(reader.TimestepValues)


def where(source: Any, name: str) -> str:
    """Whether an array belongs to points or to cells; empty if there is none."""
    if name in source.PointData.keys():  # noqa: SIM118  no dictionary
        return "POINTS"
    return "CELLS" if name in source.CellData.keys() else ""  # noqa: SIM118


def span_over(readers: list[Any], name: str, times: list[float]) -> tuple[float, float]:
    """Range of an array of one component over several times and series."""
    found = []
    for reader in readers:
        for time in times:
            reader.UpdatePipeline(time)
            data = reader.PointData if where(reader, name) == "POINTS" else reader.CellData
            found.append(data[name].GetRange(0))
    return min(low for low, _ in found), max(high for _, high in found)


def describe(reader: Any) -> dict[str, Any]:
    """Cells, points and times of a series, and of every array the ranges of all components."""
    told: dict[str, Any] = {"times": times_of(reader), "point_data": {}, "cell_data": {}}
    for time in told["times"]:
        reader.UpdatePipeline(time)
        for kind, arrays in (("point_data", reader.PointData), ("cell_data", reader.CellData)):
            for name in arrays.keys():  # noqa: SIM118  no dictionary
                spans = [
                    arrays[name].GetRange(i) for i in range(arrays[name].GetNumberOfComponents())
                ]
                told[kind].setdefault(name, []).append(spans)
    info = reader.GetDataInformation()
    return told | {"cells": info.GetNumberOfCells(), "points": info.GetNumberOfPoints()}


def shown_quantities(readers: dict[str, Any]) -> list[str]:
    """The views that have something to show; potentials only where there is no salt."""
    present = [name for name, (array, *_) in VIEWS.items() if carriers(readers, array)]
    return [name for name in present if not (name == "potential" and "salt" in present)]


def carriers(readers: dict[str, Any], array: str) -> list[str]:
    """Series that show an array."""
    found = [name for name, reader in readers.items() if where(reader, array)]
    # a foil's current has the other sign, and would spoil the scale of the interface
    return ["interface"] if "interface" in found else found


def sectors(folder: Path) -> int:
    """How many sectors like the computed piece make a whole cell; one if it is none."""
    note = folder / "mesh" / "mesh.json"
    told = json.loads(note.read_text()) if note.is_file() else {}
    return int(told.get("multiplicity") or 1)


def mirrored(reader: Any, name: str, count: int) -> Any:
    """The surface of half of the cell, behind y = 0: the sides of sectors are mirror planes."""
    surface = pv.ExtractSurface(registrationName=f"{name} surface", Input=reader)
    turned = []
    for k in range(count // 2):
        sector = pv.Transform(registrationName=f"{name} sector {k + 1}", Input=surface)
        sector.Transform.Scale = [1.0, -1.0 if k % 2 else 1.0, 1.0]
        sector.Transform.Rotate = [0.0, 0.0, (k + k % 2) * 360.0 / count]
        turned.append(sector)
    half = pv.AppendDatasets(registrationName=f"{name} mirrored", Input=turned)
    half.UpdatePipeline()
    return half


def apply_colours(table: Any, colours: str, low: float, high: float) -> None:
    """Spread colours evenly over a range."""
    codes = colours.split()
    high = high if high > low else low + 1e-12
    points = []
    for i, code in enumerate(codes):
        points.append(low + (high - low) * i / (len(codes) - 1))
        points += [int(code[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    table.ColorSpace = "RGB"
    table.RGBPoints = points


def show_quantity(view: Any, kind: str, sources: list[Any], span: tuple[float, float]) -> None:
    """Colour sources by an array that they have, on one scale."""
    array, title, colours = VIEWS[kind]
    table = pv.GetColorTransferFunction(array)
    for source in sources:
        display = pv.Show(source, view)
        display.Representation = "Surface"
        # mostly without shading, so that colours are those of the bar
        display.Ambient, display.Diffuse, display.Specular = 0.7, 0.3, 0.0
        pv.ColorBy(display, (where(source, array), array))
    apply_colours(table, colours, *span)
    bar = pv.GetScalarBar(table, view)
    bar.Title, bar.ComponentTitle = title, ""
    bar.TitleColor = bar.LabelColor = INK
    bar.TitleFontSize, bar.LabelFontSize = 18, 16
    bar.Orientation = "Horizontal"
    bar.WindowLocation = "Lower Center"
    bar.ScalarBarLength = 0.7
    bar.AddRangeLabels = 0
    bar.Visibility = 1


def show_caption(view: Any, reader: Any, box: list[float], note: str) -> None:
    """The time in the corner of a view, and below it what size the body has."""
    annotation = pv.AnnotateTimeFilter(Input=reader, Format="t = {time:.0f} s")
    size = " x ".join(f"{box[i + 1] - box[i]:.4g}" for i in (0, 2, 4))
    text = pv.Text(Text=f"{size} um{note}".replace(" x ", " \u00d7 ").replace("um", "\u00b5m"))
    for source, place in ((annotation, "Upper Left Corner"), (text, "Upper Right Corner")):
        shown = pv.Show(source, view)
        shown.WindowLocation = place
        shown.Color = INK
        shown.FontSize = 16


def bounds(sources: list[Any]) -> list[float]:
    """Bounds of several sources: x0, x1, y0, y1, z0, z1."""
    boxes = [source.GetDataInformation().GetBounds() for source in sources]
    return [f(box[i] for box in boxes) for i, f in enumerate((min, max) * 3)]


def place_camera(view: Any, box: list[float]) -> None:
    """Look from the front and a little from above, z up, with room for the colour bar below."""
    centre = [0.5 * (box[i] + box[i + 1]) for i in (0, 2, 4)]
    x, y, z = (0.5 * (box[i + 1] - box[i]) for i in (0, 2, 4))
    # halves of the width and the height of the box as they are seen
    wide, high = (abs(a[0]) * x + abs(a[1]) * y + abs(a[2]) * z for a in (RIGHT, UP))
    scale = max(high / 0.66, wide / 0.92)
    centre = [c - 0.18 * scale * u for c, u in zip(centre, UP)]
    view.CameraParallelProjection = 1
    view.CameraParallelScale = scale
    view.CameraFocalPoint = centre
    view.CameraPosition = [c + 4.0 * scale * t for c, t in zip(centre, TOWARDS)]
    view.CameraViewUp = UP


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


def show(folder: Path, readers: dict[str, Any], wanted: argparse.Namespace) -> None:
    """Show everything; write a picture if that is asked for."""
    pv._DisableFirstRenderCameraReset()
    times = times_of(next(iter(readers.values())))
    time = times[-1] if wanted.time is None else min(times, key=lambda t: abs(t - wanted.time))
    count = sectors(folder) if wanted.mirrored else 1
    kinds = [kind for kind in shown_quantities(readers) if kind in (wanted.views or VIEWS)]
    if not kinds:
        sys.exit(f"{folder} has none of these views: {', '.join(wanted.views or VIEWS)}")
    shown = {name: mirrored(r, name, count) if count > 1 else r for name, r in readers.items()}
    box = bounds(list(shown.values()))
    layout, views = side_by_side(len(kinds))
    for kind, view in zip(kinds, views):
        here = carriers(readers, VIEWS[kind][0])
        covered = times if wanted.scale == "run" else [time]
        span = span_over([readers[name] for name in here], VIEWS[kind][0], covered)
        show_quantity(view, kind, [shown[name] for name in here], span)
        note = f", mirrored from 1/{count}" if count > 1 else ""
        show_caption(view, next(iter(readers.values())), box, note)
        place_camera(view, box)
    scene = pv.GetAnimationScene()
    scene.UpdateAnimationUsingDataTimeSteps()
    scene.AnimationTime = time
    for view in views[1:]:
        pv.AddCameraLink(views[0], view, f"camera {id(view)}")
    pv.RenderAllViews()
    if wanted.screenshot:
        size = [PIXELS * len(views), PIXELS]
        layout.SetSize(*size)
        pv.SaveScreenshot(wanted.screenshot, layout, ImageResolution=size)


def main() -> None:
    """Open everything, and show or describe it."""
    wanted = options()
    folder = results_folder()
    readers = open_series(folder / "fields")
    if wanted.describe:
        print(json.dumps({name: describe(reader) for name, reader in readers.items()}))
    if wanted.screenshot or not wanted.describe:
        show(folder, readers, wanted)


main()

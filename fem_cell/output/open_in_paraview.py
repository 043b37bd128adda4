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

# filters in Python put functions named min, max and so on into the namespace of a script
import builtins
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple
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
    "stoichiometry": (LITHIUM, "Stoichiometry", VIRIDIS),
    "salt": (SALT, "Salt / (mol/m\u00b3)", PLASMA),
    "potential": (POTENTIAL, "Electrolyte potential / V", INFERNO),
    "current": (CURRENT, "Current into electrode / (A/m\u00b2)", VIRIDIS),
    "stress": (STRESS, "Principal stress / MPa", PLASMA),
}
"""Array, title of its scale and colours: matplotlib's maps, safe for the colour-blind. Presets of
these names are not in every ParaView."""

JOINED_TIMES = """
executive = self.GetExecutive()
times = [time for part in {kept} for time in part]
information = executive.GetOutputInformation(0)
information.Set(executive.TIME_STEPS(), times, len(times))
information.Set(executive.TIME_RANGE(), [times[0], times[-1]], 2)
"""
JOINED_REQUEST = """
executive = self.GetExecutive()
information = executive.GetOutputInformation(0)
key = executive.UPDATE_TIME_STEP()
for number, part in enumerate({kept}):
    if part:
        time = information.Get(key) if information.Has(key) else part[0]
        nearest = sorted((abs(other - time), other) for other in part)[0][1]
        executive.GetInputInformation(0, number).Set(key, nearest)
"""
JOINED_DATA = """
executive = self.GetExecutive()
information = executive.GetOutputInformation(0)
key = executive.UPDATE_TIME_STEP()
times = [(time, number) for number, part in enumerate({kept}) for time in part]
time = information.Get(key) if information.Has(key) else times[0][0]
number = sorted((abs(other - time), number) for other, number in times)[0][1]
self.GetOutputDataObject(0).ShallowCopy(self.GetInputDataObject(0, number))
"""
"""One series of several files: of every time the file that has it."""

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
    given = sys.argv[1:] if sys.argv[:1] and sys.argv[0].endswith(".py") else []
    wanted = parser.parse_args(given)
    if wanted.screenshot and not Path(wanted.screenshot).resolve().parent.is_dir():
        parser.error(f"there is no folder for {wanted.screenshot}")
    return wanted


class Series(NamedTuple):
    """What is shown of a phase or a surface, and the times of its snapshots, s."""

    source: Any
    times: list[float]


def results_folder() -> Path:
    """The folder in which ``fields`` is: that of this script, or the present one."""
    known = [Path(path).resolve().parent for path in (*own_paths(), RECORDED) if path]
    places = [*known, Path.cwd()]
    for place in places:
        if any((place / "fields").glob("*.pvd")) or any((place / "fields").glob("*.bp")):
            return place
    sys.exit(f"no folder 'fields' with snapshots in {' or '.join(map(str, places))}")


def own_paths() -> list[str]:
    """Where this script may be; ParaView with a window does not tell it."""
    command = Path("/proc/self/cmdline")
    words = command.read_text().split("\0") if command.is_file() else []
    named = [word.partition("=")[2] for word in words if word.startswith("--script=")]
    return [globals()["__file__"]] if "__file__" in globals() else named


def open_series(folder: Path) -> dict[str, Series]:
    """All series by name."""
    found = {}
    for index in sorted(folder.glob("*.pvd")):
        if ElementTree.parse(index).getroot().find(".//DataSet") is not None:
            reader = pv.PVDReader(registrationName=index.stem, FileName=str(index))
            found[index.stem] = Series(reader, list(reader.TimestepValues))
    for name in sorted({path.stem.rpartition("_")[0] for path in folder.glob("*.bp")}):
        found[name] = open_vtx(name, sorted(folder.glob(f"{name}_[0-9]*.bp")))
    if not found:
        sys.exit(f"no snapshots in {folder} yet")
    for series in found.values():
        series.source.UpdatePipeline(series.times[0])
    return found


def open_vtx(name: str, files: list[Path]) -> Series:
    """A series of VTX files: one of every run that went on with it."""
    if not hasattr(pv, "ADIOS2VTXReader"):
        sys.exit(f"{files[0]} cannot be read: this ParaView was built without ADIOS2")
    readers = [pv.ADIOS2VTXReader(registrationName=file.name, FileName=str(file)) for file in files]
    kept = [list(reader.TimestepValues) for reader in readers]
    for i in range(len(kept) - 1):
        # a run that is resumed repeats what came after its checkpoint
        begins = [times[0] for times in kept[i + 1 :] if times]
        kept[i] = [time for time in kept[i] if builtins.all(time < b for b in begins)]
    grids = [pv.MergeBlocks(Input=reader, MergePoints=0) for reader in readers]
    whole = grids[0]
    if len(grids) > 1:
        whole = pv.ProgrammableFilter(Input=grids)
        whole.RequestInformationScript = JOINED_TIMES.format(kept=kept)
        whole.RequestUpdateExtentScript = JOINED_REQUEST.format(kept=kept)
        whole.Script = JOINED_DATA.format(kept=kept)
    pv.RenameSource(name, whole)
    return Series(whole, [time for times in kept for time in times])


def association(source: Any, name: str) -> str:
    """Whether an array belongs to points or to cells; empty if there is none."""
    if name in source.PointData.keys():  # noqa: SIM118  no dictionary
        return "POINTS"
    return "CELLS" if name in source.CellData.keys() else ""  # noqa: SIM118


def span_over(series: list[Series], name: str, times: list[float]) -> tuple[float, float]:
    """Range of an array of one component over several times and series."""
    found = []
    for one in series:
        for time in times:
            one.source.UpdatePipeline(time)
            at_points = association(one.source, name) == "POINTS"
            data = one.source.PointData if at_points else one.source.CellData
            found.append(data[name].GetRange(0))
    return builtins.min(low for low, _ in found), builtins.max(high for _, high in found)


def describe(series: Series) -> dict[str, Any]:
    """Cells, points and times of a series, and of every array the ranges of all components."""
    source = series.source
    told: dict[str, Any] = {"times": series.times, "point_data": {}, "cell_data": {}}
    for time in series.times:
        source.UpdatePipeline(time)
        for kind, arrays in (("point_data", source.PointData), ("cell_data", source.CellData)):
            for name in arrays.keys():  # noqa: SIM118  no dictionary
                components = range(arrays[name].GetNumberOfComponents())
                spans = [arrays[name].GetRange(i) for i in components]
                told[kind].setdefault(name, []).append(spans)
    info = source.GetDataInformation()
    return told | {"cells": info.GetNumberOfCells(), "points": info.GetNumberOfPoints()}


def shown_quantities(series: dict[str, Series]) -> list[str]:
    """The views that have something to show; potentials only where there is no salt."""
    present = [name for name, (array, *_) in VIEWS.items() if carriers(series, array)]
    return [name for name in present if not (name == "potential" and "salt" in present)]


def carriers(series: dict[str, Series], array: str) -> list[str]:
    """Series that show an array."""
    found = [name for name, one in series.items() if association(one.source, array)]
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
        pv.ColorBy(display, (association(source, array), array))
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
    return [f(box[i] for box in boxes) for i, f in enumerate((builtins.min, builtins.max) * 3)]


def place_camera(view: Any, box: list[float]) -> None:
    """Look from the front and a little from above, z up, with room for the colour bar below."""
    centre = [0.5 * (box[i] + box[i + 1]) for i in (0, 2, 4)]
    x, y, z = (0.5 * (box[i + 1] - box[i]) for i in (0, 2, 4))
    # halves of the width and the height of the box as they are seen
    wide, high = (
        builtins.sum(builtins.abs(a) * b for a, b in zip(axis, (x, y, z))) for axis in (RIGHT, UP)
    )
    across, along = view.ViewSize
    scale = builtins.max(high / 0.66, wide / 0.92 * along / across)
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


def show(folder: Path, series: dict[str, Series], wanted: argparse.Namespace) -> None:
    """Show everything; write a picture if that is asked for."""
    pv._DisableFirstRenderCameraReset()
    first = next(iter(series.values()))
    near = first.times[-1] if wanted.time is None else wanted.time
    time = builtins.min(first.times, key=lambda t: builtins.abs(t - near))
    count = sectors(folder) if wanted.mirrored else 1
    if wanted.mirrored and count < 2:
        sys.exit(f"{folder} is no sector of a cell: leave out --mirrored")
    kinds = [kind for kind in shown_quantities(series) if kind in (wanted.views or VIEWS)]
    if not kinds:
        sys.exit(f"{folder} has none of these views: {', '.join(wanted.views or VIEWS)}")
    shown = {name: one.source for name, one in series.items()}
    note = ""
    if count > 1:
        shown = {name: mirrored(source, name, count) for name, source in shown.items()}
        note = f", mirrored from 1/{count}"
    box = bounds(list(shown.values()))
    layout, views = side_by_side(len(kinds))
    if wanted.screenshot:
        layout.SetSize(PIXELS * len(views), PIXELS)
    for kind, view in zip(kinds, views):
        here = carriers(series, VIEWS[kind][0])
        covered = first.times if wanted.scale == "run" else [time]
        span = span_over([series[name] for name in here], VIEWS[kind][0], covered)
        show_quantity(view, kind, [shown[name] for name in here], span)
        show_caption(view, first.source, box, note)
        place_camera(view, box)
    scene = pv.GetAnimationScene()
    scene.UpdateAnimationUsingDataTimeSteps()
    scene.AnimationTime = time
    for view in views[1:]:
        pv.AddCameraLink(views[0], view, f"camera {id(view)}")
    pv.RenderAllViews()
    if wanted.screenshot:
        pv.SaveScreenshot(wanted.screenshot, layout)


def main() -> None:
    """Open everything, and show or describe it."""
    wanted = options()
    folder = results_folder()
    series = open_series(folder / "fields")
    if wanted.describe:
        print(json.dumps({name: describe(one) for name, one in series.items()}))
    if wanted.screenshot or not wanted.describe:
        show(folder, series, wanted)


main()

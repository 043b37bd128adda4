"""What ParaView finds in a results folder, and what fem_cell itself says of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista
from matplotlib.image import imread

from fem_cell.output import paraview_script
from fem_cell.output.paraview_script import SCRIPT
from tests.support.program import Results

PVPYTHON = shutil.which("pvpython")
TIMEOUT = 240.0
"""s; takes five on an idle machine, nearly all of them to start."""

SINGLE = 3e-7
"""Relative rounding of the numbers in the files, which are of single precision."""

needs_paraview = pytest.mark.skipif(PVPYTHON is None, reason="there is no pvpython (ParaView)")


OWN_SCRIPT = Path(paraview_script.__file__).with_name(SCRIPT)
"""The package's script, which opens the results of the folder it is started in."""


def pvpython(folder: Path, *args: object, script: Path | None = None) -> str:
    """Run the script of a results folder, or another, in ParaView's Python without a screen."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMIX_", "PRTE_"))}
    for name in ("PYTHONPATH", "DISPLAY"):
        keep.pop(name, None)
    opened = str(script or folder / SCRIPT)
    command = [str(PVPYTHON), "--force-offscreen-rendering", opened]
    done = subprocess.run(
        [*command, *map(str, args)],
        env=keep,
        cwd=folder if script else folder.parent,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if "without ADIOS2" in done.stderr:
        pytest.skip("this ParaView was built without ADIOS2")
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def described(folder: Path, *args: object, script: Path | None = None) -> dict[str, Any]:
    """Cells, times and ranges of every series as ParaView sees them."""
    return json.loads(pvpython(folder, "--describe", *args, script=script).strip().splitlines()[-1])


def assert_phases_are_whole(results: Results, found: dict[str, Any]) -> None:
    """Every cell of the mesh is there once."""
    phases = json.loads((results.folder / "mesh" / "mesh.json").read_text())["phases"]
    cells = {name: found[name]["cells"] for name in phases}
    assert cells == {name: phase["cells"] for name, phase in phases.items()}
    assert sum(cells.values()) == results.record["mesh"]["cells"]


def assert_times_are_those_of_the_run(results: Results, found: dict[str, Any]) -> None:
    """All series have the same times, each once, from the first row to the last."""
    times = next(iter(found.values()))["times"]
    assert all(series["times"] == times for series in found.values())
    assert np.all(np.diff(times) > 1e-6)
    rows = results.column("Test Time / s")
    assert times[0] == pytest.approx(rows[0], abs=1e-6)
    assert times[-1] == pytest.approx(rows[-1], abs=1e-6)
    ends = np.cumsum([step["duration_s"] for step in results.steps])
    assert np.all(np.abs(np.subtract.outer(ends, times)).min(axis=1) < 1e-3)


def assert_ranges_are_those_of_the_series(
    results: Results, found: dict[str, Any], series: str, **columns: str
) -> None:
    """The extremes of fields in the time series, wherever a snapshot is of one of its rows.

    Args:
        results: Of the run.
        found: By ParaView.
        series: A phase.
        columns: By array, without its unit: what stands behind ``Maximum`` in the time series.
    """
    times = results.column("Test Time / s")
    for array, spans in found[series]["point_data"].items():
        name = columns.pop(array.split(" [")[0], None)
        if name is None:
            continue
        low, high = (results.column(f"{end} {name}") for end in ("Minimum", "Maximum"))
        rows = [int(np.abs(times - time).argmin()) for time in found[series]["times"]]
        known = np.abs(times[rows] - found[series]["times"]) < 1e-6
        assert known.sum() >= 2
        extremes = np.column_stack([low, high])[rows][known]
        np.testing.assert_allclose(np.array(spans)[known, 0], extremes, rtol=2 * SINGLE)
    assert not columns


def assert_same_in_pyvista(folder: Path, found: dict[str, Any]) -> None:
    """Cells, times and ranges of every series as pyvista reads them."""
    for name, series in found.items():
        reader = pyvista.PVDReader(folder / "fields" / f"{name}.pvd")
        assert reader.time_values == series["times"]
        for number in range(len(series["times"])):
            reader.set_active_time_point(number)
            grid = reader.read()[0]
            assert grid.n_cells == series["cells"]
            for kind in ("point_data", "cell_data"):
                for array, spans in series[kind].items():
                    values = np.atleast_2d(np.asarray(getattr(grid, kind)[array]).T)
                    extremes = np.column_stack([values.min(axis=1), values.max(axis=1)])
                    np.testing.assert_allclose(spans[number], extremes, rtol=SINGLE)


def assert_shows_something(picture: Path) -> None:
    """A picture that is white with bodies in many colours on it."""
    pixels = (255 * imread(picture)[:, :, :3]).astype(int)
    white = (pixels > 250).all(axis=2).mean()
    assert 0.3 < white < 0.95
    colourful = np.ptp(pixels, axis=2) > 60
    assert colourful.mean() > 0.03
    assert len(np.unique(pixels[colourful] // 8, axis=0)) > 100

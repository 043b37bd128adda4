"""Runs whose fields are in VTX files, read by ParaView's ADIOS2VTXReader."""

from __future__ import annotations

import pytest

from tests.conftest import end_process
from tests.support.paraview import (
    assert_phases_are_whole,
    assert_ranges_are_those_of_the_series,
    assert_shows_something,
    assert_times_are_those_of_the_run,
    described,
    needs_paraview,
)
from tests.support.program import (
    SLAB,
    changed,
    finish,
    rows_written,
    run,
    solve,
    start,
    wait_for,
    write_case,
)

pytestmark = [
    needs_paraview,
    pytest.mark.parallel,
    pytest.mark.skip_in_parallel,
    pytest.mark.timeout(480),
]
STEPS = ("--set", 'solver.maximum_time_step="6 s"')


def test_killed_and_resumed(tmp_path):
    """No snapshot is lost or doubled where a later file goes on."""
    case = changed(
        SLAB,
        protocol=["Discharge at 1C for 6 minutes"],
        output__fields_format="vtx",
        output__fields_every_steps=4,
        output__checkpoint_every="1 s",
    )
    path, out = write_case(tmp_path, case), tmp_path / "out"
    process = start("run", path, "--out", out, "--quiet", *STEPS, ranks=2)
    wait_for(lambda: rows_written(out) >= 25, process, 120)
    end_process(process)
    finish(process)
    another = ("--set", 'output.fields_format="pvd"')
    refused = run("run", path, "--out", out, "--resume", *STEPS, *another)
    assert refused.returncode == 2
    assert "output.fields_format" in refused.stdout + refused.stderr
    results = solve(path, out, "--resume", *STEPS)
    assert len(list((out / "fields").glob("cathode_*.bp"))) == 2
    picture = tmp_path / "picture.png"
    found = described(out, "--screenshot", picture)
    assert_phases_are_whole(results, found)
    assert_times_are_those_of_the_run(results, found)
    assert_ranges_are_those_of_the_series(
        results, found, "cathode", stoichiometry="Cathode Stoichiometry / 1"
    )
    assert_shows_something(picture)
    # pyvista, which draws the pictures, does not read such files
    drawn = run("plot", out)
    assert drawn.returncode == 0
    assert "VTX" in drawn.stdout + drawn.stderr
    assert (out / "pictures" / "voltage.png").is_file()

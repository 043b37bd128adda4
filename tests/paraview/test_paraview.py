"""Results opened by ParaView's own Python and by pyvista hold what fem_cell says they do."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.paraview import (
    OWN_SCRIPT,
    SINGLE,
    assert_phases_are_whole,
    assert_ranges_are_those_of_the_series,
    assert_same_in_pyvista,
    assert_shows_something,
    assert_times_are_those_of_the_run,
    described,
    needs_paraview,
)
from tests.support.program import (
    CRYSTALS,
    MAIN,
    SLAB,
    changed,
    finish,
    rows_written,
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
STOICHIOMETRY, POTENTIAL = "Cathode Stoichiometry / 1", "Cathode Electrode Potential / V"
STEPS = 'solver.maximum_time_step="12 s"'
SHORT = 'protocol=["Discharge at 1C for 10 minutes", "Rest for 1 minute"]'


def test_channelled_cathode(tmp_path):
    """Written on 2 ranks; opened, described and drawn by the script beside the fields."""
    out = tmp_path / "out"
    settings = ("--smoke", "--set", SHORT, "--set", "output.pictures=false")
    results = solve(MAIN, out, *settings, ranks=2)
    picture = tmp_path / "picture.png"
    found = described(out, "--mirrored", "--screenshot", picture)
    assert set(found) == {"cathode", "electrolyte", "interface", "lithium_foil"}
    assert_phases_are_whole(results, found)
    assert_times_are_those_of_the_run(results, found)
    columns = {"stoichiometry": STOICHIOMETRY, "electrode_potential": POTENTIAL}
    assert_ranges_are_those_of_the_series(results, found, "cathode", **columns)
    assert_same_in_pyvista(out, found)
    assert_shows_something(picture)


def test_ranks_without_a_phase_and_a_resumed_run(tmp_path):
    """On 3 ranks, of which some lack the electrolyte; stopped and resumed on 2."""
    case = changed(
        SLAB,
        geometry__elements=[10, 1],
        protocol=["Discharge at 1C for 6 minutes"],
        output__fields_every_steps=4,
    )
    path, out = write_case(tmp_path, case), tmp_path / "out"
    process = start("run", path, "--out", out, "--quiet", "--set", STEPS, ranks=3)
    wait_for(lambda: rows_written(out) >= 12, process, 90)
    os.kill(process.pid, signal.SIGUSR1)
    assert finish(process, 60).returncode == 4
    assert len(list((out / "fields" / "electrolyte").glob("electrolyte_0000_r*.vtu"))) < 3
    results = solve(path, out, "--resume", "--set", STEPS, ranks=2)
    found = described(out)
    assert_phases_are_whole(results, found)
    assert_times_are_those_of_the_run(results, found)
    assert len(found["cathode"]["times"]) > 6
    assert_ranges_are_those_of_the_series(results, found, "cathode", stoichiometry=STOICHIOMETRY)
    assert_same_in_pyvista(out, found)


@pytest.mark.parametrize("file_format", ["pvd", "vtx"])
def test_stress_and_displacement(tmp_path, file_format):
    """Grains with a crack, whose points are double."""
    case = changed(
        CRYSTALS,
        protocol=["Discharge at 1C for 3 minutes"],
        mechanics={"stack_pressure": "5 MPa", "fixture": "rigid"},
        output__snapshots=1,
        output__fields_format=file_format,
    )
    out, picture = tmp_path / "out", tmp_path / "picture.png"
    results = solve(write_case(tmp_path, case), out, ranks=2)
    script = OWN_SCRIPT if file_format == "vtx" else None
    found = described(out, "--screenshot", picture, script=script)
    assert_phases_are_whole(results, found)
    assert_times_are_those_of_the_run(results, found)
    cathode = found["cathode"]
    assert_ranges_are_those_of_the_series(results, found, "cathode", stoichiometry=STOICHIOMETRY)
    largest = [spans[0][1] for spans in cathode["cell_data"]["max_principal_stress [MPa]"]]
    recorded = results.column("Largest Principal Stress / MPa")[[0, -1]]
    assert largest == pytest.approx(recorded, rel=2 * SINGLE)
    assert len(cathode["cell_data"]["stress [MPa]"][0]) == 6
    assert_shows_something(picture)
    if file_format == "pvd":
        assert_same_in_pyvista(out, found)

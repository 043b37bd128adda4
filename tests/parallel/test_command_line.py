"""Ways of starting a run: folders, quiet output, PETSc options, own scripts and data sheets."""

from __future__ import annotations

import csv
import json
import os
import shutil

import numpy as np
import pytest

from tests.support.program import (
    SCRIPT,
    SLAB,
    SMALL_STEPS,
    Results,
    changed,
    finish,
    rows_written,
    run,
    solve,
    start,
    wait_for,
    write_case,
)

pytestmark = pytest.mark.timeout(120)

SHORT = changed(SLAB, protocol=["Discharge at 1C for 60 s"])


def test_paths_with_spaces_and_another_working_folder(tmp_path):
    """Paths in a case are relative to it, those of the command line to the working folder."""
    home = tmp_path / "my cases" / "übung 1"
    scripts = tmp_path / "my scripts"
    scripts.mkdir()
    shutil.copy(SCRIPT, scripts / "own slab.py")
    document = changed(SHORT, geometry__script="../../my scripts/own slab.py")
    write_case(home, document, "a case.toml")
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    done = run("run", "../my cases/übung 1/a case.toml", "--quiet", cwd=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    results = Results(elsewhere / "results" / "a case")
    assert results.record["status"] == "finished"
    # the effective case can be run again from anywhere, and gives the same
    again = solve(results.folder / "case.toml", tmp_path / "again")
    np.testing.assert_array_equal(again.rows, results.rows)


def test_own_data_sheet(tmp_path):
    shipped = (SCRIPT.parents[1] / "fem_cell" / "materials" / "NMC811.toml").read_text()
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "own.toml").write_text(shipped)
    own = changed(SHORT, phases__cathode__material="sheets/own.toml")
    one = solve(write_case(tmp_path, own), tmp_path / "own")
    other = solve(write_case(tmp_path, SHORT, "other.toml"), tmp_path / "other")
    np.testing.assert_array_equal(one.rows, other.rows)


def test_quiet_says_nothing(tmp_path):
    done = run("run", write_case(tmp_path, SHORT), "--out", tmp_path / "out", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "ended by time 60 s" in (tmp_path / "out" / "log.txt").read_text()


@pytest.mark.parallel
@pytest.mark.parametrize("ranks", [1, 2])
def test_output_without_a_terminal(tmp_path, ranks):
    """Plain lines, once, and not too many."""
    done = run("run", write_case(tmp_path, SHORT), "--out", tmp_path / "out", "-n", ranks)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) < 25
    assert sum("ended by time 60 s" in line for line in lines) == 1
    assert not any(line.startswith("Info") for line in lines)


def test_a_run_in_progress_can_be_read(tmp_path):
    case = write_case(tmp_path, SLAB)
    out = tmp_path / "out"
    process = start("run", case, "--out", out, "--quiet", "--set", SMALL_STEPS)
    wait_for(lambda: rows_written(out) > 0, process, 90)
    reads = 0
    while process.poll() is None:
        with (out / "timeseries.csv").open(newline="") as file:
            text = file.read()
        complete = text[: text.rfind("\n") + 1]
        assert len({len(row) for row in csv.reader(complete.splitlines())}) == 1
        assert json.loads((out / "run.json").read_text())["status"] in ("running", "finished")
        json.loads((out / "summary.json").read_text())
        reads += 1
    assert finish(process).returncode == 0
    assert reads > 10
    assert text == complete
    assert not list(out.rglob("*.part"))


def test_a_second_run_replaces_the_first(tmp_path):
    case = write_case(tmp_path, SHORT)
    out = tmp_path / "out"
    first = solve(case, out)
    rows = first.rows
    (out / "notes.txt").write_text("mine")
    second = solve(case, out)
    np.testing.assert_array_equal(second.rows, rows)
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "log.txt").read_text().count("ended by") == 1


def test_petsc_options_take_effect(tmp_path):
    case = write_case(tmp_path, SHORT)
    done = run(
        "run", case, "--out", tmp_path / "out", "--set", 'solver.linear_solver="iterative"',
        "--", "-fem_cell_ksp_monitor", "-fem_cell_ts_monitor", "-fem_cell_ksp_type", "gmres",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "KSP Residual norm" in done.stdout
    assert "TS dt" in done.stdout
    assert "-fem_cell_ksp_monitor" in json.dumps(Results(tmp_path / "out").record["options"])


def test_petsc_option_changes_the_time_steps(tmp_path):
    case = write_case(tmp_path, SHORT)
    free = solve(case, tmp_path / "free")
    small = solve(case, tmp_path / "small", "--", "-fem_cell_ts_adapt_dt_max", "2")
    assert small.record["accepted_steps"] > free.record["accepted_steps"] + 10
    assert np.diff(small.column("Test Time / s")).max() < 2.0 + 1e-6


def test_misspelt_petsc_option_is_reported(tmp_path):
    case = write_case(tmp_path, SHORT)
    done = run("run", case, "--out", tmp_path / "out", "--", "-fem_cell_ksp_montior")
    text = done.stdout + done.stderr
    assert "-fem_cell_ksp_montior" in text
    assert text.count("PETSc option -fem_cell_ksp_montior had no effect") == 1
    assert "-fem_cell_ksp_montior had no effect" in (tmp_path / "out" / "log.txt").read_text()
    assert "Traceback" not in text


def test_results_do_not_depend_on_the_environment(tmp_path):
    """Petsc's options of the user's shell and files must not leak into a result silently."""
    case = write_case(tmp_path, SHORT)
    one = solve(case, tmp_path / "one")
    other = solve(case, tmp_path / "other", env={"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"})
    np.testing.assert_array_equal(other.rows, one.rows)


def test_mesh_is_built_once_and_again_when_the_geometry_changes(tmp_path):
    case = write_case(tmp_path, SHORT)
    first = solve(case, tmp_path / "out").record["mesh"]
    stamp = os.stat(tmp_path / "out" / "mesh" / "mesh.msh").st_mtime_ns
    again = solve(case, tmp_path / "out").record["mesh"]
    assert again == first
    assert os.stat(tmp_path / "out" / "mesh" / "mesh.msh").st_mtime_ns == stamp
    finer = solve(case, tmp_path / "out", "--set", "geometry.elements=[12, 5]").record["mesh"]
    assert finer["fingerprint"] != first["fingerprint"]
    assert finer["vertices"] == 72

"""Sweeps: validation, names, running, going on, the table, Slurm. Nothing is solved here."""

import csv
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from fem_cell.case import load_case
from fem_cell.cli import main
from fem_cell.errors import InputError
from fem_cell.output.lock import locked
from fem_cell.sweep import read_sweep
from fem_cell.sweep.picture import shortened
from fem_cell.sweep.settings import folder_name, setting

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable

CASE = f"""
protocol = ["Discharge at 1C until 2.7 V"]

[geometry]
script = "{ROOT / "geometry" / "layered_slab.py"}"
layers = ["cathode: 100 um", "electrolyte: 20 um"]

[phases.cathode]
model = "porous_active"
material = "NMC811"
electrolyte = "PVDF-LiFSI"

[phases.electrolyte]
model = "binary_salt"
material = "PVDF-LiFSI"

[terminals]
positive = "current_collector"
negative = "lithium_foil"

[smoke]
phases.cathode.radial_points = 4
"""

GRID = """
case = "case.toml"

[set]
temperature = "30 degC"

[grid]
phases.cathode.porosity = [0.3, 0.4]
protocol = [["Discharge at 1C until 2.7 V"], ["Discharge at 5C until 2.7 V"]]
"""

POINTS = """
case = "case.toml"

[[point]]
name = "wet"

[[point]]
name = "dry"
set.phases.cathode.pore_filling = 0.0
"""

# stands for the interpreter: does what `python -m fem_cell run` does to the folder, at once
FAKE_RUN = """
#!{python}
import argparse, json, os, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from fem_cell import __version__
from fem_cell.case import load_case

parser = argparse.ArgumentParser()
parser.add_argument("-m")
parser.add_argument("command")
parser.add_argument("case")
parser.add_argument("--out", type=Path)
parser.add_argument("--set", action="append", default=[])
for flag in ("--quiet", "--smoke"):
    parser.add_argument(flag, action="store_true")
parser.add_argument("--continue", action="store_true", dest="go_on")
options = parser.parse_args()
case = load_case(options.case, options.set, smoke=options.smoke)
options.out.mkdir(parents=True, exist_ok=True)
with (options.out / "calls").open("a") as file:
    file.write("resumed\\n" if options.go_on else "started\\n")
(options.out / "case.toml").write_text(case.effective_toml())
status, reason = "finished", "voltage 2.7 V"
if "dry" in options.out.name and os.environ.get("DRY_FAILS"):
    status, reason = "failed", "no way on"
    (options.out / "checkpoint").mkdir(exist_ok=True)
    (options.out / "checkpoint" / "checkpoint.npz").touch()
record = {{"status": status, "end_reason": reason, "versions": {{"fem_cell": __version__}},
          "wall_time_s": {{"total": 1.5}}}}
(options.out / "run.json").write_text(json.dumps(record))
if "dry" in options.out.name and os.environ.get("DRY_KILLED"):
    (options.out / "run.json").write_text(json.dumps(record | {{"status": "running"}}))
    os.kill(os.getpid(), 9)
if os.environ.get("SLOW"):
    time.sleep(60)
if status == "failed":
    sys.exit("error: no way on")
step = {{"step": 1, "capacity_mAh_cm2": 10 * case.phases["cathode"].porosity,
        "capacity_mAh_g": 100.0, "end_reason": reason}}
(options.out / "summary.json").write_text(json.dumps({{"steps": [step]}}))
"""


@pytest.fixture
def sweep(tmp_path):
    """Writes a sweep and its case; gives the path of the sweep."""
    (tmp_path / "case.toml").write_text(CASE)

    def write(text):
        path = tmp_path / "sweep.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def fake_run(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text(textwrap.dedent(FAKE_RUN).strip().format(python=PYTHON, root=str(ROOT)))
    program.chmod(0o755)
    monkeypatch.setattr("fem_cell.sweep.runner.sys.executable", str(program))
    monkeypatch.setattr("fem_cell.environment.check_environment", lambda: None)


def calls(folder):
    return (folder / "calls").read_text().split()


def faults_of(path, tmp_path):
    with pytest.raises(InputError) as caught:
        read_sweep(path, tmp_path / "out")
    return [str(fault) for fault in caught.value.faults]


def test_grid_is_the_full_product(sweep, tmp_path):
    found = read_sweep(sweep(GRID), tmp_path / "out")
    assert [point.name for point in found.points] == [
        "porosity=0.3, protocol=Discharge at 1C until 2.7 V",
        "porosity=0.3, protocol=Discharge at 5C until 2.7 V",
        "porosity=0.4, protocol=Discharge at 1C until 2.7 V",
        "porosity=0.4, protocol=Discharge at 5C until 2.7 V",
    ]
    assert [point.case.phases["cathode"].porosity for point in found.points] == [0.3, 0.3, 0.4, 0.4]
    assert {point.case.temperature for point in found.points} == {303.15}
    assert len({point.folder for point in found.points}) == 4


def test_named_points_with_every_combination(sweep, tmp_path):
    text = POINTS.replace("[[point]]", "[grid]\ntemperature = ['20 degC', '30 degC']\n[[point]]", 1)
    found = read_sweep(sweep(text), tmp_path / "out")
    assert [point.name for point in found.points] == [
        "wet, temperature=20 degC",
        "wet, temperature=30 degC",
        "dry, temperature=20 degC",
        "dry, temperature=30 degC",
    ]
    assert [point.case.phases["cathode"].pore_filling for point in found.points] == [1, 1, 0, 0]


def test_a_point_may_replace_a_table(sweep, tmp_path):
    geometry = f'{{ script = "{ROOT / "geometry" / "channelled_cathode.py"}", pitch = "150 um" }}'
    text = f'case = "case.toml"\n[[point]]\nname = "x"\nreplace.geometry = {geometry}\n'
    text += 'set.geometry.channel_diameter = "60 um"\n'
    (point,) = read_sweep(sweep(text), tmp_path / "out").points
    assert point.case.geometry.values["channel_diameter"] == pytest.approx(6e-5)
    assert "layers" not in point.case.geometry.values


def test_settings_are_those_of_the_command_line(sweep, tmp_path):
    found = read_sweep(sweep(GRID), tmp_path / "out")
    case = load_case(found.case, found.points[3].settings)
    assert case.effective_toml() == found.points[3].case.effective_toml()


@pytest.mark.parametrize(
    ("value", "text"),
    [("8 um", 'k="8 um"'), (0.5, "k=0.5"), (True, "k=true"), (["a", "b"], 'k=["a", "b"]')],
)
def test_setting(value, text):
    assert setting("k", value) == text


def test_folder_names():
    assert folder_name("channelled-0.05C") == "channelled-0.05C"
    assert folder_name("a/b") != folder_name("a b")
    assert "/" not in folder_name("../x")
    assert len(folder_name("x" * 500)) < 100


WRONG = [
    ('case = "case.toml"', "grid: is missing; give [grid] lists"),
    ("[grid]\ntemperature = ['20 degC']", "case: is missing"),
    ('case = "nowhere.toml"\n[[point]]\nname="a"', "there is no such file"),
    ('case = "case.toml"\n[gird]\nx = [1]', "gird: is not known in a sweep file; did you mean"),
    ('case = "case.toml"\n[grid]\ntemperature = "20 degC"', "grid.temperature: is '20 degC'"),
    ('case = "case.toml"\n[[point]]\nset.x = 1', "point[1].name: is missing"),
    (POINTS.replace("dry", "wet"), "point[2].name: 'wet' is given twice"),
    (POINTS.replace("set.", "sett."), "point[2].sett: is not known; did you mean 'set'"),
    (GRID.replace("porosity", "porosty"), "every point: phases.cathode.porosty"),
    (GRID.replace("0.3,", "3.0,"), "point 'porosity=3, protocol=Discharge at 1C"),
    ("case = ", "correct the TOML syntax"),
]


@pytest.mark.parametrize(("text", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_wrong_sweeps(sweep, tmp_path, text, fault):
    assert any(fault in line for line in faults_of(sweep(text), tmp_path))


def test_a_fault_of_all_points_is_reported_once(sweep, tmp_path):
    path = sweep(GRID.replace("30 degC", "30"))
    (line,) = faults_of(path, tmp_path)
    assert line.startswith("every point: temperature: ")


def test_nothing_starts_if_one_point_is_wrong(sweep, tmp_path, fake_run, capsys):
    path = sweep(GRID.replace("0.3,", "3.0,"))
    assert main(["sweep", str(path), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_runs_every_point_and_writes_the_table(sweep, tmp_path, fake_run):
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(GRID)), "--out", str(out), "--jobs", "2"]) == 0
    with (out / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["capacity_mAh_cm2"] for row in rows] == ["3.0", "3.0", "4.0", "4.0"]
    assert [row["phases.cathode.porosity"] for row in rows] == ["0.3", "0.3", "0.4", "0.4"]
    assert {row["wall_time_s"] for row in rows} == {"1.5"}
    assert {row["end_reason"] for row in rows} == {"voltage 2.7 V"}
    assert "voltage 2.7 V" in (out / "table.txt").read_text()
    assert (out / "map.png").stat().st_size > 5_000


def test_a_map_needs_one_or_two_keys(sweep, tmp_path, fake_run):
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(POINTS)), "--out", str(out)]) == 0
    assert not (out / "map.png").exists()


def test_labels_of_a_map_are_what_differs():
    values = ["cathode: 10 um; separator: 250 um", "cathode: 20 um; separator: 250 um"]
    assert shortened(values) == ("cathode: ... um; separator: 250 um", ["10", "20"])
    assert shortened(["0.3", "0.4"]) == ("", ["0.3", "0.4"])
    assert shortened(["square", "no lattice"]) == ("", ["square", "no lattice"])


def test_only_what_changed_runs_again(sweep, tmp_path, fake_run):
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(POINTS)), "--out", str(out)]) == 0
    text = POINTS.replace("pore_filling = 0.0", "pore_filling = 0.1")
    assert main(["sweep", str(sweep(text)), "--out", str(out)]) == 0
    assert calls(out / "wet") == ["started"]
    assert calls(out / "dry") == ["started", "started"]


def test_a_failure_stops_no_other_point(sweep, tmp_path, fake_run, monkeypatch, capsys):
    out, path = tmp_path / "out", sweep(POINTS.replace('"wet"', '"zwet"'))
    monkeypatch.setenv("DRY_FAILS", "1")
    assert main(["sweep", str(path), "--out", str(out)]) == 1
    assert "dry: exit code 1: no way on" in capsys.readouterr().out
    assert calls(out / "zwet") == ["started"]
    with (out / "table.csv").open(newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["", "no way on"]
    monkeypatch.delenv("DRY_FAILS")
    # what has failed is reported again, and run again when asked to
    assert main(["sweep", str(path), "--out", str(out)]) == 3
    assert "dry: failed before: no way on; --retry runs" in capsys.readouterr().out
    assert calls(out / "dry") == ["started"]
    assert main(["sweep", str(path), "--out", str(out), "--retry"]) == 0
    assert calls(out / "dry") == ["started", "resumed"]
    assert calls(out / "zwet") == ["started"]


def test_a_run_that_is_killed_has_failed(sweep, tmp_path, fake_run, monkeypatch, capsys):
    out, path = tmp_path / "out", sweep(POINTS)
    monkeypatch.setenv("DRY_KILLED", "1")
    assert main(["sweep", str(path), "--out", str(out)]) == 1
    assert "dry: killed by SIGKILL; out of memory?" in capsys.readouterr().out
    monkeypatch.delenv("DRY_KILLED")
    assert main(["sweep", str(path), "--out", str(out)]) == 3
    assert "dry: failed before: killed by SIGKILL" in capsys.readouterr().out
    assert main(["sweep", str(path), "--out", str(out), "--retry"]) == 0


def test_what_others_run_is_left_to_them(sweep, tmp_path, fake_run, capsys):
    out, path = tmp_path / "out", sweep(POINTS)
    with locked(out / "dry"):
        assert main(["sweep", str(path), "--out", str(out)]) == 4
    assert "dry: another process runs it now; the same command" in capsys.readouterr().out
    assert calls(out / "wet") == ["started"]
    with locked(out):
        assert main(["sweep", str(path), "--out", str(out)]) == 2
    assert "another run or sweep is at work" in capsys.readouterr().out
    assert not (out / "dry" / "calls").exists()
    assert main(["sweep", str(path), "--out", str(out)]) == 0


@pytest.mark.parametrize("folder", ["/proc/fem_cell", "file"])
@pytest.mark.parametrize("how", [(), ("--slurm",), ("--table",)])
def test_a_folder_that_cannot_be_written(sweep, tmp_path, fake_run, capsys, folder, how):
    (tmp_path / "file").touch()
    out = str(tmp_path / folder)
    assert main(["sweep", str(sweep(POINTS)), "--out", out, *how]) == 2
    assert f"--out: {out} cannot be written" in capsys.readouterr().out


def test_a_disk_that_is_full(sweep, tmp_path, fake_run, monkeypatch, capsys):
    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("fem_cell.cli.sweep.replace_text", full)
    assert main(["sweep", str(sweep(POINTS)), "--out", str(tmp_path / "out")]) == 3
    said = capsys.readouterr().out
    assert "table.csv cannot be written: No space left on device; see to the disk" in said


def test_stops_on_request(sweep, tmp_path, fake_run):
    path = sweep(POINTS)
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); fake = sys.argv.pop(1)\n"
        "import fem_cell.environment as e; e.check_environment = lambda: None\n"
        "import fem_cell.sweep.runner as r; r.sys.executable = fake\n"
        "from fem_cell.cli import main; raise SystemExit(main(sys.argv[1:]))"
    )
    arguments = [ROOT, tmp_path / "python", "sweep", path, "--out", tmp_path / "out"]
    child = subprocess.Popen([PYTHON, "-c", program, *arguments], env=os.environ | {"SLOW": "1"})
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "out" / "wet" / "run.json").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=20) == 4
    finally:
        child.kill()
    assert not (tmp_path / "out" / "dry").exists()


def test_not_under_mpirun(sweep, tmp_path, fake_run, monkeypatch, capsys):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    assert main(["sweep", str(sweep(POINTS)), "--out", str(tmp_path / "out")]) == 2
    assert "start it without mpirun" in capsys.readouterr().out
    assert not (tmp_path / "out" / "wet").exists()


def test_table_alone(sweep, tmp_path):
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(POINTS)), "--out", str(out), "--table"]) == 0
    assert (out / "table.csv").read_text().count("not run") == 2


def write_sbatch(folder, code=0):
    folder.mkdir()
    program = folder / "sbatch"
    program.write_text(
        f'#!/bin/bash\necho "$@" >> "{folder}/arguments"\necho "7;cluster"; exit {code}\n'
    )
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_slurm_submits_an_array_of_what_is_left(sweep, tmp_path, fake_run, monkeypatch, capsys):
    out, path = tmp_path / "out", sweep(POINTS)
    monkeypatch.setenv("PATH", write_sbatch(tmp_path / "bin"))
    arguments = ["sweep", str(path), "--out", str(out), "--slurm", "--jobs", "1"]
    assert main([*arguments, "--", "--time=04:00:00"]) == 0
    script, table = out / "sweep.sbatch", out / "table.sbatch"
    assert (tmp_path / "bin" / "arguments").read_text().splitlines() == [
        f"--parsable --time=04:00:00 {script}",
        f"--parsable --time=04:00:00 --ntasks=1 --time=00:10:00 --dependency=afterany:7 {table}",
    ]
    assert "submitted 2 points as job array 7 " in capsys.readouterr().out
    assert "#SBATCH --array=0-1%1\n" in script.read_text()
    for written in (script, table):
        assert subprocess.run(["bash", "-n", written], check=False).returncode == 0


def test_names_are_never_commands(sweep, tmp_path, fake_run, monkeypatch):
    out = tmp_path / "my results"
    path = sweep(POINTS.replace('"dry"', '"dry\\ntouch made; $(touch made) `touch made`"'))
    monkeypatch.setenv("PATH", write_sbatch(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEM_CELL_LAUNCHER", raising=False)
    assert main(["sweep", str(path), "--out", str(out), "--slurm"]) == 0
    environment = os.environ | {"FEM_CELL": "echo", "SLURM_ARRAY_TASK_ID": "1"}
    for script in ("sweep.sbatch", "table.sbatch"):
        subprocess.run(["bash", out / script], env=environment, check=True)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("restarts", "more"), [("0", ""), ("1", " --continue")])
def test_a_task_of_the_array_runs_its_point(sweep, tmp_path, monkeypatch, restarts, more):
    out, path = tmp_path / "out", sweep(POINTS)
    monkeypatch.setenv("PATH", write_sbatch(tmp_path / "bin"))
    assert main(["sweep", str(path), "--out", str(out), "--slurm"]) == 0
    echo = {"FEM_CELL": "echo", "SLURM_ARRAY_TASK_ID": "1", "SLURM_NTASKS": "8"}
    done = subprocess.run(
        ["bash", out / "sweep.sbatch"], env=os.environ | echo | {"SLURM_RESTART_COUNT": restarts},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = f"run {tmp_path / 'case.toml'} --out {out / 'dry'} --quiet"
    assert done.stdout.strip() == f"{expected} --set phases.cathode.pore_filling=0.0{more} -n 8"


def test_slurm_without_sbatch_leaves_the_script(sweep, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name: None)
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(POINTS)), "--out", str(out), "--slurm"]) == 2
    assert "there is no sbatch here; submit" in capsys.readouterr().out
    assert (out / "sweep.sbatch").is_file()


def test_sbatch_refuses_the_table_only(sweep, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(
        "PATH", write_sbatch(tmp_path / "bin", code='$(grep -c table.sbatch <<<"$@")')
    )
    arguments = ["sweep", str(sweep(POINTS)), "--out", str(tmp_path / "out"), "--slurm"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "submitted 2 points as job array 7 " in said
    assert "the table is not: --slurm: sbatch refused" in said


def test_sbatch_refuses(sweep, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", write_sbatch(tmp_path / "bin", code=1))
    arguments = ["sweep", str(sweep(POINTS)), "--out", str(tmp_path / "out"), "--slurm"]
    assert main(arguments) == 2
    assert "sbatch refused" in capsys.readouterr().out


def test_real_runs(sweep, tmp_path):
    pytest.importorskip("dolfinx")
    text = """
case = "case.toml"
[set]
geometry.elements = [6, 2]
protocol = ["Discharge at 1C for 60 seconds or until 2.7 V"]
phases.cathode.radial_points = 4
output.pictures = false
[grid]
phases.cathode.porosity = [0.4, 0.5]
"""
    out = tmp_path / "out"
    assert main(["sweep", str(sweep(text)), "--out", str(out), "--jobs", "2"]) == 0
    with (out / "table.csv").open(newline="") as file:
        dense, open_ = list(csv.DictReader(file))
    assert dense["status"] == open_["status"] == "finished"
    ratio = float(open_["capacity_mAh_cm2"]) / float(dense["capacity_mAh_cm2"])
    assert ratio == pytest.approx(0.5 / 0.6, rel=1e-6)
    made = next(out.glob("*/run.json"))
    before = made.stat().st_mtime_ns
    assert main(["sweep", str(tmp_path / "sweep.toml"), "--out", str(out)]) == 0
    assert made.stat().st_mtime_ns == before

"""The launcher: passes commands on, builds safely, enters a root filesystem."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CONTAINER = Path(__file__).resolve().parents[2] / "container"
LAUNCHER = CONTAINER / "fem-cell"


def call(
    *args: str | os.PathLike[str], cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        args,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=os.environ | env,
        timeout=120,
    )


def write_command(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


SCRIPTS = [CONTAINER / name for name in ("fem-cell", "rootfs.sh", "enter.sh")]
SCRIPTS += sorted(CONTAINER.glob("slurm/*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_valid_bash(script: Path) -> None:
    assert call("bash", "-n", script).stderr == ""


def test_sweep_script_submits_an_array() -> None:
    script = CONTAINER / "slurm" / "sweep.sh"
    done = call(script, "sweep.toml", "--retry", FEM_CELL="echo fem-cell")
    expected = "sweep sweep.toml --slurm --jobs 10 --retry -- --ntasks=8 --time=02:00:00"
    assert done.stdout == f"fem-cell {expected}\n", done.stderr


def test_command_gets_arguments_folder_and_settings(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getcwd(), sys.argv[1:], os.environ['OMP_NUM_THREADS'])"
    done = call(LAUNCHER, "python", "-c", program, "a b", "*", cwd=tmp_path, OMP_NUM_THREADS="3")
    assert done.stdout == f"{tmp_path} ['a b', '*'] 3\n", done.stderr


def test_exit_code_passes_through() -> None:
    assert call(LAUNCHER, "python", "-c", "raise SystemExit(7)").returncode == 7


def test_starts_through_a_symbolic_link(tmp_path: Path) -> None:
    link = tmp_path / "fem-cell"
    link.symlink_to(LAUNCHER)
    done = call(link, "python", "-c", "import fem_cell; print(fem_cell.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()).parents[1] == CONTAINER.parent, done.stderr


def wait_and_signal(process: subprocess.Popen[str], number: int) -> int:
    """Wait for the line "ready", send a signal to the launcher, return the exit code."""
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        process.send_signal(number)
        return process.wait(timeout=30)
    finally:
        process.kill()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_reaches_the_command(number: int) -> None:
    program = (
        "import signal, sys, time; s = lambda *_: sys.exit(4);"
        "signal.signal(signal.SIGTERM, s); signal.signal(signal.SIGINT, s);"
        "print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [LAUNCHER, "python", "-c", program], stdout=subprocess.PIPE, text=True
    )
    assert wait_and_signal(process, number) == 4


# --- building the root filesystem -------------------------------------------------------


def rootfs_path(container: Path, **env: str) -> str:
    script = f"here={container}; source {container}/rootfs.sh; rootfs_path"
    return call("bash", "-euc", script, **env).stdout.strip()


def test_name_follows_package_list_and_mirror(tmp_path: Path) -> None:
    copy = tmp_path / "container"
    shutil.copytree(CONTAINER, copy)
    cache = {"FEM_CELL_CACHE": str(tmp_path / "cache")}
    first = rootfs_path(copy, **cache)
    assert re.fullmatch(rf"{tmp_path}/cache/rootfs-[0-9a-f]{{12}}", first)
    assert rootfs_path(CONTAINER, **cache) == first
    mirrored = rootfs_path(copy, FEM_CELL_MIRROR="http://mirror.example/debian", **cache)
    with (copy / "packages.txt").open("a") as packages:
        packages.write("one-more\n")
    assert len({first, mirrored, rootfs_path(copy, **cache)}) == 3


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """Environment of a machine whose Python has no DOLFINx and which cannot download."""
    commands = tmp_path / "commands"
    write_command(commands / "python3", "exit 1")
    write_command(commands / "mmdebstrap", "echo 'E: no network' >&2; exit 25")
    write_command(commands / "newuidmap", "exit 0")
    path = f"{commands}:{os.environ['PATH']}"
    return {"PATH": path, "FEM_CELL_CACHE": str(tmp_path / "cache")}


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user needs sub-ids first")
def test_failed_build_is_explained_and_leaves_only_its_log(
    bare_machine: dict[str, str], tmp_path: Path
) -> None:
    done = call(LAUNCHER, "--version", **bare_machine)
    assert done.returncode == 1
    assert "could not be built" in done.stderr
    assert "FEM_CELL_MIRROR" in done.stderr
    left = sorted(path.suffix for path in (tmp_path / "cache").glob("rootfs-*"))
    assert left == [".lock", ".log"]


def test_help_builds_nothing(bare_machine: dict[str, str], tmp_path: Path) -> None:
    done = call(LAUNCHER, "--help", **bare_machine)
    assert done.returncode == 0
    assert "fem-cell test" in done.stdout
    assert not list(tmp_path.glob("cache/rootfs-*"))


# --- entering the root filesystem -------------------------------------------------------


@pytest.fixture
def small_root(tmp_path: Path) -> Path:
    """A root filesystem with bash and env, and no more."""
    probe = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    if call("unshare", *probe, "true").returncode != 0:
        pytest.skip("mount namespaces are not allowed here")
    root = tmp_path / "root"
    files = {Path(shutil.which(name) or name).resolve() for name in ("bash", "env")}
    for program in tuple(files):
        listed = call("ldd", program).stdout
        files |= {Path(name) for name in re.findall(r"(/\S+) \(0x", listed)}
    for file in files:
        target = root / file.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (root / "etc").mkdir()
    for name in ("resolv.conf", "hosts", "passwd", "group"):
        (root / "etc" / name).touch()
    return root


def enter(root: Path, folder: Path, script: str) -> list[str | os.PathLike[str]]:
    bash = str(Path(shutil.which("bash") or "bash").resolve())
    env = str(Path(shutil.which("env") or "env").resolve())
    inside = [env, "-i", "-C", str(folder), bash, "-c", script]
    return [CONTAINER / "enter.sh", root, folder, "--", *inside]


def test_paths_of_the_machine_work_inside(small_root: Path, tmp_path: Path) -> None:
    done = call(*enter(small_root, tmp_path, "pwd; echo text > made; exit 5"))
    assert (done.stdout, done.returncode) == (f"{tmp_path}\n", 5), done.stderr
    assert (tmp_path / "made").read_text() == "text\n"
    assert (tmp_path / "made").stat().st_uid == os.geteuid()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signal_reaches_the_command_inside(
    small_root: Path, tmp_path: Path, number: signal.Signals
) -> None:
    script = "trap 'exit 4' TERM USR1; echo ready; while :; do read -t 0.1 < /dev/zero; done"
    process = subprocess.Popen(
        enter(small_root, tmp_path, script), stdout=subprocess.PIPE, text=True
    )
    assert wait_and_signal(process, number) == 4


def test_launcher_runs_under_this_python() -> None:
    """The tests above mean the launcher's native way: this environment has DOLFINx."""
    done = call(sys.executable, "-m", "fem_cell.environment", cwd=CONTAINER.parent)
    assert done.returncode == 0, done.stdout

"""The Containerfile: built on the launcher's root filesystem, run read-only without a network."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.enclosure import Enclosure, enclosure, skip_unless_possible
from tests.support.killing import assert_same_results
from tests.support.program import (
    MAIN,
    SLAB,
    Finished,
    Results,
    changed,
    rows_written,
    solve,
    write_case,
)

pytestmark = [pytest.mark.parallel, pytest.mark.timeout(1200)]

READY = "/opt/fem_cell/runs/channelled_cathode.toml"
STRANGER = "12345:12345"
"""A user that the image does not know."""


@dataclass(frozen=True, slots=True)
class Podman:
    """Podman with everything it keeps in one folder, and the image.

    Attributes:
        place: Where its commands run.
        data: Folder that containers see as /data.
    """

    place: Enclosure
    data: Path

    def call(self, *args: object, timeout: float = 120.0, code: int | None = 0) -> Finished:
        """``podman ARGS``."""
        return self.place.call("podman", *args, timeout=timeout, code=code)

    def run(self, *args: object, options: tuple[str, ...] = ("--rm",), code: int = 0) -> Finished:
        """``fem-cell ARGS`` in a container that can neither write to its root nor reach out."""
        limits = ("--network=none", "--read-only", "--cap-drop=all", f"--user={STRANGER}")
        mount = f"--volume={self.data}:/data"
        return self.call("run", *limits, mount, *options, "fem-cell", *args, timeout=300, code=code)

    def inspect(self, what: str, field: str) -> str:
        """A field of an image or container."""
        return self.call("inspect", "--format", f"{{{{{field}}}}}", what).stdout.strip()


def configure(folder: Path) -> dict[str, str]:
    """Configuration files of podman; the variables that name them."""
    storage = {
        "driver": "overlay",
        "graphroot": str(folder / "files" / "graph"),
        "runroot": str(folder / "files" / "run"),
    }
    limits = [
        f"{name}={soft}:{hard}"
        for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC))
        for soft, hard in [resource.getrlimit(number)]
    ]  # raising them may be forbidden
    containers = {"default_ulimits": limits}
    engine = {
        "runtime": "runc",
        "cgroup_manager": "cgroupfs",
        "events_logger": "none",
        "lock_type": "file",
        "image_copy_tmp_dir": str(folder),
    }
    documents = {
        "storage.conf": {"storage": storage},
        "containers.conf": {"containers": containers, "engine": engine},
    }
    for name, document in documents.items():
        write_case(folder, document, name)
    return {
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
    }


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """The image, built without network and registry."""
    folder = tmp_path_factory.mktemp("podman")
    skip_unless_possible(folder, "podman", "runc", "nsenter")
    data = tmp_path_factory.mktemp("data")
    data.chmod(0o777)
    with enclosure(folder) as place:
        place.env.update(configure(folder))
        if place.call("podman", "info", code=None).returncode != 0:
            pytest.skip(place.call("podman", "info", code=None).stderr)
        engine = Podman(place, data)
        archive = folder / "base.tar"
        place.call("tar", "-C", folder / "tree", "-cf", archive, ".", timeout=300)
        engine.call("import", "--quiet", archive, "base", timeout=300)
        archive.unlink()
        build = (
            "--network=none",
            "--build-arg=BASE=localhost/base",
            f"--build-arg=WARM=runs/{MAIN.name}",
        )
        file = "--file=container/Containerfile"
        engine.call("build", *build, file, "--tag=fem-cell", ".", timeout=600)
        yield engine


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same case outside of containers."""
    return solve(MAIN, tmp_path_factory.mktemp("reference") / "out", "--smoke", timeout=300)


def test_smoke_case_gives_the_curve_of_the_launcher(podman: Podman, reference: Results) -> None:
    cache = podman.data / "cache"
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    options = ("--rm", "--env=FEM_CELL_CACHE=/data/cache")
    podman.run("run", READY, "--smoke", "--out=one", "--quiet", options=options)
    assert_same_results(Results(podman.data / "one"), reference, 1e-9)
    assert (podman.data / "one" / "pictures" / "stoichiometry.png").stat().st_size > 10_000
    compiled = list(cache.glob("fem-cell-12345-*/fenics/*.o"))
    loaded = list(cache.glob("fem-cell-12345-*/fenics/*.so"))
    assert len(loaded) > 10
    assert not compiled, "forms were compiled that the image should bring"


def test_smoke_case_on_two_ranks(podman: Podman, reference: Results) -> None:
    podman.run("run", READY, "--smoke", "--out=two", "--quiet", "-n", "2")
    two = Results(podman.data / "two")
    assert two.record["ranks"] == 2
    times = reference.column("Test Time / s")[:-2]
    difference = two.voltage_at(times) - reference.voltage_at(times)
    assert abs(difference).max() < 1e-3


def test_wrong_input_ends_with_2(podman: Podman) -> None:
    write_case(podman.data, changed(SLAB, title=3))
    done = podman.run("run", "case.toml", code=2)
    assert "error: title: " in done.stdout + done.stderr
    unwritable = ("--rm", "--env=FEM_CELL_CACHE=/usr")
    assert "FEM_CELL_CACHE" in podman.run("--version", options=unwritable, code=2).stderr


@pytest.mark.parametrize("ranks", [1, 2])
def test_sigterm_leaves_a_checkpoint_and_ends_with_4(podman: Podman, ranks: int) -> None:
    out = podman.data / f"stopped{ranks}"
    name = f"stopped{ranks}"
    small = 'solver.maximum_time_step="1 s"'
    arguments = ("run", READY, "--smoke", "--set", small, "--out", out.name, "-n", ranks)
    podman.run(*arguments, options=("--detach", f"--name={name}"))
    end = time.monotonic() + 120
    while rows_written(out) < 3:
        assert time.monotonic() < end, podman.call("logs", name).stderr
        time.sleep(0.1)
    podman.call("stop", "--time=60", name)
    assert podman.inspect(name, ".State.ExitCode") == "4"
    assert json.loads((out / "run.json").read_text())["status"] == "interrupted"
    assert (out / "checkpoint" / "checkpoint.npz").is_file()


def test_image_is_small_and_runs_without_root(podman: Podman) -> None:
    assert podman.inspect("fem-cell", ".Config.User") not in ("", "0", "root")
    size, base = (int(podman.inspect(image, ".Size")) for image in ("fem-cell", "base"))
    print(f"image: {size / 1e9:.2f} GB, of which the base {base / 1e9:.2f} GB")
    assert size - base < 100e6

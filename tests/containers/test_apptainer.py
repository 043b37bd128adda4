"""The Apptainer definition: built on the launcher's root filesystem, run on one and two ranks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.enclosure import Enclosure, enclosure, skip_unless_possible
from tests.support.program import MAIN, SLAB, Results, changed, write_case

pytestmark = [pytest.mark.parallel, pytest.mark.timeout(1200)]

READY = "/opt/fem_cell/runs/channelled_cathode.toml"

STOP_AFTER_THREE_ROWS = """
table=$1
shift
"$@" &
until [ -f "$table" ] && [ "$(wc -l <"$table")" -gt 3 ]; do
    kill -0 $! || exit 99
    sleep 0.1
done
kill -TERM $!
wait $!
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enclosure]:
    """Namespaces with the image, as a folder, beside a folder ``data``."""
    folder = tmp_path_factory.mktemp("apptainer")
    skip_unless_possible(folder, "apptainer", "nsenter", "newuidmap")
    with enclosure(folder, user=True) as place:
        for name in ("APPTAINER_CACHEDIR", "APPTAINER_TMPDIR"):
            place.env[name] = str(folder / "files" / name)
            place.call("mkdir", folder / "files" / name)
        (folder / "data").mkdir()
        arguments = {
            "BOOTSTRAP": "localimage",
            "FROM": folder / "tree",
            "WARM": f"runs/{MAIN.name}",
        }
        build = [
            text for key, value in arguments.items() for text in ("--build-arg", f"{key}={value}")
        ]
        definition = "container/fem_cell.def"
        place.call(
            "apptainer",
            "build",
            "--sandbox",
            *build,
            folder / "files" / "image",
            definition,
            timeout=600,
        )
        yield place


def command(image: Enclosure, *args: object) -> tuple[object, ...]:
    """``fem-cell ARGS`` in the image, which is read-only, with /data, /tmp and no network."""
    data = image.folder / "data"
    options = ("--containall", "--net", "--network=none", f"--bind={data}:/data", "--pwd=/data")
    return ("apptainer", "run", *options, image.folder / "files" / "image", *args)


@pytest.mark.parametrize("ranks", [1, 2])
def test_smoke_case(image: Enclosure, ranks: int) -> None:
    out = f"out{ranks}"
    case = ("run", READY, "--smoke", "--quiet", "--out", out, "-n", ranks)
    image.call(*command(image, *case), timeout=300)
    results = Results(image.folder / "data" / out)
    assert results.record["status"] == "finished"
    assert results.record["ranks"] == ranks
    assert results.column("Voltage / V")[-1] == pytest.approx(2.7, abs=1e-3)


def test_ranks_that_enter_the_image_one_by_one(image: Enclosure) -> None:
    """As on several nodes, where the cluster's mpirun starts them."""
    out = image.folder / "data" / "nodes"
    settings = {
        "FEM_CELL_IMAGE": image.folder / "files" / "image",
        "FEM_CELL_CACHE": image.folder / "files",
        "FEM_CELL_MPI": "mpirun -n 2",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        "PYTHONPATH": "",  # else it would be this clone that runs
    }
    script = "container/slurm/several_nodes_apptainer.sh"
    variables = [f"{key}={value}" for key, value in settings.items()]
    image.call("env", *variables, script, READY, "--smoke", "--out", out, timeout=300)
    record = Results(out).record
    assert (record["status"], record["ranks"]) == ("finished", 2)


def test_wrong_input_ends_with_2(image: Enclosure) -> None:
    write_case(image.folder / "data", changed(SLAB, title=3))
    done = image.call(*command(image, "run", "case.toml"), code=2)
    assert "error: title: " in done.stdout + done.stderr


def test_sigterm_leaves_a_checkpoint_and_ends_with_4(image: Enclosure) -> None:
    out = image.folder / "data" / "stopped"
    small = 'solver.maximum_time_step="1 s"'
    case = ("run", READY, "--smoke", "--set", small, "--out", out.name)
    script = ("sh", "-c", STOP_AFTER_THREE_ROWS, "sh", out / "timeseries.csv")
    image.call(*script, *command(image, *case), timeout=300, code=4)
    assert json.loads((out / "run.json").read_text())["status"] == "interrupted"
    assert (out / "checkpoint" / "checkpoint.npz").is_file()

"""Nothing that is read can run code, but for the geometry script that a case names."""

from __future__ import annotations

import ast
import json
import os
import pickle
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

import fem_cell
from fem_cell.case import load_case
from fem_cell.cli.folders import prepare
from fem_cell.errors import InputError
from fem_cell.output.collection import Snapshot, read_collection, write_collection
from fem_cell.output.generations import FILE, PROGRESS, newest
from tests.support.program import SLAB, changed, write_case

PACKAGE = Path(fem_cell.__file__).parent
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "shelve", "marshal", "dill", "yaml", "tarfile", "code"}


def findings(path):
    """What could run code that was read from somewhere."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            plain = isinstance(node.func, ast.Name)
            given = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
            if (plain and name in FORBIDDEN_NAMES) or name in ("system", "popen", "exec_module"):
                yield f"{path.name}: {name}"
            if given.get("shell"):
                yield f"{path.name}: shell"
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if (owner, name) == ("np", "load") and given.get("allow_pickle", True):
                yield f"{path.name}: np.load"
        if isinstance(node, ast.Import):
            yield from (f"{path.name}: {a.name}" for a in node.names if a.name in FORBIDDEN_MODULES)
        if isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_MODULES:
            yield f"{path.name}: {node.module}"


def test_only_geometry_scripts_are_run():
    found = [line for path in sorted(PACKAGE.rglob("*.py")) for line in findings(path)]
    assert found == ["script.py: exec_module"]


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_a_checkpoint_cannot_run_code(tmp_path):
    trace = tmp_path / "trace"
    note = np.array(json.dumps({}))
    values = np.array([Bomb(trace)], dtype=object)
    np.savez(tmp_path / FILE, allow_pickle=True, **{PROGRESS: note, "0/charge": values})
    with pytest.raises(InputError, match="can be read"):
        newest(tmp_path)
    (tmp_path / FILE).write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(InputError, match="can be read"):
        newest(tmp_path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "text",
    [
        "1 __import__('os').getcwd()",
        "__import__('os').getcwd()",
        "1 (lambda: 0)()",
        "{0.__class__}",
        "1 K^9^9^9^9^9",  # these would be computed for ever
        "1 K**(9**9**9**9)",
        "1 K 9 ** 99",
        "1 " + "(" * 5000 + "K" + ")" * 5000,
    ],
)
@pytest.mark.timeout(20)
def test_a_quantity_is_no_program(tmp_path, text):
    path = write_case(tmp_path, changed(SLAB, temperature=text))
    with pytest.raises(InputError) as caught:
        load_case(path)
    assert [fault.key for fault in caught.value.faults] == ["temperature"]


@pytest.mark.timeout(20)
def test_what_never_ends_is_not_read(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="not a plain file"):
        load_case(pipe)
    case = changed(SLAB, phases__cathode__material="pipe.toml")
    with pytest.raises(InputError, match="there is no file"):
        load_case(write_case(tmp_path, case))


def test_a_file_nested_too_deeply(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(f"protocol = {'[' * 5000}{']' * 5000}")
    with pytest.raises(InputError, match="nested too deeply"):
        load_case(path)


@pytest.mark.parametrize("file", ["../../precious.pvtu", "/precious.pvtu", "a/../../precious.pvtu"])
def test_an_index_lists_only_what_is_below_it(tmp_path, file):
    """The snapshots after the instant a run is resumed at are removed."""
    index = tmp_path / "cathode.pvd"
    write_collection(index, [Snapshot(1.0, "cathode/cathode_0000.pvtu")])
    assert len(read_collection(index)) == 1
    write_collection(index, [Snapshot(1.0, file)])
    with pytest.raises(InputError, match="lies elsewhere"):
        read_collection(index)


def test_links_in_results_are_not_written_through(tmp_path):
    """A folder from elsewhere could name any file of the user as its time series."""
    path, out = write_case(tmp_path, SLAB), tmp_path / "out"
    case = load_case(path)
    with ExitStack() as kept:
        prepare(out, case, False, kept)
    (tmp_path / "precious").write_text("kept")
    (out / "timeseries.csv").symlink_to(tmp_path / "precious")
    with pytest.raises(InputError, match="symbolic link"), ExitStack() as kept:
        prepare(out, case, True, kept)
    with ExitStack() as kept:
        prepare(out, case, False, kept)
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (out / "timeseries.csv").exists()

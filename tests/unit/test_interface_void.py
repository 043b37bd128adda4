"""The void at an interface: sizes of the mesh, and voids that do not fit."""

from __future__ import annotations

import pytest

from fem_cell.geometry_script import load_script
from fem_cell.geometry_script.build import build_mesh
from tests.conftest import REPOSITORY

SCRIPT = load_script(REPOSITORY / "geometry" / "interface_void.py")


def test_mesh_has_the_exact_sizes(tmp_path):
    values, faults = SCRIPT.read({"void_depth": "3 um", "rim_size": "1 um"}, tmp_path)
    assert not faults
    info = build_mesh(SCRIPT, values, tmp_path).info
    volumes = info["phases"]
    for name, error in (("lithium", 2e-3), ("pellet", 1e-9), ("void", 0.03)):
        assert volumes[name]["mesh"] == pytest.approx(volumes[name]["exact"], rel=error)
    assert sum(v["mesh"] for v in volumes.values()) == pytest.approx(10e-6**2 * 30e-6)


@pytest.mark.parametrize("key", ["void_radius", "void_depth"])
def test_a_void_that_does_not_fit_is_refused(key, tmp_path):
    _, faults = SCRIPT.read({"void_depth": "3 um", key: "30 um"}, tmp_path)
    assert [fault.key for fault in faults] == [key]

"""``fem-cell mesh``: build the mesh of a case and describe it."""

from __future__ import annotations

import argparse

from fem_cell.case import load_case
from fem_cell.cli.folders import mesh_for, results_folder
from fem_cell.geometry_script.describe import describe


def command(options: argparse.Namespace) -> int:
    """Build, describe, draw."""
    case = load_case(options.case, options.overrides, smoke=options.smoke)
    out = results_folder(options.case, options.out)
    mesh = mesh_for(case, out)
    print(describe(mesh.info))
    print(f"written: {mesh.path}")
    return 0

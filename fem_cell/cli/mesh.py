"""``fem-cell mesh``: build the mesh of a case, a sample or a pressing, describe and draw it."""

from __future__ import annotations

import argparse

from fem_cell.case import load_case
from fem_cell.case.pressing import is_pressing, load_pressing
from fem_cell.case.sample import is_sample, load_sample
from fem_cell.cli.folders import mesh_for, mesh_of, results_folder
from fem_cell.geometry_script.build import MeshFile
from fem_cell.geometry_script.describe import describe
from fem_cell.output.pictures.mesh import make_mesh_picture


def command(options: argparse.Namespace) -> int:
    """Build, describe, draw."""
    kinds = ((is_sample, _sample), (is_pressing, _pressing))
    build = next((build for holds, build in kinds if holds(options.case)), _case)
    mesh = build(options)
    print(describe(mesh.info))
    print(f"written: {mesh.path}")
    return 0


def _case(options: argparse.Namespace) -> MeshFile:
    case = load_case(options.case, options.overrides, smoke=options.smoke)
    mesh = mesh_for(case, results_folder(options.case, options.out))
    make_mesh_picture(mesh.path, case.title)
    return mesh


def _sample(options: argparse.Namespace) -> MeshFile:
    """The last piece of a sample, its largest; the first phase stands out of the others."""
    sample = load_sample(options.case, options.overrides, smoke=options.smoke)
    piece = sample.pieces[-1]
    mesh = mesh_of(piece.geometry, results_folder(options.case, options.out) / piece.name)
    make_mesh_picture(mesh.path, sample.title, list(sample.phases)[:1], sample.empty)
    return mesh


def _pressing(options: argparse.Namespace) -> MeshFile:
    """The piece that is pressed; the first phase stands out of the others."""
    pressing = load_pressing(options.case, options.overrides, smoke=options.smoke)
    mesh = mesh_of(pressing.geometry, results_folder(options.case, options.out))
    make_mesh_picture(mesh.path, pressing.title, list(pressing.phases)[:1], pressing.empty)
    return mesh

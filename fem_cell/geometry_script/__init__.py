"""Geometry scripts: parameters with units in, a Gmsh mesh with named volumes and surfaces out.

A script is a Python file that declares ``PARAMETERS`` and defines ``names`` and ``build``, and
may define ``check``, ``exact``, ``estimate`` and ``move_nodes`` (see ``geometry/README.md``). It
is loaded by :func:`load_script` and meshed by :func:`build_mesh`.

Importing this package does not import Gmsh: a case is checked before anything heavy is loaded.
"""

from fem_cell.geometry_script.build import MeshFile, build_mesh
from fem_cell.geometry_script.command_line import main
from fem_cell.geometry_script.describe import describe
from fem_cell.geometry_script.parameters import Parameter, Values, read_values
from fem_cell.geometry_script.script import Geometry, Grain, Script, load_script

__all__ = [
    "Geometry",
    "Grain",
    "MeshFile",
    "Parameter",
    "Script",
    "Values",
    "build_mesh",
    "describe",
    "load_script",
    "main",
    "read_values",
]

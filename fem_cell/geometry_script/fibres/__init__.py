"""Networks of fibres: drawn at random, checked for connection, cut out of a lattice.

``network`` makes fibres and pores from the parameters of ``geometry/boron_skeleton.py`` with numpy
and scipy alone; ``mesh_network`` cuts tetrahedra along their surfaces and ``fill_discrete`` hands
these to Gmsh; ``fill_solid`` makes OpenCASCADE solids of few fibres instead.
Importing this package does not import Gmsh.
"""

from fem_cell.geometry_script.fibres.lattice import Tetrahedra, lattice
from fem_cell.geometry_script.fibres.measures import measures, notes, of_cells
from fem_cell.geometry_script.fibres.model import SURFACES, fill_discrete
from fem_cell.geometry_script.fibres.network import MICRO, Network, cubes, network
from fem_cell.geometry_script.fibres.solid import MOST_FIBRES, fill_solid
from fem_cell.geometry_script.fibres.structure import (
    LITHIUM,
    PHASES,
    PORES,
    SKELETON,
    Structure,
    cut_phases,
    fit_network,
    mesh_network,
)

__all__ = [
    "LITHIUM",
    "MICRO",
    "MOST_FIBRES",
    "PHASES",
    "PORES",
    "SKELETON",
    "SURFACES",
    "Network",
    "Structure",
    "Tetrahedra",
    "cubes",
    "cut_phases",
    "fill_discrete",
    "fill_solid",
    "fit_network",
    "lattice",
    "measures",
    "mesh_network",
    "network",
    "notes",
    "of_cells",
]

"""The mesh of a cell: volumes, surfaces and cuts by name, one mesh per set of phases.

``cell_mesh`` holds it, ``reading`` makes it from a Gmsh file, ``cuts`` splits it where fields
may jump, ``facets`` finds facets, ``partition`` distributes it over ranks.
"""

from fem_cell.mesh.cell_mesh import MICROMETRE, CellMesh, Indices, SubMesh
from fem_cell.mesh.reading import read_cell_mesh

__all__ = ["MICROMETRE", "CellMesh", "Indices", "SubMesh", "read_cell_mesh"]

"""Dense layers of crystals: grains, orientations, cracks, pores, contact and roughness.

``microstructure`` makes all of it from the parameters of ``geometry/dense_crystals.py`` with numpy
alone; ``fill_model`` turns it into a Gmsh model. Importing this package does not import Gmsh.
"""

from fem_cell.geometry_script.crystals.cell_sizes import expected_size
from fem_cell.geometry_script.crystals.checks import plain_faults
from fem_cell.geometry_script.crystals.grains import QUASI_2D, grain_count
from fem_cell.geometry_script.crystals.microstructure import (
    MICRO,
    Microstructure,
    microstructure,
    orientations,
)
from fem_cell.geometry_script.crystals.model import fill_model, follow_roughness

__all__ = [
    "MICRO",
    "QUASI_2D",
    "Microstructure",
    "expected_size",
    "fill_model",
    "follow_roughness",
    "grain_count",
    "microstructure",
    "orientations",
    "plain_faults",
]

"""MPI-parallel three-dimensional microstructure solver for solid-state batteries."""

__version__ = "0.1.0"

"""Sweeps: one case at many points, each a run of its own, with one table at the end."""

from fem_cell.sweep.plan import Point, Sweep, read_sweep

__all__ = ["Point", "Sweep", "read_sweep"]

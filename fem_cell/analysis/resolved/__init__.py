"""Effective properties of a resolved piece of a microstructure, and what bounds them.

``body`` is the piece, a box of several phases; ``conductivity`` and ``stiffness`` load its faces
and average; ``bounds`` needs nothing but volume fractions; ``sample`` does all of it for a mesh.
"""

from fem_cell.analysis.resolved.body import ResolvedBody, resolved_body
from fem_cell.analysis.resolved.conditions import LINEAR, MIXED, PERIODIC, UNIFORM
from fem_cell.analysis.resolved.conductivity import effective_conductivity
from fem_cell.analysis.resolved.stiffness import effective_stiffness

__all__ = [
    "LINEAR",
    "MIXED",
    "PERIODIC",
    "UNIFORM",
    "ResolvedBody",
    "effective_conductivity",
    "effective_stiffness",
    "resolved_body",
]

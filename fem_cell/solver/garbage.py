"""Freeing of PETSc's objects on several ranks.

Python may drop an object at different times on different ranks, so PETSc keeps it until all ranks
come to say what they have dropped. It has such a list for every communicator, and DOLFINx gives
every mesh and every space one of its own. Vectors made in every iteration would fill the memory of
a long protocol step.
"""

from __future__ import annotations

from petsc4py import PETSc


def free_dropped(*alike: PETSc.Object) -> None:
    """Free what Python has dropped on the communicators of some objects. Collective."""
    for thing in alike:
        PETSc.garbage_cleanup(thing.comm)

"""A small case that the unit tests change, and a folder that all ranks see."""

import copy
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SLAB = {
    "geometry": {
        "script": str(ROOT / "geometry" / "layered_slab.py"),
        "layers": ["cathode: 100 um", "electrolyte: 20 um"],
    },
    "phases": {
        "cathode": {
            "model": "porous_active", "material": "NMC811", "electrolyte": "PVDF-LiFSI",
        },
        "electrolyte": {"model": "binary_salt", "material": "PVDF-LiFSI"},
    },
    "terminals": {"positive": "current_collector", "negative": "lithium_foil"},
    "protocol": ["Discharge at 1C until 2.7 V"],
}  # fmt: skip
"""The least that makes a cell."""


@pytest.fixture
def slab():
    """Makes the document of a small cell, with some sections replaced."""
    return lambda **sections: copy.deepcopy(SLAB) | sections


@pytest.fixture
def folder():
    """A folder that all ranks see."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    path = comm.bcast(tempfile.mkdtemp() if comm.rank == 0 else None)
    yield Path(path)
    comm.barrier()
    if comm.rank == 0:
        shutil.rmtree(path)

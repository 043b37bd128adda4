"""Who is a rank, as mpirun, srun and batch scripts say it in variables."""

import os

import pytest
from mpi4py import MPI

from fem_cell.errors import InputError
from fem_cell.log import rank_from_environment, ranks_from_environment, under_mpi
from fem_cell.parallel import check_ranks

pytestmark = pytest.mark.skipif(MPI.COMM_WORLD.size > 1, reason="sets variables of one rank")

BATCH = {"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_STEP_ID": "-5"}
MPIRUN = {"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"}
SRUN = BATCH | {"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "2", "PMIX_RANK": "2"}
PLACES = {
    "a prompt": ({}, False, 0, 1),
    "a batch script": (BATCH, False, 0, 1),
    "mpirun": (MPIRUN, True, 3, 4),
    "mpirun that srun started on two nodes": (SRUN | MPIRUN, True, 3, 4),
    "mpirun with one rank": (
        {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"},
        True,
        0,
        1,
    ),
    "srun": (SRUN, True, 2, 8),
    "srun with one task": (BATCH | {"SLURM_STEP_NUM_TASKS": "1"}, False, 0, 1),
    "mpiexec of MPICH": ({"PMI_RANK": "1", "PMI_SIZE": "2"}, True, 1, 2),
}


@pytest.mark.parametrize("place", PLACES)
def test_places(monkeypatch, place):
    variables, several, rank, ranks = PLACES[place]
    for name in [*os.environ]:
        if name.startswith(("OMPI_COMM", "PMIX_", "PMI_", "SLURM_")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert under_mpi() is several
    assert rank_from_environment() == rank
    assert ranks_from_environment() == ranks
    if ranks == 1:
        check_ranks(MPI.COMM_WORLD)
    else:
        with pytest.raises(InputError, match=f"{ranks} ranks were started, but MPI sees only one"):
            check_ranks(MPI.COMM_WORLD)

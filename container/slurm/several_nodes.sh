#!/bin/bash
# One case on several nodes, with an installation of fem_cell that all of them see:
#
#   sbatch --nodes=8 container/slurm/several_nodes.sh runs/channelled_cathode.toml [options]
#
# Submitted again, it goes on from the last checkpoint; signals as in one_node.sh.
#SBATCH --job-name=fem-cell
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --output=%x-%j.log
set -euo pipefail

case_file=${1:?which case file?}
read -ra fem_cell <<<"${FEM_CELL:-fem-cell}"

# FEM_CELL_MPI: how to start the ranks; `srun --mpi=pmix` where Slurm was built with PMIx
read -ra mpi <<<"${FEM_CELL_MPI:-mpirun -n $SLURM_NTASKS}"

# compiled forms stay in ~/.cache, which all nodes see, so that one rank compiles for all
export OMP_NUM_THREADS=1

# in place of this shell: mpirun and srun pass SIGUSR1 on to the ranks
exec "${mpi[@]}" "${fem_cell[@]}" run "$case_file" --continue --quiet "${@:2}"

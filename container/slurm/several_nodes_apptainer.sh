#!/bin/bash
# One case on several nodes, in an image: the mpirun or srun of the cluster starts the ranks, and
# each rank enters the image by itself.
#
#   sbatch --nodes=8 container/slurm/several_nodes_apptainer.sh runs/channelled_cathode.toml [options]
#
# The MPI outside must be able to start the one inside: Open MPI of the same major version, or
# srun --mpi=pmix. Submitted again, it goes on from the last checkpoint; signals as in one_node.sh.
#SBATCH --job-name=fem-cell
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --output=%x-%j.log
set -euo pipefail

case_file=${1:?which case file?}
image=${FEM_CELL_IMAGE:-fem_cell.sif}
read -ra mpi <<<"${FEM_CELL_MPI:-mpirun -n $SLURM_NTASKS}" # or `srun --mpi=pmix`

# compiled forms where all nodes see them, so that one rank compiles for all
export FEM_CELL_CACHE=${FEM_CELL_CACHE:-$HOME/.cache/fem-cell-image}
mkdir -p "$FEM_CELL_CACHE"
export OMP_NUM_THREADS=1

exec "${mpi[@]}" apptainer exec --bind "$PWD" "$image" \
    fem-cell run "$case_file" --continue --quiet "${@:2}"

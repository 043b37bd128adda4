#!/bin/bash
# One case on one node:
#
#   sbatch container/slurm/one_node.sh runs/channelled_cathode.toml [options of fem-cell run]
#
# Submitted again, it goes on from the last checkpoint. Five minutes before its time is up Slurm
# sends SIGUSR1, the run writes a checkpoint, and the job ends with exit code 4.
#SBATCH --job-name=fem-cell
#SBATCH --nodes=1
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --output=%x-%j.log
set -euo pipefail

case_file=${1:?which case file?}

# FEM_CELL: how to start it; `fem-cell` with an installation of one's own, or in an image
# `apptainer exec fem_cell.sif fem-cell`
read -ra fem_cell <<<"${FEM_CELL:-container/fem-cell}"

export OMP_NUM_THREADS=1

# in place of this shell, so that Slurm's signal reaches it
exec "${fem_cell[@]}" run "$case_file" -n "$SLURM_NTASKS" --continue --quiet "${@:2}"

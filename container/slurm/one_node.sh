#!/bin/bash
# One case on one node: sbatch container/slurm/one_node.sh runs/channelled_cathode.toml
# Submitted again, it goes on from the last checkpoint.
#SBATCH --job-name=fem-cell
#SBATCH --nodes=1
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --output=%x-%j.log
set -euo pipefail

case_file=${1:?which case file?}
results=results/$(basename -- "$case_file" .toml)

# With an installation of one's own, put `fem-cell` here instead of the launcher.
fem_cell=${FEM_CELL:-container/fem-cell}

# Compiled forms on the node's own disk: thousands of small files.
export XDG_CACHE_HOME=${TMPDIR:-/tmp}/fem-cell-$SLURM_JOB_ID
export FEM_CELL_CACHE=${FEM_CELL_CACHE:-$HOME/.cache/fem-cell}
export OMP_NUM_THREADS=1

arguments=(run "$case_file" -n "$SLURM_NTASKS" --out "$results" --max-wall-time 3h50m --quiet)
if [[ -d $results/checkpoint ]]; then
    arguments+=(--resume)
fi
exec "$fem_cell" "${arguments[@]}"

#!/bin/bash
# A sweep as a job array; run this on a login node, it submits the array itself:
#
#   container/slurm/sweep.sh runs/paper_b/thickness_and_rate.toml [options of fem-cell sweep]
#
# Every point is a task with 8 ranks, at most 10 at a time. A task whose time is up goes back into
# the queue and on from its checkpoint. When the last one is over, a job writes table.csv and
# map.png. The same command again submits what is not finished; --retry also what has failed.
set -euo pipefail

sweep=${1:?which sweep file?}
read -ra fem_cell <<<"${FEM_CELL:-container/fem-cell}" # the tasks use FEM_CELL, too

exec "${fem_cell[@]}" sweep "$sweep" --slurm --jobs 10 "${@:2}" -- --ntasks=8 --time=02:00:00

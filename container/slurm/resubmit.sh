#!/bin/bash
# One case on one node, queued again and again until it is finished:
#
#   sbatch container/slurm/resubmit.sh runs/channelled_cathode.toml [options of fem-cell run]
#
# Five minutes before its time is up Slurm sends SIGUSR1, the run writes a checkpoint and ends
# with exit code 4; then the job goes back into the queue under its own number and with its own
# options, at most FEM_CELL_RESTARTS times (20). Any other exit code ends it, and so does scancel.
#SBATCH --job-name=fem-cell
#SBATCH --nodes=1
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -euo pipefail

case_file=${1:?which case file?}
read -ra fem_cell <<<"${FEM_CELL:-container/fem-cell}" # as in one_node.sh
export OMP_NUM_THREADS=1

"${fem_cell[@]}" run "$case_file" -n "$SLURM_NTASKS" --continue --quiet "${@:2}" &
run=$!
trap 'signalled=yes; kill -USR1 "$run" || true' USR1 TERM
signalled=yes
while [[ $signalled ]]; do # a signal ends wait, not the run
    signalled='' code=0
    wait "$run" || code=$?
done

trap - USR1 TERM
((code != 138)) || code=4 # the signal came before the run could listen
state=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T) || true
if ((code == 4)) && [[ $state == RUNNING ]]; then # and not cancelled
    restarts=${SLURM_RESTART_COUNT:-0}
    if ((restarts < ${FEM_CELL_RESTARTS:-20})); then
        echo "not finished yet: back into the queue"
        scontrol requeue "$SLURM_JOB_ID"
    else
        echo "not finished after $restarts restarts: submit it again to go on" >&2
    fi
fi
exit "$code"

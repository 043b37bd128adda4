"""Run a sweep as a Slurm job array, and write its table when the last task is over."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fem_cell.errors import Fault, InputError
from fem_cell.log import LOGGER
from fem_cell.output.files import replace_text
from fem_cell.sweep.plan import Point, Sweep
from fem_cell.sweep.runner import command_of, left_out, pending
from fem_cell.sweep.settings import folder_name

SCRIPT, TABLE = "sweep.sbatch", "table.sbatch"

LAUNCHER = "FEM_CELL_LAUNCHER"
"""Set by ``container/fem-cell`` to its own path: the nodes start it, too."""

_HEAD = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --nodes=1
#SBATCH --open-mode=append
{directives}
set -euo pipefail
cd {here}
export OMP_NUM_THREADS=1
# FEM_CELL: another way to start it
fem_cell=({program})
[[ ! ${{FEM_CELL:-}} ]] || read -ra fem_cell <<<"$FEM_CELL"
"""

_ARRAY = """case "$SLURM_ARRAY_TASK_ID" in
{tasks}
    *) echo "no task $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;
esac
restarts=${{SLURM_RESTART_COUNT:-0}}
((restarts == 0)) || set -- "$@" --continue

"${{fem_cell[@]}}" "$@" -n "${{SLURM_NTASKS:-1}}" &
run=$!
trap 'signalled=yes; kill -USR1 "$run" || true' USR1 TERM
signalled=yes
while [[ $signalled ]]; do # a signal ends wait, not the run
    signalled='' code=0
    wait "$run" || code=$?
done

trap - USR1 TERM
((code != 138)) || code=4 # the signal came before the run could listen
# stopped before its time is up, and not cancelled: back into the queue
if ((code == 4 && restarts < ${{FEM_CELL_RESTARTS:-20}})); then
    task=${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID
    [[ $(squeue --noheader --jobs="$task" --format=%T) != RUNNING ]] || scontrol requeue "$task"
fi
exit "$code"
"""


def array_script(sweep: Sweep, points: Sequence[Point], at_once: int | None = None) -> str:
    """The job array: a task for each of some points.

    Each task has ``--ntasks`` ranks, one unless the submission says otherwise. Two minutes before
    its time is up it writes a checkpoint and goes back into the queue.

    Args:
        sweep: The sweep.
        points: The points.
        at_once: Tasks at the same time; ``None`` leaves it to Slurm.
    """
    tasks = []
    for number, point in enumerate(points):
        arguments = shlex.join(command_of(sweep, point))
        name = " ".join(point.name.split())  # a comment ends with its line
        tasks.append(f"    # {name}\n    {number}) set -- {arguments} ;;")
    limit = f"%{at_once}" if at_once else ""
    directives = [
        f"--array=0-{len(tasks) - 1}{limit}",
        "--signal=B:USR1@120",
        "--requeue",
        f'--output="{sweep.out.resolve()}/slurm-%a.log"',
    ]
    return _head(sweep, directives) + _ARRAY.format(tasks="\n".join(tasks))


def table_script(sweep: Sweep) -> str:
    """The job that writes the table from whatever results there are then."""
    arguments = ["sweep", str(sweep.path), "--out", str(sweep.out), "--table"]
    if sweep.smoke:
        arguments.append("--smoke")
    directives = [f'--output="{sweep.out.resolve()}/slurm-table.log"']
    return _head(sweep, directives) + f'exec "${{fem_cell[@]}}" {shlex.join(arguments)}\n'


def submit(
    sweep: Sweep, options: Sequence[str] = (), *, retry: bool = False, at_once: int | None = None
) -> Path | None:
    """Write the scripts beside the results and hand them to ``sbatch``.

    Args:
        sweep: The sweep.
        options: Options of ``sbatch``, such as ``--time=04:00:00``.
        retry: Also submit points that have failed.
        at_once: Tasks at the same time; ``None`` leaves it to Slurm.

    Returns:
        The script of the array, or ``None`` if there is nothing to run.

    Raises:
        InputError: There is no ``sbatch`` here, or it refuses.
        OSError: The scripts cannot be written.
    """
    points = pending(sweep, retry)
    for _, line in left_out(sweep, points, retry):
        LOGGER.warning("%s", line)
    if not points:
        LOGGER.info("none of the %d points is left to run", len(sweep.points))
        return None
    sweep.out.mkdir(parents=True, exist_ok=True)
    script, table = sweep.out / SCRIPT, sweep.out / TABLE
    replace_text(script, array_script(sweep, points, at_once))
    replace_text(table, table_script(sweep))
    number = _sbatch(script, options)
    LOGGER.info("submitted %d points as job array %s (%s)", len(points), number, script)
    after = ["--ntasks=1", "--time=00:10:00", f"--dependency=afterany:{number}"]
    LOGGER.info("the table follows by job %s", _sbatch(table, [*options, *after]))
    return script


def _head(sweep: Sweep, directives: Sequence[str]) -> str:
    launcher = os.environ.get(LAUNCHER)
    program = [launcher] if launcher else [sys.executable, "-m", "fem_cell"]
    return _HEAD.format(
        name=folder_name(sweep.path.stem),
        directives="\n".join(f"#SBATCH {directive}" for directive in directives),
        here=shlex.quote(str(Path.cwd())),
        program=shlex.join(program),
    )


def _sbatch(script: Path, options: Sequence[str]) -> str:
    """Submit a script; the number of the job."""
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        remedy = f"submit {script} where there is one: sbatch {script}"
        raise InputError([Fault("--slurm", "there is no sbatch here", remedy)])
    command = [sbatch, "--parsable", *options, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        refusal = (done.stderr.strip() or done.stdout.strip()).replace("\n", " ")
        remedy = f"change its options, or submit {script} where sbatch works"
        raise InputError([Fault("--slurm", f"sbatch refused: {refusal}", remedy)])
    return done.stdout.strip().partition(";")[0]  # the cluster's name may follow

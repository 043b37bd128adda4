"""Run a sweep as a Slurm job array."""

from __future__ import annotations

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
from fem_cell.sweep.runner import command_of, failed, pending

SCRIPT = "sweep.sbatch"


def array_script(sweep: Sweep, points: Sequence[Point]) -> str:
    """The job array: a task for each of some points.

    Each task has ``--ntasks`` ranks, one unless the submission says otherwise.
    """
    tasks = []
    for number, point in enumerate(points):
        arguments = shlex.join(command_of(sweep, point))
        tasks.append(f"    # {point.name}\n    {number}) set -- {arguments} ;;")
    lines = "\n".join(tasks)
    program = shlex.join([sys.executable, "-m", "fem_cell"])
    return f"""#!/bin/bash
#SBATCH --job-name={sweep.path.stem}
#SBATCH --array=0-{len(tasks) - 1}
#SBATCH --nodes=1
#SBATCH --output={sweep.out.resolve()}/slurm-%a.log
set -euo pipefail
cd {shlex.quote(str(Path.cwd()))}
export OMP_NUM_THREADS=1
case "$SLURM_ARRAY_TASK_ID" in
{lines}
    *) echo "no task $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;
esac
# FEM_CELL: another way to start it, such as container/fem-cell
exec ${{FEM_CELL:-{program}}} "$@" -n "${{SLURM_NTASKS:-1}}"
"""


def submit(sweep: Sweep, options: Sequence[str] = (), *, retry: bool = False) -> Path | None:
    """Write the script beside the results and hand it to ``sbatch``.

    Args:
        sweep: The sweep.
        options: Options of ``sbatch``, such as ``--time=04:00:00``.
        retry: Also submit points that have failed.

    Returns:
        The script, or ``None`` if there is nothing to run.

    Raises:
        InputError: There is no ``sbatch`` here, or it refuses.
    """
    for line in () if retry else failed(sweep):
        LOGGER.warning("%s", line)
    points = pending(sweep, retry)
    if not points:
        LOGGER.info("none of the %d points is left to run", len(sweep.points))
        return None
    sweep.out.mkdir(parents=True, exist_ok=True)
    script = sweep.out / SCRIPT
    replace_text(script, array_script(sweep, points))
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        remedy = f"submit {script} where there is one: sbatch {script}"
        raise InputError([Fault("--slurm", "there is no sbatch here", remedy)])
    done = subprocess.run(
        [sbatch, *options, str(script)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        refusal = (done.stderr.strip() or done.stdout.strip()).replace("\n", " ")
        raise InputError([Fault("--slurm", f"sbatch refused: {refusal}", "change its options")])
    LOGGER.info("%s (%s)", done.stdout.strip(), script)
    return script

"""Work that is done in a Python process of its own.

A graphics driver that fails ends its process without asking, and a report is no parallel program:
neither may take a run with it, or become one of its ranks.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from fem_cell.log import LOGGER

_LAUNCHERS = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "SLURM_")
"""Variables that make a process a rank of the job around it."""


def run_apart(
    module: str, arguments: Sequence[str], task: str, time_limit: float
) -> tuple[bool, str]:
    """Run ``python -m module arguments``; what goes wrong is logged. Not collective.

    Args:
        module: Its full name.
        arguments: Of the command line.
        task: What it does, for messages.
        time_limit: s.

    Returns:
        Whether it ended well, and what it wrote to its standard output.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_LAUNCHERS)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=time_limit,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOGGER.warning("%s failed: %s", task, error)
        return False, ""
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)  # without colours
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        LOGGER.warning("%s failed (code %d): %s", task, done.returncode, last)
    return done.returncode == 0, done.stdout

"""Draws the pictures of a results folder in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fem_cell.log import LOGGER

TIME_LIMIT = 900.0
"""s; software rendering of a million cells takes a few minutes."""

_LAUNCHERS = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "SLURM_")


def make_pictures(results: Path) -> list[Path]:
    """Draw all pictures of a results folder that its contents allow. Not collective.

    Reads ``timeseries.csv``, ``mesh/mesh.json`` and ``fields/*.pvd``, writes into
    ``pictures``: ``voltage.png``, ``architecture.png``, ``stoichiometry.png``,
    ``salt.png`` and ``interface_current.png``; with mechanics ``stress_xx.png``,
    ``stress_zz.png`` and ``max_principal_stress.png``.

    Args:
        results: The folder.

    Returns:
        The pictures that were made. Others are skipped with a message in the log.
    """
    command = [sys.executable, "-m", "fem_cell.output.pictures", str(results)]
    # the child is no rank of the job that may be running around it
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_LAUNCHERS)}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOGGER.warning("no pictures: %s", error)
        return []
    drawn = []
    for line in done.stdout.splitlines():
        kind, _, text = line.partition("\t")
        if kind == "picture":
            drawn.append(Path(text))
        elif kind == "skipped":
            LOGGER.info("%s", text)
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)  # without colours
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        LOGGER.warning("not all pictures could be drawn (code %d): %s", done.returncode, last)
    return drawn

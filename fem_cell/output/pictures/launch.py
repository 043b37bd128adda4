"""Draws the pictures of a results folder in a process of its own."""

from __future__ import annotations

from pathlib import Path

from fem_cell.log import LOGGER
from fem_cell.output.apart import run_apart

TIME_LIMIT = 900.0
"""s; software rendering of a million cells takes a few minutes."""


def make_pictures(results: Path) -> list[Path]:
    """Draw all pictures of a results folder that its contents allow. Not collective.

    Reads ``timeseries.csv``, ``mesh/mesh.json`` and ``fields/*.pvd``, writes into
    ``pictures``: ``voltage.png``, ``impedance.png``, ``architecture.png``, ``stoichiometry.png``,
    ``salt.png`` and ``interface_current.png``; of free lithium ``lithium_layers.png``; with
    mechanics ``stress_xx.png``, ``stress_zz.png`` and ``max_principal_stress.png``.

    Args:
        results: The folder.

    Returns:
        The pictures that were made. Others are skipped with a message in the log.
    """
    _, said = run_apart("fem_cell.output.pictures", [str(results)], "drawing pictures", TIME_LIMIT)
    drawn = []
    for line in said.splitlines():
        kind, _, text = line.partition("\t")
        if kind == "picture":
            drawn.append(Path(text))
        elif kind == "skipped":
            LOGGER.info("%s", text)
    return drawn

"""``fem-cell compare``: several results beside each other."""

from __future__ import annotations

import argparse

from fem_cell.cli.plot import require_results
from fem_cell.log import LOGGER


def command(options: argparse.Namespace) -> int:
    """Print the table of the steps; write it with the voltage curves."""
    require_results("RESULTS", *options.results)
    from fem_cell.output.compare import compare

    print(compare(options.results, options.out))
    LOGGER.info("table and curves: %s", options.out)
    return 0

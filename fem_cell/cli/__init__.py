"""The command line ``fem-cell``."""

from fem_cell.cli.main import main

__all__ = ["main"]

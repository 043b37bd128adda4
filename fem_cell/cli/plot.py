"""``fem-cell plot``: pictures of a results folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_cell.errors import Fault, FemCellError, InputError
from fem_cell.log import LOGGER


def command(options: argparse.Namespace) -> int:
    """Draw all pictures that the folder's contents allow."""
    from fem_cell.output.pictures import make_pictures

    require_results("RESULTS", options.results)
    drawn = make_pictures(options.results)
    for picture in drawn:
        LOGGER.info("%s", picture)
    if not drawn:
        raise FemCellError(f"no picture of {options.results} could be made")
    return 0


def require_results(key: str, *folders: Path) -> None:
    """Every folder holds results.

    Raises:
        InputError: One line for each that does not.
    """
    faults = []
    for folder in folders:
        if not folder.is_dir():
            faults.append(Fault(key, f"there is no folder {folder}", "give a results folder"))
        elif not (folder / "case.toml").is_file():
            remedy = "give a folder that fem-cell run wrote"
            faults.append(Fault(key, f"{folder} holds no results", remedy))
    if faults:
        raise InputError(faults)

"""Leaves a script beside the fields that opens them in ParaView."""

from __future__ import annotations

from pathlib import Path

from fem_cell.output.files import replace_text

SCRIPT = "open_in_paraview.py"


def write_paraview_script(folder: Path) -> Path:
    """Copy the script into a results folder; not collective.

    Args:
        folder: The folder of the fields; the script goes beside it.

    Returns:
        The script.
    """
    target = folder.parent / SCRIPT
    source = Path(__file__).with_name(SCRIPT).read_text(encoding="utf-8")
    recorded = f"RECORDED = {str(target.resolve())!r}"
    replace_text(target, source.replace('RECORDED = ""', recorded, 1))
    return target

"""The command line that every geometry script has of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fem_cell.errors import FemCellError, InputError
from fem_cell.geometry_script.build import build_mesh
from fem_cell.geometry_script.describe import describe
from fem_cell.geometry_script.parameters import Parameter
from fem_cell.geometry_script.script import Script, load_script


def main(path: str, arguments: Sequence[str] | None = None) -> int:
    """Build a mesh from the command line; a script ends with ``sys.exit(main(__file__))``.

    Args:
        path: File of the script.
        arguments: Command-line arguments; those of the process if None.

    Returns:
        Exit code: 0, or 2 if a parameter is wrong.
    """
    try:
        script = load_script(path)
        options = vars(_parser(script).parse_args(arguments))
        out = Path(options.pop("out"))
        table = {name: value for name, value in options.items() if value is not None}
        values, faults = script.read(table)
        if faults:
            raise InputError(faults)
        mesh = build_mesh(script, values, out.parent, out.stem)
    except FemCellError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(describe(mesh.info))
    print(f"\nwritten: {mesh.path} and {mesh.path.with_suffix('.json').name}")
    return 0


def _parser(script: Script) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=script.path.name,
        description=script.module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for parameter in script.parameters:
        parser.add_argument(
            f"--{parameter.name}",
            nargs="+" if parameter.is_list else None,
            metavar=_metavar(parameter),
            help=f"{parameter.help} ({parameter.show_default()})".replace("%", "%%"),
        )
    parser.add_argument("--out", default="mesh.msh", metavar="FILE", help="file to write")
    return parser


def _metavar(parameter: Parameter) -> str:
    if parameter.choices:
        return "|".join(str(choice) for choice in parameter.choices)
    if parameter.unit:
        return f'"NUMBER {parameter.unit}"'
    return parameter.item_type.__name__.upper().replace("STR", "TEXT").replace("PATH", "FILE")

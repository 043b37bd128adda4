"""Index of the snapshots of one series: ParaView's ``.pvd`` files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from fem_cell.errors import InputError
from fem_cell.output.files import damaged, replace_text


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of an index.

    Attributes:
        time: s.
        file: The ``.pvtu`` file, relative to the folder of the index.
    """

    time: float
    file: str


def read_collection(path: Path) -> list[Snapshot]:
    """Snapshots that an index lists, in order of time; none if there is no such file.

    Raises:
        InputError: It is damaged.
    """
    if not path.is_file():
        return []
    try:
        entries = ElementTree.parse(path).getroot().iter("DataSet")
        listed = [Snapshot(float(e.attrib["timestep"]), e.attrib["file"]) for e in entries]
        if strange := [s.file for s in listed if not _lies_below(s.file)]:
            raise ValueError(f"'{strange[0]}' lies elsewhere")
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise InputError([damaged(path, error)]) from None
    return sorted(listed, key=lambda snapshot: snapshot.time)


def _lies_below(file: str) -> bool:
    """Whether a file is in the folder of the index: snapshots that it lists are also removed."""
    path = PurePath(file)
    return not path.is_absolute() and ".." not in path.parts


def write_collection(path: Path, snapshots: list[Snapshot]) -> None:
    """Replace an index; a reader never sees half of it."""
    lines = "".join(
        f'<DataSet timestep="{s.time:.17g}" part="0" file={quoteattr(s.file)}/>\n'
        for s in snapshots
    )
    replace_text(
        path,
        '<?xml version="1.0"?>\n<VTKFile type="Collection" version="1.0" '
        f'byte_order="LittleEndian">\n<Collection>\n{lines}</Collection>\n</VTKFile>\n',
    )

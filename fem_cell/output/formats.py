"""File formats of the fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dolfinx.common import has_adios2
from mpi4py import MPI

from fem_cell.errors import Fault, InputError
from fem_cell.output.snapshot_files import SnapshotFiles

if TYPE_CHECKING:
    from fem_cell.output.vtx import VtxFiles

Format = Literal["pvd", "vtx"]


def files_of(
    kind: Format, folder: Path, names: Sequence[str], comm: MPI.Comm
) -> SnapshotFiles | VtxFiles:
    """What writes snapshots in a format. Collective.

    Args:
        kind: The format.
        folder: Of the fields.
        names: Of the series.
        comm: Ranks that write.

    Raises:
        InputError: DOLFINx cannot write it here.
    """
    if kind == "pvd":
        return SnapshotFiles(folder, names, comm)
    if not has_adios2:
        problem = f"is '{kind}', and DOLFINx was built without ADIOS2"
        raise InputError([Fault("output.fields_format", problem, "leave it out")])
    from fem_cell.output.vtx import VtxFiles

    return VtxFiles(folder, comm)

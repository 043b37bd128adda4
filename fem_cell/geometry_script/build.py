"""From a geometry script and values to a mesh file and the JSON that describes it.

Serial: under MPI one rank calls :func:`build_mesh` and the others read the file afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script.generate import generate
from fem_cell.geometry_script.groups import check_groups
from fem_cell.geometry_script.parameters import Values
from fem_cell.geometry_script.quality import boundary_area, grain_table, quality, sizes
from fem_cell.geometry_script.script import Script

LENGTH_UNIT = 1e-6
"""Metres in one unit of length of the mesh file; Gmsh's tolerances suit micrometres."""


@dataclass(frozen=True, slots=True)
class MeshFile:
    """A mesh on disk.

    Attributes:
        path: The Gmsh file (4.1, binary), lengths in micrometres.
        info: Contents of the JSON file beside it: ``fingerprint``, ``length_unit``, ``order``,
            ``nodes``, ``cells``, ``phases``, ``surfaces``, ``interfaces`` (exact and meshed
            sizes in SI), ``footprint``, ``thickness``, ``multiplicity``, ``edge_length``,
            ``quality``, ``script``, ``parameters``, ``gmsh_version``; for a polycrystal also
            ``grains`` (``name``, ``orientation``, ``volume``, ``equivalent_diameter``) and
            ``grain_boundary_area``; ``notes`` and ``measures`` if the script has any.
    """

    path: Path
    info: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the Gmsh file."""
        return str(self.info["fingerprint"])

    @classmethod
    def load(cls, path: str | Path) -> MeshFile:
        """Read what :func:`build_mesh` left.

        Args:
            path: The Gmsh file.

        Raises:
            InputError: A file is missing, or the two do not belong together.
        """
        mesh, side = Path(path), Path(path).with_suffix(".json")
        for file in (mesh, side):
            if not file.is_file():
                remedy = "build the mesh again with 'fem-cell mesh'"
                raise InputError([Fault("geometry", f"there is no file {file}", remedy)])
        info = json.loads(side.read_text())
        if info.get("fingerprint") != _sha256(mesh):
            problem = f"{mesh.name} and {side.name} do not belong together"
            raise InputError([Fault("geometry", problem, "build the mesh again")])
        return cls(mesh, info)


def build_mesh(
    script: Script, values: Mapping[str, Any], out_dir: str | Path, name: str = "mesh"
) -> MeshFile:
    """Build and check a mesh, and write ``mesh.msh``, ``mesh.json`` and ``mesh_log.txt``.

    Files appear whole or not at all. Not collective: one process calls it.

    Args:
        script: As :func:`load_script` returns it.
        values: Complete values of its parameters, SI; ``values["order"]``, if there is one,
            is the order of the cells.
        out_dir: Folder of the files; made if it does not exist.
        name: Stem of the file names.

    Returns:
        The file and its description.

    Raises:
        InputError: The script fails, names are missing or a volume is not in exactly one
            group, Gmsh cannot mesh it, or a cell is inverted.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    complete = dict(values)
    faults = script.check(complete)
    if faults:
        raise InputError(Fault(f"geometry.{f.key}", f.problem, f.remedy) for f in faults)
    with _gmsh_session(folder / f"{name}_log.txt") as gmsh:
        info = _mesh(gmsh, script, complete)
        target = folder / f"{name}.msh"
        draft = folder / f".{name}.{os.getpid()}.msh"
        try:
            gmsh.write(str(draft))
            info["fingerprint"] = _sha256(draft)
            _replace(folder / f"{name}.json", json.dumps(info, indent=1) + "\n")
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    return MeshFile(target, info)


def _mesh(gmsh: Any, script: Script, values: Values) -> dict[str, Any]:
    """Build, mesh, check and measure in the current model; the contents of the JSON file."""
    order = int(values.get("order", 1))
    try:
        geometry = script.build(values)
        generate(gmsh, geometry.structured, geometry.quality_goal)
        if order > 1:
            gmsh.model.mesh.setOrder(order)
        script.move_nodes(values)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # other ranks wait for this one
        problem = f"{script.path.name} cannot be meshed: {error}"
        remedy = "change sizes or mesh sizes; mesh_log.txt says more"
        raise InputError([Fault("geometry", problem, remedy)]) from error
    check_groups(gmsh, *script.names(values))
    info = {
        "script": str(script.path),
        "parameters": script.show(values),
        "gmsh_version": gmsh.option.getString("General.Version"),
        "length_unit": LENGTH_UNIT,
        "order": order,
        **sizes(gmsh, geometry, LENGTH_UNIT),
        "footprint": geometry.footprint,
        "thickness": dict(geometry.thickness),
        "multiplicity": geometry.multiplicity,
        "quality": quality(gmsh),
    }
    if geometry.grains:
        info["grains"] = grain_table(gmsh, geometry, LENGTH_UNIT)
        info["grain_boundary_area"] = boundary_area(gmsh, geometry, LENGTH_UNIT)
    if geometry.notes:
        info["notes"] = list(geometry.notes)
    if geometry.measures:
        info["measures"] = dict(geometry.measures)
    return info


@contextmanager
def _gmsh_session(log: Path) -> Iterator[Any]:
    """A fresh Gmsh that writes its messages to a file, reproducible and always closed."""
    import gmsh

    gmsh.initialize([], readConfigFiles=False, run=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
        gmsh.option.setNumber("Mesh.Binary", 1)
        gmsh.option.setNumber("Mesh.SaveAll", 0)
        gmsh.logger.start()
        gmsh.model.add("cell")
        yield gmsh
    finally:
        _replace(log, "\n".join(gmsh.logger.get()) + "\n")
        gmsh.finalize()


def _replace(path: Path, text: str) -> None:
    """Write a text file that is never seen half-written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    os.replace(draft, path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

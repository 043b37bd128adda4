"""From a Gmsh file to a distributed mesh with names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gmsh
import numpy as np
import numpy.typing as npt
from dolfinx import fem, mesh
from dolfinx.io import gmsh as gmsh_io
from mpi4py import MPI

from fem_cell.errors import Fault, InputError
from fem_cell.mesh.cell_mesh import MICROMETRE, CellMesh, Indices
from fem_cell.mesh.cuts import SerialMesh
from fem_cell.mesh.facets import prepare
from fem_cell.mesh.partition import cell_partitioner
from fem_cell.mesh.periodic import PeriodicPartitioner, find_twins, linear_mesh, put_together

Numbers = npt.NDArray[np.int64]

_TETRAHEDRON, _TRIANGLE = 4, 2
"""Gmsh's numbers of these elements of first order."""


def read_cell_mesh(path: Path, comm: MPI.Comm) -> CellMesh:
    """Read a Gmsh file with named groups and distribute it. Collective.

    Args:
        path: A ``.msh`` file in micrometres; every cell in one volume group. The groups
            ``phase.1``, ``phase.2``, ... are the grains of one phase. Opposite sides that the
            file says are periodic (:mod:`fem_cell.geometry_script.periodic`) become one.
        comm: Communicator over which the mesh is distributed.

    Returns:
        The mesh in metres, ghosted across facets (interface integrals need
        both cells of every facet on the rank that owns it).

    Raises:
        InputError: Surfaces lie where they mean nothing, or periodic sides do not fit.
    """
    with _model(path, comm.rank == 0):
        return _distributed(comm)


@contextmanager
def _model(path: Path, here: bool) -> Iterator[None]:
    """Have Gmsh hold a file (local); nothing elsewhere."""
    if not here:
        yield
        return
    gmsh.initialize([], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.merge(str(path))
        yield
    finally:
        gmsh.finalize()


def _distributed(comm: MPI.Comm) -> CellMesh:
    """The Gmsh model of rank 0. Collective."""
    twins = find_twins(gmsh, comm)
    periodic = PeriodicPartitioner(cell_partitioner(), twins) if twins.nodes.size else None
    partitioner = periodic or cell_partitioner()
    data = gmsh_io.model_to_mesh(gmsh.model, comm, 0, gdim=3, partitioner=partitioner)
    parent, facet_tags = data.mesh, data.facet_tags
    parent.geometry.x[:] *= MICROMETRE
    prepare(parent)
    names = {dim: _names(data.physical_groups, dim) for dim in (2, 3)}
    volumes = _Volumes(names[3])
    group_of_cell = _tags_with_ghosts(parent, data.cell_tags)
    if periodic:
        parent, cells = _identify_sides(parent, periodic)
        group_of_cell = group_of_cell[cells]
        facet_tags = _move_tags(data.mesh, facet_tags, parent, cells, names[2])
    surfaces, cuts = _sort_surfaces(parent, facet_tags, names[2])
    serial = None
    if cuts or volumes.grains:
        triangles = {name: names[2][name] for name in cuts}
        serial = _serial_mesh(volumes, triangles, comm.rank == 0)
    return CellMesh(
        parent,
        volumes.phases_of(group_of_cell),
        volumes.phase_tags,
        surfaces,
        volumes.grains,
        volumes.grains_of(group_of_cell),
        cuts,
        serial,
        twins,
    )


def _identify_sides(
    parent: mesh.Mesh, partitioner: PeriodicPartitioner
) -> tuple[mesh.Mesh, Indices]:
    """The periodic mesh, and the cell of the given one behind each of its own. Collective."""
    count = len(gmsh.model.mesh.getNodes()[0]) if parent.comm.rank == 0 else 0
    nowhere = np.zeros((count, 3))  # only the topology is taken
    vertices = linear_mesh(parent.comm, partitioner.cells, nowhere, partitioner.again)
    periodic, cells = put_together(vertices, parent)
    prepare(periodic)
    return periodic, cells


def _move_tags(
    source: mesh.Mesh,
    tags: mesh.MeshTags | None,
    target: mesh.Mesh,
    cells: Indices,
    names: Mapping[str, int],
) -> mesh.MeshTags:
    """Tags of facets on the periodic mesh; ``cells`` as those of :func:`_identify_sides`.

    Raises:
        InputError: A named surface is a periodic side. Collective.
    """
    there = np.zeros(np.diff(source.topology.connectivity(2, 3).offsets).size, dtype=np.int32)
    if tags is not None:  # no surface has a name
        there[tags.indices] = tags.values
    outside = np.diff(source.topology.connectivity(2, 3).offsets) == 1
    facets = source.topology.connectivity(3, 2).array.reshape(-1, 4)[cells].ravel()
    inner = np.diff(target.topology.connectivity(2, 3).offsets) == 2
    moved_to = target.topology.connectivity(3, 2).array
    owned = moved_to < target.topology.index_map(2).size_local
    sides = np.unique(there[facets][outside[facets] & inner[moved_to] & owned])
    everywhere = set().union(*source.comm.allgather(sides.tolist())) - {0}
    faults = [
        Fault("geometry.script", f"surface '{name}' is a periodic side", "leave it without a name")
        for name, tag in names.items()
        if tag in everywhere
    ]
    if faults:
        raise InputError(faults)
    values = np.zeros(inner.size, dtype=np.int32)
    np.maximum.at(values, moved_to, there[facets])
    tagged = np.flatnonzero(values).astype(np.int32)
    return mesh.meshtags(target, 2, tagged, values[tagged])


class _Volumes:
    """Volume groups sorted into phases and grains.

    Attributes:
        phase_tags: Tag of every phase: that of its first group.
        grains: Numbers of the grains of the phases that have any.
    """

    def __init__(self, groups: Mapping[str, int]) -> None:
        self.phase_tags: dict[str, int] = {}
        self.grains: dict[str, list[int]] = {}
        self._phases = np.zeros(max(groups.values()) + 1, dtype=np.int32)
        self._grains = np.zeros_like(self._phases)
        for name, tag in groups.items():
            phase, _, number = name.partition(".")
            self._phases[tag] = self.phase_tags.setdefault(phase, tag)
            if number:
                self._grains[tag] = int(number)
                self.grains.setdefault(phase, []).append(int(number))

    def phases_of(self, groups: npt.NDArray[Any]) -> Indices:
        """Tags of phases behind tags of groups."""
        return self._phases[groups]

    def grains_of(self, groups: npt.NDArray[Any]) -> Indices:
        """Numbers of grains behind tags of groups; zero in phases without."""
        return self._grains[groups]


def _names(groups: Mapping[str, Any], dim: int) -> dict[str, int]:
    return {name: int(group.tag) for name, group in groups.items() if group.dim == dim}


def _sort_surfaces(
    parent: mesh.Mesh, tags: mesh.MeshTags, names: Mapping[str, int]
) -> tuple[dict[str, Indices], dict[str, Indices]]:
    """Exterior surfaces as rows (cell, local facet), and cuts as owned facets. Collective."""
    topology = parent.topology
    owned = topology.index_map(2).size_local
    cells_at = np.diff(topology.connectivity(2, 3).offsets)
    surfaces, cuts = {}, {}
    for name, tag in names.items():
        facets = tags.find(tag)
        facets = facets[facets < owned]
        between = np.array([np.count_nonzero(cells_at[facets] == n) for n in (1, 2)])
        parent.comm.Allreduce(MPI.IN_PLACE, between)
        if between.all():
            problem = f"surface '{name}' lies partly inside the mesh and partly on its outside"
            raise InputError([Fault("geometry.script", problem, "give the parts two names")])
        if between[1]:
            cuts[name] = facets
            continue
        surfaces[name] = fem.compute_integration_domains(
            fem.IntegralType.exterior_facet, topology, facets
        )
    return surfaces, cuts


def _serial_mesh(volumes: _Volumes, cuts: Mapping[str, int], here: bool) -> SerialMesh:
    """What splitting needs, from the present Gmsh model (local); empty on other ranks."""
    if not here:
        none = np.zeros(0, dtype=np.int32)
        return SerialMesh(np.zeros((0, 3)), np.zeros((0, 4), np.int64), none, none, {})
    tags, points, _ = gmsh.model.mesh.getNodes()
    groups = [tag for _, tag in gmsh.model.getPhysicalGroups(3)]
    parts = [_elements(3, group, _TETRAHEDRON, 4) for group in groups]
    group_of_cell = np.repeat(groups, [len(part) for part in parts])
    triangles = {name: _elements(2, tag, _TRIANGLE, 3) for name, tag in cuts.items()}
    ordered = np.empty((len(tags), 3))
    ordered[tags.astype(np.int64) - 1] = points.reshape(-1, 3) * MICROMETRE
    return SerialMesh(
        ordered,
        np.vstack(parts),
        volumes.grains_of(group_of_cell),
        volumes.phases_of(group_of_cell),
        triangles,
    )


def _elements(dim: int, group: int, kind: int, corners: int) -> Numbers:
    """Nodes of the elements of a physical group, numbered from zero."""
    found = [np.zeros((0, corners), dtype=np.int64)]
    for entity in gmsh.model.getEntitiesForPhysicalGroup(dim, group):
        _, nodes = gmsh.model.mesh.getElementsByType(kind, entity)
        found.append(nodes.astype(np.int64).reshape(-1, corners) - 1)
    return np.vstack(found)


def _tags_with_ghosts(parent: mesh.Mesh, cell_tags: mesh.MeshTags) -> Indices:
    """Tag of every local cell; those of ghosts come from their owners."""
    space = fem.functionspace(parent, ("DG", 0))
    tags = fem.Function(space)
    tags.x.array[:] = -1
    tags.x.array[cell_tags.indices] = cell_tags.values
    tags.x.scatter_forward()
    return tags.x.array.astype(np.int32)

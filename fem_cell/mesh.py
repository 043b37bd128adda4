"""The parent mesh of a cell, with its phases and surfaces addressed by name.

A :class:`CellMesh` holds one tetrahedral mesh in metres. Phases are the named
volume groups of the Gmsh file, surfaces the named surface groups; the facets
between two phases are found from the mesh and need no group of their own.

Every function here that takes a communicator or a mesh is collective.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gmsh
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from dolfinx.io import gmsh as gmsh_io
from mpi4py import MPI

from fem_cell.partition import cell_partitioner

MICROMETRE = 1e-6
"""Geometry scripts work in micrometres, so that Gmsh's tolerances fit."""

SIZE_DEGREE = 4
"""Exact for volumes and areas of curved second-order cells."""

Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class SubMesh:
    """The cells of one or several phases as a mesh of their own.

    Attributes:
        phases: Names of the phases it covers.
        mesh: The sub-mesh, metres.
        cell_map: Relates its cells to those of the parent mesh.
        vertex_map: Relates its vertices to those of the parent mesh.
    """

    phases: tuple[str, ...]
    mesh: mesh.Mesh
    cell_map: mesh.EntityMap
    vertex_map: mesh.EntityMap


@dataclass(frozen=True, slots=True)
class Domains:
    """Integration domains by number; forms insist on one list for all their measures."""

    volumes: list[tuple[int, Indices]]
    surfaces: list[tuple[int, Indices]]
    interfaces: list[tuple[int, Indices]]


@dataclass(slots=True)
class CellMesh:
    """A mesh whose volumes and surfaces have names.

    Attributes:
        mesh: Parent mesh, coordinates in metres, ghosted across facets.
        phase_of_cell: Tag of the phase of every local cell, ghosts included.
        phase_tags: Tag of each phase by name.
        surface_facets: Exterior facets of each named surface owned by this
            rank, as rows (cell, local facet).
    """

    mesh: mesh.Mesh
    phase_of_cell: Indices
    phase_tags: dict[str, int]
    surface_facets: dict[str, Indices]
    _sub_meshes: dict[tuple[str, ...], SubMesh] = field(default_factory=dict)
    _interfaces: dict[tuple[str, str], Indices] = field(default_factory=dict)
    _domains: Domains = field(init=False)

    def __post_init__(self) -> None:
        """List the integration domains. Collective."""
        self._domains = Domains(
            [(tag, self.cells_of([name], ghosts=False)) for name, tag in self.phase_tags.items()],
            list(enumerate(self.surface_facets.values())),
            [(i, self.interface(*pair)) for i, pair in enumerate(self._pairs())],
        )

    def _pairs(self) -> list[tuple[str, str]]:
        return [(a, b) for a in self.phase_tags for b in self.phase_tags if a != b]

    @property
    def comm(self) -> MPI.Comm:
        """The communicator of the parent mesh."""
        return self.mesh.comm

    def cells_of(self, phases: Iterable[str], ghosts: bool) -> Indices:
        """Local cells of the phases; with or without those owned elsewhere."""
        index_map = self.mesh.topology.index_map(self.mesh.topology.dim)
        size = index_map.size_local + (index_map.num_ghosts if ghosts else 0)
        tags = [self.phase_tags[name] for name in phases]
        return np.flatnonzero(np.isin(self.phase_of_cell[:size], tags)).astype(np.int32)

    def sub_mesh(self, phases: Sequence[str]) -> SubMesh:
        """The mesh of the union of some phases; made once. Collective."""
        key = tuple(sorted(phases))
        if key not in self._sub_meshes:
            # an interface facet needs both of its cells, so the ghosts belong to it too
            cells = self.cells_of(key, ghosts=True)
            sub, cell_map, vertex_map, _ = mesh.create_submesh(
                self.mesh, self.mesh.topology.dim, cells
            )
            self._sub_meshes[key] = SubMesh(key, sub, cell_map, vertex_map)
        return self._sub_meshes[key]

    def interface(self, plus: str, minus: str) -> Indices:
        """Owned facets between two phases, ``+`` always on the side of the first.

        Returns:
            Rows (cell+, local facet+, cell-, local facet-), flattened, as
            interior-facet integrals of DOLFINx take them. Collective.
        """
        if (plus, minus) not in self._interfaces:
            rows = _facets_between(
                self.mesh, self.phase_of_cell, self.phase_tags[plus], self.phase_tags[minus]
            )
            self._interfaces[plus, minus] = rows
        return self._interfaces[plus, minus]

    def neighbours(self) -> list[tuple[str, str]]:
        """Pairs of phases that share facets, each pair once. Collective."""
        names = list(self.phase_tags)
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
        local = np.array([self.interface(a, b).size for a, b in pairs], dtype=np.int64)
        total = np.zeros_like(local)
        self.comm.Allreduce(local, total)
        return [pair for pair, count in zip(pairs, total, strict=True) if count]

    def dx(self, quadrature_degree: int) -> ufl.Measure:
        """Volume measure; ``dx(tag)`` of a phase by its tag in ``phase_tags``."""
        return ufl.Measure(
            "dx",
            domain=self.mesh,
            subdomain_data=self._domains.volumes,
            metadata={"quadrature_degree": quadrature_degree},
        )

    def surface_measure(self, surface: str, quadrature_degree: int) -> ufl.Measure:
        """Measure over one named exterior surface."""
        return ufl.Measure(
            "ds",
            domain=self.mesh,
            subdomain_data=self._domains.surfaces,
            subdomain_id=list(self.surface_facets).index(surface),
            metadata={"quadrature_degree": quadrature_degree},
        )

    def interface_measure(self, plus: str, minus: str, quadrature_degree: int) -> ufl.Measure:
        """Measure over the facets between two phases, ``+`` in the first."""
        return ufl.Measure(
            "dS",
            domain=self.mesh,
            subdomain_data=self._domains.interfaces,
            subdomain_id=self._pairs().index((plus, minus)),
            metadata={"quadrature_degree": quadrature_degree},
        )

    def integrate(self, measure: ufl.Measure) -> float:
        """Integral of one over a measure: a volume or an area. Collective."""
        one = fem.Constant(self.mesh, 1.0)
        integrand = (
            one("+") * measure if measure.integral_type() == "interior_facet" else (one * measure)
        )
        return float(self.comm.allreduce(fem.assemble_scalar(fem.form(integrand))))

    def volume(self, phase: str) -> float:
        """Volume of a phase, m^3. Collective."""
        return self.integrate(self.dx(SIZE_DEGREE)(self.phase_tags[phase]))

    def area(self, surface: str) -> float:
        """Area of a named surface, m^2. Collective."""
        return self.integrate(self.surface_measure(surface, SIZE_DEGREE))

    def interface_area(self, plus: str, minus: str) -> float:
        """Area between two phases, m^2. Collective."""
        return self.integrate(self.interface_measure(plus, minus, SIZE_DEGREE))


def read_cell_mesh(path: Path, comm: MPI.Comm) -> CellMesh:
    """Read a Gmsh file with named groups and distribute it. Collective.

    Args:
        path: A ``.msh`` file in micrometres; every cell in one volume group.
        comm: Communicator over which the mesh is distributed.

    Returns:
        The mesh in metres, ghosted across facets (interface integrals need
        both cells of every facet on the rank that owns it).
    """
    cells = 0
    if comm.rank == 0:
        gmsh.initialize([], readConfigFiles=False, interruptible=False)
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.merge(str(path))
        cells = sum(len(tags) for tags in gmsh.model.mesh.getElements(3)[1])
    partitioner = cell_partitioner(comm, comm.bcast(cells))
    data = gmsh_io.model_to_mesh(gmsh.model, comm, 0, gdim=3, partitioner=partitioner)
    if comm.rank == 0:
        gmsh.finalize()
    parent = data.mesh
    parent.geometry.x[:] *= MICROMETRE
    parent.topology.create_connectivity(2, 3)
    parent.topology.create_connectivity(3, 2)
    parent.topology.create_connectivity(3, 0)
    groups = data.physical_groups
    phases = {name: group.tag for name, group in groups.items() if group.dim == 3}
    surfaces = {name: group.tag for name, group in groups.items() if group.dim == 2}
    facets = {
        name: fem.compute_integration_domains(
            fem.IntegralType.exterior_facet, parent.topology, data.facet_tags.find(tag)
        )
        for name, tag in surfaces.items()
    }
    return CellMesh(parent, _tags_with_ghosts(parent, data.cell_tags), phases, facets)


def _tags_with_ghosts(parent: mesh.Mesh, cell_tags: mesh.MeshTags) -> Indices:
    """Tag of every local cell; those of ghosts come from their owners."""
    space = fem.functionspace(parent, ("DG", 0))
    tags = fem.Function(space)
    tags.x.array[:] = -1
    tags.x.array[cell_tags.indices] = cell_tags.values
    tags.x.scatter_forward()
    return tags.x.array.astype(np.int32)


def _facets_between(parent: mesh.Mesh, tags: Indices, plus: int, minus: int) -> Indices:
    topology = parent.topology
    facet_to_cell = topology.connectivity(2, 3)
    cell_to_facet = topology.connectivity(3, 2).array.reshape(-1, 4)
    owned = topology.index_map(2).size_local
    offsets = facet_to_cell.offsets[: owned + 1]
    inner = np.flatnonzero(np.diff(offsets) == 2).astype(np.int32)
    first = facet_to_cell.array[offsets[inner]]
    second = facet_to_cell.array[offsets[inner] + 1]
    rows = []
    for a, b in ((first, second), (second, first)):
        keep = (tags[a] == plus) & (tags[b] == minus)
        facet, cell_plus, cell_minus = inner[keep], a[keep], b[keep]
        local_plus = np.argmax(cell_to_facet[cell_plus] == facet[:, None], axis=1)
        local_minus = np.argmax(cell_to_facet[cell_minus] == facet[:, None], axis=1)
        rows.append(np.column_stack([cell_plus, local_plus, cell_minus, local_minus]))
    return np.vstack(rows).astype(np.int32).ravel()

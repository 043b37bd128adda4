"""The parent mesh of a cell, with its phases and surfaces addressed by name.

A :class:`CellMesh` holds one tetrahedral mesh in metres. Phases are the named
volume groups of the Gmsh file; the groups ``phase.1``, ``phase.2``, ... are the grains of one
phase. Surfaces are the named surface groups on its outside. Those inside are cuts: nothing
passes them unless a model says so, and a field that may jump there asks for a mesh that is
split along them. The facets between two phases, and between the grains of a phase, are found
from the mesh and need no group of their own.

Every function here that takes a communicator or a mesh is collective.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.mesh.cuts import SerialMesh, SplitMesh, split_mesh
from fem_cell.mesh.facets import inner_facets, rows
from fem_cell.mesh.periodic import Twins, numbers_of_vertices

MICROMETRE = 1e-6
"""Geometry scripts work in micrometres, so that Gmsh's tolerances fit."""

SIZE_DEGREE = 4
"""Exact for volumes and areas of curved second-order cells."""

GRAIN_BOUNDARIES = "grain_boundaries"
"""Name of the cut between the grains of a phase, after the phase and a dot."""

Indices = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SubMesh:
    """The cells of one or several phases as a mesh of their own.

    Attributes:
        phases: Names of the phases it covers.
        cuts: Names of the cuts along which it is split.
        mesh: The sub-mesh, metres.
        cell_map: Relates its cells to those of the parent mesh.
        vertices: Number of every local vertex, ghosts included, the same for any distribution.
    """

    phases: tuple[str, ...]
    cuts: tuple[str, ...]
    mesh: mesh.Mesh
    cell_map: mesh.EntityMap
    vertices: Numbers


@dataclass(frozen=True, slots=True)
class Domains:
    """Integration domains by number; forms insist on one list for all their measures."""

    volumes: list[tuple[int, Indices]]
    surfaces: list[tuple[int, Indices]]
    inner: list[tuple[int, Indices]]


@dataclass(slots=True)
class CellMesh:
    """A mesh whose volumes, surfaces and cuts have names.

    Attributes:
        mesh: Parent mesh, coordinates in metres, ghosted across facets.
        phase_of_cell: Tag of the phase of every local cell, ghosts included.
        phase_tags: Tag of each phase by name.
        surface_facets: Exterior facets of each named surface owned by this
            rank, as rows (cell, local facet).
        grains: Numbers of the grains of every phase that is a polycrystal.
        grain_of_cell: Number of the grain of every local cell, ghosts included; zero elsewhere.
        cut_facets: Owned facets of each named cut, as numbers of facets.
        serial: The whole mesh on rank 0; ``None`` if nothing can be split.
        twins: Nodes on opposite sides that are one vertex; none if no sides are periodic.
        vertices: Number in the mesh file of every local vertex, ghosts included.
    """

    mesh: mesh.Mesh
    phase_of_cell: Indices
    phase_tags: dict[str, int]
    surface_facets: dict[str, Indices]
    grains: Mapping[str, Sequence[int]] = field(default_factory=dict)
    grain_of_cell: Indices = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    cut_facets: Mapping[str, Indices] = field(default_factory=dict)
    serial: SerialMesh | None = None
    twins: Twins = field(default_factory=Twins)
    vertices: Numbers = field(init=False)
    _sub_meshes: dict[tuple[tuple[str, ...], tuple[str, ...]], SubMesh] = field(
        default_factory=dict
    )
    _inner: dict[str, Indices] = field(init=False)
    _domains: Domains = field(init=False)

    def __post_init__(self) -> None:
        """List the integration domains. Collective."""
        if not self.grains:
            self.grain_of_cell = np.zeros_like(self.phase_of_cell)
        geometry = self.mesh.geometry
        nodes = geometry.input_global_indices[geometry.dofmaps[0][:, :4]]
        self.vertices = numbers_of_vertices(self.mesh, self.twins.vertex_of(nodes))
        self._inner = self._sort_inner_facets()
        self._domains = Domains(
            [(tag, self.cells_of([name], ghosts=False)) for name, tag in self.phase_tags.items()],
            list(enumerate(self.surface_facets.values())),
            list(enumerate(self._inner.values())),
        )

    @property
    def comm(self) -> MPI.Comm:
        """The communicator of the parent mesh."""
        return self.mesh.comm

    @property
    def periods(self) -> tuple[float, float, float]:
        """Lengths of the box along x, y and z where it is periodic, m; zero elsewhere."""
        x, y, z = (MICROMETRE * period for period in self.twins.periods)
        return x, y, z

    @property
    def cuts(self) -> tuple[str, ...]:
        """Names of all cuts: named ones, and the boundaries of grains (local)."""
        pairs = {f"{a}-{b}" for a, b in self._pairs()}
        return tuple(name for name in self._inner if name not in pairs)

    def cells_of(self, phases: Iterable[str], ghosts: bool) -> Indices:
        """Local cells of the phases; with or without those owned elsewhere."""
        index_map = self.mesh.topology.index_map(self.mesh.topology.dim)
        size = index_map.size_local + (index_map.num_ghosts if ghosts else 0)
        tags = [self.phase_tags[name] for name in phases]
        return np.flatnonzero(np.isin(self.phase_of_cell[:size], tags)).astype(np.int32)

    def sub_mesh(self, phases: Sequence[str], cuts: Sequence[str] = ()) -> SubMesh:
        """The mesh of the union of some phases, split along some cuts; made once. Collective.

        Raises:
            InputError: There is no such cut.
        """
        key = (tuple(sorted(phases)), tuple(sorted(cuts)))
        if key not in self._sub_meshes:
            self._sub_meshes[key] = self._make_sub_mesh(*key)
        return self._sub_meshes[key]

    def _make_sub_mesh(self, phases: tuple[str, ...], cuts: tuple[str, ...]) -> SubMesh:
        # an interface facet needs both of its cells, so the ghosts belong to it too
        cells = self.cells_of(phases, ghosts=True)
        if not cuts:
            sub, cell_map, vertex_map, _ = mesh.create_submesh(self.mesh, 3, cells)
            return SubMesh(phases, cuts, sub, cell_map, self.vertices[_parents(sub, 0, vertex_map)])
        split = self._split(phases, cuts)
        wanted = np.isin(split.parents, cells)
        sub, inner_map, vertex_map, _ = mesh.create_submesh(
            split.mesh, 3, np.flatnonzero(wanted).astype(np.int32)
        )
        parents = split.parents[_parents(sub, 3, inner_map)]
        cell_map = mesh.entity_map(self.mesh.topology, sub.topology, 3, parents)
        return SubMesh(phases, cuts, sub, cell_map, split.vertices[_parents(sub, 0, vertex_map)])

    def _split(self, phases: tuple[str, ...], cuts: tuple[str, ...]) -> SplitMesh:
        """The whole mesh, some phases of it split. Collective."""
        for name in cuts:
            if name not in self.cuts:
                remedy = nearest(name, list(self.cuts))
                raise InputError([Fault("geometry", f"has no cut '{name}'", remedy)])
        if self.mesh.geometry.cmaps[0].degree > 1 or self.serial is None:
            problem = "the mesh has curved cells and cannot be split along cuts"
            raise InputError([Fault("geometry.order", problem, "set order = 1")])
        grains = [name.partition(".")[0] for name in cuts if name not in self.cut_facets]
        return split_mesh(
            self.mesh,
            self.serial,
            self.twins,
            [self.phase_tags[phase] for phase in phases],
            [name for name in cuts if name in self.cut_facets],
            [self.phase_tags[phase] for phase in grains],
        )

    def interface(self, plus: str, minus: str) -> Indices:
        """Owned facets between two phases, ``+`` always on the side of the first.

        Facets on a named cut are not among them.

        Returns:
            Rows (cell+, local facet+, cell-, local facet-), flattened, as
            interior-facet integrals of DOLFINx take them (local).
        """
        return self._inner[f"{plus}-{minus}"]

    def cut(self, name: str) -> Indices:
        """Owned facets of a cut, rows as those of :meth:`interface` (local).

        ``+`` is on the side of the phase with the lower tag; within a phase, on that of the
        cell that comes first in the mesh file.
        """
        return self._inner[name]

    def cuts_within(self, phases: Sequence[str]) -> tuple[str, ...]:
        """Named cuts that part the union of some phases; grain boundaries are none. Collective."""
        names = list(self.cut_facets)
        tags = [self.phase_tags[phase] for phase in phases]
        both = [
            bool(np.isin(self.phase_of_cell[self.cut(n).reshape(-1, 4)[:, ::2]], tags).all(1).any())
            for n in names
        ]
        anywhere = np.array(both, dtype=np.int32)
        self.comm.Allreduce(MPI.IN_PLACE, anywhere, MPI.MAX)
        return tuple(name for name, inside in zip(names, anywhere, strict=True) if inside)

    def grain_boundaries(self, phase: str) -> str | None:
        """Name of the cut between the grains of a phase; ``None`` if it is one piece (local)."""
        return f"{phase}.{GRAIN_BOUNDARIES}" if phase in self.grains else None

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
        return self._inner_measure(f"{plus}-{minus}", quadrature_degree)

    def cut_measure(self, name: str, quadrature_degree: int) -> ufl.Measure:
        """Measure over the facets of a cut, sides as in :meth:`cut`."""
        return self._inner_measure(name, quadrature_degree)

    def _inner_measure(self, name: str, quadrature_degree: int) -> ufl.Measure:
        return ufl.Measure(
            "dS",
            domain=self.mesh,
            subdomain_data=self._domains.inner,
            subdomain_id=list(self._inner).index(name),
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
        """Area between two phases, cuts left out, m^2. Collective."""
        return self.integrate(self.interface_measure(plus, minus, SIZE_DEGREE))

    def cut_area(self, name: str) -> float:
        """Area of a cut, one side, m^2. Collective."""
        return self.integrate(self.cut_measure(name, SIZE_DEGREE))

    # -- facets inside ------------------------------------------------------

    def _pairs(self) -> list[tuple[str, str]]:
        return [(a, b) for a in self.phase_tags for b in self.phase_tags if a != b]

    def _sort_inner_facets(self) -> dict[str, Indices]:
        """Owned facets between cells by what lies on both sides (local)."""
        facets, cells = inner_facets(self.mesh)
        tags = self.phase_of_cell[cells]
        original = self.mesh.topology.original_cell_index[cells]
        backwards = (tags[:, 0] > tags[:, 1]) | (
            (tags[:, 0] == tags[:, 1]) & (original[:, 0] > original[:, 1])
        )
        cells[backwards], tags[backwards] = cells[backwards, ::-1], tags[backwards, ::-1]
        named = np.concatenate([np.empty(0, np.int32), *self.cut_facets.values()])
        free = ~np.isin(facets, named)
        found = {}
        for a, b in self._pairs():
            order = 1 if self.phase_tags[a] < self.phase_tags[b] else -1
            plus, minus = tags[:, ::order].T
            keep = free & (plus == self.phase_tags[a]) & (minus == self.phase_tags[b])
            found[f"{a}-{b}"] = rows(self.mesh, facets[keep], cells[keep][:, ::order])
        for name, numbers in self.cut_facets.items():
            keep = np.isin(facets, numbers)
            found[name] = rows(self.mesh, facets[keep], cells[keep])
        for name in self.grains:
            apart = np.diff(self.grain_of_cell[cells], axis=1).ravel() != 0
            keep = free & apart & (tags == self.phase_tags[name]).all(axis=1)
            found[f"{name}.{GRAIN_BOUNDARIES}"] = rows(self.mesh, facets[keep], cells[keep])
        return found


def _parents(sub: mesh.Mesh, dim: int, entity_map: mesh.EntityMap) -> Indices:
    """What stands behind the local entities of a sub-mesh, ghosts included (local)."""
    index_map = sub.topology.index_map(dim)
    local = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
    return np.asarray(entity_map.sub_topology_to_topology(local, False))

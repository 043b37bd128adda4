r"""Energy release rate along crack fronts by a volume integral.

A front that advances by m q(x) in the plane of its crack sets free (Shih, Moran and Nakamura,
Int. J. Fracture 30, 79, 1986; with eigenstrain: the explicit derivative of the energy W)

.. math::
   J[q] = \int \bigl( \sigma_{ij} u_{i,k} - W \delta_{kj} \bigr) q_{k,j}
          + \sigma : \beta\, s_{,k}\, q_k \,dx, \qquad
   W = \tfrac12 \sigma : (\varepsilon - \beta (s - s_0))

for any q that equals the advance at the front and vanishes outside a tube about it: of any
anisotropic stiffness, with swelling, with frictionless contact between the faces. J is linear in
q, so forces on the vertices (configurational forces) are assembled once and summed with the q of
every part of every front. Here q is one within the inner part of the tube, then falls to zero
linearly. The tube must lie in one crystal; a boundary between two stiffnesses that crosses it
adds its own force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from fem_cell.laws.elasticity import tensor_of_stress
from fem_cell.laws.expressions import Expression
from fem_cell.mechanics.elasticity import Elasticity
from fem_cell.mechanics.forms import bulk_degree, gather
from fem_cell.mechanics.fronts import Fronts, distance_from_edges, find_fronts
from fem_cell.mesh.periodic import images

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

INNER_SHARE = 0.4
"""Radius within which q is one, over that of the tube: leaves out the cells at the front."""

WINDOW = 2.0
"""Reach of the average along a front, over the radius of the tube."""

NEIGHBOURS = 4
"""Edges tried as the nearest one of a vertex."""

ALIKE = 1e-6
"""Difference of two distances that counts as none, over the radius of the tube."""


@dataclass(frozen=True, slots=True)
class FrontEnergy:
    """Energy release of every edge of the fronts, smoothed along them over the reach WINDOW.

    Attributes:
        fronts: The edges.
        energy_release: G, J/m^2, shape (edges,).
        mean: G of every connected front as a whole, J/m^2.
    """

    fronts: Fronts
    energy_release: Array
    mean: Array


class EnergyRelease:
    """Computes energy release rates; finds fronts and compiles the form once.

    Attributes:
        elasticity: The body; its cuts are the cracks.
        fronts: Their fronts.
    """

    def __init__(self, elasticity: Elasticity, cuts: Sequence[str], radius: float) -> None:
        """Find the fronts and the vertices of the tubes. Collective.

        Args:
            elasticity: A body split along the cuts.
            cuts: Names of all its cuts: where two meet, neither has a front.
            radius: Of the tube about a front, m: several cells, and less than the distance to
                anything else.
        """
        self.elasticity = elasticity
        mesh, body = elasticity.mesh, elasticity.body
        self.fronts = find_fronts(mesh, tuple(body.phases), cuts)
        self.radius = radius
        whole = mesh.sub_mesh(tuple(body.phases))
        self._space = fem.functionspace(whole.mesh, ("Lagrange", 1, (3,)))
        q = ufl.TestFunction(self._space)
        degree = 2 * bulk_degree(body, elasticity.u.function_space.element.basix_element.degree)
        terms = [self._term(name, q) * body.dx(name, degree) for name in body.phases]
        maps = {id(m): m for m in (*elasticity.entity_maps, whole.cell_map)}
        self._form = fem.form(sum(terms[1:], terms[0]), entity_maps=list(maps.values()))
        self._find_tube()

    def __call__(self) -> FrontEnergy:
        """G of the present displacement. Collective."""
        forces = gather(self._form)
        force = forces.array_r.reshape(-1, 3)[self._vertices]
        forces.destroy()
        fronts = self.fronts
        driving = np.einsum("ni,ni->n", force, fronts.outwards[self._edge]) * self._advance
        by_edge = np.bincount(self._edge, driving, minlength=len(fronts.crack))
        self.elasticity.mesh.comm.Allreduce(MPI.IN_PLACE, by_edge)
        released = np.bincount(fronts.crack, by_edge, minlength=fronts.count)
        lengths = np.bincount(fronts.crack, fronts.lengths, minlength=fronts.count)
        local = (self._window @ by_edge) / (self._window @ fronts.lengths)
        return FrontEnergy(fronts, local, released / lengths)

    def _term(self, phase: str, q: Expression) -> Expression:
        """Integrand of J[q] in a phase."""
        body, u = self.elasticity.body, self.elasticity.u
        stress, strain = body.stress(phase, u), body.elastic_strain(phase, u)
        sigma = tensor_of_stress(stress)
        pull = ufl.inner(ufl.dot(ufl.grad(u).T, sigma), ufl.grad(q))
        density = pull - 0.5 * ufl.inner(stress, strain) * ufl.div(q)
        swelling = body.phases[phase].swelling
        if swelling is not None:
            slope = ufl.dot(ufl.grad(swelling.stoichiometry), q)
            density += ufl.inner(stress, body.swelling) * slope
        return density

    def _find_tube(self) -> None:
        """Owned vertices about the fronts, their nearest edge, and q there (local)."""
        owned = self._space.dofmap.index_map.size_local
        points = self._space.tabulate_dof_coordinates()[:owned]
        ends = images(self.fronts.ends, self.elasticity.mesh.periods)
        edge, apart = _nearest_edge(points, ends, self.radius)
        self._vertices = np.flatnonzero(apart < self.radius)
        self._edge = edge[self._vertices] % max(len(self.fronts.crack), 1)
        share = (1 - apart[self._vertices] / self.radius) / (1 - INNER_SHARE)
        self._advance = np.minimum(share, 1.0)
        self._window = _window(self.fronts, self.radius)


def _nearest_edge(points: Array, ends: Array, radius: float) -> tuple[Numbers, Array]:
    """Number of the nearest edge of every point and its distance; infinite beyond a radius.

    Of edges equally near, such as two that meet at the foot of the point, the first one counts.
    """
    edge = np.zeros(len(points), dtype=np.int64)
    apart = np.full(len(points), np.inf)
    if len(ends) == 0 or len(points) == 0:
        return edge, apart
    reach = radius + float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).max())
    count = min(NEIGHBOURS, len(ends))
    _, tried = cKDTree(ends.mean(axis=1)).query(points, count, distance_upper_bound=reach)
    for column in np.sort(tried.reshape(len(points), count), axis=1).T:
        rows = np.flatnonzero(column < len(ends))
        distance = distance_from_edges(points[rows], ends[column[rows]])
        nearer = distance < apart[rows] - ALIKE * radius
        apart[rows[nearer]] = distance[nearer]
        edge[rows[nearer]] = column[rows[nearer]]
    return edge, apart


def _window(fronts: Fronts, radius: float) -> csr_array:
    """Weights with which edges are averaged along a front: hats of the length WINDOW."""
    if len(fronts.crack) == 0:
        return csr_array((0, 0))
    tree = cKDTree(fronts.middles)
    reach = WINDOW * radius
    near = tree.sparse_distance_matrix(tree, reach, output_type="coo_matrix")
    same = fronts.crack[near.row] == fronts.crack[near.col]
    weights = np.where(same, 1 - near.data / reach, 0.0)
    return csr_array((weights, (near.row, near.col)), shape=near.shape)

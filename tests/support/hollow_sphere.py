"""An eighth of a thick hollow sphere of a material that creeps, pressed from outside."""

from __future__ import annotations

from dataclasses import dataclass

import gmsh
import numpy as np
import ufl
from dolfinx import mesh
from dolfinx.fem import Constant, assemble_scalar, form
from dolfinx.io.gmsh import model_to_mesh
from mpi4py import MPI

from fem_cell.laws.viscoplasticity import Viscoplastic
from fem_cell.mechanics.viscoplastic import Equilibrium, Solid, Supports, ViscoplasticBody

OUTER = 1e-6
"""Radius, m."""


def creeping(exponent: float = 6.6) -> Solid:
    """Norton's law: a rate of 1e-3 1/s at 1 MPa, no hardening; nearly incompressible."""
    law = Viscoplastic(1e-3, 1 / exponent, 1e6, 0.05, 0.0, 1e6)
    return Solid(50e9, 0.49, law)


def shell(inner: float, size: float) -> mesh.Mesh:
    """The mesh; cells of ``size`` at the outside, half of it inside, over the outer radius."""
    comm = MPI.COMM_WORLD
    if comm.rank == 0:
        gmsh.initialize([], readConfigFiles=False, interruptible=False)
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("shell")
        occ = gmsh.model.occ
        whole = occ.cut([(3, occ.addSphere(0, 0, 0, 1.0))], [(3, occ.addSphere(0, 0, 0, inner))])
        solid, _ = occ.intersect(whole[0], [(3, occ.addBox(0, 0, 0, 1, 1, 1))])
        occ.synchronize()
        gmsh.model.addPhysicalGroup(3, [tag for _, tag in solid])
        for source in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
            gmsh.option.setNumber(f"Mesh.MeshSize{source}", 0)

        def wanted(*at: float) -> float:
            r = float(np.linalg.norm(at[2:5]))
            return size * (0.5 + 0.5 * (r - inner) / (1 - inner))

        gmsh.model.mesh.setSizeCallback(wanted)
        gmsh.model.mesh.generate(3)
    made = model_to_mesh(gmsh.model, comm, 0, gdim=3).mesh
    if comm.rank == 0:
        gmsh.finalize()
    made.geometry.x[:] *= OUTER
    return made


@dataclass(frozen=True, slots=True)
class Sphere:
    """The shell between its mirror planes under a pressure that follows its outside.

    Attributes:
        problem: The body and its load.
        law: Of its flow.
        pressure: Pa.
        outside: Measure over the outer face.
    """

    problem: Equilibrium
    law: Viscoplastic
    pressure: float
    outside: ufl.Measure

    def volumes(self) -> tuple[float, float]:
        """Of the void and of all within the outer face, of the eighth, m^3. Collective."""
        domain = self.problem.body.mesh
        x, n = ufl.SpatialCoordinate(domain), ufl.FacetNormal(domain)
        whole = assemble_scalar(form(ufl.dot(x, n) / 3 * self.outside))
        solid = np.abs(self.problem.body.cell_volumes()).sum()
        both = domain.comm.allreduce(np.array([whole - solid, whole]))
        return float(both[0]), float(both[1])

    def void_rate(self, void: float, solid: float) -> float:
        r"""Exact d ln(void)/dt, 1/s, for Norton's law and no elasticity.

        .. math:: P = \int_a^b \frac{2 q}{r} dr, \quad q = S (\dot\epsilon/R)^m, \quad
                  \dot\epsilon = 2 |\dot a| a^2/r^3 \quad\Rightarrow\quad
                  \frac{|\dot a|}{a} = \frac R2 \Bigl(
                  \frac{3 m P}{2 S (1 - (a/b)^{3m})}\Bigr)^{1/m}
        """
        m, S = self.law.sensitivity, self.law.resistance
        rest = 1 - (void / (void + solid)) ** m
        rate = 0.5 * self.law.rate * (1.5 * m * self.pressure / (S * rest)) ** (1 / m)
        return -3.0 * float(rate)


def pressed(solid: Solid, inner: float, size: float, pressure: float) -> Sphere:
    """Set it up. Collective."""
    assert solid.flow
    domain = shell(inner, size)
    cells = domain.topology.index_map(3)
    of_cell = np.zeros(cells.size_local + cells.num_ghosts, dtype=np.int32)
    body = ViscoplasticBody(domain, [solid], of_cell)
    points = body.space.tabulate_dof_coordinates()[: body.space.dofmap.index_map.size_local]
    held = np.abs(points) < 1e-9 * OUTER
    facets = mesh.locate_entities_boundary(
        domain, 2, lambda x: np.linalg.norm(x, axis=0) > (1 - 1e-6) * OUTER
    )
    tags = mesh.meshtags(domain, 2, np.sort(facets), np.ones(len(facets), dtype=np.int32))
    outside = ufl.Measure(
        "ds", domain, subdomain_data=tags, subdomain_id=1, metadata={"quadrature_degree": 2}
    )
    v, n = ufl.TestFunction(body.space), ufl.FacetNormal(domain)
    traction = Constant(domain, -pressure) * ufl.dot(n, v) * outside
    problem = Equilibrium(body, Supports(held, np.zeros_like(held)), traction)
    return Sphere(problem, solid.flow, pressure, outside)

r"""Work of stress on the lithium of swelling phases, for the balance of lithium.

.. math:: p = \beta : \sigma = \beta : C : \varepsilon(u) - B (s - s_0), \qquad
   B = \beta : C : \beta

(:mod:`fem_cell.laws.chemomechanics`). Its value at node i is the derivative of the elastic energy
E by the stoichiometry there,

.. math::
   p_i = -\frac{1}{w_i} \frac{\partial E}{\partial s_i}
       = \frac{1}{w_i} \int N_i\, \beta : C : \varepsilon(u)\,dx - B (s_i - s_0), \qquad
   w_i = \int N_i\,dx

with mass lumping of what is quadratic in s, so forces and p derive from one discrete energy. The
mean of the strain is taken over the cells in which the stoichiometry is one field: across a perfect
boundary of grains, where it is continuous, both crystals count by their volume; across cracks and
boundaries that resist, each side stands for itself. At a surface the mean is that of a place about
half a cell inside: an error of first order in the size of cells, times the gradient of the
strain across the surface. There is none at planes of symmetry, nor with quadratic displacements,
for which the mass matrix takes the place of :math:`w_i` (:mod:`fem_cell.mechanics.nodal_means`).

Solved in turns (:mod:`fem_cell.solver.coupling`), the cell takes the strain of the last solution
of mechanics and lets p follow its own stoichiometry,

.. math::
   p(s) = e - B s, \qquad e_i = \frac{1}{w_i} \int N_i\, \beta : C : \varepsilon(u)\,dx + B s_0

a split at fixed strain: the crystal resists at once with all of its stiffness, which is as much as
it can. The energy is convex in s and u together, so turns converge like a minimisation by turns,
whatever the time step: what is wrong falls to :math:`B / (A + B)` of it at most,
:math:`A = F c_{max} |dU/ds|`, and further where the body cannot strain freely. (With half of B
that bound is half as large; crystals that hold each other converge faster with all of it.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from fem_cell.laws.elasticity import strain_voigt, stress_voigt
from fem_cell.laws.stiffness import chemical_strain, strain_as_voigt
from fem_cell.mechanics.body import ElasticPhase, Swelling
from fem_cell.mechanics.elasticity import Elasticity
from fem_cell.mechanics.nodal_means import Gather, LumpedMean, Projection, nodal_mean
from fem_cell.mechanics.recall import Recall
from fem_cell.phases.model import StressWork

Array = npt.NDArray[np.float64]

NEGLIGIBLE = 5e-6
"""V; change of the equilibrium potential that does not matter, half of what Newton's method
leaves. Where the open-circuit curve is flat, 0.3 V, it is worth 2e-5 of stoichiometry."""


@dataclass(slots=True)
class Site:
    """One phase on whose lithium stress acts.

    Attributes:
        swelling: Its expansion.
        work: What is renewed.
        stiffness: B, J/m^3.
        negligible: Change of p that does not matter, J/m^3.
    """

    swelling: Swelling
    work: StressWork
    stiffness: float
    negligible: float
    _form: fem.Form = field(init=False)
    _gather: Gather = field(init=False)
    _mean: LumpedMean | Projection = field(init=False)

    def compile(self, body: Elasticity, phase: str) -> None:
        """Compile the mean of beta : C : eps(u) around nodes. Collective."""
        space = self.work.held.function_space
        q, u = ufl.TestFunction(space), body.u
        degree, maps = u.function_space.element.basix_element.degree, body.entity_maps
        stress = stress_voigt(body.body.stiffness, strain_voigt(u))
        dx = body.body.dx(phase, degree)  # exact, that of the mass matrix too
        self._form = fem.form(ufl.dot(body.body.swelling, stress) * q * dx, entity_maps=maps)
        self._gather = Gather(space)
        self._mean = nodal_mean(space, dx, maps, consistent=degree > 1)
        self.work.stiffness.value = self.stiffness

    @property
    def stoichiometry(self) -> Array:
        """Owned values of s (local)."""
        space = self.work.held.function_space
        return self.swelling.stoichiometry.x.array[: space.dofmap.index_map.size_local]

    def strained(self) -> Array:
        """Offset e at owned nodes for the displacement as it is, J/m^3. Collective."""
        rest = self.stiffness * self.swelling.reference
        return self._mean(self._gather(self._form)) + rest

    def hold(self, e: Array) -> float:
        """Take over e at owned nodes; the largest change over the negligible there. Collective."""
        held = self.work.held.x
        change = np.abs(e - held.array[: e.size]).max(initial=0.0)
        held.array[: e.size] = e
        held.scatter_forward()
        return float(change) / self.negligible


@dataclass(slots=True)
class Feedback:
    """Solves mechanics for the stoichiometry as it is and hands its stress to the cell.

    Attributes:
        elasticity: The body.
        sites: Phases on whose lithium stress acts.
    """

    elasticity: Elasticity
    sites: list[Site]
    _recall: Recall = field(init=False)
    _again: bool = False

    def __post_init__(self) -> None:
        """Nothing to recall yet."""
        self._recall = Recall(self.elasticity.mesh.comm)

    @classmethod
    def of(cls, elasticity: Elasticity, work: Mapping[str, tuple[StressWork, float]]) -> Feedback:
        """Prepare the phases of a body. Collective.

        Args:
            elasticity: The body.
            work: What is renewed and F c_max (C/m^3), by name of the phase.
        """
        sites = []
        for name, (target, charge_density) in work.items():
            phase = elasticity.body.phases[name]
            if phase.swelling is None:
                raise TypeError(f"{name} does not swell")
            stiffness = expansion_stiffness(phase)
            site = Site(phase.swelling, target, stiffness, NEGLIGIBLE * charge_density)
            site.compile(elasticity, name)
            sites.append(site)
        return cls(elasticity, sites)

    def guess(self) -> None:
        """Hand over what the stress may be, from former solutions if there are any. Collective.

        Raises:
            SolverError: No balance of forces was found.
        """
        self._again = False
        guess = self._recall.guess(np.concatenate([site.stoichiometry for site in self.sites]))
        if guess is None:
            self.renew()
            return
        for site in self.sites:
            mine, guess = np.split(guess, [site.stoichiometry.size])
            site.hold(mine)

    def renew(self) -> float:
        """The largest change of p in multiples of what is negligible. Collective.

        Raises:
            SolverError: No balance of forces was found.
        """
        self.elasticity.solve()
        answers = [site.strained() for site in self.sites]
        change = max(site.hold(e) for site, e in zip(self.sites, answers, strict=True))
        given = np.concatenate([site.stoichiometry for site in self.sites])
        self._recall.remember(given, np.concatenate(answers), instead=self._again)
        self._again = True
        return float(self.elasticity.mesh.comm.allreduce(change, MPI.MAX))


def expansion_stiffness(phase: ElasticPhase) -> float:
    """B = beta : C : beta of a swelling phase, J/m^3, the same for all orientations."""
    if phase.swelling is None:
        return 0.0
    beta = strain_as_voigt(chemical_strain(phase.swelling.beta_a, phase.swelling.beta_c))
    return float(beta @ phase.stiffness @ beta)

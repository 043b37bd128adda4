r"""Bodies of viscoplastic lithium and elastic solids under pressure, quasi-static.

.. math::
   \nabla\cdot\sigma = 0, \qquad \sigma = K \operatorname{tr}\varepsilon_e\, 1 + 2 G\, e_e, \qquad
   \dot\varepsilon = \dot\varepsilon_e + \dot\varepsilon_p, \qquad
   \dot\varepsilon_p = \tfrac32\, \dot\epsilon_p(q, S)\, s/q

with the deviators s and e, the equivalent stress q = sqrt(3/2 s:s) and the flow of
:mod:`fem_cell.laws.viscoplasticity`; solids that do not flow are elastic. Weak form of one step,
for the increment u of the displacement:

.. math:: \int s(u) : \varepsilon(v) - \bar p(u)\, \overline{\nabla\cdot v} \,dx = \int t\cdot v\,ds

Displacements are quadratic. Flow keeps the volume, so the dilatation counts by its mean over each
cell (Nagtegaal, Parks and Rice 1974): linear tetrahedra, or quadratic ones that had to keep their
volume at every point, would lock.

Strains are small, in one of two ways. A body that stays (``moving = False``) counts all of them
from the first configuration: rates and stresses are good up to some 10 % of strain, voids keep
their shape. One that moves counts the strain of every step from the configuration at its start;
after it the cells move along and the stress turns with them. The whole deformation may then be
large until cells fold over, which stops the calculation; voids may close, but faces that meet do
not touch. Errors are of first order in the strain of a step. The tangent leaves out the stress in
the geometry, which is small beside the stiffness while elastic strains are.

``solid`` is a material, ``points`` the stress at quadrature points, ``body`` assembles,
``supports`` hold and press, ``equilibrium`` solves one step, ``march`` chooses the steps.
"""

from fem_cell.mechanics.viscoplastic.body import ViscoplasticBody
from fem_cell.mechanics.viscoplastic.equilibrium import Equilibrium
from fem_cell.mechanics.viscoplastic.march import Stops, march
from fem_cell.mechanics.viscoplastic.solid import Solid
from fem_cell.mechanics.viscoplastic.supports import Supports

__all__ = [
    "Equilibrium",
    "Solid",
    "Stops",
    "Supports",
    "ViscoplasticBody",
    "march",
]

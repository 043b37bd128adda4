r"""Linear elasticity at small strain, with swelling by lithium: terms of the weak form.

.. math:: \sigma = C : (\varepsilon - \beta (s - s_0))

Voigt's order is 11, 22, 33, 23, 13, 12 with doubled shear strains; C and beta are those of
:mod:`fem_cell.laws.stiffness`.
"""

from __future__ import annotations

import ufl

from fem_cell.laws.expressions import Expression
from fem_cell.laws.stiffness import PAIRS, VOIGT_OF


def strain_voigt(u: Expression) -> Expression:
    """Voigt's strain of a displacement, a vector of six."""
    g = ufl.grad(u)
    return ufl.as_vector([g[i, j] if i == j else g[i, j] + g[j, i] for i, j in PAIRS])


def stress_voigt(C: Expression, strain: Expression) -> Expression:
    """C : strain, six components; one product with a piecewise constant (6, 6) coefficient."""
    return ufl.dot(C, strain)


def tensor_of_stress(stress: Expression) -> Expression:
    """Symmetric tensor from Voigt's stress."""
    return ufl.as_tensor([[stress[int(k)] for k in row] for row in VOIGT_OF])

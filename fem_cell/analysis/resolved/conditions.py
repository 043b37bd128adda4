"""What is prescribed on the faces of a box whose effective properties are wanted.

=========  ======================================  =============================================
condition  on the faces of the box                 what it gives
=========  ======================================  =============================================
linear     potential G.x, displacement E.x         an upper bound of the sample (Voigt's side)
mixed      on opposite faces two potentials, or    between the two others; exact for a cell
           flat displacements, the rest free       between mirror planes
uniform    flux J.n, traction S.n                  a lower bound of the sample (Reuss's side)
periodic   opposite faces are one; mean gradient   exact for a periodic cell
           or mean strain
=========  ======================================  =============================================

All fulfil Hill's condition: the mean of the product of the fields is the product of their
means, so that energy and mean flux give the same value (Huet, J. Mech. Phys. Solids 38, 813, 1990;
Pahr and Zysset, Biomech. Model. Mechanobiol. 7, 463, 2008, for the mixed ones). As the sample
grows they converge to one value.
"""

from __future__ import annotations

from fem_cell.analysis.resolved.body import ResolvedBody
from fem_cell.errors import Fault, InputError, nearest

LINEAR, MIXED, UNIFORM, PERIODIC = "linear", "mixed", "uniform", "periodic"
CONDITIONS = (LINEAR, MIXED, UNIFORM, PERIODIC)


def check_condition(condition: str, body: ResolvedBody) -> None:
    """Make sure that a condition exists and can be met.

    Raises:
        InputError: It does not, is uniform where empty phases lie on faces of the box, or is
            periodic where the body is not, or the reverse.
    """
    if condition not in CONDITIONS:
        problem = f"'{condition}' is no condition on the faces"
        raise InputError([Fault("conditions", problem, nearest(condition, CONDITIONS))])
    if (condition == PERIODIC) != body.periodic:
        problem = f"'{condition}' does not suit a body that is {'' if body.periodic else 'not '}"
        remedy = "give 'periodic' with geometry.periodic = true, and only then"
        raise InputError([Fault("conditions", f"{problem}periodic", remedy)])
    if condition == UNIFORM and not body.covered:
        problem = "empty phases on faces of the box cannot take a uniform flux or traction"
        remedy = f"take '{LINEAR}' or '{MIXED}', or a body without pores"
        raise InputError([Fault("conditions", problem, remedy)])

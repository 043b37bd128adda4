r"""Manufactured solution of a crystal on whose lithium stress acts: orders in space.

The sources are the strong form, written from the physical quantities,

.. math::
   \dot s + \nabla\cdot j = f, \qquad
   j = -D\nabla s + \frac{s}{R T \theta c_{max}} D \nabla(\beta:\sigma), \qquad
   \nabla\cdot\sigma + g = 0, \qquad \sigma = C:(\varepsilon(u) - \beta (s - s_0))

with anisotropic D, C and beta and the thermodynamic factor of the open-circuit curve of LiCoO2. See
:mod:`tests.support.manufactured`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import ufl

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.elasticity import strain_voigt, tensor_of_stress
from fem_cell.laws.stiffness import (
    chemical_strain,
    rotated_stiffness,
    strain_as_voigt,
    trigonal_stiffness,
)
from fem_cell.mechanics import Displaced, Sliding
from fem_cell.mechanics.conditions import Condition
from fem_cell.unknowns import ELECTRODE_POTENTIAL, STOICHIOMETRY
from tests.support.manufactured import Manufactured, orders, report
from tests.support.mechanics import EDGE, GPA, LICRO2, TILTED, cube, rotation, trigonal
from tests.support.models import TEMPERATURE, Contact, active
from tests.support.running import compose
from tests.support.slab import BOTTOM, SIDES, TOP, slab_mesh
from tests.support.stressed import Solid, body_of, feedback_of, stressed

BETA = 0.006, -0.053
REFERENCE, C_MAX = 0.6, 51600.0
ACROSS, ALONG = 4e-13, 1e-13
"""D_ab and D_c, m^2/s."""

DURATION = 0.2 * EDGE**2 / ALONG
SIGMA, RESISTANCE, VOLTAGE = 0.1, 1e-4, 3.9
OUTSIDE = (BOTTOM, SIDES, TOP)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A crystal with its chosen fields.

    Attributes:
        mesh: Of n elements a side.
        rotation: Axes of the crystal.
        stiffness: In its axes, Pa.
        shape: Shape of the stoichiometry and the potential.
        displacement: m.
        conditions: On the displacement.
    """

    mesh: Callable[[int], Any]
    rotation: Any
    stiffness: Any
    shape: Callable[[Any, Any], Any]
    displacement: Callable[[Any, Any], list[Any]]
    conditions: Callable[[Callable[[Any, Any], list[Any]]], list[Condition]]


def _square(n: int) -> Any:
    return slab_mesh([("solid", EDGE * 1e6, n)], width=EDGE * 1e6, across=n, deep=1)


def _even(x: Any, m: Any) -> Any:
    k = np.pi / EDGE
    return m.cos(k * x[0]) * m.cos(k * x[2])


def _sliding(x: Any, m: Any) -> list[Any]:
    k = np.pi / EDGE
    one, two = m.sin(k * x[0]) * m.cos(k * x[2]), m.sin(k * x[2]) * m.cos(k * x[0])
    return [5e-8 * one, 0 * x[1], 8e-8 * two]


def _skew(x: Any, m: Any) -> Any:
    k = 0.4 * np.pi / EDGE
    return m.cos(k * x[0] + 0.3) * m.cos(k * x[2] + 0.5) * m.cos(k * x[1] + 0.1)


def _twisted(x: Any, m: Any) -> list[Any]:
    k = 2.0 / EDGE
    return [
        5e-8 * m.sin(k * x[0] + 0.3) * m.cos(k * x[2]),
        8e-8 * m.cos(k * x[1]) * m.sin(k * x[2] + 0.1),
        5e-8 * m.sin(k * x[0]) * m.cos(k * x[1] + 0.2),
    ]


BETWEEN_MIRRORS = Chosen(
    _square,
    rotation(0.0, np.pi / 2, 0.0),
    trigonal_stiffness({key: c * GPA for key, c in LICRO2.items() if key != "14"}),
    _even,
    _sliding,
    lambda u: [Sliding(name) for name in OUTSIDE],
)
"""All faces are planes of symmetry; c lies in the plane of the layer."""

TILTED_CUBE = Chosen(
    cube,
    TILTED,
    trigonal(),
    _skew,
    _twisted,
    lambda u: [Displaced(name, lambda x: np.array(u(x, np))) for name in OUTSIDE],
)
"""No symmetry whatever, gradients across all faces."""


def errors_on(chosen: Chosen, n: int, degree: int = 1) -> dict[str, float]:
    """Relative L2 errors of stoichiometry, potential and displacement.

    Args:
        chosen: What is solved.
        n: Elements a side.
        degree: Of the displacement.
    """
    material = active(
        "LiCoO2",
        None,
        diffusivity_ab=f"{ACROSS} m^2/s",
        diffusivity_c=f"{ALONG} m^2/s",
        electronic_conductivity=f"{SIGMA} S/m",
        maximum_concentration=f"{C_MAX} mol/m^3",
    )
    R = chosen.rotation
    cell = compose(
        chosen.mesh(n),
        {"solid": stressed(material, R)},
        Contact(RESISTANCE),
        Contact(2 * RESISTANCE),
    )
    made = Manufactured(cell)
    x = made.position
    s, phi = cell.unknown(STOICHIOMETRY, "solid"), cell.unknown(ELECTRODE_POTENTIAL, "solid")
    s_exact, s_rate = made.choose(
        s, lambda x, t, m: 0.7 + 0.08 * (1 + t / DURATION) * chosen.shape(x, m)
    )
    phi_exact, _ = made.choose(
        phi, lambda x, t, m: 0.2 + 0.05 * (1 + 0.5 * t / DURATION) * chosen.shape(x, m)
    )
    u_exact = ufl.as_vector(chosen.displacement(x, ufl))
    C = ufl.as_matrix(rotated_stiffness(chosen.stiffness, R).tolist())
    beta = ufl.as_vector(strain_as_voigt(chemical_strain(*BETA, R)).tolist())
    stress = ufl.dot(C, strain_voigt(u_exact) - beta * (s_exact - REFERENCE))
    variable = ufl.variable(s_exact)
    slope = ufl.diff(material.open_circuit(variable), variable)
    theta = -FARADAY / (GAS_CONSTANT * TEMPERATURE) * s_exact * slope
    D = ufl.as_matrix((R @ np.diag([ACROSS, ACROSS, ALONG]) @ R.T).tolist())
    drift = s_exact / (GAS_CONSTANT * TEMPERATURE * theta * C_MAX)
    charge = FARADAY * C_MAX
    flux = charge * (-D * ufl.grad(s_exact) + drift * (D * ufl.grad(ufl.dot(beta, stress))))
    current = -SIGMA * ufl.grad(phi_exact)
    inside = made.volume("solid")
    made.subtract(s, charge * s_rate + ufl.div(flux), inside)
    made.subtract(phi, ufl.div(current), inside)
    made.subtract_everywhere(s, -flux)
    made.subtract_everywhere(phi, -current)
    made.subtract(phi, -(VOLTAGE - phi_exact) / RESISTANCE, made.surface(BOTTOM))
    made.subtract(phi, -(0.0 - phi_exact) / (2 * RESISTANCE), made.surface(TOP))
    body = body_of(
        cell,
        "solid",
        Solid(chosen.stiffness, *BETA, REFERENCE),
        chosen.conditions(chosen.displacement),
        body_force=-ufl.div(tensor_of_stress(stress)),
        degree=degree,
    )
    made.coupling = feedback_of(cell, body, "solid")
    made.solve(DURATION, 4, VOLTAGE)
    dx = body.body.dx("solid", 6)
    wrong, size = (body.integrate(ufl.inner(v, v) * dx) for v in (body.u - u_exact, u_exact))
    return made.errors() | {"displacement": float(np.sqrt(wrong / size))}


@pytest.mark.skip_in_parallel
def test_order_between_planes_of_symmetry():
    """Order two in L2 of stoichiometry, potential and displacement."""
    errors = [errors_on(BETWEEN_MIRRORS, n) for n in (16, 32)]
    report("between mirrors", errors)
    for name, observed in orders(errors).items():
        assert observed[-1] >= 1.9, name


@pytest.mark.skip_in_parallel
def test_order_of_a_tilted_cube():
    """Strains of linear displacements are known half a cell inside a face.

    So the stoichiometry at faces is wrong in first order where p varies across them, in a layer of
    one cell: order 1.5 in L2. The others have order two.
    """
    errors = [errors_on(TILTED_CUBE, n) for n in (5, 10)]
    report("tilted cube", errors)
    observed = {name.partition(".")[0]: found[-1] for name, found in orders(errors).items()}
    assert observed["stoichiometry"] >= 1.5
    assert observed["electrode_potential"] >= 1.8
    assert observed["displacement"] >= 1.85


@pytest.mark.skip_in_parallel
def test_order_of_a_tilted_cube_with_quadratic_displacements():
    """Their strains are right up to the faces: order two in all that is linear.

    The meshes are still coarse for these fields; from 10 to 20 elements a side the orders are 1.95,
    1.93 (the potential, which feels no stress) and 2.00.
    """
    errors = [errors_on(TILTED_CUBE, n, degree=2) for n in (8, 16)]
    report("tilted cube, quadratic displacements", errors)
    for name, observed in orders(errors).items():
        assert observed[-1] >= 1.88, name

r"""Manufactured solutions of the porous wall and of coupled cells: order two in space.

The sources are the equations in strong form, written from the physical quantities; see
:mod:`tests.support.manufactured` and :mod:`tests.support.planar_fields`. Fields vary along z only.

Particles need no source: with :math:`\tau = D t/R^2`,

.. math:: s(r, t) = a + b\,\bigl[3\tau + \tfrac12 (r/R)^2 - \tfrac{3}{10}\bigr]

solves the sphere exactly for any a and b (constant flux b D/R through its surface, mean
:math:`a + 3b\tau`), and even polynomials represent it exactly. The wall then stores
:math:`3 b\,D/R^2` per second, and :math:`s_N = a + b(3\tau + 1/5)`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import ufl

from fem_cell.laws.constants import FARADAY
from tests.support.manufactured import Manufactured, orders, report
from tests.support.models import (
    THERMAL_VOLTAGE,
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
    nmc,
    wall,
)
from tests.support.planar_fields import (
    C0,
    C_MAX,
    CONTACT,
    DURATION,
    ELECTRODE,
    EXPONENT,
    FOIL,
    KAPPA,
    LOAD,
    PARTICLE_D,
    PATH,
    POROSITY,
    RADIUS,
    RATE,
    SALT_D,
    SIGMA,
    SOLID,
    T_PLUS,
    VOLTAGE,
    Fields,
    at_surface,
    face_law,
    in_crystal,
    inside_particles,
    two_layers,
)
from tests.support.running import compose
from tests.support.slab import BOTTOM, TOP, slab_mesh

LEAST_ORDER = 1.9


def salt_model():
    """The binary salt of these cells."""
    return electrolyte(
        conductivity=f"{KAPPA} S/m",
        salt_diffusivity=f"{SALT_D} m^2/s",
        transference_number=T_PLUS,
        salt_concentration=f"{C0} mol/m^3",
    )


def porous_model(pore_filling: float = 1.0):
    """The wall, with the salt that fills it and its open-circuit potential."""
    salt = salt_model()
    material = nmc(
        salt,
        electronic_conductivity=f"{SIGMA} S/m",
        maximum_concentration=f"{C_MAX} mol/m^3",
        particle_radius=f"{RADIUS} m",
        diffusivity=f"{PARTICLE_D} m^2/s",
    )
    model = wall(material, salt, pore_filling=pore_filling, particle_contact=PATH, radial_points=4)
    return model, salt, material.open_circuit


def exchange(s, c, m):
    """i_0 = F k sqrt(c_e c_s (c_max - c_s)), A/m^2."""
    return FARADAY * RATE * C_MAX * m.sqrt(C0 * c * s * (1 - s))


def add_wall(fields: Fields, law: Callable, filling: float) -> float:
    """Sources of the wall's volume; its solid path F c_max gamma eps_s^b D, A/m."""
    made, s, c = fields.made, fields.s, fields.c
    eta = fields.p - fields.e - law(s)
    area = 3 * SOLID / RADIUS * filling
    reaction = area * 2 * exchange(s, c, ufl) * ufl.sinh(eta / (2 * THERMAL_VOLTAGE))
    fields.add_electrolyte("cathode", POROSITY * filling, reaction)
    charge = FARADAY * C_MAX
    path = charge * PATH * SOLID**EXPONENT * PARTICLE_D
    storage = charge * SOLID * 3 * LOAD(made.position, 0.0, ufl) * PARTICLE_D / RADIUS**2
    fields.add_electrode("cathode", storage, path, reaction)
    return path


def inner_values(nodes: np.ndarray, t: float) -> np.ndarray:
    """Exact values at the inner radial nodes (of four)."""
    from fem_cell.laws.particle import particle_matrices

    radius = particle_matrices(4).radius[:-1]
    return np.stack([inside_particles(nodes.T, t, r, np) for r in radius], axis=1)


def wall_errors(n: int) -> dict[str, float]:
    """The wall alone between two contacts."""
    mesh = slab_mesh([("cathode", ELECTRODE * 1e6, n)], width=ELECTRODE * 1e6 / n)
    model, _, law = porous_model()
    cell = compose(mesh, {"cathode": model}, Contact(CONTACT), Contact(CONTACT))
    fields = Fields(Manufactured(cell))
    fields.electrolyte("cathode")
    fields.electrode("cathode", at_surface)
    path = add_wall(fields, law, 1.0)
    fields.add_end(BOTTOM, path, POROSITY**EXPONENT, VOLTAGE)
    fields.add_end(TOP, path, POROSITY**EXPONENT, 0.0)
    fields.made.solve(DURATION, 4, VOLTAGE, inner_values)
    return fields.made.errors()


def half_cell_errors(n: int) -> dict[str, float]:
    """Half-filled wall whose face reacts too, electrolyte and foil; films, double layers."""
    filling, film, capacitance, area = 0.6, 4e-3, 0.3, 2.0
    mesh = two_layers(n)
    model, salt, law = porous_model(filling)
    face = ChargeTransfer(model, salt, area, film, capacitance)
    cell = compose(
        mesh,
        {"cathode": model, "electrolyte": BulkElectrolyte(salt)},
        Contact(CONTACT),
        CounterElectrode(salt, *FOIL),
        {("cathode", "electrolyte"): face},
    )
    fields = Fields(Manufactured(cell))
    fields.electrolyte("cathode")
    fields.electrode("cathode", at_surface)
    path = add_wall(fields, law, filling)
    fields.add_electrolyte("electrolyte", 1.0, 0.0)
    inner = (POROSITY * filling) ** EXPONENT
    fields.add_end(BOTTOM, path, inner, VOLTAGE)
    share = area * SOLID * (1 - filling)
    current = face_law(law, at_surface, lambda s, c: exchange(s, c, np), film)
    fields.add_interface(path, inner, share, current, capacitance)
    fields.add_foil(*FOIL)
    fields.made.solve(DURATION, 4, VOLTAGE, inner_values)
    return fields.made.errors()


def crystal_cell_errors(n: int) -> dict[str, float]:
    """Dense crystal, binary salt and foil; films, double layers."""
    i0, film, capacitance, area, diffusivity, c_max = 2.0, 4e-3, 0.3, 3.0, 1e-12, 51600.0
    mesh = two_layers(n)
    salt = salt_model()
    material = active(
        "LiCoO2",
        salt,
        diffusivity_ab="1e-6 m^2/s",
        diffusivity_c=f"{diffusivity} m^2/s",
        maximum_concentration=f"{c_max} mol/m^3",
        electronic_conductivity=f"{SIGMA} S/m",
    )
    model, law = dense(material), material.open_circuit
    face = ChargeTransfer(model, salt, area, film, capacitance, i0)
    cell = compose(
        mesh,
        {"cathode": model, "electrolyte": BulkElectrolyte(salt)},
        Contact(CONTACT),
        CounterElectrode(salt, *FOIL),
        {("cathode", "electrolyte"): face},
    )
    fields = Fields(Manufactured(cell))
    fields.electrolyte("electrolyte")
    fields.electrode("cathode", in_crystal)
    path = FARADAY * c_max * diffusivity
    fields.add_electrode("cathode", FARADAY * c_max * fields.s_rate, path, 0.0)
    fields.add_electrolyte("electrolyte", 1.0, 0.0)
    fields.add_end(BOTTOM, path, None, VOLTAGE)

    def exchange_at(s: float, c: float) -> float:
        return i0 * 2 * np.sqrt(s * (1 - s)) * np.sqrt(c)

    current = face_law(law, in_crystal, exchange_at, film)
    fields.add_interface(path, 0.0, area, current, capacitance)
    fields.add_foil(*FOIL)
    fields.made.solve(DURATION, 4, VOLTAGE)
    return fields.made.errors()


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("errors_on", [wall_errors, half_cell_errors, crystal_cell_errors])
def test_order_in_space(errors_on):
    """Halving the elements quarters the L2 errors of all fields."""
    errors = [errors_on(n) for n in (32, 64)]
    report(errors_on.__name__, errors)
    for name, observed in orders(errors).items():
        assert observed[-1] >= LEAST_ORDER, name

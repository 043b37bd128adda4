r"""Manufactured solutions of the bulk phases: observed order two in space.

The sources are the equations in strong form, written here from the physical
quantities, not from the forms under test; see
:mod:`tests.support.manufactured`. P1 elements have order two in L2; at least 1.9 must
be seen between the two finest meshes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl

from fem_cell.laws.constants import FARADAY
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
)
from tests.support.manufactured import Manufactured, orders, report
from tests.support.models import (
    THERMAL_VOLTAGE,
    BulkElectrolyte,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
)
from tests.support.running import compose
from tests.support.slab import BOTTOM, TOP, slab_mesh

EDGE = 20e-6
"""Edge of the square in x and z, one element thick, m."""

LEAST_ORDER = 1.9


def cosines(x, t, m, *, mean, amplitude, growth):
    """A field that varies along x and z and grows in time."""
    k = 0.4 * np.pi / EDGE
    shape = m.cos(k * x[0] + 0.3) * m.cos(k * x[2] + 0.5)
    return mean + amplitude * (1 + growth * t) * shape


def dense_errors(n: int, slope: float = 0.0) -> dict[str, float]:
    """Tilted crystal in a square of n elements a side, between two contacts.

    Args:
        n: Elements.
        slope: d ln D / ds.
    """
    mesh = slab_mesh([("crystal", EDGE * 1e6, n)], width=EDGE * 1e6, across=n, deep=1)
    across, along, sigma, resistance = 4e-13, 1e-13, 0.1, 1e-4
    points = np.array([0.0, 0.45, 1.0])
    profile = {
        "law": "log_linear",
        "stoichiometry": points.tolist(),
        "factor": np.exp(slope * points).tolist(),
    }
    varying = {"diffusivity_profile": profile} if slope else {}
    material = active(
        "LiCoO2",
        None,
        diffusivity_ab=f"{across} m^2/s",
        diffusivity_c=f"{along} m^2/s",
        electronic_conductivity=f"{sigma} S/m",
        maximum_concentration="51600 mol/m^3",
        **varying,
    )
    axis = np.array([1.0, -0.5, 2.0])
    cell = compose(
        mesh,
        {"crystal": dense(material, tuple(axis))},
        Contact(resistance),
        Contact(2 * resistance),
    )
    made = Manufactured(cell)
    duration, voltage = 0.2 * EDGE**2 / along, 3.9

    def s_profile(x, t, m):
        return cosines(x, t, m, mean=0.5, amplitude=0.1, growth=1 / duration)

    def phi_profile(x, t, m):
        return cosines(x, t, m, mean=0.2, amplitude=0.05, growth=0.5 / duration)

    s, phi = cell.unknown(STOICHIOMETRY, "crystal"), cell.unknown(ELECTRODE_POTENTIAL, "crystal")
    s_exact, s_rate = made.choose(s, s_profile)
    phi_exact, _ = made.choose(phi, phi_profile)
    charge = FARADAY * 51600.0
    unit = axis / np.linalg.norm(axis)
    tensor = across * np.eye(3) + (along - across) * np.outer(unit, unit)
    tensor = ufl.exp(slope * s_exact) * ufl.as_matrix(tensor.tolist())
    flux = -charge * tensor * ufl.grad(s_exact)
    current = -sigma * ufl.grad(phi_exact)
    inside = made.volume("crystal")
    made.subtract(s, charge * s_rate + ufl.div(flux), inside)
    made.subtract(phi, ufl.div(current), inside)
    made.subtract_everywhere(s, -flux)
    made.subtract_everywhere(phi, -current)
    made.subtract(phi, -(voltage - phi_exact) / resistance, made.surface(BOTTOM))
    made.subtract(phi, -(0.0 - phi_exact) / (2 * resistance), made.surface(TOP))
    made.solve(duration, 4, voltage)
    return made.errors()


def varying_errors(n: int) -> dict[str, float]:
    """The same with a diffusivity that changes sevenfold over the stoichiometries met."""
    return dense_errors(n, slope=10.0)


def foil_current(i0: float, potential: float, phi: Any, salt: Any = 1.0) -> Any:
    """i_n of a lithium foil by hand, A/m^2, positive into the electrolyte."""
    eta = potential - phi
    return i0 * ufl.sqrt(salt) * 2 * ufl.sinh(eta / (2 * THERMAL_VOLTAGE))


def single_ion_errors(n: int) -> dict[str, float]:
    """Single-ion conductor in a square between two foils."""
    mesh = slab_mesh([("separator", EDGE * 1e6, n)], width=EDGE * 1e6, across=n, deep=1)
    kappa, i0, voltage = 0.01, 20.0, 0.02
    ions = electrolyte("LPSCl", conductivity={"value": f"{kappa} S/m", "law": "arrhenius"})
    cell = compose(
        mesh,
        {"separator": BulkElectrolyte(ions)},
        CounterElectrode(ions, 0.0, i0),
        CounterElectrode(ions, 0.0, 2 * i0),
    )
    made = Manufactured(cell)

    def profile(x, t, m):
        return cosines(x, t, m, mean=0.01, amplitude=0.02, growth=1.0)

    phi = cell.unknown(OHMIC_POTENTIAL, "separator")
    exact, _ = made.choose(phi, profile)
    current = -kappa * ufl.grad(exact)
    made.subtract(phi, ufl.div(current), made.volume("separator"))
    made.subtract_everywhere(phi, -current)
    made.subtract(phi, -foil_current(i0, voltage, exact), made.surface(BOTTOM))
    made.subtract(phi, -foil_current(2 * i0, 0.0, exact), made.surface(TOP))
    made.solve(1.0, 2, voltage)
    return made.errors()


def binary_salt_errors(n: int) -> dict[str, float]:
    """Concentrated binary salt in a square between two foils."""
    mesh = slab_mesh([("separator", EDGE * 1e6, n)], width=EDGE * 1e6, across=n, deep=1)
    kappa, diffusivity, t_plus, factor, c0 = 0.05, 5e-12, 0.3, 1.7, 1200.0
    i0, voltage = 20.0, 0.02
    salt_model = electrolyte(
        conductivity=f"{kappa} S/m",
        salt_diffusivity=f"{diffusivity} m^2/s",
        transference_number=t_plus,
        thermodynamic_factor=factor,
        salt_concentration=f"{c0} mol/m^3",
    )
    cell = compose(
        mesh,
        {"separator": BulkElectrolyte(salt_model)},
        CounterElectrode(salt_model, 0.0, i0),
        CounterElectrode(salt_model, 0.0, 2 * i0),
    )
    made = Manufactured(cell)
    duration = 0.2 * EDGE**2 / diffusivity

    def c_profile(x, t, m):
        return cosines(x, t, m, mean=1.0, amplitude=0.25, growth=1 / duration)

    def phi_profile(x, t, m):
        return cosines(x, t, m, mean=0.01, amplitude=0.02, growth=-0.3 / duration)

    salt = cell.unknown(SALT_CONCENTRATION, "separator")
    phi = cell.unknown(OHMIC_POTENTIAL, "separator")
    c, c_rate = made.choose(salt, c_profile)
    exact, _ = made.choose(phi, phi_profile)
    charge = FARADAY * c0
    flux = -charge * diffusivity * ufl.grad(c)
    current = -kappa * ufl.grad(exact)
    measured = exact + 2 * THERMAL_VOLTAGE * factor * (1 - t_plus) * ufl.ln(c)
    inside = made.volume("separator")
    made.subtract(salt, charge * c_rate + ufl.div(flux), inside)
    made.subtract(phi, ufl.div(current), inside)
    made.subtract_everywhere(salt, -flux)
    made.subtract_everywhere(phi, -current)
    for surface, i_n in (
        (BOTTOM, foil_current(i0, voltage, measured, c)),
        (TOP, foil_current(2 * i0, 0.0, measured, c)),
    ):
        made.subtract(phi, -i_n, made.surface(surface))
        made.subtract(salt, -(1 - t_plus) * i_n, made.surface(surface))
    made.solve(duration, 4, voltage)
    return made.errors()


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize(
    "errors_on", [dense_errors, varying_errors, single_ion_errors, binary_salt_errors]
)
def test_order_in_space(errors_on):
    """Halving the elements quarters the L2 errors of all fields."""
    errors = [errors_on(n) for n in (16, 32)]
    report(errors_on.__name__, errors)
    for name, observed in orders(errors).items():
        assert observed[-1] >= LEAST_ORDER, name

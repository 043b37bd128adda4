r"""Manufactured solutions of the porous wall and of coupled cells: order two in space.

The sources are the strong forms of science.md 3.1-3.4, written from the physical
quantities; see :mod:`tests.support.manufactured`. Fields vary along z only.

Particles need no source: with :math:`\tau = D t/R^2`,

.. math:: s(r, t) = a + b\,\bigl[3\tau + \tfrac12 (r/R)^2 - \tfrac{3}{10}\bigr]

solves the sphere exactly for any a and b (constant flux b D/R through its surface, mean
:math:`a + 3b\tau`), and even polynomials represent it exactly. The wall then stores
:math:`3 b\,D/R^2` per second, and :math:`s_N = a + b(3\tau + 1/5)`.

Behind films the current obeys :math:`\Delta\phi - U - i R_f = (2RT/F)\,\mathrm{arsinh}
(i/2i_0)`, solved here by bisection at every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import ufl
from dolfinx import fem
from scipy.optimize import brentq

from fem_cell.laws.constants import FARADAY
from fem_cell.mesh import CellMesh
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    ELECTROLYTE_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
)
from tests.support.manufactured import Manufactured, Profile, orders, report
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
from tests.support.running import compose
from tests.support.slab import BOTTOM, TOP, slab_mesh

LEAST_ORDER = 1.9
ELECTRODE, FILM = 60e-6, 30e-6
"""Thicknesses of electrode and electrolyte, m."""

CONTACT, VOLTAGE = 1e-3, 3.9
SIGMA, KAPPA, SALT_D, T_PLUS, C0 = 0.17, 0.136, 5e-12, 0.4, 3400.0
POROSITY, SOLID, EXPONENT = 0.44, 0.505, 1.5
RADIUS, PARTICLE_D, C_MAX, RATE = 5e-6, 1e-14, 49340.0, 3.2e-11
PATH = 1e4
"""particle_contact, far beyond its physical range so that the solid path matters."""

DURATION = 0.3 * RADIUS**2 / PARTICLE_D
"""s; of the order of every diffusion time here."""


def wave(mean: float, amplitude: float, phase: float, growth: float = 0.0) -> Profile:
    """mean + amplitude (1 + growth t/T) cos(0.6 pi z/L + phase)."""

    def profile(x, t, m):
        shape = m.cos(0.6 * np.pi * x[2] / ELECTRODE + phase)
        return mean + amplitude * (1 + growth * t / DURATION) * shape

    return profile


SALT = wave(1.0, 0.2, 0.4, 0.8)
PHI_E = wave(-0.02, 0.02, 1.0, 0.5)
PHI_S = wave(3.82, 0.03, 2.0, -0.5)
BASE, LOAD = wave(0.5, 0.1, 0.2), wave(0.05, 0.02, 1.3)


def inside_particles(x, t, radius, m):
    """s at r = radius R behind a point x."""
    tau = t * PARTICLE_D / RADIUS**2
    return BASE(x, 0.0, m) + LOAD(x, 0.0, m) * (3 * tau + radius**2 / 2 - 0.3)


def at_surface(x, t, m):
    """s_N."""
    return inside_particles(x, t, 1.0, m)


def in_crystal(x, t, m):
    """s of a dense electrode."""
    return wave(0.6, 0.1, 0.2, 0.5)(x, t, m)


def along_z(expression):
    """d/dz."""
    return ufl.grad(expression)[2]


def current_behind_film(i0: float, drive: float, film: float) -> float:
    """i of the implicit law, A/m^2, by bisection."""
    bound = abs(drive) / film + 1.0
    return float(
        brentq(
            lambda i: 2 * THERMAL_VOLTAGE * np.arcsinh(i / (2 * i0)) + i * film - drive,
            -bound, bound, xtol=1e-13, rtol=1e-14,
        )
    )  # fmt: skip


@dataclass
class Fields:
    """Exact fields of a cell as UFL expressions, with what belongs to them.

    Attributes:
        made: The manufactured solution that collects the sources.
    """

    made: Manufactured

    def electrolyte(self, phase: str) -> None:
        """Choose salt and potential; the phase named is any in which they live."""
        cell = self.made.cell
        self.salt = cell.unknown(SALT_CONCENTRATION, phase)
        self.phi_e = cell.unknown(ELECTROLYTE_POTENTIAL, phase)
        self.c, self.c_rate = self.made.choose(self.salt, SALT)
        self.e, self.e_rate = self.made.choose(self.phi_e, PHI_E)

    def electrode(self, phase: str, profile: Profile) -> None:
        """Choose stoichiometry and potential."""
        cell = self.made.cell
        self.stoichiometry = cell.unknown(STOICHIOMETRY, phase)
        self.phi_s = cell.unknown(ELECTRODE_POTENTIAL, phase)
        self.s, self.s_rate = self.made.choose(self.stoichiometry, profile)
        self.p, self.p_rate = self.made.choose(self.phi_s, PHI_S)

    def ionic(self, factor: float) -> tuple[object, object]:
        """i_e (A/m^2) and F times the flux of salt along z, for a transport factor."""
        diffusional = 2 * THERMAL_VOLTAGE * (1 - T_PLUS) * along_z(ufl.ln(self.c))
        current = factor * KAPPA * (diffusional - along_z(self.e))
        return current, -factor * FARADAY * C0 * SALT_D * along_z(self.c)

    def add_electrolyte(self, phase: str, fraction: float, reaction: object) -> None:
        """Sources of the electrolyte in a volume with a reaction, A/m^3."""
        inside = self.made.volume(phase)
        current, flux = self.ionic(fraction**EXPONENT)
        self.made.subtract(self.phi_e, along_z(current) - reaction, inside)
        storage = FARADAY * C0 * fraction * self.c_rate
        balance = storage + along_z(flux) - (1 - T_PLUS) * reaction
        self.made.subtract(self.salt, balance, inside)

    def add_electrode(self, phase: str, storage: object, path: float, reaction: object) -> None:
        """Sources of the electrode: charge storage (A/m^3) and diffusion (A/m)."""
        inside, current = self.made.volume(phase), -SIGMA * along_z(self.p)
        self.made.subtract(self.phi_s, along_z(current) + reaction, inside)
        balance = storage - along_z(path * along_z(self.s)) + reaction
        self.made.subtract(self.stoichiometry, balance, inside)

    def add_end(self, surface: str, path: float, factor: float | None, potential: float) -> None:
        """Sources at a contact: outward fluxes (the normal is -z below, z above)."""
        made, sign = self.made, -1.0 if surface == BOTTOM else 1.0
        ds = made.surface(surface)
        made.subtract(self.stoichiometry, sign * path * along_z(self.s), ds)
        conduction = sign * SIGMA * along_z(self.p)
        made.subtract(self.phi_s, conduction - (potential - self.p) / CONTACT, ds)
        if factor is not None:
            current, flux = self.ionic(factor)
            made.subtract(self.phi_e, -sign * current, ds)
            made.subtract(self.salt, -sign * flux, ds)

    def add_foil(self, potential: float, i0: float, film: float, capacitance: float) -> None:
        """Sources at the foil on top, whose terminal is at zero."""
        x = np.array([0.0, 0.0, ELECTRODE + FILM])

        def law(t: float) -> float:
            drive = 0.0 - float(PHI_E(x, t, np)) - potential
            return current_behind_film(i0 * np.sqrt(float(SALT(x, t, np))), drive, film)

        ds, i_n = self.made.surface(TOP), self.track(law)
        current, flux = self.ionic(1.0)
        charging = capacitance * (0.0 - self.e_rate)
        self.made.subtract(self.phi_e, -current - i_n - charging, ds)
        self.made.subtract(self.salt, -flux - (1 - T_PLUS) * i_n, ds)

    def track(self, law: Callable[[float], float]) -> fem.Constant:
        """A number that follows a law in time."""
        number = fem.Constant(self.made.cell.mesh.mesh, law(0.0))
        self.made.clocks.append(lambda t: setattr(number, "value", law(t)))
        return number

    def add_interface(
        self, path: float, inner: float, share: float, law: Callable[[float], float],
        capacitance: float,
    ) -> None:  # fmt: skip
        """Sources between electrode (+, below) and electrolyte, fluxes counted from both."""
        made, i_n = self.made, self.track(lambda t: share * law(t))
        dS = made.interface("cathode", "electrolyte")
        charging = capacitance * share * (self.p_rate - self.e_rate)("+")
        plus = [path * along_z(self.s), SIGMA * along_z(self.p)]
        made.subtract(self.stoichiometry, plus[0]("+") + i_n, dS, "+")
        made.subtract(self.phi_s, plus[1]("+") + i_n + charging, dS, "+")
        below, above = self.ionic(inner), self.ionic(1.0)
        current, flux = ((b - a)("+") for a, b in zip(below, above, strict=True))
        made.subtract(self.phi_e, current - i_n - charging, dS, "-")
        made.subtract(self.salt, flux - (1 - T_PLUS) * i_n, dS, "-")


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
    model = wall(
        material, salt, pore_filling=pore_filling, particle_contact=PATH, radial_points=4
    )
    return model, salt, material.open_circuit


def exchange(s, c, m):
    """i_0 = F k sqrt(c_e c_s (c_max - c_s)), A/m^2."""
    return FARADAY * RATE * C_MAX * m.sqrt(C0 * c * s * (1 - s))


def two_layers(n: int) -> CellMesh:
    """Electrode and electrolyte in a column one element wide.

    Elements must be refined across as well: thin ones in a wide column let the nodes of
    one height differ near its ends, an error of first order in a layer of one element.
    """
    layers = [("cathode", ELECTRODE * 1e6, n), ("electrolyte", FILM * 1e6, n // 2)]
    return slab_mesh(layers, width=ELECTRODE * 1e6 / n)


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


FOIL = (0.05, 5.0, 2e-3, 0.2)
"""Foil: U (V), i_0 (A/m^2), R_f (ohm m^2), C_dl (F/m^2)."""


def face_law(law: Callable, profile: Profile, exchange_at: Callable, film: float) -> Callable:
    """i_n(t) of the reacting face between electrode and electrolyte."""
    x = np.array([0.0, 0.0, ELECTRODE])

    def current(t: float) -> float:
        s, c = float(profile(x, t, np)), float(SALT(x, t, np))
        drive = float(PHI_S(x, t, np) - PHI_E(x, t, np)) - float(law(s))
        return current_behind_film(float(exchange_at(s, c)), drive, film)

    return current


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
        diffusivity_ab="1 m^2/s",
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

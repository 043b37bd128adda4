r"""Exact fields of planar cells along z, and the sources that belong to them.

Used by the manufactured solutions of coupled cells. Behind films the current obeys
:math:`\Delta\phi - U - i R_f = (2RT/F)\,\mathrm{arsinh}(i/2i_0)`, solved here by bisection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from scipy.optimize import brentq

from fem_cell.laws.constants import FARADAY
from fem_cell.mesh import CellMesh
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
)
from tests.support.manufactured import Manufactured, Profile
from tests.support.models import THERMAL_VOLTAGE
from tests.support.slab import BOTTOM, TOP, slab_mesh

ELECTRODE, FILM = 60e-6, 30e-6
"""Thicknesses of electrode and electrolyte, m."""

CONTACT, VOLTAGE = 1e-3, 3.9
SIGMA, KAPPA, SALT_D, T_PLUS, C0 = 0.17, 0.136, 5e-12, 0.4, 3400.0
POROSITY, SOLID, EXPONENT = 0.44, 0.505, 1.5
RADIUS, PARTICLE_D, C_MAX, RATE = 5e-6, 1e-14, 49340.0, 3.2e-11
DIFFUSION = 2 * THERMAL_VOLTAGE * (1 - T_PLUS)
"""phi_e - psi over ln c/c_0, V."""

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
PSI = wave(-0.02, 0.02, 1.0, 0.5)
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
        self.psi = cell.unknown(OHMIC_POTENTIAL, phase)
        self.c, self.c_rate = self.made.choose(self.salt, SALT)
        self.ohmic, self.ohmic_rate = self.made.choose(self.psi, PSI)
        self.e = self.ohmic + DIFFUSION * ufl.ln(self.c)

    def electrode(self, phase: str, profile: Profile) -> None:
        """Choose stoichiometry and potential."""
        cell = self.made.cell
        self.stoichiometry = cell.unknown(STOICHIOMETRY, phase)
        self.phi_s = cell.unknown(ELECTRODE_POTENTIAL, phase)
        self.s, self.s_rate = self.made.choose(self.stoichiometry, profile)
        self.p, self.p_rate = self.made.choose(self.phi_s, PHI_S)

    def ionic(self, factor: float) -> tuple[Any, Any]:
        """i_e (A/m^2) and F times the flux of salt along z, for a transport factor."""
        current = -factor * KAPPA * along_z(self.ohmic)
        return current, -factor * FARADAY * C0 * SALT_D * along_z(self.c)

    def add_electrolyte(self, phase: str, fraction: float, reaction: Any) -> None:
        """Sources of the electrolyte in a volume with a reaction, A/m^3."""
        inside = self.made.volume(phase)
        current, flux = self.ionic(fraction**EXPONENT)
        self.made.subtract(self.psi, along_z(current) - reaction, inside)
        storage = FARADAY * C0 * fraction * self.c_rate
        balance = storage + along_z(flux) - (1 - T_PLUS) * reaction
        self.made.subtract(self.salt, balance, inside)

    def add_electrode(self, phase: str, storage: Any, path: float, reaction: Any) -> None:
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
            made.subtract(self.psi, -sign * current, ds)
            made.subtract(self.salt, -sign * flux, ds)

    def add_foil(self, potential: float, i0: float, film: float, capacitance: float) -> None:
        """Sources at the foil on top, whose terminal is at zero."""
        x = np.array([0.0, 0.0, ELECTRODE + FILM])

        def law(t: float) -> float:
            c = float(SALT(x, t, np))
            drive = 0.0 - float(PSI(x, t, np)) - DIFFUSION * np.log(c) - potential
            return current_behind_film(i0 * np.sqrt(c), drive, film)

        ds, i_n = self.made.surface(TOP), self.track(law)
        current, flux = self.ionic(1.0)
        charging = capacitance * (0.0 - self.ohmic_rate)
        self.made.subtract(self.psi, -current - i_n - charging, ds)
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
        charging = capacitance * share * (self.p_rate - self.ohmic_rate)("+")
        plus = [path * along_z(self.s), SIGMA * along_z(self.p)]
        made.subtract(self.stoichiometry, plus[0]("+") + i_n, dS, "+")
        made.subtract(self.phi_s, plus[1]("+") + i_n + charging, dS, "+")
        below, above = self.ionic(inner), self.ionic(1.0)
        current, flux = ((b - a)("+") for a, b in zip(below, above, strict=True))
        made.subtract(self.psi, current - i_n - charging, dS, "-")
        made.subtract(self.salt, flux - (1 - T_PLUS) * i_n, dS, "-")


def two_layers(n: int) -> CellMesh:
    """Electrode and electrolyte in a column one element wide.

    Elements must be refined across as well: thin ones in a wide column let the nodes of
    one height differ near its ends, an error of first order in a layer of one element.
    """
    layers = [("cathode", ELECTRODE * 1e6, n), ("electrolyte", FILM * 1e6, n // 2)]
    return slab_mesh(layers, width=ELECTRODE * 1e6 / n)


FOIL = (0.05, 5.0, 2e-3, 0.2)
"""Foil: U (V), i_0 (A/m^2), R_f (ohm m^2), C_dl (F/m^2)."""


def face_law(law: Callable, profile: Profile, exchange_at: Callable, film: float) -> Callable:
    """i_n(t) of the reacting face between electrode and electrolyte."""
    x = np.array([0.0, 0.0, ELECTRODE])

    def current(t: float) -> float:
        s, c = float(profile(x, t, np)), float(SALT(x, t, np))
        drive = float(PHI_S(x, t, np) - PSI(x, t, np)) - float(law(s))
        drive -= DIFFUSION * float(np.log(SALT(x, t, np)))
        return current_behind_film(float(exchange_at(s, c)), drive, film)

    return current

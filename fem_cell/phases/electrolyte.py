r"""Ion transport: single-ion conductor and binary salt, bulk or in pores.

In a volume fraction :math:`\varepsilon` with effective factor
:math:`\varepsilon^b` (Bruggeman) and a reaction current :math:`a j` per volume
that enters from the solid:

.. math::
   \nabla\cdot i_e = a j, \qquad
   \varepsilon \frac{\partial c_e}{\partial t}
   = \nabla\cdot(\varepsilon^b D_e \nabla c_e) + (1 - t_+)\frac{a j}{F}

The anion does not react. Both balances are written in amperes. The current follows from
the ohmic potential psi (:mod:`fem_cell.laws.transport`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import ufl
from dolfinx import fem

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.expressions import Expression
from fem_cell.laws.transport import bruggeman, diffusion_potential, ohmic_current, ohmic_heat
from fem_cell.materials import DataSheet
from fem_cell.phases.model import Region
from fem_cell.power import IONS, SALT_DIFFUSION, Power
from fem_cell.unknowns import OHMIC_POTENTIAL, SALT_CONCENTRATION, Balances, Unknown


class Place(Protocol):
    """A region or a surface: has unknowns and makes coefficients."""

    @property
    def constant(self) -> Callable[[float], fem.Constant]:
        """Makes a coefficient from a number."""

    @property
    def temperature(self) -> fem.Constant:
        """K."""

    def __getitem__(self, kind: str) -> Unknown: ...


@dataclass(frozen=True, slots=True)
class PoreSpace:
    """How much of a volume the electrolyte fills, and how well it connects.

    Attributes:
        volume_fraction: epsilon, 1.
        exponent: Bruggeman exponent b.
    """

    volume_fraction: float = 1.0
    exponent: float = 1.5

    @property
    def factor(self) -> float:
        """Effective over bulk transport property."""
        return bruggeman(self.volume_fraction, self.exponent)


@dataclass(frozen=True, slots=True)
class SingleIon:
    """A conductor in which only lithium ions move; t_+ = 1."""

    sheet: DataSheet
    temperature: float

    kinds = (OHMIC_POTENTIAL,)
    salt_concentration = None
    transference_number = 1.0

    @property
    def name(self) -> str:
        """Name of the electrolyte."""
        return self.sheet.name

    def potential(self, place: Place) -> Expression:
        """phi_e, what a lithium reference electrode measures, V."""
        return place[OHMIC_POTENTIAL].value

    def diffusion_potential(self, place: Place) -> Expression | None:
        """phi_e - psi, V; there is no salt."""
        return None

    def reference_potential(self, ohmic: Expression, salt: Expression) -> Expression:
        """The same from values of the unknowns; there is no salt."""
        return ohmic

    def reaction_shares(self, place: Place) -> list[tuple[Unknown, float]]:
        """Share of a reaction current that enters each balance; charge only."""
        return [(place[OHMIC_POTENTIAL], -1.0)]

    def add_terms(self, balances: Balances, region: Region, pores: PoreSpace) -> None:
        """Charge balance of the electrolyte, without the reaction."""
        potential = region[OHMIC_POTENTIAL]
        kappa = region.constant(self.sheet.value("conductivity", self.temperature) * pores.factor)
        current = ohmic_current(kappa, potential.value)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)
        heat = ohmic_heat(kappa, potential.value)
        balances.powers.append(Power(region.name, IONS, heat, region.dx))


@dataclass(frozen=True, slots=True)
class BinarySalt:
    """A dissolved salt with constant transport properties (concentrated solution)."""

    sheet: DataSheet
    temperature: float

    kinds = (SALT_CONCENTRATION, OHMIC_POTENTIAL)

    @property
    def name(self) -> str:
        """Name of the electrolyte."""
        return self.sheet.name

    @property
    def salt_concentration(self) -> float:
        """c_0, mol/m^3."""
        return self._value("salt_concentration")

    @property
    def transference_number(self) -> float:
        """t_+ of lithium."""
        return self._value("transference_number")

    def potential(self, place: Place) -> Expression:
        """phi_e, what a lithium reference electrode measures, V."""
        return place[OHMIC_POTENTIAL].value + self.diffusion_potential(place)

    def diffusion_potential(self, place: Place) -> Expression:
        """phi_e - psi, V."""
        return self._chemical_potential(place, place.constant(self.transference_number))

    def _chemical_potential(self, place: Place, transference: fem.Constant) -> Expression:
        """2RT/F Theta (1 - t_+) ln(c_e/c_0), V; with t_+ = 0 that of the salt over F."""
        return diffusion_potential(
            place[SALT_CONCENTRATION].value,
            transference,
            place.constant(self._value("thermodynamic_factor")),
            place.temperature,
        )

    def reference_potential(self, ohmic: Expression, salt: Expression) -> Expression:
        """The same from values of psi and c_e/c_0."""
        return ohmic + diffusion_potential(
            salt, self.transference_number, self._value("thermodynamic_factor"), self.temperature
        )

    def reaction_shares(self, place: Place) -> list[tuple[Unknown, float]]:
        """Share of a reaction current that enters each balance: all charge, 1 - t_+ of salt."""
        salt = (place[SALT_CONCENTRATION], self.transference_number - 1.0)
        return [(place[OHMIC_POTENTIAL], -1.0), salt]

    def add_terms(self, balances: Balances, region: Region, pores: PoreSpace) -> None:
        """Charge and salt balances of the electrolyte, without the reaction."""
        potential, salt = region[OHMIC_POTENTIAL], region[SALT_CONCENTRATION]
        kappa = region.constant(self._value("conductivity") * pores.factor)
        charge = FARADAY * self.salt_concentration
        capacity = region.constant(charge * pores.volume_fraction)
        diffusion = region.constant(charge * self._value("salt_diffusivity") * pores.factor)
        current = ohmic_current(kappa, potential.value)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)
        heat = ohmic_heat(kappa, potential.value)
        balances.powers.append(Power(region.name, IONS, heat, region.dx))
        balances.add(salt, capacity * salt.rate * salt.test * region.dx)
        balances.add(
            salt, diffusion * ufl.inner(ufl.grad(salt.value), ufl.grad(salt.test)) * region.dx
        )
        force = ufl.grad(self._chemical_potential(region, region.constant(0.0)))
        mixing = diffusion * ufl.inner(ufl.grad(salt.value), force)
        balances.powers.append(Power(region.name, SALT_DIFFUSION, mixing, region.dx))

    def _value(self, key: str) -> float:
        return self.sheet.value(key, self.temperature)


Electrolyte = SingleIon | BinarySalt


def electrolyte_of(sheet: DataSheet, temperature: float) -> Electrolyte:
    """The transport model that suits a data sheet's kind."""
    return (BinarySalt if sheet.kind == "binary_electrolyte" else SingleIon)(sheet, temperature)


def add_reaction(
    balances: Balances,
    region: Place,
    electrolyte: Electrolyte,
    current: Expression,
    measure: ufl.Measure,
) -> None:
    """A reaction current density enters the electrolyte through a surface.

    Args:
        balances: Where the terms go.
        region: Its unknowns must be those of the electrolyte.
        electrolyte: Decides what share of the current moves salt.
        current: i_n, A/m^2, positive where lithium enters the electrolyte.
        measure: The surface.
    """
    for unknown, share in electrolyte.reaction_shares(region):
        entering = region.constant(share) * current
        balances.add(unknown, entering * _side(unknown.test, measure) * measure)


def _side(test: Expression, measure: ufl.Measure) -> Expression:
    return test("-") if measure.integral_type() == "interior_facet" else test

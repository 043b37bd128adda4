r"""Ion transport: single-ion conductor and binary salt, bulk or in pores.

In a volume fraction :math:`\varepsilon` with effective factor
:math:`\varepsilon^b` (Bruggeman) and a reaction current :math:`a j` per volume
that enters from the solid:

.. math::
   \nabla\cdot i_e = a j, \qquad
   \varepsilon \frac{\partial c_e}{\partial t}
   = \nabla\cdot(\varepsilon^b D_e \nabla c_e) + (1 - t_+)\frac{a j}{F}

The anion does not react. Both balances are written in amperes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import ufl
from dolfinx import fem

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.expressions import Expression
from fem_cell.laws.transport import bruggeman, concentrated_solution_current, ohmic_current
from fem_cell.materials import DataSheet
from fem_cell.phases.model import Region
from fem_cell.unknowns import ELECTROLYTE_POTENTIAL, SALT_CONCENTRATION, Balances, Unknown


class Place(Protocol):
    """A region or a surface: has unknowns and makes coefficients."""

    @property
    def constant(self) -> Callable[[float], fem.Constant]:
        """Makes a coefficient from a number."""

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

    kinds = (ELECTROLYTE_POTENTIAL,)
    salt_concentration = None
    transference_number = 1.0

    @property
    def name(self) -> str:
        """Name of the electrolyte."""
        return self.sheet.name

    def anion_share(self, region: Place) -> Expression:
        """1 - t_+, the share of a reaction current that moves salt."""
        return region.constant(1.0 - self.transference_number)

    def add_terms(self, balances: Balances, region: Region, pores: PoreSpace) -> None:
        """Charge balance of the electrolyte, without the reaction."""
        potential = region[ELECTROLYTE_POTENTIAL]
        kappa = region.constant(self.sheet.value("conductivity", self.temperature) * pores.factor)
        current = ohmic_current(kappa, potential.value)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)


@dataclass(frozen=True, slots=True)
class BinarySalt:
    """A dissolved salt with constant transport properties (concentrated solution)."""

    sheet: DataSheet
    temperature: float

    kinds = (SALT_CONCENTRATION, ELECTROLYTE_POTENTIAL)

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

    def anion_share(self, region: Place) -> Expression:
        """1 - t_+, the share of a reaction current that moves salt."""
        return region.constant(1.0 - self.transference_number)

    def add_terms(self, balances: Balances, region: Region, pores: PoreSpace) -> None:
        """Charge and salt balances of the electrolyte, without the reaction."""
        potential, salt = region[ELECTROLYTE_POTENTIAL], region[SALT_CONCENTRATION]
        current = concentrated_solution_current(
            region.constant(self._value("conductivity") * pores.factor),
            potential.value,
            salt.value,
            region.constant(self.transference_number),
            region.constant(self._value("thermodynamic_factor")),
            region.temperature,
        )
        charge = FARADAY * self.salt_concentration
        capacity = region.constant(charge * pores.volume_fraction)
        diffusion = region.constant(charge * self._value("salt_diffusivity") * pores.factor)
        balances.add(potential, -ufl.inner(current, ufl.grad(potential.test)) * region.dx)
        balances.add(salt, capacity * salt.rate * salt.test * region.dx)
        balances.add(
            salt, diffusion * ufl.inner(ufl.grad(salt.value), ufl.grad(salt.test)) * region.dx
        )

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
    """A reaction current density enters the electrolyte over a measure.

    Args:
        balances: Where the terms go.
        region: Its unknowns must be those of the electrolyte.
        electrolyte: Decides what share of the current moves salt.
        current: i_n (A/m^2 over an area) or a j (A/m^3 over a volume),
            positive where lithium enters the electrolyte.
        measure: Where the reaction takes place.
    """
    potential = region[ELECTROLYTE_POTENTIAL]
    balances.add(potential, -current * _side(potential.test, measure) * measure)
    if SALT_CONCENTRATION in electrolyte.kinds:
        salt = region[SALT_CONCENTRATION]
        moved = electrolyte.anion_share(region) * current
        balances.add(salt, -moved * _side(salt.test, measure) * measure)


def _side(test: Expression, measure: ufl.Measure) -> Expression:
    return test("-") if measure.integral_type() == "interior_facet" else test

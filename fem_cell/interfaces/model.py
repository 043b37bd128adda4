"""What an interface is given, and what it must provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import ufl
from dolfinx import fem

from fem_cell.laws.expressions import Expression
from fem_cell.unknowns import Balances, Unknown


@dataclass(frozen=True, slots=True)
class Surface:
    """An exterior surface where a terminal touches a phase.

    Attributes:
        name: Of the surface.
        unknowns: Unknowns of the phase behind it, by kind.
        measure: Its ``ds``.
        terminal: V at the positive terminal; ``None`` stands for the negative
            one, whose potential is zero.
        constant: Makes a coefficient from a number.
        temperature: K.
    """

    name: str
    unknowns: Mapping[str, Unknown]
    measure: ufl.Measure
    terminal: Unknown | None
    constant: Callable[[float], fem.Constant]
    temperature: fem.Constant

    def __getitem__(self, kind: str) -> Unknown:
        return self.unknowns[kind]


class TerminalModel(Protocol):
    """How a terminal exchanges current with the phase it touches."""

    @property
    def joins(self) -> str:
        """Kind of the potential it needs in the phase behind it."""

    def add_terms(self, balances: Balances, surface: Surface) -> Expression:
        """Add the terms of the phase behind the surface.

        Returns:
            Current density from the terminal into the cell, A/m^2.
        """

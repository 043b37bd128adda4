"""The table of a pressing: which pieces are put under which pressures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fem_cell.case.sample_tables import KINDS
from fem_cell.case.tables import Duration, Number, Temperature, Unit

Variant = Literal["as_given", "unbroken", "filled", "plain", "stripped"]
PRESSED_KINDS = (*KINDS, "lithium_host")
"""Kinds of data sheets of solids that are elastic or flow."""
NEEDED = ("youngs_modulus", "poisson_ratio")
STRENGTH = "strength"
"""Key of data sheets of solids that break."""
MELTING = "melting_temperature"
"""Key of data sheets of solids that melt."""


class PressTable(BaseModel):
    """Pressures, times and temperatures."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    pressures: Annotated[
        list[Annotated[float, Unit("MPa"), Field(gt=0.0, le=1e9)]], Field(min_length=1)
    ]
    """Each of them is put on a piece as made."""
    temperatures: Annotated[list[Temperature], Field(min_length=1)] = [298.15]
    """Each pressure at each of them."""
    ramp: Duration = 1.0
    """Time in which the pressure rises."""
    hold: Duration = 3600.0
    """Time for which it is held."""
    variants: Annotated[list[Variant], Field(min_length=1)] = ["as_given", "plain", "stripped"]
    """as_given; unbroken: where that breaks, the same with solids that cannot; filled: where that
    does not keep its pores, the same with pores full of what flows, under the largest pressure;
    plain: all solids are the one that flows; stripped: that one is left out."""
    moving: bool = False
    """Whether the mesh moves with the body: large strains, until cells fold over."""
    strain_of_step: Annotated[Number, Field(ge=1e-5, le=0.05)] = 5e-3
    """Equivalent plastic strain of a time step, mean over what flows."""
    intrusion_rate: Annotated[float, Unit("1/s"), Field(gt=0.0)] = 1e-3
    """Strain rate whose flow stress the pressure at the face is compared with."""

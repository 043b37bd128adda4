"""The tables of a sample file as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fem_cell.case.tables import Temperature, Unit

Property = Literal["diffusivity", "electronic_conductivity", "ionic_conductivity", "stiffness"]
Condition = Literal["linear", "mixed", "uniform", "periodic"]
KINDS = (
    "mixed_conductor", "counter_electrode", "single_ion_electrolyte", "binary_electrolyte",
)  # fmt: skip
"""Kinds of data sheets that have one value of each property."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "diffusivity": ("diffusivity",),
    "electronic_conductivity": ("electronic_conductivity",),
    "ionic_conductivity": ("conductivity",),
    "stiffness": ("youngs_modulus", "poisson_ratio"),
}
"""What a data sheet has to give for a property."""


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class NeededTable(_Table):
    """Targets of effective properties, and the phase whose value is to meet them."""

    phase: str
    """The phase."""
    diffusivity: Annotated[float, Unit("cm^2/s"), Field(gt=0.0)] | None = None
    """Target of the diffusivity."""
    electronic_conductivity: Annotated[float, Unit("S/m"), Field(gt=0.0)] | None = None
    """Target of the electronic conductivity."""
    ionic_conductivity: Annotated[float, Unit("mS/cm"), Field(gt=0.0)] | None = None
    """Target of the ionic conductivity."""
    stiffness: Annotated[float, Unit("GPa"), Field(gt=0.0)] | None = None
    """Target of Young's modulus."""

    @property
    def targets(self) -> dict[str, float]:
        """Those that are given, by property, SI."""
        named = {name: getattr(self, name) for name in NEEDS}
        return {name: value for name, value in named.items() if value is not None}


class EffectiveTable(_Table):
    """Which effective properties, by which conditions, of how many pieces."""

    properties: Annotated[list[Property], Field(min_length=1)] = [
        "diffusivity", "electronic_conductivity", "stiffness",
    ]  # fmt: skip
    """What is wanted."""
    conditions: Annotated[list[Condition], Field(min_length=1)] = ["linear", "mixed"]
    """On the faces: linear bounds a sample from above, uniform from below; periodic alone."""
    seeds: Annotated[int, Field(ge=1, le=100)] = 1
    """Pieces of every size, with the seed of the geometry and those that follow it."""
    sizes: list[str] = []
    """Values of the geometry's size; its own if the list is empty."""
    needed: NeededTable | None = None
    """What a phase would have to be; sought in the pieces of the first size."""


class PlainTable(_Table):
    """What belongs to no section."""

    title: str = ""
    """What it is."""
    temperature: Temperature = 298.15
    """Of the whole sample."""


class PhaseTable(_Table):
    """A solid phase; further keys override values of its data sheet."""

    model_config = ConfigDict(extra="allow")
    material: str
    """Name of a data sheet, or the path of a .toml file."""

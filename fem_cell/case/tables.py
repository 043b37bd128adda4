"""The tables of a case file as pydantic models: keys, kinds of quantity, limits, defaults.

Quantities are read into coherent SI units by :class:`Unit`. A table whose ``extra`` is
``"allow"`` takes further keys as overrides of its data sheet; all others refuse unknown keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from fem_cell.units import example, to_si


@dataclass(frozen=True, slots=True)
class Unit:
    """Annotation of a float that is written as a quantity.

    Attributes:
        text: The unit in which the value is shown; any of the same dimension is read.
    """

    text: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read the text into SI before the limits of the field are checked."""
        read = partial(to_si, unit=self.text)
        return core_schema.no_info_before_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """What an editor should offer: a text with a unit, or a number without dimension."""
        if not self.text:
            return {"type": ["number", "string"], "unit": ""}
        return {"type": "string", "examples": [example(self.text)], "unit": self.text}


def unit_of(field: FieldInfo | None) -> str | None:
    """The unit a field is shown in, ``None`` if it is not a quantity."""
    if field is None:
        return None
    marks = [*field.metadata]
    for argument in getattr(field.annotation, "__args__", ()):  # X | None keeps its marks inside
        marks.extend(getattr(argument, "__metadata__", ()))
    return next((mark.text for mark in marks if isinstance(mark, Unit)), None)


Number = Annotated[float, Unit("")]
Temperature = Annotated[float, Unit("degC"), Field(ge=150.0, le=1000.0)]
Duration = Annotated[float, Unit("s"), Field(gt=0.0)]
Voltage = Annotated[float, Unit("V")]
AreaResistance = Annotated[float, Unit("ohm*cm^2"), Field(ge=0.0)]
AreaCapacitance = Annotated[float, Unit("uF/cm^2"), Field(ge=0.0)]
CurrentDensity = Annotated[float, Unit("A/m^2"), Field(gt=0.0)]


class _Table(BaseModel):
    """What all tables have in common: unknown keys are errors, values are final."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class _SheetTable(_Table):
    """A table whose further keys override values of its data sheet."""

    model_config = ConfigDict(extra="allow")

    material: str
    """Name of a data sheet, or the path of a .toml file."""


class PorousActiveTable(_SheetTable):
    """Homogenised porous electrode: particles, carbon and binder, pores with electrolyte."""

    model: Literal["porous_active"]
    electrolyte: str | None = None
    """Data sheet of the electrolyte in the pores; none for empty pores."""
    porosity: Annotated[Number, Field(gt=0.0, lt=1.0)] = 0.44
    """Volume fraction of the pores."""
    pore_filling: Annotated[Number, Field(ge=0.0, le=1.0)] = 1.0
    """Share of the pore volume that holds electrolyte, from laminated (0) to infiltrated (1)."""
    accessible_fraction: Annotated[Number, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the active material that takes part."""
    bruggeman_exponent: Annotated[Number, Field(ge=1.0, le=10.0)] = 1.5
    """b of effective = bulk * (volume fraction)^b for the pore electrolyte."""
    radial_points: Annotated[int, Field(ge=3, le=100)] = 8
    """Points along the radius of a particle."""
    particle_contact: Annotated[Number, Field(ge=0.0)] = 1.0
    """Scales the solid diffusion from particle to particle; 0 for none."""


class DenseActiveTable(_SheetTable):
    """Dense active material, resolved: diffusion by an anisotropic tensor."""

    model: Literal["dense_active"]
    c_axis: Annotated[list[float], Field(min_length=3, max_length=3)] | None = None
    """Direction of the slow crystal axis; default [0, 0, 1], only for layered crystals."""
    grain_boundary_transfer: Annotated[float, Unit("m/s"), Field(gt=0.0)] | None = None
    """k_gb of J = k_gb (c1 - c2) between grains; perfect boundaries if it is absent."""


class BoronSkeletonTable(_SheetTable):
    """Layer of free lithium, homogenised: held by a Li-B skeleton, or plain lithium."""

    model: Literal["boron_skeleton"]
    stack_pressure: Annotated[float, Unit("MPa"), Field(ge=0.0)]
    """Pressure on the layer: plain lithium creeps under it, a stripped skeleton may collapse."""


class BinarySaltTable(_SheetTable):
    """Electrolyte with a dissolved salt: concentrated solution theory."""

    model: Literal["binary_salt"]


class SingleIonTable(_SheetTable):
    """Electrolyte in which only lithium ions move."""

    model: Literal["single_ion"]


class ButlerVolmerTable(_Table):
    """Charge transfer between an active phase and an electrolyte phase."""

    model: Literal["butler_volmer"] = "butler_volmer"
    film_resistance: AreaResistance = 0.0
    """Area-specific resistance of a film on the active material."""
    double_layer_capacitance: AreaCapacitance = 0.0
    """Per real area of the interface."""
    area_factor: Annotated[Number, Field(gt=0.0)] = 1.0
    """Real area per area of the mesh, for roughness that is not resolved."""
    exchange_current_density: CurrentDensity | None = None
    """i_ref of i0 = i_ref 2 sqrt(s (1 - s)) here, instead of the data sheet's kinetics."""


class ContactTable(_Table):
    """Current collector on an active phase, an equipotential terminal."""

    model: Literal["contact"] = "contact"
    contact_resistance: Annotated[float, Unit("ohm*cm^2"), Field(gt=0.0)] = 1e-6
    """Area-specific resistance between collector and active phase."""


class CounterElectrodeTable(_SheetTable):
    """Counter electrode on an electrolyte, an equipotential terminal."""

    model: Literal["counter_electrode"] = "counter_electrode"
    material: str = "lithium"
    """Name of a data sheet, or the path of a .toml file."""


class GeometryTable(_Table):
    """The geometry script; all further keys are its parameters."""

    model_config = ConfigDict(extra="allow")

    script: str
    """Path of the geometry script, relative to the case file."""


class TerminalsTable(_Table):
    """The surfaces between which the voltage is measured and the current flows."""

    positive: str
    """Surface of the positive terminal."""
    negative: str
    """Surface of the negative terminal."""


class InitialTable(_Table):
    """The state of equilibrium the cell starts from; one of the two keys."""

    voltage: Voltage | None = None
    """Open-circuit voltage of the cell."""
    stoichiometry: Annotated[Number, Field(gt=0.0, lt=1.0)] | None = None
    """Stoichiometry of the active material."""


class SolverTable(_Table):
    """How the equations are solved."""

    time_tolerance: Annotated[Number, Field(gt=0.0, le=0.1)] = 1e-3
    """Error a time step may make, in stoichiometry."""
    linear_solver: Literal["auto", "direct", "iterative"] = "auto"
    """Direct factorisation, preconditioned iterations, or chosen by size."""
    maximum_time_step: Duration | None = None
    """Longest time step; no limit if it is absent."""
    voltage_event_tolerance: Annotated[float, Unit("mV"), Field(gt=0.0)] = 1e-4
    """How exactly a voltage that ends a step is met."""


class MechanicsTable(_Table):
    """Stress from the swelling of active material, quasi-static."""

    support: str | None = None
    """Surface that slides on a rigid base; the positive terminal if it is absent."""
    face: str | None = None
    """Loaded surface, which stays plane; the negative terminal if it is absent."""
    symmetric: list[str] | None = None
    """Surfaces that slide in their plane; "symmetry" if the geometry has it and this is absent."""
    stack_pressure: Annotated[float, Unit("MPa"), Field(ge=0.0)] = 0.0
    """Pressure on the loaded face at the start."""
    fixture: Literal["constant_pressure", "spring", "rigid"] = "constant_pressure"
    """What holds the loaded face when the cell swells."""
    fixture_stiffness: Annotated[float, Unit("MPa/um"), Field(gt=0.0)] | None = None
    """Pressure gained per displacement of the face, for fixture = "spring"."""
    stress_free_stoichiometry: Annotated[Number, Field(ge=0.0, le=1.0)] | None = None
    """At which the active material fits without stress; the initial one if it is absent."""
    coupling: Literal["one_way", "two_way"] = "one_way"
    """Whether stress acts back on the diffusion and the potential of lithium in dense phases."""
    displacement_degree: Literal[1, 2] = 1
    """Of the polynomials for displacements: 2 resolves bending and crack fronts better, and the
    stress that acts back on lithium at surfaces, with about eight times as many unknowns."""


class OutputTable(_Table):
    """What is written besides the time series."""

    snapshots: Annotated[int, Field(ge=0, le=100_000)] = 6
    """Number of field snapshots in each step of the protocol."""
    fields_format: Literal["pvd", "vtx"] = "pvd"
    """Files of the fields: "pvd", one file per rank and snapshot, which everything reads and
    pictures need; "vtx", a few for any number of ranks, for a ParaView that has ADIOS2."""
    fields_every: Annotated[float, Unit("s"), Field(ge=1e-3)] | None = None
    """Time between further snapshots; those of one time step are kept in memory."""
    fields_every_steps: Annotated[int, Field(ge=1)] | None = None
    """Number of time steps between further snapshots."""
    fields_at: list[Annotated[float, Unit("s"), Field(ge=0.0)]] = []
    """Times of further snapshots, from the start of the run."""
    fields_at_stoichiometry: list[Annotated[Number, Field(ge=0.0, le=1.0)]] = []
    """Mean stoichiometries of all active material at which there are further snapshots."""
    checkpoint_every: Duration = 600.0
    """Wall time between checkpoints."""
    pictures: bool = True
    """Whether pictures are made at the end."""


PhaseTable = (
    PorousActiveTable | DenseActiveTable | BoronSkeletonTable | BinarySaltTable | SingleIonTable
)
InterfaceTable = ButlerVolmerTable | ContactTable | CounterElectrodeTable

PHASE_TABLES: Mapping[str, type[PhaseTable]] = {
    "porous_active": PorousActiveTable,
    "dense_active": DenseActiveTable,
    "boron_skeleton": BoronSkeletonTable,
    "binary_salt": BinarySaltTable,
    "single_ion": SingleIonTable,
}
INTERFACE_TABLES: Mapping[str, type[InterfaceTable]] = {
    "butler_volmer": ButlerVolmerTable,
    "contact": ContactTable,
    "counter_electrode": CounterElectrodeTable,
}


class CaseTable(_Table):
    """A whole case file."""

    title: str = ""
    """One line that says what the case shows."""
    temperature: Temperature = 298.15
    """Temperature of the cell, uniform and constant."""
    geometry: GeometryTable
    materials: dict[str, dict[str, Any]] = {}
    """Data sheets of this case: a whole sheet (with kind), or overrides of a shipped one."""
    phases: dict[str, Annotated[PhaseTable, Field(discriminator="model")]]
    """One table for each volume of the geometry script."""
    interfaces: dict[str, Annotated[InterfaceTable, Field(discriminator="model")]] = {}
    """By the names of two phases, "a-b", or of a surface; defaults for those left out."""
    terminals: TerminalsTable
    initial: InitialTable = InitialTable()
    protocol: list[Any]
    """Lines such as "Discharge at 1C until 2.7 V", { repeat = 50, steps = [...] }, and
    { gitt = "Discharge at 0.1C for 30 minutes", rest = "2 hours", until = "2.8 V" }."""
    solver: SolverTable = SolverTable()
    mechanics: MechanicsTable | None = None
    output: OutputTable = OutputTable()
    smoke: dict[str, Any] = {}
    """Overrides that make the case small enough to try in a minute (--smoke)."""

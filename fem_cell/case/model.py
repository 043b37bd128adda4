"""A validated case: what the solver reads. Every number is in coherent SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fem_cell.case.tables import (
    InitialTable,
    MechanicsTable,
    OutputTable,
    SolverTable,
    TerminalsTable,
)
from fem_cell.geometry_script import Script
from fem_cell.materials import DataSheet
from fem_cell.protocol import Step

ACTIVE_MODELS = ("porous_active", "dense_active")
"""Models of phases that store lithium and conduct electrons."""
LITHIUM_MODELS = ("boron_skeleton",)
"""Models of layers of free lithium."""
ELECTRODE_MODELS = (*ACTIVE_MODELS, *LITHIUM_MODELS)
"""Models of phases that exchange lithium with an electrolyte by charge transfer."""
ELECTROLYTE_MODELS = ("binary_salt", "single_ion")
"""Models of phases that conduct ions only."""


@dataclass(frozen=True, slots=True)
class GeometryCase:
    """The geometry script and the values of all its parameters.

    Attributes:
        loaded: The script.
        values: Every parameter: lengths in m, angles in rad, others as they are.
    """

    loaded: Script
    values: Mapping[str, Any]

    @property
    def script(self) -> Path:
        """The script's file, absolute."""
        return self.loaded.path

    def show(self) -> dict[str, object]:
        """The values as a case file would hold them, with units."""
        return self.loaded.show(dict(self.values))


@dataclass(frozen=True, slots=True)
class PhaseCase:
    """One phase; what does not belong to its model has the neutral value given here.

    Attributes:
        model: ``porous_active``, ``dense_active``, ``boron_skeleton``, ``binary_salt`` or
            ``single_ion``.
        material: Data sheet with the overrides of the case.
        electrolyte: Data sheet of the electrolyte in the pores (``porous_active``), if any.
        porosity: Volume fraction of the pores.
        pore_filling: Share of the pores that holds electrolyte.
        accessible_fraction: Share of the active material that takes part.
        bruggeman_exponent: Exponent of the pore electrolyte's effective properties.
        radial_points: Points along the radius of a particle.
        particle_contact: Scales the solid diffusion from particle to particle.
        c_axis: Unit vector along the slow crystal axis (``dense_active`` of one crystal).
        grain_boundary_transfer: k_gb between grains [m/s], or ``None`` for perfect boundaries.
        stack_pressure: Pressure on a layer of lithium (``boron_skeleton``) [Pa].
    """

    model: str
    material: DataSheet
    electrolyte: DataSheet | None = None
    porosity: float = 0.0
    pore_filling: float = 0.0
    accessible_fraction: float = 1.0
    bruggeman_exponent: float = 1.5
    radial_points: int = 0
    particle_contact: float = 0.0
    c_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    grain_boundary_transfer: float | None = None
    stack_pressure: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether the phase stores lithium and conducts electrons."""
        return self.model in ACTIVE_MODELS

    def double_layer_capacitance(self, temperature: float) -> float:
        """Of the data sheet, per wetted area of particles [F/m^2]; zero if it has none."""
        key = "double_layer_capacitance"
        return self.material.value(key, temperature) if self.material.has(key) else 0.0

    @property
    def is_electrolyte(self) -> bool:
        """Whether the phase conducts ions only."""
        return self.model in ELECTROLYTE_MODELS

    @property
    def active_volume_fraction(self) -> float:
        """Volume fraction of active material, accessible or not.

        In a porous wall (1 - porosity) (w_a / rho_a) / sum_i (w_i / rho_i), with the weight
        fractions and densities of active material, carbon and binder; in a dense phase 1.
        """
        if self.model != "porous_active":
            return 1.0 if self.is_active else 0.0
        sheet, volumes = self.material, {}
        for part in ("active", "carbon", "binder"):
            density = "density" if part == "active" else f"{part}_density"
            if sheet.has(f"{part}_weight_fraction") and sheet.has(density):
                volumes[part] = sheet.value(f"{part}_weight_fraction") / sheet.value(density)
        return (1.0 - self.porosity) * volumes["active"] / sum(volumes.values())


@dataclass(frozen=True, slots=True)
class InterfaceCase:
    """One interface between two phases, or one terminal surface.

    Attributes:
        model: ``butler_volmer``, ``contact`` or ``counter_electrode``.
        film_resistance: Area-specific resistance of a film on the active material [ohm m^2].
        double_layer_capacitance: Per real area [F/m^2].
        area_factor: Real area per area of the mesh.
        exchange_current_density: i_ref [A/m^2] instead of the kinetics of the active
            material's data sheet, or ``None``.
        contact_resistance: Of a current collector [ohm m^2].
        material: Data sheet of a counter electrode, which gives its film and double layer too.
    """

    model: str
    film_resistance: float = 0.0
    double_layer_capacitance: float = 0.0
    area_factor: float = 1.0
    exchange_current_density: float | None = None
    contact_resistance: float = 0.0
    material: DataSheet | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A whole case.

    Attributes:
        title: One line that says what it shows.
        path: The case file, or ``None`` if it was built in Python.
        temperature: T [K].
        geometry: Script and parameters.
        phases: By the names of the script's volumes.
        interfaces: By ``"a-b"`` (the active phase first) or by the name of a surface.
        terminals: Names of the positive and the negative surface.
        initial: Open-circuit voltage [V] or stoichiometry: one of them, or neither if no phase
            stores lithium.
        protocol: The steps, repeats unrolled.
        solver: Settings of the solver.
        mechanics: Supports and load, every key set; ``None`` for a case without mechanics.
        output: Settings of the output.
        document: The effective case file as nested tables.
    """

    title: str
    path: Path | None
    temperature: float
    geometry: GeometryCase
    phases: Mapping[str, PhaseCase]
    interfaces: Mapping[str, InterfaceCase]
    terminals: TerminalsTable
    initial: InitialTable
    protocol: list[Step]
    solver: SolverTable
    mechanics: MechanicsTable | None
    output: OutputTable
    document: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], base_dir: Path | str = ".") -> Case:
        """Build a case from nested tables, as a case file would hold them.

        Args:
            document: The tables.
            base_dir: Folder that relative paths refer to.

        Raises:
            InputError: Everything that is wrong with it.
        """
        from fem_cell.case.assembly import assemble

        return assemble(document, Path(base_dir))

    @property
    def is_two_way(self) -> bool:
        """Whether stress acts back on lithium."""
        return self.mechanics is not None and self.mechanics.coupling == "two_way"

    def interface(self, one: str, other: str) -> InterfaceCase | None:
        """The interface between two phases, named in either order."""
        return self.interfaces.get(f"{one}-{other}") or self.interfaces.get(f"{other}-{one}")

    def effective_toml(self) -> str:
        """The case with everything explicit, as text that can be loaded again."""
        from fem_cell.case.effective import to_toml

        return to_toml(self.document)

"""From a validated case and its mesh to a cell with models in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_cell.case.model import Case, InterfaceCase, PhaseCase
from fem_cell.cell import AnyActive, AnyPhase, AnyTransfer, Cell, Terminals, build_cell
from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.interfaces.lithium_transfer import LithiumTransfer
from fem_cell.interfaces.model import TerminalModel
from fem_cell.laws.crystal import Array, orientation_of_axis
from fem_cell.materials import DataSheet
from fem_cell.materials.lithium_layer import lithium_layer
from fem_cell.mesh import CellMesh
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.phases.electrolyte import Electrolyte, electrolyte_of
from fem_cell.phases.porous_active import PorousActive

Orientations = dict[int, Array]
"""Rotation matrices by number of the grain."""

FALLBACK_CURRENT_DENSITY = 10.0
"""A/m^2 of footprint; the scale of residuals of a cell without active material."""


@dataclass(frozen=True, slots=True)
class Nominal:
    """Reference quantities of the modelled piece.

    Attributes:
        footprint: Area that areal quantities refer to, m^2.
        one_c_current: Current at 1C, A; ``None`` without active material.
        active_mass: Mass of active material, accessible or not, kg.
        electrode_mass: The same with carbon and binder, without electrolyte, kg.
        electrode_volume: Volume of the active phases with their pores, m^3.
        counter_potential: Equilibrium potential of the negative electrode, V.
    """

    footprint: float
    one_c_current: float | None
    active_mass: float
    electrode_mass: float
    electrode_volume: float
    counter_potential: float

    @property
    def current_scale(self) -> float:
        """A typical current, A."""
        return self.one_c_current or FALLBACK_CURRENT_DENSITY * self.footprint

    @property
    def charge_scale(self) -> float:
        """Charge of an hour at the typical current, C."""
        return 3600.0 * self.current_scale


def phase_model(
    phase: PhaseCase,
    electrolytes: list[Electrolyte],
    temperature: float,
    orientations: Orientations | None = None,
    feels_stress: bool = False,
    thickness: float = 0.0,
) -> AnyPhase:
    """The model of one phase.

    Args:
        phase: Its table.
        electrolytes: All electrolytes of the cell; the first wets a dense phase.
        temperature: K.
        orientations: Of its grains, if it has any.
        feels_stress: Whether stress acts back on the lithium of a dense phase.
        thickness: Volume over footprint, m; for a layer of lithium.
    """
    if phase.is_electrolyte:
        return BulkElectrolyte(electrolyte_of(phase.material, temperature))
    if phase.model == "boron_skeleton":
        layer = lithium_layer(phase.material, temperature, phase.stack_pressure, thickness)
        return BoronSkeleton(layer, phase.material, temperature, phase.stack_pressure)
    pores = phase.electrolyte if phase.pore_filling > 0 else None
    inside = electrolyte_of(pores, temperature) if pores else None
    wetting = inside or (electrolytes[0] if electrolytes else None)
    salt = wetting.salt_concentration if wetting else None
    material = ActiveMaterial.from_sheet(phase.material, temperature, salt)
    if phase.model == "dense_active":
        crystals = orientations or {0: orientation_of_axis(phase.c_axis)}
        return DenseActive(material, crystals, phase.grain_boundary_transfer, feels_stress)
    return PorousActive(
        material,
        inside,
        porosity=phase.porosity,
        pore_filling=phase.pore_filling if inside else 0.0,
        active_fraction=phase.active_volume_fraction,
        accessible_fraction=phase.accessible_fraction,
        bruggeman_exponent=phase.bruggeman_exponent,
        particle_contact=phase.particle_contact,
        radial_points=phase.radial_points,
        double_layer_capacitance=phase.double_layer_capacitance(temperature),
    )


def phase_models(
    case: Case, grains: Sequence[Mapping[str, Any]], thickness: Mapping[str, float]
) -> dict[str, AnyPhase]:
    """The models of all phases, by name; ``grains`` as the mesh file lists them."""
    orientations = _orientations(grains)
    electrolytes = [
        electrolyte_of(p.material, case.temperature)
        for p in case.phases.values()
        if p.is_electrolyte
    ]
    return {
        name: phase_model(
            phase,
            electrolytes,
            case.temperature,
            orientations.get(name),
            case.is_two_way,
            thickness[name],
        )
        for name, phase in case.phases.items()
    }


def _orientations(grains: Sequence[Mapping[str, Any]]) -> dict[str, Orientations]:
    """Rotation matrices by phase and number of the grain."""
    found: dict[str, Orientations] = {}
    for grain in grains:
        phase, _, number = str(grain["name"]).partition(".")
        found.setdefault(phase, {})[int(number)] = np.array(grain["orientation"])
    return found


def build(
    case: Case, mesh: CellMesh, footprint: float, grains: Sequence[Mapping[str, Any]] = ()
) -> tuple[Cell, Nominal]:
    """Compose the cell of a case on its mesh and set its initial state. Collective.

    Args:
        case: Validated.
        mesh: Mesh of the case's geometry.
        footprint: Area that areal quantities refer to, m^2.
        grains: ``name`` and ``orientation`` of every grain, as the mesh file lists them.
    """
    thickness = {name: mesh.volume(name) / footprint for name in case.phases}
    phases = phase_models(case, grains, thickness)
    active = {n: p for n, p in phases.items() if isinstance(p, AnyActive)}
    nominal = _nominal(case, active, mesh, footprint)
    cell = build_cell(
        mesh,
        phases,
        _charge_transfer(case, phases, mesh),
        _terminals(case, phases),
        case.temperature,
        nominal.current_scale,
    )
    _set_initial(case, cell, active, nominal.counter_potential)
    return cell, nominal


def _nominal(
    case: Case, active: Mapping[str, AnyActive], mesh: CellMesh, footprint: float
) -> Nominal:
    volumes = {name: mesh.volume(name) for name in active}
    current = sum(p.one_c_current_density * volumes[n] for n, p in active.items())
    masses = {n: p.active_mass_density * volumes[n] for n, p in active.items()}
    electrode = sum(mass / _active_share(case.phases[n]) for n, mass in masses.items())
    negative = case.interfaces[case.terminals.negative].material
    potential = negative.value("open_circuit_potential") if negative else 0.0
    return Nominal(
        footprint,
        current if active else None,
        sum(masses.values()),
        electrode,
        sum(volumes.values()),
        potential,
    )


def _active_share(phase: PhaseCase) -> float:
    """Weight fraction of active material in the solid of a phase."""
    sheet = phase.material
    composite = phase.model == "porous_active" and sheet.has("active_weight_fraction")
    return sheet.value("active_weight_fraction") if composite else 1.0


def _charge_transfer(
    case: Case, phases: Mapping[str, AnyPhase], mesh: CellMesh
) -> dict[tuple[str, str], AnyTransfer]:
    """Interfaces between every electrode phase and every electrolyte phase it touches."""
    models: dict[tuple[str, str], AnyTransfer] = {}
    for pair in mesh.neighbours():
        for plus, minus in (pair, pair[::-1]):
            active, beside = phases[plus], phases[minus]
            if isinstance(active, BulkElectrolyte) or not isinstance(beside, BulkElectrolyte):
                continue
            table = case.interface(plus, minus) or InterfaceCase("butler_volmer")
            settings = (
                beside.electrolyte,
                table.area_factor,
                table.film_resistance,
                table.double_layer_capacitance,
                table.exchange_current_density,
            )
            if isinstance(active, BoronSkeleton):
                models[plus, minus] = LithiumTransfer(active, *settings)
            else:
                models[plus, minus] = ChargeTransfer(active, *settings)
    return models


def _terminals(case: Case, phases: Mapping[str, AnyPhase]) -> Terminals:
    ends = case.terminals
    models: dict[str, TerminalModel] = {}
    for surface in (ends.positive, ends.negative):
        table = case.interfaces[surface]
        if table.material is None:
            models[surface] = Contact(table.contact_resistance)
        else:
            models[surface] = _counter_electrode(table.material, phases, case.temperature)
    return Terminals(ends.positive, ends.negative, models)


def _counter_electrode(
    sheet: DataSheet, phases: Mapping[str, AnyPhase], temperature: float
) -> CounterElectrode:
    electrolytes = [p.electrolyte for p in phases.values() if isinstance(p, BulkElectrolyte)]
    inside = [p.electrolyte for p in phases.values() if isinstance(p, PorousActive)]
    (electrolyte, *_) = [e for e in (*electrolytes, *inside) if e is not None]
    return CounterElectrode(
        electrolyte,
        sheet.value("open_circuit_potential", temperature),
        sheet.value("exchange_current_density", temperature),
        sheet.value("film_resistance", temperature),
        sheet.value("double_layer_capacitance", temperature),
    )


def _set_initial(
    case: Case, cell: Cell, active: Mapping[str, AnyActive], counter_potential: float
) -> None:
    if not active:
        cell.set_initial(0.0, 0.0, counter_potential)
        return
    (phase, *_) = active.values()
    curve = phase.material.open_circuit
    if case.initial.voltage is not None:
        stoichiometry = curve.stoichiometry(case.initial.voltage + counter_potential)
    else:
        stoichiometry = case.initial.stoichiometry or 0.0
    voltage = float(curve(stoichiometry)) - counter_potential
    cell.set_initial(stoichiometry, voltage, counter_potential)

"""Materials and phases with properties that do not depend on temperature."""

from __future__ import annotations

from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.interfaces.model import TerminalModel
from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.crystal import orientation_of_axis
from fem_cell.materials import DataSheet, load_sheet
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.phases.electrolyte import Electrolyte, electrolyte_of
from fem_cell.phases.porous_active import PorousActive

Given = str | float | dict[str, str]
"""A value of a data sheet as a case file would hold it."""

TEMPERATURE = 303.15
"""K, of all cells here."""

THERMAL_VOLTAGE = GAS_CONSTANT * TEMPERATURE / FARADAY
"""RT/F, V."""

__all__ = ["BulkElectrolyte", "ChargeTransfer", "Contact", "CounterElectrode", "TerminalModel"]


def sheet(name: str, **values: Given) -> DataSheet:
    """A shipped data sheet with some values replaced, the same at every temperature."""
    without = {
        key: {"value": value, "activation_energy": "0 J/mol"} if isinstance(value, str) else value
        for key, value in values.items()
    }
    return load_sheet(name).with_overrides(without)


def electrolyte(name: str = "PVDF-LiFSI", **values: Given) -> Electrolyte:
    """A transport model; the conductivity does not depend on temperature."""
    values.setdefault("conductivity", "1.36 mS/cm")
    return electrolyte_of(sheet(name, **values), TEMPERATURE)


def active(name: str, wetting: Electrolyte | None, **values: Given) -> ActiveMaterial:
    """An active material beside an electrolyte."""
    salt = wetting.salt_concentration if wetting else None
    return ActiveMaterial.from_sheet(sheet(name, **values), TEMPERATURE, salt)


def nmc(wetting: Electrolyte | None, **values: Given) -> ActiveMaterial:
    """NMC811 with the properties of 25 degC."""
    known: dict[str, Given] = {
        "diffusivity": "1e-14 m^2/s",
        "reaction_rate_constant": "3.2e-11 m^2.5 mol^-0.5 s^-1",
    }
    return active("NMC811", wetting, **(known | values))


def dense(material: ActiveMaterial, c_axis: tuple[float, float, float] = (0, 0, 1)) -> DenseActive:
    """A dense layer."""
    return DenseActive(material, {0: orientation_of_axis(c_axis)})


def wall(
    material: ActiveMaterial,
    inside: Electrolyte | None,
    *,
    pore_filling: float = 1.0,
    particle_contact: float = 1.0,
    radial_points: int = 9,
    double_layer_capacitance: float = 0.0,
) -> PorousActive:
    """The wall of the laser-channelled cathode: 44 % pores, 50.5 % active material."""
    return PorousActive(
        material,
        inside,
        porosity=0.44,
        pore_filling=pore_filling if inside else 0.0,
        active_fraction=0.505,
        accessible_fraction=1.0,
        bruggeman_exponent=1.5,
        particle_contact=particle_contact,
        radial_points=radial_points,
        double_layer_capacitance=double_layer_capacitance,
    )

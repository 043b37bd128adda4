"""What a data sheet may say: the keys of each kind of material, with unit and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One quantity of a data sheet.

    Attributes:
        unit: Unit in which it is shown; any unit of the same dimension is read.
        help: What it is, in one line.
        sign: ``"positive"``, ``"not negative"`` or ``"any"``.
        maximum: Largest value that makes sense, in ``unit``; ``None`` if there is no limit.
        law: Name of the law, if the value is a function (a table of coefficients) and no number.
    """

    unit: str
    help: str
    sign: str = "positive"
    maximum: float | None = None
    law: str | None = None


_MECHANICS = {
    "youngs_modulus": Key("GPa", "Young's modulus"),
    "poisson_ratio": Key("", "Poisson's ratio", maximum=0.4999),
    "fracture_toughness": Key("MPa*m^0.5", "critical stress intensity factor in mode I"),
}

_STIFFNESS = {
    f"stiffness_c{i}": Key("GPa", f"elastic constant C{i} of the crystal", sign="any")
    for i in (11, 12, 13, 14, 33, 44, 66)
}

_ACTIVE_MATERIAL = {
    "molar_mass": Key("g/mol", "molar mass of the lithiated host"),
    "density": Key("g/cm^3", "density of the solid without pores"),
    "maximum_concentration": Key("mol/m^3", "lithium concentration at stoichiometry 1"),
    "minimum_stoichiometry": Key("", "stoichiometry of the fully charged material", maximum=1.0),
    "maximum_stoichiometry": Key("", "stoichiometry of the discharged material", maximum=1.0),
    "open_circuit_potential": Key("V", "equilibrium potential against lithium", law="tanh_sum"),
    "one_c_specific_current": Key("mA/g", "current at 1C per mass of active material"),
    "diffusivity": Key("m^2/s", "chemical diffusivity of lithium, isotropic"),
    "diffusivity_ab": Key("m^2/s", "chemical diffusivity within the layers of the crystal"),
    "diffusivity_c": Key("m^2/s", "chemical diffusivity across the layers of the crystal"),
    "diffusivity_profile": Key(
        "", "factor on the diffusivity by stoichiometry, of dense material", law="log_linear"
    ),
    "reaction_rate_constant": Key(
        "m^2.5*mol^-0.5*s^-1", "k of i0 = F k sqrt(c_e c_s (c_max - c_s))"
    ),
    "exchange_current_density": Key("A/m^2", "i_ref of i0 = i_ref 2 sqrt(s (1 - s))"),
    "electronic_conductivity": Key("S/m", "conductivity for electrons, with the carbon"),
    "particle_radius": Key("um", "radius of the active particles"),
    "double_layer_capacitance": Key("F/m^2", "per real area of the interface", "not negative"),
    "active_weight_fraction": Key("", "share of active material in the solid mass", maximum=1.0),
    "carbon_weight_fraction": Key("", "share of carbon", "not negative", maximum=1.0),
    "binder_weight_fraction": Key("", "share of binder", "not negative", maximum=1.0),
    "carbon_density": Key("g/cm^3", "density of the carbon"),
    "binder_density": Key("g/cm^3", "density of the binder"),
    "partial_molar_volume": Key(
        "m^3/mol", "volume change per mole of lithium inserted, isotropic equivalent", "any"
    ),
    "chemical_strain_a": Key("", "strain of the a axis per unit stoichiometry", "any"),
    "chemical_strain_c": Key("", "strain of the c axis per unit stoichiometry", "any"),
    "critical_stress": Key("MPa", "stress at which the material is taken to crack"),
    **_MECHANICS,
    **_STIFFNESS,
}

_BINARY_ELECTROLYTE = {
    "conductivity": Key("mS/cm", "ionic conductivity at the initial salt concentration"),
    "salt_concentration": Key("mol/m^3", "initial concentration of the salt"),
    "transference_number": Key("", "transference number of the cation", "any", maximum=0.99),
    "salt_diffusivity": Key("m^2/s", "diffusivity of the salt"),
    "thermodynamic_factor": Key("", "1 + d ln f / d ln c of the salt"),
    "density": Key("g/cm^3", "density"),
    "relative_permittivity": Key("", "relative permittivity"),
    **_MECHANICS,
}

_SINGLE_ION_ELECTROLYTE = {
    "conductivity": Key("mS/cm", "ionic conductivity"),
    "density": Key("g/cm^3", "density"),
    "relative_permittivity": Key("", "relative permittivity"),
    **_MECHANICS,
}

_COUNTER_ELECTRODE = {
    "open_circuit_potential": Key("V", "equilibrium potential against lithium", "not negative"),
    "exchange_current_density": Key("A/m^2", "at the initial salt concentration"),
    "film_resistance": Key("ohm*cm^2", "area-specific resistance of the film", "not negative"),
    "double_layer_capacitance": Key("F/m^2", "per area of the interface", "not negative"),
    "density": Key("g/cm^3", "density"),
    "partial_molar_volume": Key("m^3/mol", "molar volume of lithium in the electrode"),
    "diffusivity": Key("m^2/s", "self-diffusivity of lithium"),
    "electronic_conductivity": Key("S/m", "conductivity for electrons"),
    **_MECHANICS,
}

_LITHIUM_HOST = {
    "lithium_fraction": Key("", "volume fraction of free lithium as made", maximum=1.0),
    "skeleton_fraction": Key("", "volume fraction of the skeleton", "not negative", maximum=0.9),
    "settling": Key(
        "", "share of removed lithium that shows as lost thickness", "not negative", maximum=1.0
    ),
    "lithium_molar_volume": Key("m^3/mol", "molar volume of lithium metal"),
    "diffusivity": Key("m^2/s", "diffusivity of lithium through the layer"),
    "electronic_conductivity": Key("S/m", "conductivity for electrons"),
    "exchange_current_density": Key("A/m^2", "i0 in full contact with an electrolyte"),
    "skeleton_potential": Key("V", "potential of the emptied layer against lithium"),
    "skeleton_strength": Key("MPa", "strength of the solid of the skeleton", "not negative"),
    "skeleton_load_share": Key(
        "", "share of the stack pressure that the skeleton carries", "not negative", maximum=1.0
    ),
    "void_period": Key(
        "um", "distance of voids at an interface, for the constriction under them", "not negative"
    ),
    "creep_rate": Key("1/s", "rate of creep of lithium at creep_stress", "not negative"),
    "creep_stress": Key("MPa", "stress to which creep_rate belongs"),
    "creep_exponent": Key("", "exponent of the stress in the law of creep"),
    "flow_rate": Key("1/s", "R = A exp(-Q/RT) of viscoplastic flow"),
    "flow_sensitivity": Key("", "m of viscoplastic flow"),
    "flow_saturation": Key("MPa", "S* of viscoplastic flow"),
    "flow_saturation_exponent": Key("", "n of viscoplastic flow"),
    "flow_hardening": Key("MPa", "H0 of viscoplastic flow", "not negative"),
    "flow_resistance": Key("MPa", "S of the material as made"),
    "melting_temperature": Key("K", "temperature above which nothing here holds"),
    "density": Key("g/cm^3", "density of the layer as made"),
    **_MECHANICS,
}

_MIXED_CONDUCTOR = {
    "diffusivity": Key("m^2/s", "diffusivity of lithium"),
    "electronic_conductivity": Key("S/m", "conductivity for electrons"),
    "density": Key("g/cm^3", "density of the solid without pores"),
    "strength": Key("MPa", "stress at which the solid breaks"),
    **_MECHANICS,
}

KEYS: Mapping[str, Mapping[str, Key]] = {
    "active_material": _ACTIVE_MATERIAL,
    "binary_electrolyte": _BINARY_ELECTROLYTE,
    "single_ion_electrolyte": _SINGLE_ION_ELECTROLYTE,
    "counter_electrode": _COUNTER_ELECTRODE,
    "lithium_host": _LITHIUM_HOST,
    "mixed_conductor": _MIXED_CONDUCTOR,
}
"""The keys of each kind of data sheet."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "active_material": (
        "density",
        "maximum_concentration",
        "minimum_stoichiometry",
        "maximum_stoichiometry",
        "open_circuit_potential",
        "one_c_specific_current",
        "electronic_conductivity",
    ),
    "binary_electrolyte": (
        "conductivity",
        "salt_concentration",
        "transference_number",
        "salt_diffusivity",
        "thermodynamic_factor",
    ),
    "single_ion_electrolyte": ("conductivity",),
    "counter_electrode": (
        "open_circuit_potential",
        "exchange_current_density",
        "film_resistance",
        "double_layer_capacitance",
    ),
    "lithium_host": (
        "lithium_fraction",
        "skeleton_fraction",
        "settling",
        "lithium_molar_volume",
        "diffusivity",
        "electronic_conductivity",
        "exchange_current_density",
        "skeleton_potential",
        "skeleton_strength",
        "skeleton_load_share",
        "void_period",
        "creep_rate",
        "creep_stress",
        "creep_exponent",
    ),
    "mixed_conductor": ("diffusivity", "electronic_conductivity"),
}
"""The keys no data sheet of a kind can do without."""

ALTERNATIVES: Mapping[str, tuple[tuple[frozenset[str], frozenset[str]], ...]] = {
    "active_material": (
        (frozenset({"diffusivity"}), frozenset({"diffusivity_ab", "diffusivity_c"})),
        (frozenset({"reaction_rate_constant"}), frozenset({"exchange_current_density"})),
    ),
}
"""Pairs of which a data sheet gives exactly one; overriding with one replaces the other."""

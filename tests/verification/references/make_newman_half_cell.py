"""Regenerate ``newman_half_cell.json``: discharge curves of a Newman (DFN) half cell.

An NMC811 porous electrode filled with a binary-salt electrolyte, a film of the same
electrolyte and a lithium foil are discharged at constant current to 2.7 V, by two
codes which share only the parameters and the open-circuit potential:

* the solver next to this file (``newman_half_cell_model.py`` has the equations), on two
  grids with two time tolerances; the finer result is the reference;
* PyBaMM's half-cell DFN, with its own discretisation and IDA in time.

PyBaMM adds three things that the model here does not have; they are undone or made
small: asymptotes of the open-circuit potential (subtracted again), regularised square
roots in the exchange currents (their width is reduced), and a lower bound of the salt
concentration in the diffusion potential (1 mol/m3; it fails without when salt runs out).

Needs numpy, scipy and pybamm; takes about a quarter of an hour on one core:

    OMP_NUM_THREADS=1 python make_newman_half_cell.py
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from newman_half_cell_march import discharge
from newman_half_cell_model import (
    FARADAY,
    GAS_CONSTANT,
    HalfCell,
    Parameters,
    State,
    Vector,
    graded_faces,
    open_circuit_potential,
)
from scipy.interpolate import PchipInterpolator

ONE_C = 36.3  # A/m2
FAST = {"salt_diffusivity": 5e-11, "electrolyte_conductivity": 1.36}
CASES: dict[str, tuple[float, dict[str, float]]] = {
    "0.2C": (0.2 * ONE_C, {}),
    "1C": (ONE_C, {}),
    "5C": (5 * ONE_C, {}),
    "5C_fast_electrolyte": (5 * ONE_C, FAST),
}
FINE, COARSE = 640, 320  # finite volumes in the cathode
TOLERANCE, ROUGH_TOLERANCE = 1e-6, 1e-5
PYBAMM_GRIDS = ((240, 160), (480, 240))  # volumes in the cathode, in the particle
PYBAMM_GRADING = 1.2
PYBAMM_LOWEST_SALT = 1.0  # mol/m3
POINTS = 200
EARLIEST = 1.0  # s; the codes resolve the switch-on differently before that
STEEP = 20.0  # V cm2/mAh; beyond this slope curves are compared along the capacity


def spread(capacity: Vector, voltage: Vector, times: Vector) -> list[int]:
    """Indices of about POINTS points, evenly spread along the curve, both ends kept.

    The measure is the length in a plot of voltage over capacity that is square.
    """
    span = np.ptp(voltage)
    piece = np.hypot(np.diff(capacity) / capacity[-1], np.diff(voltage) / span)
    # A constant share per step adds points where the solver works hardest: the end.
    length = np.concatenate([[0.0], np.cumsum(piece + 1e-4)])
    wanted = np.linspace(0.0, length[-1], POINTS)
    nearest = np.unique(np.abs(length[:, None] - wanted).argmin(axis=0))
    return [int(i) for i in nearest if i == 0 or times[i] >= EARLIEST]


def compare(reference: tuple[Vector, Vector], other: tuple[Vector, Vector]) -> dict[str, float]:
    """Largest distance of two curves.

    Args:
        reference: Capacity [mAh/cm2] and voltage [V] at every step of the reference.
        other: The same of the other curve, at capacities of the reference and at its
            own end.

    Returns:
        ``voltage`` [V]: at equal capacity, where the curve is not steep;
        ``capacity`` [mAh/cm2]: at equal voltage, where it is; ``final_capacity``.
    """
    (capacity, voltage), (other_capacity, other_voltage) = reference, other
    slope = np.abs(np.gradient(voltage, capacity))
    index = np.clip(np.searchsorted(capacity, other_capacity - 1e-12), 0, slope.size - 1)
    flat = (slope[index] < STEEP) & (np.arange(index.size) < index.size - 1)
    at_voltage = PchipInterpolator(-voltage, capacity)(-other_voltage)
    return {
        "voltage": float(np.max(np.abs(other_voltage - voltage[index])[flat])),
        "capacity": float(np.max(np.abs(other_capacity - at_voltage)[~flat])),
        "final_capacity": float(other_capacity[-1] - capacity[-1]),
    }


def curve(cell: HalfCell, states: Sequence[State]) -> tuple[Vector, Vector]:
    """Capacity [mAh/cm2] and voltage [V] of the states."""
    times = np.array([state.time for state in states])
    voltage = np.array([cell.voltage(state) for state in states])
    return times * cell.current_density / 36000, voltage


def profile_ends(cell: HalfCell, states: Sequence[State]) -> dict[str, list[float]]:
    """Salt and surface stoichiometry at both ends of the electrode and at the foil."""
    ends: dict[str, list[float]] = {
        "salt_concentration_collector": [float(s.salt[0]) for s in states],
        "salt_concentration_lithium": [
            float(cell.at_lithium(s.salt, s.unknowns[:, 1])[0]) for s in states
        ],
    }
    for name, i in (("collector", 0), ("separator", cell.cells - 1)):
        logit = np.array([s.unknowns[i, 3] for s in states])
        ends[f"surface_stoichiometry_{name}"] = (1 / (1 + np.exp(-logit))).tolist()
    return ends


def pybamm_laws(p: Parameters) -> dict[str, Any]:
    """Open-circuit potential [V] and exchange currents [A/m2], in PyBaMM's names."""
    theirs = importlib.import_module("pybamm.parameters.lithium_ion_parameters")

    def potential(s: Any) -> Any:
        return open_circuit_potential(s, 1 - s) - theirs.U_asymptotes(s)

    def exchange(c: Any, surface: Any, maximum: Any, _: Any) -> Any:
        rate = FARADAY * p.reaction_rate_constant
        return rate * c**0.5 * surface**0.5 * (maximum - surface) ** 0.5

    def lithium_exchange(c: Any, *_: Any) -> Any:
        ratio = c / p.initial_salt_concentration
        return p.lithium_exchange_current_density * ratio**0.5

    return {
        "Positive electrode OCP [V]": potential,
        "Positive electrode exchange-current density [A.m-2]": exchange,
        "Exchange-current density for lithium metal electrode [A.m-2]": lithium_exchange,
    }


def pybamm_parameters(p: Parameters, current: float) -> Any:
    """All parameters in PyBaMM's names, for a cell area of 1 m2."""
    pybamm = importlib.import_module("pybamm")
    values = pybamm.ParameterValues("Xu2019")  # a half cell; what matters is replaced
    s0, positive = p.initial_stoichiometry, "Positive electrode "
    values.update(
        {
            **pybamm_laws(p),
            "Electrode height [m]": 1.0,
            "Electrode width [m]": 1.0,
            "Current function [A]": current,
            "Nominal cell capacity [A.h]": ONE_C,
            "Contact resistance [Ohm]": 0.0,
            "Negative electrode conductivity [S.m-1]": 1e12,
            "Separator thickness [m]": p.separator_thickness,
            "Separator porosity": 1.0,
            "Separator Bruggeman coefficient (electrolyte)": p.bruggeman_exponent,
            positive + "thickness [m]": p.cathode_thickness,
            positive + "porosity": p.porosity,
            positive + "active material volume fraction": p.active_volume_fraction,
            positive + "conductivity [S.m-1]": p.solid_conductivity,
            positive + "Bruggeman coefficient (electrolyte)": p.bruggeman_exponent,
            positive + "Bruggeman coefficient (electrode)": 0.0,
            "Positive particle radius [m]": p.particle_radius,
            "Positive particle diffusivity [m2.s-1]": p.solid_diffusivity,
            "Maximum concentration in positive electrode [mol.m-3]": p.maximum_concentration,
            "Initial concentration in positive electrode [mol.m-3]": s0 * p.maximum_concentration,
            "Initial concentration in electrolyte [mol.m-3]": p.initial_salt_concentration,
            "Electrolyte conductivity [S.m-1]": p.electrolyte_conductivity,
            "Electrolyte diffusivity [m2.s-1]": p.salt_diffusivity,
            "Cation transference number": p.transference_number,
            "Thermodynamic factor": 1.0,
            "Ambient temperature [K]": p.temperature,
            "Reference temperature [K]": p.temperature,
            "Initial temperature [K]": p.temperature,
            "Lower voltage cut-off [V]": p.minimum_voltage,
            "Upper voltage cut-off [V]": p.initial_voltage + 0.2,
        }
    )
    return values


def pybamm_curve(
    p: Parameters, current: float, times: Vector, grid: tuple[int, int]
) -> tuple[Vector, Vector]:
    """Capacity [mAh/cm2] and voltage [V] by PyBaMM, at the times [s] and at the end."""
    pybamm = importlib.import_module("pybamm")
    pybamm.settings.tolerances["chi__c_e"] = PYBAMM_LOWEST_SALT
    pybamm.settings.tolerances["reg_power"] = 1e-6
    pybamm.settings.tolerances["U__c_s"] = 1e-14

    submesh: Any = pybamm.SubMesh1D

    class Graded(submesh):  # type: ignore[misc, unused-ignore]
        """Small volumes at the joint of cathode and separator.

        PyBaMM's transmissibility there is of first order only.
        """

        def __init__(self, limits: Any, points: Any) -> None:
            variable, ends, tabs = self.read_lims(limits)
            low, high = float(ends["min"]), float(ends["max"])
            faces = graded_faces(high - low, points[variable.name], PYBAMM_GRADING)
            super().__init__(low + faces, variable.coord_sys, tabs)

    model = pybamm.lithium_ion.DFN({"working electrode": "positive"})
    meshes, methods = model.default_submesh_types, model.default_spatial_methods
    meshes["positive electrode"] = pybamm.MeshGenerator(Graded)
    meshes["separator"] = pybamm.MeshGenerator(Graded)
    meshes["positive particle"] = pybamm.MeshGenerator(
        pybamm.Exponential1DSubMesh, {"side": "right", "stretch": 3.0}
    )
    quadratic = {"order": {"gradient": "quadratic", "value": "quadratic"}}
    for domain, use in (("positive particle", True), ("macroscale", False)):
        options = {"extrapolation": {**quadratic, "use bcs": use}}
        methods[domain] = pybamm.FiniteVolume(options)
    points = {"x_p": grid[0], "x_s": grid[0] // 2, "r_p": grid[1]}
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm_parameters(p, current),
        submesh_types=meshes,
        spatial_methods=methods,
        var_pts={**model.default_var_pts, **points},
        solver=pybamm.IDAKLUSolver(rtol=1e-7, atol=1e-9),
    )
    solution = simulation.solve([0.0, times[-1]], t_interp=times)
    time, voltage = solution["Time [s]"].entries, solution["Voltage [V]"].entries
    common = np.abs(time[:, None] - times).min(axis=1) < 1e-9 * times[-1]
    common[-1] = True
    return time[common] * current / 36000, voltage[common]


def make_case(current: float, changes: dict[str, float]) -> dict[str, Any]:
    """Curve, error estimates and agreement of one discharge."""
    p = replace(Parameters(), **changes)
    fine = HalfCell(p, current, FINE)
    states = discharge(fine, TOLERANCE)
    full = curve(fine, states)
    times = np.array([state.time for state in states])
    chosen = spread(*full, times)
    stops = np.append(times[chosen[1:-1]], 1.02 * times[-1])  # the limit comes first
    coarse = HalfCell(p, current, COARSE)
    rough = curve(coarse, discharge(coarse, ROUGH_TOLERANCE, stops.tolist()))
    agreement = [compare(full, pybamm_curve(p, current, stops, grid)) for grid in PYBAMM_GRIDS]
    return {
        "current_density": current,
        "changed_parameters": changes,
        "final_capacity": float(full[0][-1]),
        "estimated_error": compare(full, rough),
        "difference_to_pybamm": dict(zip(("coarse", "fine"), agreement, strict=True)),
        "capacity": full[0][chosen].tolist(),
        "voltage": full[1][chosen].tolist(),
        **profile_ends(fine, [states[i] for i in chosen]),
    }


def main() -> None:
    """Compute all cases, print the agreement and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    default = Path(__file__).with_name("newman_half_cell.json")
    parser.add_argument("--out", type=Path, default=default)
    parser.add_argument("--only", choices=CASES, action="append", help="some cases")
    arguments = parser.parse_args()
    cases = {}
    for name in arguments.only or CASES:
        case = cases[name] = make_case(*CASES[name])
        print(name, case["final_capacity"], "mAh/cm2", flush=True)
        print("  coarse grid:", case["estimated_error"])
        print("  PyBaMM:", case["difference_to_pybamm"], flush=True)
    packages = {name: version(name) for name in ("numpy", "scipy", "pybamm")}
    p = Parameters()
    result = {
        "units": "capacity mAh/cm2, all else SI",
        "model": "newman_half_cell_model.py",
        "differences": "voltage at equal capacity where the slope is below steep_slope "
        "[V cm2/mAh], capacity at equal voltage where it is not; largest of the curve",
        "constants": {"faraday": FARADAY, "gas_constant": GAS_CONSTANT},
        "parameters": {**asdict(p), "initial_stoichiometry": p.initial_stoichiometry},
        "steep_slope": STEEP,
        "versions": {"python": platform.python_version(), **packages},
        "cases": cases,
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

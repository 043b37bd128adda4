"""The state a cell starts from, and the first step of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fem_cell.case.model import InterfaceCase, PhaseCase
from fem_cell.case.tables import InitialTable
from fem_cell.errors import Fault
from fem_cell.materials.curve import potential_range
from fem_cell.protocol import Step

_OCP = "open_circuit_potential"


def initial_state(
    given: InitialTable,
    phases: Mapping[str, PhaseCase],
    negative: InterfaceCase | None,
    protocol: Sequence[Step],
    faults: list[Fault],
) -> InitialTable:
    """The state the cell starts from, checked, or the default if none is given.

    Args:
        given: The ``[initial]`` table.
        phases: All phases of the case.
        negative: The interface at the negative terminal, if it could be read.
        protocol: The steps; empty if they could not be read.
        faults: What is wrong is added here.

    Returns:
        ``given``; or without any key the fully charged state if the first step with a current
        discharges, else the discharged state. Without active phases it has no key.
    """
    active = {name: phase for name, phase in phases.items() if phase.is_active}
    _check_rates(active, protocol, faults)
    _check_titration(active, protocol, faults)
    _check_one_material(active, faults)
    named = [key for key in ("voltage", "stoichiometry") if getattr(given, key) is not None]
    if named and not active:
        problem = "has no effect: no phase stores lithium"
        faults.append(Fault(f"initial.{named[0]}", problem, "leave it out"))
    elif len(named) == 2:
        faults.append(
            Fault("initial", "gives both voltage and stoichiometry", "give one of the two")
        )
    elif given.voltage is not None:
        _check_voltage(given.voltage, active, negative, faults)
        _check_first_step(given.voltage, protocol, faults)
    elif given.stoichiometry is not None:
        _check_stoichiometry(given.stoichiometry, active, faults)
    elif active:
        return _default_state(active, protocol)
    return given


def _check_rates(
    active: Mapping[str, PhaseCase], protocol: Sequence[Step], faults: list[Fault]
) -> None:
    """A C-rate and a capacity per mass refer to the active material."""
    if active:
        return
    lines = {
        step.text
        for step in protocol
        if (step.value is not None and step.value.unit == "C")
        or any(limit.unit in ("C", "A*s/kg") for limit in step.until)
    }
    for text in sorted(lines):
        problem = f"'{text}' refers to active material, and no phase stores lithium"
        faults.append(Fault("protocol", problem, "use mA/cm^2, mA or mAh/cm^2"))


def _check_titration(
    active: Mapping[str, PhaseCase], protocol: Sequence[Step], faults: list[Fault]
) -> None:
    """Volume and area of a titration are those of one phase."""
    if len(active) != 1 and any(step.experiment == "gitt" for step in protocol):
        problem = f"a titration is evaluated for one phase that stores lithium, not {len(active)}"
        remedy = "write pulse and rest as { repeat = ..., steps = [...], until = ... }"
        faults.append(Fault("protocol", problem, remedy))


def _check_one_material(active: Mapping[str, PhaseCase], faults: list[Fault]) -> None:
    """All active phases start from one stoichiometry, so they share one curve."""
    laws = {name: phase.material.law(_OCP) for name, phase in active.items()}
    for name, law in laws.items():
        first = next(iter(laws))
        if law != laws[first]:
            problem = f"has another open-circuit curve than {first}"
            remedy = "the active phases start from one stoichiometry: use one material"
            faults.append(Fault(f"phases.{name}.material", problem, remedy))


def _default_state(active: Mapping[str, PhaseCase], protocol: Sequence[Step]) -> InitialTable:
    first = next((step for step in protocol if step.direction), None)
    charging = first is not None and first.direction > 0
    key = "maximum_stoichiometry" if charging else "minimum_stoichiometry"
    return InitialTable(stoichiometry=next(iter(active.values())).material.value(key))


def _check_stoichiometry(
    stoichiometry: float, active: Mapping[str, PhaseCase], faults: list[Fault]
) -> None:
    for name, phase in active.items():
        low, high = phase.material.law(_OCP)["valid"]
        if not low <= stoichiometry <= high:
            problem = f"{stoichiometry:g} is outside the open-circuit curve of {name}"
            remedy = f"between {low:g} and {high:g} is accepted"
            faults.append(Fault("initial.stoichiometry", problem, remedy))


def _check_voltage(
    voltage: float,
    active: Mapping[str, PhaseCase],
    negative: InterfaceCase | None,
    faults: list[Fault],
) -> None:
    counter = 0.0
    if negative is not None and negative.material is not None:
        counter = negative.material.value(_OCP)
    for name, phase in active.items():
        low, high = potential_range(phase.material.law(_OCP))
        if not low <= voltage + counter <= high:
            problem = f"{voltage:g} V is outside the open-circuit curve of {name}"
            remedy = f"between {low - counter:.3f} V and {high - counter:.3f} V is accepted"
            faults.append(Fault("initial.voltage", problem, remedy))


def _check_first_step(voltage: float, protocol: Sequence[Step], faults: list[Fault]) -> None:
    for step in protocol[:1]:
        for limit in step.until:
            if limit.kind != "voltage" or not step.direction:
                continue
            if step.direction * (limit.value - voltage) <= 0.0:
                problem = f"'{step.text}' would end at once: the cell starts at {voltage:g} V"
                faults.append(Fault("protocol[1]", problem, "change the limit or initial.voltage"))

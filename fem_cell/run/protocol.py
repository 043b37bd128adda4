"""From a protocol step to what the terminal imposes and what ends the step."""

from __future__ import annotations

from dataclasses import dataclass

from petsc4py import PETSc

from fem_cell.build import Nominal
from fem_cell.cell import Control
from fem_cell.protocol import Amount, Limit, Step
from fem_cell.run.equilibrium import Equilibrium
from fem_cell.run.sweep import Ramp
from fem_cell.solver.steps import Event
from fem_cell.solver.system import System

CURRENT_EVENT = 1e-4
"""How exactly a current limit is met, relative."""

CAPACITY_EVENT = 1e-6
"""How exactly a capacity limit is met, relative."""


RUNAWAY_VOLTAGE = 100.0
"""V; what no cell has. Without a voltage limit, a current it cannot carry leads there."""

SHORTEST = 1e-3
"""s, of a step that has nothing to do, such as a sweep to where it starts."""

RUNAWAY = "runaway voltage"
"""Name of the event of :data:`RUNAWAY_VOLTAGE`."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a step started: its limits count from here.

    Attributes:
        time: s.
        charge: Q, C.
    """

    time: float
    charge: float


def current_in_ampere(amount: Amount | Limit, nominal: Nominal) -> float:
    """A current of the modelled piece, A (magnitude)."""
    if amount.unit == "C":
        return amount.value * nominal.current_scale
    if amount.unit == "A/m^2":
        return amount.value * nominal.footprint
    return amount.value


def capacity_in_coulomb(limit: Limit, nominal: Nominal) -> float:
    """A capacity of the modelled piece, C."""
    if limit.unit == "A*s/m^2":
        return limit.value * nominal.footprint
    if limit.unit == "A*s/kg":
        return limit.value * nominal.active_mass
    return limit.value


def impose(step: Step, control: Control, nominal: Nominal) -> None:
    """Make the terminal impose what a step asks for."""
    if step.kind == "voltage" and step.value is not None:
        control.set_voltage(step.value.value)
    elif step.kind == "current" and step.value is not None:
        control.set_current(step.direction * current_in_ampere(step.value, nominal))
    else:
        control.set_current(0.0)


def last_time(step: Step, start: Start, ramp: Ramp | None = None) -> float | None:
    """When the step, perhaps a sweep, ends at the latest, s since the start of the run."""
    times = [start.time + limit.value for limit in step.until if limit.kind == "time"]
    if ramp:
        times.append(ramp.end)
    return min(times) if times else None


def time_limit_name(step: Step, start: Start, ramp: Ramp | None = None) -> str:
    """Name of the time limit, or the end of a sweep, that ends the step first."""
    if ramp and ramp.end == last_time(step, start, ramp):
        return ramp.limit
    limits = [limit for limit in step.until if limit.kind == "time"]
    return f"time {min(limits, key=lambda limit: limit.value).text}" if limits else "time"


def events_of(
    step: Step,
    start: Start,
    system: System,
    state: PETSc.Vec,
    nominal: Nominal,
    voltage_tolerance: float,
    equilibrium: Equilibrium | None = None,
) -> list[Event]:
    """The events that end a step besides its time limit and the end of a sweep. Collective."""
    events = []
    for limit in step.until:
        name = f"{limit.kind} {limit.text}"
        if limit.kind == "voltage" and step.kind != "sweep":
            side = step.direction or (1 if system.voltage(state) < limit.value else -1)
            known = equilibrium if step.kind == "current" else None
            events.append(_voltage_event(name, system, side, limit.value, voltage_tolerance, known))
        elif limit.kind == "current":
            bound = current_in_ampere(limit, nominal)
            events.append(_current_event(name, system, bound))
        elif limit.kind == "capacity":
            bound = capacity_in_coulomb(limit, nominal)
            events.append(_capacity_event(name, system, bound, start.charge))
    return [*events, _runaway_event(system)]


def _runaway_event(system: System) -> Event:
    def left(t: float, state: PETSc.Vec) -> float:
        return RUNAWAY_VOLTAGE - abs(system.voltage(state))

    return Event(RUNAWAY, left, 1.0)


def _voltage_event(
    name: str,
    system: System,
    side: int,
    bound: float,
    tolerance: float,
    equilibrium: Equilibrium | None,
) -> Event:
    def left(t: float, state: PETSc.Vec) -> float:
        return side * (bound - system.voltage(state))

    if equilibrium is None:
        return Event(name, left, tolerance)

    def time_left(state: PETSc.Vec) -> float:
        current = float(system.cell.control.current.value)
        return equilibrium.time_to_move(left(0.0, state), system.charge(state), current)

    return Event(name, left, tolerance, time_left)


def _current_event(name: str, system: System, bound: float) -> Event:
    def left(t: float, state: PETSc.Vec) -> float:
        return (abs(system.currents()[0]) - bound) / bound

    return Event(name, left, CURRENT_EVENT)


def _capacity_event(name: str, system: System, bound: float, start: float) -> Event:
    def left(t: float, state: PETSc.Vec) -> float:
        return (bound - abs(system.charge(state) - start)) / bound

    return Event(name, left, CAPACITY_EVENT)


def already_met(events: list[Event], time: float, state: PETSc.Vec) -> str | None:
    """Name of an event that holds at the start of a step, if there is one. Collective."""
    for event in events:
        if event.indicator(time, state) <= 0.0:
            return event.name
    return None


def estimated_duration(
    step: Step, start: Start, system: System, nominal: Nominal, ramp: Ramp | None = None
) -> float:
    """How long a step would last at most with all capacity in use, s."""
    limit = last_time(step, start, ramp)
    if limit is not None:
        return max(limit - start.time, SHORTEST)
    current = abs(system.currents()[0])
    if step.kind == "current" and step.value is not None:
        current = current_in_ampere(step.value, nominal)
    return nominal.charge_scale / max(current, 1e-3 * nominal.current_scale)


def next_index(step: Step, index: int, reason: str) -> int:
    """Index of the step that follows one ended by ``reason``: behind a block that ended too."""
    behind = [leave.to for leave in step.leaves if reason == f"voltage {leave.limit}"]
    return max(behind, default=index + 1)

"""Time stepping of the Newman half cell: SDIRK of fourth order with step control.

Each stage is an implicit Euler step of length DIAGONAL * dt. The particle modes are
linear in the flux, so they are eliminated and only the surface stoichiometry stays in
the nonlinear system of a stage. The method is stiffly accurate: the algebraic equations
hold at every accepted time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from newman_half_cell_model import (
    DIAGONAL,
    ERROR_WEIGHTS,
    FARADAY,
    STAGES,
    HalfCell,
    State,
    Vector,
)
from scipy.optimize import brentq

VOLTAGE_STEP = 0.02  # V, so that the steep end of discharge is well resolved
FIRST_STEP = 1e-4  # s
SMALLEST_STEP = 1e-9  # s


def initial_state(cell: HalfCell) -> State:
    """The state right after the current was switched on, with uniform concentrations.

    Raises:
        RuntimeError: Newton's method does not converge.
    """
    p, n, count = cell.parameters, cell.cells, cell.width.size
    s0 = p.initial_stoichiometry
    guess = np.zeros((count, 4))
    guess[:, 1] = -0.05
    guess[:n, 2] = p.initial_voltage
    guess[:n, 3] = np.log(s0 / (1 - s0))
    salt = np.full(count, p.initial_salt_concentration)
    mean = np.full(n, s0)
    solved = cell.solve_stage(guess.ravel(), 1e-9, salt, mean, 0.0)
    if solved is None:
        raise RuntimeError("no consistent initial state")
    modes = np.zeros((cell.mode_count, n))
    return State(0.0, solved.reshape(-1, 4), salt, mean, modes)


def advance(cell: HalfCell, state: State, dt: float) -> State | None:
    """One step of length dt [s]; None when a stage does not converge."""
    p = cell.parameters
    step = DIAGONAL * dt
    damping = 1 + step * cell.decay[:, None]
    per_mode, per_mean = 2 / p.particle_radius, 3 / p.particle_radius
    gain = step * per_mean + step * per_mode * float(np.sum(1 / damping)) + cell.instant
    flat = state.unknowns.ravel()
    rates: list[tuple[Vector, Vector, Vector]] = []
    for row in STAGES:
        salt, mean, modes = state.salt.copy(), state.mean.copy(), state.modes.copy()
        for weight, (salt_rate, mean_rate, mode_rate) in zip(row, rates, strict=False):
            salt += dt * weight * salt_rate
            mean += dt * weight * mean_rate
            modes += dt * weight * mode_rate
        surface = mean + np.sum(modes / damping, axis=0)
        solved = cell.solve_stage(flat, step, salt, surface, gain)
        if solved is None:
            return None
        flat, unknowns = solved, solved.reshape(-1, 4)
        new_salt = p.initial_salt_concentration * np.exp(unknowns[:, 0])
        i_n = cell.reaction_current_density(new_salt, unknowns)
        influx = -i_n / FARADAY / p.maximum_concentration
        new_modes = (modes + step * per_mode * influx) / damping
        salt_rate = (new_salt - salt) / step
        rates.append((salt_rate, per_mean * influx, (new_modes - modes) / step))
    new_mean = mean + step * rates[-1][1]
    error = dt * _largest_error(rates, p.initial_salt_concentration)
    return State(state.time + dt, unknowns, new_salt, new_mean, new_modes, error)


def _largest_error(rates: Sequence[tuple[Vector, Vector, Vector]], salt_scale: float) -> float:
    """Largest embedded error per time step, of salt and of surface stoichiometry."""
    pairs = list(zip(ERROR_WEIGHTS, rates, strict=True))
    salt = sum(w * r[0] for w, r in pairs) / salt_scale
    surface = sum(w * (r[1] + r[2].sum(axis=0)) for w, r in pairs)
    return float(max(np.max(np.abs(salt)), np.max(np.abs(surface))))


def discharge(
    cell: HalfCell, tolerance: float, stops: Sequence[float] | None = None
) -> list[State]:
    """Discharge at constant current.

    Args:
        cell: The discretised half cell.
        tolerance: Local error allowed per step, of c/c0 and of s [-].
        stops: Times [s] to hit exactly and to return the states at; without them the
            state after every step is returned. Where the lower voltage limit comes
            first, the state at that limit is the last one.

    Raises:
        RuntimeError: The step becomes too small.
    """
    state = initial_state(cell)
    states = [state] if stops is None else []
    waiting = list(stops or [])
    dt = FIRST_STEP
    while stops is None or waiting:
        trial = dt
        if waiting:
            # Equal steps up to the stop, so that none of them is tiny.
            remaining = waiting[0] - state.time
            trial = remaining / np.ceil(remaining / dt)
        if trial < SMALLEST_STEP:
            raise RuntimeError(f"step too small at {state.time} s")
        new = advance(cell, state, trial)
        if new is None:
            dt = trial / 3
            continue
        jump = abs(cell.voltage(new) - cell.voltage(state))
        growth = 0.8 * min(
            (tolerance / max(new.error, 1e-300)) ** 0.25,
            VOLTAGE_STEP / max(jump, 1e-9),
        )
        if new.error > tolerance or jump > VOLTAGE_STEP:
            dt = trial * max(growth, 0.2)
            continue
        if cell.voltage(new) < cell.parameters.minimum_voltage:
            return [*states, _last(cell, state, trial)]
        dt = max(dt if trial < dt else 0.0, trial * min(growth, 4.0))
        state = new
        if stops is None:
            states.append(state)
        elif abs(state.time - waiting[0]) < 1e-12 * state.time:
            states.append(state)
            waiting.pop(0)
    return states


def _last(cell: HalfCell, state: State, dt: float) -> State:
    """The state at the lower voltage limit, at most dt [s] after the given one."""

    def end(trial: float) -> State:
        new = advance(cell, state, trial)
        if new is None:
            raise RuntimeError(f"no convergence at the end, {state.time} s")
        return new

    def excess(trial: float) -> float:
        return cell.voltage(end(trial)) - cell.parameters.minimum_voltage

    return end(float(brentq(excess, 1e-6 * dt, dt, xtol=1e-7 * dt)))

"""Time steps of a viscoplastic body, so short that little flows in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fem_cell.errors import SolverError
from fem_cell.log import LOGGER
from fem_cell.mechanics.viscoplastic.equilibrium import Equilibrium, Load

TOO_LARGE = 2.0
"""Strain of a step over the one wanted, beyond which it is done again."""
GROWTH, SHRINKAGE = 3.0, 0.25
"""Of time steps, at most."""
SHORTEST = 1e-12
"""Step over the whole time, below which there is no way on."""
FOLDED = 0.02
"""Volume of a cell over that at first at which it counts as folded."""


@dataclass(frozen=True, slots=True)
class Stops:
    """When to stop before the end, and how fast to go.

    Attributes:
        strain: Equivalent plastic strain of a step, mean over what flows.
        first_step: s.
    """

    strain: float = 2e-3
    first_step: float = 1e-3


Record = Callable[[float, float], str]
"""Called with the time and the pressure after every step; what it returns, if anything, is why to
stop."""


def march(
    problem: Equilibrium,
    load: Callable[[float], Load],
    end: float,
    record: Record,
    stops: Stops,
    start: float = 0.0,
) -> str:
    """Go from one time to another. Collective.

    Args:
        problem: The body with its supports; goes on from the state it is in.
        load: Load of the step that ends at a time; a motion is that from ``start`` on.
        end: s.
        record: What is done after every step.
        stops: Steps.
        start: s.

    Returns:
        Why it stopped early; empty at the end.

    Raises:
        SolverError: No step is short enough.
    """
    body, time, moved = problem.body, start, 0.0
    flowing = [n for n, solid in enumerate(body.points.solids) if solid.flow]
    step, last = min(stops.first_step, end - start), 0.0
    while time < end * (1 - SHORTEST):
        step = min(step, end - time)
        wanted = load(time + step)
        if wanted.motion is not None:
            wanted = wanted._replace(motion=wanted.motion - moved)
        new = problem.attempt(step, wanted, step / last if last else 0.0)
        strain = 0.0
        if new is not None:
            done = body.mean(new.flowed - body.points.flowed, flowing) if flowing else 0.0
            strain = done / stops.strain
        if new is None or strain > TOO_LARGE:
            last = last if new is None else 0.0
            step *= SHRINKAGE if new is None else max(1.0 / strain, SHRINKAGE)
            if step < SHORTEST * end:
                raise SolverError(_no_way(problem, time, wanted))
            continue
        problem.accept(new)
        time, last, moved = time + step, step, moved + (wanted.motion or 0.0)
        LOGGER.debug(
            "t %.4g s, step %.3g s, strain of it %.2g, %d of Newton, %d linear so far",
            *(time, step, strain * stops.strain, problem.iterations, problem.solver.iterations),
        )
        if body.moving and body.least_volume_left() < FOLDED:
            return f"cells have folded up at {time:.4g} s: the walls of a void meet"
        if reason := record(time, wanted.pressure):
            return reason
        step *= min(GROWTH, max(SHRINKAGE, 1.0 / strain if strain else GROWTH))
    return ""


def _no_way(problem: Equilibrium, time: float, load: Load) -> str:
    where = problem.worst_place()
    at = ", ".join(f"{1e6 * x:.3g}" for x in where)
    return (
        f"viscoplastic body: no time step is short enough after {time:.4g} s at "
        f"{load.pressure * 1e-6:.4g} MPa; the largest force out of balance acts at ({at}) um"
    )

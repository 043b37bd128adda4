"""When a nonlinear solve asks another model for its fields anew."""

from __future__ import annotations

import pytest

from fem_cell.errors import SolverError
from fem_cell.solver.coupling import MAX_RENEWALS, Coupling, Turns
from tests.support.models import (
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
)
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh
from tests.support.stressed import couple


class Geometric:
    """Changes fall by one factor."""

    def __init__(self, first: float, factor: float) -> None:
        """Start from a change."""
        self.change, self.factor = first, factor

    def guess(self) -> None:
        """Nothing to guess."""

    def renew(self) -> float:
        """The next change."""
        self.change *= self.factor
        return self.change


def solve(turns: Turns) -> int:
    """Take turns until they are over; their number."""
    turns.begin()
    count = 0
    while not turns.are_over:
        count += 1
        if turns.take():
            break
    return count


def test_first_solve_trusts_nothing() -> None:
    """All turns are taken until the next would be negligible: 20, 2, 0.2."""
    turns = Turns(Geometric(200.0, 0.1))
    assert solve(turns) == 2  # what is left after them is 0.22
    assert turns.renewals == 2


def test_known_contraction_spares_a_turn() -> None:
    """A second solve knows rho = 0.1 (0.2 by now): 3 * 0.25 < 1, so one turn will do."""
    coupling = Geometric(200.0, 0.1)
    turns = Turns(coupling)
    solve(turns)
    coupling.change = 30.0
    assert solve(turns) == 1


def test_contraction_is_forgotten() -> None:
    """After many solves without an observation the turn is taken again."""
    coupling = Geometric(200.0, 0.1)
    turns = Turns(coupling)
    solve(turns)
    counts = []
    for _ in range(3):
        coupling.change = 30.0
        counts.append(solve(turns))
    assert counts == [1, 2, 1]


def test_turns_that_come_to_no_end_are_told() -> None:
    """Changes that do not fall."""
    turns = Turns(Geometric(100.0, 1.0))
    turns.begin()
    for _ in range(MAX_RENEWALS):
        assert not turns.are_endless
        assert not turns.take()
        assert not turns.are_over
    assert turns.are_endless


def test_without_change_one_turn_is_taken() -> None:
    """Nothing to wait for."""
    turns = Turns(Geometric(0.0, 1.0))
    assert solve(turns) == 1
    assert turns.renewals == 1
    assert pytest.approx(0.0) == turns.coupling.change  # type: ignore[attr-defined]


class Failing:
    """A model without a solution."""

    def guess(self) -> None:
        """It takes some."""

    def renew(self) -> float:
        """Never."""
        raise SolverError("the other model has no solution")


def coupled_run(coupling: Coupling) -> Run:
    """A crystal on an electrolyte."""
    mesh = slab_mesh([("crystal", 10, 2), ("separator", 5, 1)])
    ions = electrolyte("LPSCl")
    crystal = dense(active("LiCoO2", ions))
    cell = compose(
        mesh,
        {"crystal": crystal, "separator": BulkElectrolyte(ions)},
        Contact(1e-6),
        CounterElectrode(ions, 0.0, 5.0),
        {("crystal", "separator"): ChargeTransfer(crystal, ions)},
    )
    cell.set_initial(0.6, float(crystal.material.open_circuit(0.6)), 0.0)
    return couple(Run(cell), coupling)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize(
    ("coupling", "words"),
    [(Failing(), "the other model has no solution"), (Geometric(1e3, 1.0), "no agreement")],
)
def test_failures_are_explained(coupling: Coupling, words: str) -> None:
    """The step is tried smaller, and in the end the message says who is to blame."""
    run = coupled_run(coupling)
    with pytest.raises(SolverError, match=words):
        run.impose_current(-1.0)


@pytest.mark.skip_in_parallel
def test_a_step_that_fails_is_tried_smaller() -> None:
    """The other model fails once in the course of a run, which goes on."""

    class Once(Geometric):
        calls = 0

        def renew(self) -> float:
            self.calls += 1
            if self.calls == 9:
                raise SolverError("once")
            return super().renew()

    once = Once(0.0, 1.0)
    run = coupled_run(once)
    run.impose_current(-1.0)
    run.advance(600.0, 1.0)
    assert once.calls > 10
    assert run.inventory.lithium_error < 1e-9
    assert run.integrator.time == pytest.approx(600.01)

"""When a nonlinear solve asks another model for its fields anew."""

from __future__ import annotations

import pytest

from fem_cell.solver.coupling import MAX_RENEWALS, Turns


class Geometric:
    """Changes fall by one factor."""

    def __init__(self, first: float, factor: float) -> None:
        """Start from a change."""
        self.change, self.factor = first, factor

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
    """All turns are taken until a change is negligible: 20, 2, 0.2 after the guess."""
    turns = Turns(Geometric(2000.0, 0.1))
    assert solve(turns) == 3 - 1  # after 2 with rho = 0.1 nothing is left: 0.22
    assert turns.renewals == 3


def test_known_contraction_spares_a_turn() -> None:
    """A second solve knows rho = 0.1 (0.2 by now): 3 * 0.25 < 1, so one turn will do."""
    coupling = Geometric(2000.0, 0.1)
    turns = Turns(coupling)
    solve(turns)
    coupling.change = 300.0
    assert solve(turns) == 1


def test_contraction_is_forgotten() -> None:
    """After many solves without an observation the turn is taken again."""
    coupling = Geometric(2000.0, 0.1)
    turns = Turns(coupling)
    solve(turns)
    counts = []
    for _ in range(3):
        coupling.change = 300.0
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
    assert turns.renewals == 2
    assert pytest.approx(0.0) == turns.coupling.change  # type: ignore[attr-defined]

"""Guesses of a linear model's answers."""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.mechanics.recall import Recall

pytestmark = pytest.mark.skip_in_parallel

GENERATOR = np.random.default_rng(3)
MATRIX = GENERATOR.standard_normal((30, 30))
OFFSET = GENERATOR.standard_normal(30)
CURVE = GENERATOR.standard_normal((3, 30))


def answer(s):
    """An affine model."""
    return MATRIX @ s + OFFSET


def parabola(t: float):
    """An input that moves on a parabola in time, a little from step to step."""
    return 1 + 0.01 * (t * CURVE[0] + 0.1 * t**2 * CURVE[1])


def filled(times) -> Recall:
    """What recalls the answers at some times."""
    recall = Recall(MPI.COMM_SELF)
    for t in times:
        recall.remember(parabola(t), answer(parabola(t)), instead=False)
    return recall


def test_nothing_to_go_by():
    assert Recall(MPI.COMM_SELF).guess(parabola(0.0)) is None


def test_one_answer_is_the_guess():
    guess = filled([1.0]).guess(parabola(2.0))
    assert guess == pytest.approx(answer(parabola(1.0)), rel=1e-14)


@pytest.mark.parametrize("times", [(0.0, 1.0, 2.0), (0.0, 0.1, 0.3, 0.7)])
def test_guess_of_an_extrapolation_is_the_answer(times):
    """A parabola through three inputs, as steps grow."""
    ahead = parabola(times[-1] + 0.8)
    assert filled(times).guess(ahead) == pytest.approx(answer(ahead), abs=1e-8)


def test_noise_is_not_blown_up():
    """Inputs that hardly differ, up to noise, do not make a guess worse than the last answer."""
    recall = Recall(MPI.COMM_SELF)
    for _ in range(4):
        s = 1 + 1e-9 * GENERATOR.standard_normal(30)
        recall.remember(s, answer(s), instead=False)
    ahead = parabola(1.0)
    last = np.abs(answer(s) - answer(ahead)).max()
    assert np.abs(recall.guess(ahead) - answer(ahead)).max() < 1.5 * last


def test_the_newest_can_be_replaced():
    """An answer to nearly the same input teaches nothing more."""
    recall = filled([0.0])
    recall.remember(parabola(1.0), answer(parabola(1.0)), instead=True)
    assert recall.guess(parabola(3.0)) == pytest.approx(answer(parabola(1.0)), rel=1e-14)

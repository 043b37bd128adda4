"""Requests to stop early."""

import os
import signal

import pytest
from mpi4py import MPI

from fem_cell.cli.launch import start_mpirun
from fem_cell.errors import Interrupted
from fem_cell.run.stopping import StopRequest
from fem_cell.signals import remember, remembered

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


@pytest.fixture
def stop():
    """A request that listens; the handlers of the test runner come back afterwards."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    request = StopRequest(MPI.COMM_WORLD)
    request.listen()
    yield request
    for number, handler in before.items():
        signal.signal(number, handler)


def test_nothing_asked(stop):
    assert stop.reason() is None


@pytest.mark.parametrize("number", NUMBERS)
def test_signals(stop, number):
    os.kill(os.getpid(), number)
    assert stop.reason() == f"signal {number.name}"
    assert stop.reason() == f"signal {number.name}"


def test_second_interrupt_ends_at_once(stop):
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_terminate_after_interrupt_is_still_a_request(stop):
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert stop.reason() == "signal SIGTERM"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_before_anybody_listens(stop, number):
    remember()
    os.kill(os.getpid(), number)
    request = StopRequest(MPI.COMM_WORLD)
    request.listen()
    assert request.reason() == f"signal {number.name}"
    with pytest.raises(Interrupted, match="before it began"):
        start_mpirun(2, ["run"])
    remember()
    assert remembered() == 0


def test_wall_time():
    assert StopRequest(MPI.COMM_WORLD, 0.0).reason() == "wall-time limit"
    assert StopRequest(MPI.COMM_WORLD, 1e6).reason() is None
    assert StopRequest(MPI.COMM_WORLD, None).reason() is None

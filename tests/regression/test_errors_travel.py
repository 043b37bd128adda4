"""Errors of rank 0 reach the other ranks whole; exceptions lose attributes when pickled."""

import pickle

from fem_cell.errors import Fault, InputError, Interrupted, SolverError

FAULTS = [Fault("--out", "is a file", "give a folder"), Fault("title", "is 3", "a text is needed")]


def test_faults_survive_pickling():
    """Once the message was taken for the faults, and each of its letters became one line."""
    copy = pickle.loads(pickle.dumps(InputError(FAULTS)))
    assert copy.faults == tuple(FAULTS)
    assert str(copy) == str(InputError(FAULTS))
    assert copy.exit_code == 2


def test_messages_survive_pickling():
    for kind, code in ((SolverError, 3), (Interrupted, 4)):
        copy = pickle.loads(pickle.dumps(kind("why")))
        assert str(copy) == "why"
        assert copy.exit_code == code

"""Errors a user can meet, and the exit code each one ends the program with.

=====  ==================================================================
code   meaning
=====  ==================================================================
0      finished
1      anything unexpected (a defect of fem_cell or of its environment)
2      the input is wrong: :class:`InputError`
3      the run could not go on: :class:`SolverError`, :class:`OutputError`
4      stopped early on request, resumable: :class:`Interrupted`
=====  ==================================================================
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input.

    Attributes:
        key: Path of the key in the case file, e.g. ``phases.cathode.porosity``.
        problem: What was found, and why it cannot be used.
        remedy: What is accepted instead; a known name that is near, if any.
    """

    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}; {self.remedy}"


class FemCellError(Exception):
    """Base of the errors that end a command with an explanation."""

    exit_code = 1


class InputError(FemCellError):
    """The input is wrong; carries every fault that was found, not only the first."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Collect the faults; one line of the message for each."""
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Pickle the faults, not the message: rank 0 sends its errors to the others."""
        return type(self), (self.faults,)


class SolverError(FemCellError):
    """The solver could not go on; the message names field, place and time."""

    exit_code = 3


class OutputError(FemCellError):
    """Results cannot be written; the last good state stays in the checkpoint."""

    exit_code = 3

    @classmethod
    def of(cls, error: OSError) -> OutputError:
        """Explain an error of the operating system."""
        where = f"{error.filename}: " if error.filename else ""
        return cls(
            f"{where}{error.strerror or error}; see to the disk, then go on with --resume "
            "from the last checkpoint"
        )


class Interrupted(FemCellError):
    """Stopped early on request; a checkpoint was left and the run can be resumed."""

    exit_code = 4


def origin(error: BaseException) -> BaseException:
    """What an error comes from: PETSc wraps what a callback raises, callback by callback."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def nearest(name: str, known: Sequence[str]) -> str:
    """A remedy that lists the known names and puts the nearest one first.

    Args:
        name: The name that was found.
        known: The names that would have been accepted.

    Returns:
        ``did you mean 'pitch'? known: ...``, or only the list if nothing is near.
    """
    listed = "known: " + ", ".join(sorted(known)) if known else "none is accepted here"
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'? {listed}" if close else listed

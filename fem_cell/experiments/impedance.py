r"""Impedance of a cell about a state.

A current :math:`I_0 + \hat I e^{i\omega t}` is imposed at the terminal, the rest of the cell
answers (:mod:`fem_cell.experiments.harmonic`), and

.. math:: Z(\omega) = \hat V / \hat I

The state may be one of rest or of work. It is frozen: at frequencies whose period is long against
the time in which the cell itself changes, a measurement would see the change too, this does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.errors import SolverError
from fem_cell.experiments.harmonic import Oscillation
from fem_cell.experiments.resistances import ResistanceMeter
from fem_cell.solver.system import System

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """An impedance spectrum.

    Attributes:
        frequency: Hz.
        impedance: Z of the modelled piece, ohm.
        iterations: Linear iterations at every frequency.
        resistances: Parts of Re Z by process, ohm, shape (frequencies, parts); ``None`` if
            they were not asked for.
    """

    frequency: Array
    impedance: Complex
    iterations: list[int]
    resistances: Array | None = None


def measure_impedance(
    system: System,
    state: PETSc.Vec,
    frequencies: Sequence[float] | Array,
    direct: bool,
    proceed: Callable[[int], bool] = lambda done: True,
    meter: ResistanceMeter | None = None,
) -> Spectrum | None:
    """The impedance at some frequencies. Collective.

    Args:
        system: The cell.
        state: Where it is linearised; not changed.
        frequencies: Hz.
        direct: Factorise, which suits small systems.
        proceed: Asked before every frequency, with the number of those done.
        meter: Splits the real part; only at rest.

    Returns:
        The spectrum, or ``None`` if ``proceed`` said no.

    Raises:
        SolverError: A linear system is not solved.
    """
    control = system.cell.control
    mode, control.mode.value = float(control.mode.value), 1.0
    oscillation = Oscillation(system, state, direct)
    terminal = system.blocks[-1].slice
    drive = system.matrix.createVecLeft()
    drive.array[terminal] = 1.0
    found, iterations, resistances = [], [], []
    try:
        for k, frequency in enumerate(frequencies):
            if not proceed(k):
                oscillation.release()
                return None
            omega = 2 * np.pi * float(frequency)
            parts = oscillation.solve(omega, drive)
            mine = [float(part.array_r[terminal].sum()) for part in parts]
            found.append(complex(*system.comm.allreduce(np.array(mine))))
            iterations.append(oscillation.iterations)
            if meter is not None:
                resistances.append(meter.split(omega, parts))
    except SolverError:  # of all ranks; release() would wait for those that go on
        oscillation.release()
        raise
    finally:
        control.mode.value = mode
    oscillation.release()
    # the drive is one in units of the current scale
    impedance = np.array(found, np.complex128) / system.cell.current_scale
    split = np.array(resistances) if meter is not None else None
    return Spectrum(np.array(frequencies, dtype=float), impedance, iterations, split)

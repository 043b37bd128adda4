r"""Whether a spectrum can belong to a linear, causal, steady system.

The spectrum is fitted by elements that obey the relations of Kramers and Kronig,

.. math::
   Z \approx R_0 + i\omega L + \frac{1}{i\omega C} + \sum_k \frac{R_k}{1 + i\omega\tau_k}

with fixed :math:`\tau_k`, so that the fit is linear; the R_k may be negative. What it leaves is
noise, drift, or a mistake (Boukamp, J. Electrochem. Soc. 142, 1885 (1995)).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

PER_DECADE = 6.0
"""Elements per decade of the measured window, but no more than fit half of the numbers."""


FEWEST = 8, 4.0
"""Frequencies, and frequencies per decade, with which the residual says anything: with fewer the
elements lie too far apart to follow a spectrum."""


def can_be_checked(frequency: Array) -> bool:
    """Whether there are enough frequencies (Hz), evenly spread on a logarithmic scale."""
    decades = float(np.log10(frequency.max() / frequency.min()))
    return frequency.size >= FEWEST[0] and (frequency.size - 1) >= FEWEST[1] * decades


def kramers_kronig_residual(frequency: Array, impedance: Complex) -> Array:
    """What the fit leaves, :math:`|Z - Z_{fit}| / |Z|` at every frequency.

    Args:
        frequency: Hz, in any order; at least five.
        impedance: Z, any unit.
    """
    omega = 2 * np.pi * np.asarray(frequency)
    low, high = -np.log10(omega.max()), -np.log10(omega.min())
    # three more unknowns, and two numbers per frequency
    most = max(omega.size - 4, 1)
    tau = np.logspace(low, high, min(most, int(PER_DECADE * (high - low)) + 1))
    columns = np.column_stack(
        [1 / (1 + 1j * np.outer(omega, tau)), np.ones_like(omega), 1j * omega, 1 / (1j * omega)]
    )
    weighted = columns / np.abs(impedance)[:, None]
    target = impedance / np.abs(impedance)
    scale = np.abs(weighted).max(axis=0)
    matrix = np.vstack([(weighted / scale).real, (weighted / scale).imag])
    known = np.concatenate([target.real, target.imag])
    solution = np.linalg.lstsq(matrix, known, rcond=1e-12)[0]
    return np.asarray(np.abs((weighted / scale) @ solution - target))

r"""Distribution of relaxation times (DRT) of an impedance spectrum.

.. math::
   Z(\omega) = R_\infty + i\omega L + \frac{1}{i\omega C}
   + \int \frac{\gamma(\ln\tau)}{1 + i\omega\tau}\,d\ln\tau

On a grid of :math:`\ln\tau` with spacing h, :math:`x_k = h\gamma_k \ge 0` and all other unknowns
not negative, the regularised least squares

.. math:: \min_x \sum_i \frac{|Z_i(x) - Z_i|^2}{|Z_i|^2} + \lambda \sum_k \frac{x_k^2}{R^2}

have one solution (ridge regression; R is the range of Re Z). The weight :math:`\lambda` is the one
with which the real part alone predicts the imaginary part best, and the other way round
(Saccoccio, Wan, Chen and Ciucci, Electrochim. Acta 147, 470 (2014)). 1/(i omega C) stands for what
goes on charging below the measured window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear, nnls

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

PER_DECADE = 15
"""Points of the grid."""

BEYOND = 0.5
"""Decades by which the grid is wider than the window 1/omega of the measurement."""

WEIGHTS = np.logspace(-4, 0, 13)
"""Lambda, of which one is chosen. With smaller ones a spectrum of diffusion without noise falls
apart into more and more of its modes."""

SMALLEST_PEAK = 5e-3
"""Share of all resistance below which a maximum is not a peak."""

DEPTH = 0.9
"""Two maxima are one peak unless the distribution falls below this share of the lower one."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A maximum of the distribution and what belongs to it.

    Attributes:
        time_constant: Mean of ln tau over the peak, as a time, s.
        resistance: Integral over the peak, unit of the impedance.
        reach: First and last time constant that belong to it, s.
        inside: Whether the time constant lies within the measured window.
    """

    time_constant: float
    resistance: float
    reach: tuple[float, float]
    inside: bool


@dataclass(frozen=True, slots=True)
class RelaxationTimes:
    """A distribution and all else that describes its spectrum.

    Attributes:
        tau: s, ascending.
        distribution: gamma, unit of the impedance.
        resistance: R_infinity.
        inductance: L, unit of the impedance times s.
        elastance: 1/C, unit of the impedance over s.
        weight: Lambda.
        residual: Largest |Z_fit - Z| / |Z|.
        peaks: From fast to slow.
    """

    tau: Array
    distribution: Array
    resistance: float
    inductance: float
    elastance: float
    weight: float
    residual: float
    peaks: list[Peak]

    @property
    def polarisation(self) -> float:
        """Integral of the distribution, unit of the impedance."""
        return self.resistance_within(0.0, np.inf)

    def resistance_within(self, low: float, high: float) -> float:
        """Integral of the distribution between two time constants, both included."""
        chosen = (self.tau >= low * (1 - 1e-9)) & (self.tau <= high * (1 + 1e-9))
        return float(self.distribution[chosen].sum() * _spacing(self.tau))


@dataclass(frozen=True, slots=True)
class _Problem:
    """The spectrum in units of its range, rows weighted by 1/|Z|.

    Attributes:
        real: Matrix of the real parts, shape (frequencies, unknowns).
        imaginary: That of the imaginary parts.
        target: Z/|Z|.
        size: Scale of every unknown in units of the impedance.
        points: How many unknowns come from the grid; they are the first.
    """

    real: Array
    imaginary: Array
    target: Complex
    size: Array
    points: int

    def solve(self, weight: float, parts: str = "both") -> Array:
        """The unknowns from one part of the spectrum or from both."""
        pairs = {
            "real": (self.real, self.target.real),
            "imaginary": (self.imaginary, self.target.imag),
        }
        chosen = list(pairs.values()) if parts == "both" else [pairs[parts]]
        ridge = np.zeros((self.points, self.real.shape[1]))
        np.fill_diagonal(ridge, np.sqrt(weight))
        matrix = np.vstack([*(rows for rows, _ in chosen), ridge])
        known = np.concatenate([*(values for _, values in chosen), np.zeros(self.points)])
        return _not_negative(matrix, known)

    def prediction_error(self, weight: float) -> float:
        """How badly each part predicts the other."""
        error = 0.0
        for part, matrix, target in (
            ("imaginary", self.real, self.target.real),
            ("real", self.imaginary, self.target.imag),
        ):
            x = self.solve(weight, part)
            left = target - matrix[:, : self.points] @ x[: self.points]
            # what the other part cannot know is fitted: R_infinity, or L and C
            own = matrix[:, self.points :]
            own = own[:, np.abs(own).max(axis=0) > 0]
            left = left - own @ _not_negative(own, left)
            error += float(left @ left)
        return error


def relaxation_times(
    frequency: Array, impedance: Complex, weight: float | None = None
) -> RelaxationTimes:
    """The distribution of relaxation times of a spectrum.

    Args:
        frequency: Hz.
        impedance: Z, any unit.
        weight: Lambda; chosen by cross-validation if it is absent.
    """
    omega = 2 * np.pi * np.asarray(frequency, dtype=np.float64)
    low, high = -np.log10(omega.max()) - BEYOND, -np.log10(omega.min()) + BEYOND
    tau = np.logspace(low, high, round(PER_DECADE * (high - low)) + 1)
    problem = _problem(omega, np.asarray(impedance), tau)
    if weight is None:
        weight = float(min(WEIGHTS, key=problem.prediction_error))
    x = problem.solve(weight)
    fit = (problem.real + 1j * problem.imaginary) @ x
    values = x * problem.size
    resistance, inductance, elastance = values[tau.size :].tolist()
    window = 1 / omega.max(), 1 / omega.min()
    return RelaxationTimes(
        tau,
        values[: tau.size] / _spacing(tau),
        resistance,
        inductance,
        elastance,
        weight,
        float(np.abs(fit - problem.target).max()),
        _peaks(tau, values[: tau.size], window),
    )


def _problem(omega: Array, impedance: Complex, tau: Array) -> _Problem:
    span = float(np.ptp(impedance.real)) or float(np.abs(impedance).max())
    series = np.ones_like(omega), 1j * omega, 1 / (1j * omega)
    size = np.full(tau.size + len(series), span)
    size[tau.size :] *= 1.0, 1 / omega.max(), omega.min()
    columns = np.column_stack([1 / (1 + 1j * np.outer(omega, tau)), *series])
    columns = columns * size / np.abs(impedance)[:, None]
    return _Problem(columns.real, columns.imag, impedance / np.abs(impedance), size, tau.size)


def _not_negative(matrix: Array, known: Array) -> Array:
    """Least squares without negative unknowns.

    The active-set method is exact but may go round in circles where columns are nearly alike;
    the interior method then comes as near as is needed.
    """
    size = np.linalg.norm(matrix, axis=0)
    size[size == 0.0] = 1.0
    try:
        return np.asarray(nnls(matrix / size, known)[0] / size)
    except RuntimeError:
        bounds = (0.0, np.inf)
        return np.asarray(lsq_linear(matrix / size, known, bounds, tol=1e-12).x / size)


def _spacing(tau: Array) -> float:
    return float(np.log(tau[1] / tau[0]))


def _peaks(tau: Array, resistances: Array, window: tuple[float, float]) -> list[Peak]:
    """Groups of grid points around maxima, split at the minima between them."""
    smooth = np.convolve(np.pad(resistances, 1), [0.25, 0.5, 0.25], mode="valid")
    padded = np.pad(smooth, 1)
    tops = np.flatnonzero((smooth > padded[:-2]) & (smooth >= padded[2:]))
    cuts: list[int] = []
    kept: list[int] = []
    for top in tops.tolist():
        if kept:
            valley = kept[-1] + int(smooth[kept[-1] : top + 1].argmin())
            if smooth[valley] > DEPTH * min(smooth[kept[-1]], smooth[top]):
                kept[-1] = kept[-1] if smooth[kept[-1]] >= smooth[top] else top
                continue
            cuts.append(valley)
        kept.append(top)
    total = resistances.sum()
    found = []
    for part in np.split(np.arange(tau.size), cuts):
        share = resistances[part]
        if share.sum() <= SMALLEST_PEAK * total:
            continue
        mean = float(np.exp(share @ np.log(tau[part]) / share.sum()))
        reach = float(tau[part[0]]), float(tau[part[-1]])
        inside = bool(window[0] <= mean <= window[1])
        found.append(Peak(mean, float(share.sum()), reach, inside))
    return found

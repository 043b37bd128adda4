r"""Viscoplastic flow of lithium: the rate form of Anand and Narayan.

.. math::
   \dot\epsilon_p = R(T) (q/S)^{1/m}, \qquad
   \dot S = H_0 (1 - S/S_s)\, |1 - S/S_s|\, \dot\epsilon_p, \qquad
   S_s = S_* (\dot\epsilon_p / R)^n, \qquad R = A e^{-Q/RT}

q is von Mises' equivalent of the stress, S the resistance of the material. At a constant rate S
settles at S_s, so that the steady flow stress is

.. math:: q = S_* (\dot\epsilon/R)^{m + n}

(Anand and Narayan, J. Electrochem. Soc. 166, A1092 (2019), with their exponent a = 2). Values are
NumPy arrays here: the law is integrated at points, by one backward Euler step for a given increment
of strain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem_cell.materials import DataSheet

Array = npt.NDArray[np.float64]

BISECTIONS = 60
"""Halvings of a bracket: down to rounding."""

SLOWEST = 1e-60
"""Over R; strain rates below it are none."""


@dataclass(frozen=True, slots=True)
class Viscoplastic:
    """The law at one temperature.

    Attributes:
        rate: R, 1/s.
        sensitivity: m.
        saturation: S_*, Pa.
        saturation_exponent: n.
        hardening: H_0, Pa.
        resistance: S of the material as made, Pa.
    """

    rate: float
    sensitivity: float
    saturation: float
    saturation_exponent: float
    hardening: float
    resistance: float

    @classmethod
    def from_sheet(cls, sheet: DataSheet, temperature: float) -> Viscoplastic:
        """Take the law from a data sheet.

        Raises:
            InputError: The sheet does not give it.
        """
        keys = ("rate", "sensitivity", "saturation", "saturation_exponent", "hardening",
                "resistance")  # fmt: skip
        return cls(**{key: sheet.value(f"flow_{key}", temperature) for key in keys})

    def steady_stress(self, strain_rate: float) -> float:
        """Equivalent stress of steady flow, Pa."""
        exponent = self.sensitivity + self.saturation_exponent
        return float(self.saturation * (strain_rate / self.rate) ** exponent)

    def strain_rate(self, stress: Array, resistance: Array) -> Array:
        """Equivalent plastic strain rate, 1/s."""
        return np.asarray(self.rate * (stress / resistance) ** (1 / self.sensitivity))

    def hardening_rate(self, strain_rate: Array, resistance: Array) -> Array:
        """dS/dt, Pa/s."""
        flow = np.maximum(strain_rate / self.rate, SLOWEST)
        left = 1 - resistance / (self.saturation * flow**self.saturation_exponent)
        return np.asarray(self.hardening * left * np.abs(left) * strain_rate)

    def step(
        self, trial: Array, shear_modulus: float, resistance: Array, time: float
    ) -> tuple[Array, Array]:
        r"""One backward Euler step at points that flow without change of volume.

        The deviator of the trial stress is scaled back so that
        :math:`q + 3 G \Delta t\, \dot\epsilon_p = q_{trial}`, q and S taken at the end.

        Args:
            trial: q of the stress if nothing flowed, Pa, shape (points,).
            shear_modulus: G, Pa.
            resistance: S before, Pa, shape (points,).
            time: Delta t, s.

        Returns:
            q and S at the end of the step.
        """

        def stress(log_rate: Array) -> tuple[Array, Array]:
            rate = self.rate * np.exp(log_rate)
            after = self._resistance_after(rate, resistance, time)
            return after * np.exp(self.sensitivity * log_rate), after

        def missing(log_rate: Array) -> Array:
            flowed = 3 * shear_modulus * time * self.rate * np.exp(log_rate)
            return trial - flowed - stress(log_rate)[0]

        fastest = np.maximum(trial, 1e-300) / (3 * shear_modulus * time * self.rate)
        low = np.full_like(trial, np.log(SLOWEST))
        log_rate = _bisect(missing, low, np.maximum(np.log(fastest), low))
        q, after = stress(log_rate)
        return np.minimum(q, trial), after

    def _resistance_after(self, rate: Array, before: Array, time: float) -> Array:
        r"""S at the end of a step of a constant strain rate; between S before and S_s.

        With :math:`x = |1 - S/S_s|` it is :math:`H_0 \Delta\epsilon\, x^2 + S_s x = |S_s - S_0|`.
        """
        flow = np.maximum(rate / self.rate, SLOWEST)
        settled = self.saturation * flow**self.saturation_exponent
        way = settled - before
        root = np.sqrt(settled**2 + 4 * self.hardening * time * rate * np.abs(way))
        return np.asarray(settled * (1 - 2 * way / (settled + root)))


def intrusion_ratio(pressure: float, steady_stress: float) -> float:
    """Pressure in lithium over its flow stress.

    An indicator: far above one, lithium is pressed into whatever is open before it. Fracture and
    the growth of filaments are not in it.
    """
    return pressure / steady_stress


def _bisect(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Roots of functions that fall from positive to negative, one per entry."""
    low, high = low.copy(), high.copy()
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        above = function(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 0.5 * (low + high)

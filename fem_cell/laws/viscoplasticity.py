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

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fem_cell.materials import DataSheet

Array = npt.NDArray[np.float64]

ITERATIONS = 60
ENOUGH = 1e-13
"""Change of the logarithm of a strain rate that counts as none."""

FLOW_KEYS = (
    "flow_rate", "flow_sensitivity", "flow_saturation", "flow_saturation_exponent",
    "flow_hardening", "flow_resistance",
)  # fmt: skip
"""What a data sheet gives of it, in the order of the attributes of :class:`Viscoplastic`."""

SLOWEST = 1e-60
"""Over R; strain rates below it are none."""
SMALLEST = 1e-300


class Flowed(NamedTuple):
    """Points at the end of a step, each of shape (points,).

    Attributes:
        stress: q, Pa.
        resistance: S, Pa.
        share: dq/dq_trial, one where nothing flows.
    """

    stress: Array
    resistance: Array
    share: Array


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
        return cls(*(sheet.value(key, temperature) for key in FLOW_KEYS))

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

    def step(self, trial: Array, shear_modulus: float, resistance: Array, time: float) -> Flowed:
        r"""One backward Euler step at points that flow without change of volume.

        The deviator of the trial stress is scaled back so that
        :math:`q + 3 G \Delta t\, \dot\epsilon_p = q_{trial}`, q and S taken at the end. The unknown
        is the logarithm of the strain rate, found by Newton's method within a bracket.

        Args:
            trial: q of the stress if nothing flowed, Pa, shape (points,).
            shear_modulus: G, Pa.
            resistance: S before, Pa, shape (points,).
            time: Delta t, s.
        """
        whole = 3 * shear_modulus * time * self.rate
        low = np.full_like(trial, np.log(SLOWEST))
        high = np.maximum(np.log(np.maximum(trial, SMALLEST) / whole), low)
        x = np.clip(np.log(np.maximum(trial, SMALLEST) / resistance) / self.sensitivity, low, high)
        for _ in range(ITERATIONS):
            q, _, slope = self._stress(x, resistance, time)
            missing = trial - whole * np.exp(x) - q
            low, high = np.where(missing > 0, x, low), np.where(missing > 0, high, x)
            new = x + missing / (whole * np.exp(x) + slope)
            new = np.where((new >= low) & (new <= high), new, 0.5 * (low + high))
            way, x = np.abs(new - x), new
            if np.all(way < ENOUGH):
                break
        q, after, slope = self._stress(x, resistance, time)
        flows = q < trial
        share = np.where(flows, slope / (whole * np.exp(x) + slope), 1.0)
        return Flowed(np.where(flows, q, trial), after, share)

    def _stress(self, x: Array, before: Array, time: float) -> tuple[Array, Array, Array]:
        r"""Q and S at the end of a step with the strain rate :math:`R e^x`, and dq/dx.

        S lies between that before and S_s: with :math:`y = |1 - S/S_s|` it is
        :math:`H_0 \Delta\epsilon\, y^2 + S_s y = |S_s - S_0|`.
        """
        settled = self.saturation * np.exp(self.saturation_exponent * x)
        hardened = 4 * self.hardening * time * self.rate * np.exp(x)
        way = settled - before
        root = np.sqrt(settled**2 + hardened * np.abs(way))
        left = 1 - 2 * way / (settled + root)
        after = settled * left
        d_settled = self.saturation_exponent * settled
        d_root = (
            settled * d_settled + 0.5 * hardened * (np.abs(way) + np.sign(way) * d_settled)
        ) / root
        d_left = -2 * (d_settled - way * (d_settled + d_root) / (settled + root)) / (settled + root)
        q = after * np.exp(self.sensitivity * x)
        d_after = d_settled * left + settled * d_left
        return q, after, q * (self.sensitivity + d_after / after)


def intrusion_ratio(pressure: float, steady_stress: float) -> float:
    """Pressure in lithium over its flow stress.

    An indicator: far above one, lithium is pressed into whatever is open before it. Fracture and
    the growth of filaments are not in it.
    """
    return pressure / steady_stress

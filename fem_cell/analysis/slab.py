r"""Discharge of a homogeneous slab at constant current, in closed form, and its inverse D_util.

Lithium enters at one face at a constant rate and spreads with one diffusivity D; the stoichiometry
of that face is (Crank, The Mathematics of Diffusion, 4.3.4)

.. math::
   s_f(t) = s_0 + \frac{j L}{F c_{max} D} \Bigl[\tau + \frac13
            - \frac{2}{\pi^2}\sum_n \frac{e^{-n^2\pi^2\tau}}{n^2}\Bigr], \qquad \tau = D t/L^2

and the discharge ends when

.. math::
   V = U(s_f) - \frac{2RT}{F}\Bigl[\operatorname{asinh}\frac{j}{2\,a\,i_0(s_f)}
       + \operatorname{asinh}\frac{j}{2\,i_{0,c}}\Bigr] - j R - U_c

falls to the cut-off. The capacity grows with D, so that a capacity stands for a diffusivity:
D_util is the D of the slab that delivers it at that rate. It depends on the rate, and holds all
that keeps lithium out: pockets behind cracks, lost contact, grains that lie askew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from fem_cell.case.model import Case, InterfaceCase
from fem_cell.case.shape import exact_sizes
from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.kinetics import occupancy
from fem_cell.laws.open_circuit import OpenCircuitPotential

TERMS = 60
"""Of the series; the last one is below 1e-17 where the series is used."""
SHORT = 0.02
"""tau below which the slab is as good as infinitely thick: the error is below exp(-1/tau)."""
DIFFUSIVITIES = (1e-20, 1e-8)
"""Range that D_util is looked for in, m^2/s."""


@dataclass(frozen=True, slots=True)
class Slab:
    """A slab between a collector and a separator, discharged at constant current.

    Attributes:
        thickness: L, m.
        charge_density: F c_max, C/m^3.
        current_density: j, A/m^2 of footprint.
        start: s_0.
        open_circuit: U(s), V.
        exchange_current_density: i_0 half full times the area factor, A/m^2 of footprint.
        counter_exchange_current_density: Of the counter electrode, A/m^2.
        counter_potential: U_c, V.
        resistance: R, of everything in series that is ohmic, ohm m^2.
        cut_off: V.
        temperature: K.
    """

    thickness: float
    charge_density: float
    current_density: float
    start: float
    open_circuit: OpenCircuitPotential
    exchange_current_density: float
    counter_exchange_current_density: float
    counter_potential: float
    resistance: float
    cut_off: float
    temperature: float

    def voltage(self, face: float) -> float:
        """Terminal voltage while the face is at a stoichiometry, V."""
        thermal = 2 * GAS_CONSTANT * self.temperature / FARADAY
        i0 = self.exchange_current_density * float(occupancy(face))
        drops = np.arcsinh(0.5 * self.current_density / i0)
        drops += np.arcsinh(0.5 * self.current_density / self.counter_exchange_current_density)
        ohmic = self.current_density * self.resistance
        return float(self.open_circuit(face)) - thermal * drops - ohmic - self.counter_potential

    def face(self, time: float, diffusivity: float) -> float:
        """Stoichiometry of the face where lithium enters, after a time."""
        tau = diffusivity * time / self.thickness**2
        rise = self.current_density * self.thickness / (self.charge_density * diffusivity)
        return self.start + rise * filling(tau)

    def capacity(self, diffusivity: float) -> float:
        """Charge per footprint delivered down to the cut-off, C/m^2.

        Args:
            diffusivity: D, m^2/s.
        """
        end = self._end()
        if end <= self.start:
            return 0.0
        full = (end - self.start) * self.charge_density * self.thickness / self.current_density
        # the face is ahead of the mean, so that the end comes before the slab is evenly full
        time = brentq(lambda t: self.face(t, diffusivity) - end, 0.0, full * (1 + 1e-12))
        return float(time) * self.current_density

    @property
    def limit(self) -> float:
        """Capacity without any resistance to diffusion, C/m^2."""
        return max(0.0, self._end() - self.start) * self.charge_density * self.thickness

    def equivalent_diffusivity(self, capacity: float) -> float | None:
        """D_util, m^2/s; ``None`` if no diffusivity gives this capacity.

        Args:
            capacity: C/m^2.
        """
        low, high = DIFFUSIVITIES
        if not self.capacity(low) < capacity < self.capacity(high):
            return None
        found = brentq(
            lambda exponent: self.capacity(10.0**exponent) - capacity,
            np.log10(low), np.log10(high), xtol=1e-10,
        )  # fmt: skip
        return float(10.0**found)

    def _end(self) -> float:
        """Stoichiometry of the face at the cut-off; the start if it is reached at once."""
        if self.voltage(self.start) <= self.cut_off:
            return self.start
        return float(brentq(lambda s: self.voltage(s) - self.cut_off, self.start, 1.0 - 1e-9))


def filling(tau: float) -> float:
    """Rise of the face in units of j L/(F c D): tau + 1/3 - 2/pi^2 sum exp(-n^2 pi^2 tau)/n^2."""
    if tau < SHORT:
        return float(2 * np.sqrt(max(tau, 0.0) / np.pi))
    n = np.arange(1, TERMS + 1)
    decay = np.exp(-((n * np.pi) ** 2) * tau) / n**2
    return float(tau + 1 / 3 - 2 / np.pi**2 * decay.sum())


def slab_of(case: Case, phase: str = "cathode", separator: str = "separator") -> Slab:
    """The homogeneous slab that stands for a case: same thickness, kinetics, current, cut-off.

    Args:
        case: One dense phase beside a single-ion separator, discharged at a constant current from
            a given stoichiometry down to a voltage.
        phase: Name of the dense phase.
        separator: Name of the separator.

    Raises:
        ValueError: The case is another one.
    """
    sizes, step, start = exact_sizes(case.geometry), case.protocol[-1], case.initial.stoichiometry
    limits = [limit.value for limit in step.until if limit.kind == "voltage"]
    dense = case.phases[phase]
    unlike = dense.model != "dense_active" or case.phases[separator].model != "single_ion"
    if unlike or sizes is None or start is None or step.kind != "current" or len(limits) != 1:
        raise ValueError("the case is no constant-current discharge of a dense layer")
    sheet, temperature = dense.material, case.temperature
    ions = case.phases[separator].material.value("conductivity", temperature)
    contact = case.interfaces[case.terminals.positive].contact_resistance
    counter = case.interfaces[case.terminals.negative].material
    transfer = case.interface(phase, separator) or InterfaceCase("butler_volmer")
    if counter is None:
        raise ValueError("the negative terminal is no counter electrode")
    thickness = sizes.thickness[phase]
    i0 = transfer.exchange_current_density or sheet.value("exchange_current_density", temperature)
    return Slab(
        thickness=thickness,
        charge_density=FARADAY * sheet.value("maximum_concentration"),
        current_density=_current_density(case, thickness, phase),
        start=start,
        open_circuit=OpenCircuitPotential.from_law(sheet.law("open_circuit_potential")),
        exchange_current_density=i0 * transfer.area_factor,
        counter_exchange_current_density=counter.value("exchange_current_density", temperature),
        counter_potential=counter.value("open_circuit_potential", temperature),
        resistance=contact
        + transfer.film_resistance / transfer.area_factor
        + counter.value("film_resistance", temperature)
        + thickness / sheet.value("electronic_conductivity", temperature)
        + sizes.thickness[separator] / ions,
        cut_off=limits[0],
        temperature=temperature,
    )


def _current_density(case: Case, thickness: float, phase: str) -> float:
    """Of the last step, A/m^2 of footprint of a layer without pores."""
    amount = case.protocol[-1].value
    if amount is None:
        raise ValueError("the last step imposes no current")
    if amount.unit != "C":
        return abs(amount.value)
    sheet = case.phases[phase].material
    mass = sheet.value("density") * thickness
    return abs(amount.value) * mass * sheet.value("one_c_specific_current")

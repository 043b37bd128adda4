"""A compact, independent solver of the Newman (DFN) half cell, in NumPy and SciPy.

It exists only to check fem_cell, so it shares nothing with it: finite volumes through
the thickness, the exact eigenfunctions of the sphere in the particles, a fourth-order
stiffly accurate SDIRK method in time and a Jacobian by the complex step.

Model, isothermal, with x from the collector (0) through the porous cathode and the
electrolyte film to the lithium foil, i_n > 0 oxidising the electrode, a = 3 eps_s/R:

    particle      ds/dt = D_s r^-2 d/dr (r^2 ds/dr),  F c_max D_s ds/dr(R) = -i_n
    salt          eps dc/dt = d/dx (eps^1.5 D_e dc/dx) + (1 - t+) a i_n/F
    electrolyte   i_e = eps^1.5 kappa (-dphi_e/dx + 2RT/F (1 - t+) d ln c/dx),
                  di_e/dx = a i_n
    solid         i_s = -sigma dphi_s/dx,  di_s/dx = -a i_n
    cathode       i_n = 2 F k [c c_s (c_max - c_s)]^(1/2) sinh(F eta/2RT),
                  eta = phi_s - phi_e - U(s)
    lithium       I = 2 i0_Li (c/c0)^(1/2) sinh(-F phi_e/2RT),  phi_Li = 0

phi_e is measured with a lithium reference; the cell voltage is phi_s at the collector.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_banded
from scipy.optimize import brentq

Vector = NDArray[np.float64]

FARADAY = 96485.33212  # C/mol
GAS_CONSTANT = 8.314462618  # J/(mol K)

# Hairer & Wanner, Solving Ordinary Differential Equations II, table IV.6.5.
DIAGONAL = 0.25
STAGES = np.array(
    [
        [0, 0, 0, 0],
        [1 / 2, 0, 0, 0],
        [17 / 50, -1 / 25, 0, 0],
        [371 / 1360, -137 / 2720, 15 / 544, 0],
        [25 / 24, -49 / 48, 125 / 16, -85 / 12],
    ]
)
ERROR_WEIGHTS = np.array([-3 / 16, -27 / 32, 25 / 32, 0.0, 1 / 4])

# Newton's last update, relative to one, RT/F and one; rounding allows no much less.
UPDATE_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Parameters:
    """The half cell, in SI units; the names are those of the reference file."""

    temperature: float = 303.15
    cathode_thickness: float = 100e-6
    separator_thickness: float = 20e-6
    porosity: float = 0.44
    bruggeman_exponent: float = 1.5
    active_volume_fraction: float = 0.505
    particle_radius: float = 5e-6
    solid_diffusivity: float = 1e-14
    maximum_concentration: float = 49340.0
    solid_conductivity: float = 0.17
    reaction_rate_constant: float = 3.2e-11
    electrolyte_conductivity: float = 0.136
    salt_diffusivity: float = 5e-12
    transference_number: float = 0.4
    initial_salt_concentration: float = 3400.0
    lithium_exchange_current_density: float = 5.0
    initial_voltage: float = 4.3
    minimum_voltage: float = 2.7

    @property
    def thermal_voltage(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.temperature / FARADAY

    @property
    def specific_surface(self) -> float:
        """Particle surface per electrode volume, a = 3 eps_s/R [1/m]."""
        return 3 * self.active_volume_fraction / self.particle_radius

    @property
    def initial_stoichiometry(self) -> float:
        """The s0 at which U(s0) is the initial voltage [-]."""

        def excess(s: float) -> float:
            return float(open_circuit_potential(s, 1 - s)) - self.initial_voltage

        return float(brentq(excess, 0.13, 0.5, xtol=1e-15))


def open_circuit_potential(s: Any, vacancy: Any) -> Any:
    """NMC811 against lithium [V]: a sum of tanh with two edge terms at s = 1.

    Args:
        s: Stoichiometry [-]; a number, an array or a symbolic expression.
        vacancy: 1 - s, apart because it is needed far below the rounding of s.
    """
    a = (0.09982, 0.13091, 0.07342, 0.13554, 0.13289)
    b = (28.69581, 23.50660, 18.15541, 9.36500, 6.15202)
    c = (0.21502, 0.14374, 0.37077, 0.52931, 0.82985)
    potential = 4.08298 - 0.41131 * np.exp(-2899.88 * vacancy)
    potential = potential - 0.04495 * np.exp(-231.931 * vacancy)
    for amplitude, rate, centre in zip(a, b, c, strict=True):
        potential = potential - amplitude * np.tanh(rate * (s - centre))
    return potential


def graded_faces(length: float, cells: int, grading: float) -> Vector:
    """Cell faces over [0, length] [m], finer at both ends the larger the grading."""
    x = np.linspace(-1.0, 1.0, cells + 1)
    return np.asarray(length * (0.5 + 0.5 * np.tanh(grading * x) / np.tanh(grading)))


@dataclass
class State:
    """The solution at one time.

    Attributes:
        time: Time since the current was switched on [s].
        unknowns: Per cell ln(c/c0), phi_e, phi_s, ln(s/(1-s)) at the particle surface;
            shape (cells, 4). The last two are zero in the separator.
        salt: Salt concentration [mol/m3], shape (cells,).
        mean: Mean stoichiometry of the particles [-], shape (cathode cells,).
        modes: Contribution of each eigenfunction to the surface stoichiometry [-],
            shape (modes, cathode cells).
        error: Estimated local error of the step that led here [-].
    """

    time: float
    unknowns: Vector
    salt: Vector
    mean: Vector
    modes: Vector
    error: float = 0.0


@dataclass
class HalfCell:
    """The discretised half cell under a constant discharge current.

    Attributes:
        parameters: Physical parameters.
        current_density: Discharge current per cell area [A/m2], positive.
        cells: Finite volumes in the cathode; the separator has half as many.
        mode_count: Eigenfunctions of the sphere followed in time; those above are
            taken as steady.
        grading: See :func:`graded_faces`.
    """

    parameters: Parameters
    current_density: float
    cells: int
    mode_count: int = 80
    grading: float = 0.5
    _pattern: tuple[NDArray[np.intp], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the grid, the resistances between nodes and the particle modes."""
        p, n = self.parameters, self.cells
        cathode = graded_faces(p.cathode_thickness, n, self.grading)
        separator = graded_faces(p.separator_thickness, n // 2, self.grading)
        self.width = np.concatenate([np.diff(cathode), np.diff(separator)])
        self.volume = self.width * np.where(np.arange(self.width.size) < n, p.porosity, 1)
        transport = np.ones(self.width.size)
        transport[:n] = p.porosity**p.bruggeman_exponent
        half = self.width / 2 / transport
        self.path = half[1:] + half[:-1]
        self.solid_path = (self.width[1:n] + self.width[: n - 1]) / 2
        self._set_modes()
        self._set_pattern()

    def _set_modes(self) -> None:
        """Eigenvalues tan(lam) = lam of the sphere; sum of 2/lam^2 over all is 1/5."""
        p = self.parameters

        def characteristic(y: float) -> float:
            return float(np.sin(y) - y * np.cos(y))

        order = np.arange(1, self.mode_count + 1)
        lam = np.array([brentq(characteristic, k * np.pi, (k + 0.5) * np.pi) for k in order])
        self.decay = lam**2 * p.solid_diffusivity / p.particle_radius**2
        steady = 0.2 - 2 * np.sum(lam**-2.0)
        self.instant = steady * p.particle_radius / p.solid_diffusivity

    def _set_pattern(self) -> None:
        """Entries of the Jacobian: a cell's unknowns couple with its neighbours'."""
        count = 4 * self.width.size
        column, row = np.meshgrid(np.arange(count), np.arange(-7, 8), indexing="ij")
        row = row + column
        near = (row >= 0) & (row < count) & (np.abs(row // 4 - column // 4) <= 1)
        column, row = column[near], row[near]
        self._pattern = (row, column, 7 + row - column)

    def reaction_current_density(self, salt: Any, unknowns: Any) -> Any:
        """i_n at the particles [A/m2], shape (cathode cells,)."""
        p, n = self.parameters, self.cells
        _, phi_e, phi_s, logit = unknowns[:n].T
        s, vacancy = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        exchange = FARADAY * p.reaction_rate_constant * p.maximum_concentration
        exchange = exchange * np.sqrt(salt[:n]) * np.sqrt(s) * np.sqrt(vacancy)
        eta = phi_s - phi_e - open_circuit_potential(s, vacancy)
        return 2 * exchange * np.sinh(eta / 2 / p.thermal_voltage)

    def residual(self, flat: Any, step: float, salt: Vector, surface: Vector, gain: float) -> Any:
        """Balances of one implicit stage, made dimensionless, shape (4 cells,).

        Args:
            flat: Unknowns of :class:`State`, flattened; may be complex.
            step: Diagonal coefficient times the time step [s].
            salt: Known part of the salt concentration [mol/m3].
            surface: Known part of the surface stoichiometry [-].
            gain: Surface stoichiometry per influx [s/m].
        """
        p, n, current = self.parameters, self.cells, self.current_density
        unknowns = flat.reshape(-1, 4)
        log_c, phi_e, phi_s, logit = unknowns.T
        c = p.initial_salt_concentration * np.exp(log_c)
        i_n = self.reaction_current_density(c, unknowns)
        source = np.zeros(c.size, flat.dtype)
        source[:n] = p.specific_surface * i_n * self.width[:n]
        migration = 1 - p.transference_number
        diffusional = 2 * p.thermal_voltage * migration
        flux = np.pad(-p.salt_diffusivity * np.diff(c) / self.path, 1)
        flux[-1] = -migration * current / FARADAY
        drive = diffusional * np.diff(log_c) - np.diff(phi_e)
        i_e = np.pad(p.electrolyte_conductivity * drive / self.path, 1)
        i_s = np.pad(-p.solid_conductivity * np.diff(phi_s[:n]) / self.solid_path, 1)
        i_s[0] = -current
        out = np.zeros((c.size, 4), flat.dtype)
        change = self.volume * (c - salt) / step
        out[:, 0] = (change + np.diff(flux)) * FARADAY / current
        out[:, 0] -= migration * source / current
        out[:, 1] = (np.diff(i_e) - source) / current
        # The balance of the last cell follows from the others; the lithium kinetics
        # take its place and fix the level of the potentials.
        out[-1, 1] = self.lithium_current_density(c, phi_e) / current - 1
        out[:n, 2] = (np.diff(i_s) + source[:n]) / current
        influx = -i_n / FARADAY / p.maximum_concentration
        out[:n, 3] = 1 / (1 + np.exp(-logit[:n])) - surface - gain * influx
        out[n:, 2:] = unknowns[n:, 2:]
        return out.ravel()

    def at_lithium(self, c: Any, phi_e: Any) -> tuple[Any, Any]:
        """Salt concentration [mol/m3] and potential [V] at the lithium surface."""
        p, reach = self.parameters, self.width[-1] / 2
        migration = 1 - p.transference_number
        slope = migration * self.current_density / FARADAY / p.salt_diffusivity
        c_foil = c[-1] + reach * slope
        phi_foil = phi_e[-1] + self.current_density * reach / p.electrolyte_conductivity
        phi_foil = phi_foil + 2 * p.thermal_voltage * migration * np.log(c_foil / c[-1])
        return c_foil, phi_foil

    def lithium_current_density(self, c: Any, phi_e: Any) -> Any:
        """i_n at the lithium foil, phi_Li = 0 [A/m2]."""
        p = self.parameters
        c_foil, phi_foil = self.at_lithium(c, phi_e)
        exchange = p.lithium_exchange_current_density
        exchange = exchange * np.sqrt(c_foil / p.initial_salt_concentration)
        return 2 * exchange * np.sinh(-phi_foil / 2 / p.thermal_voltage)

    def voltage(self, state: State) -> float:
        """Cell voltage [V], phi_s carried from the first node to the collector."""
        drop = self.current_density * self.width[0] / 2
        return float(state.unknowns[0, 2] - drop / self.parameters.solid_conductivity)

    def solve_stage(
        self, flat: Vector, step: float, salt: Vector, surface: Vector, gain: float
    ) -> Vector | None:
        """Newton's method; None when it does not converge. Arguments: residual."""
        row, column, band = self._pattern
        scale = np.tile([1, *2 * [self.parameters.thermal_voltage], 1], self.width.size)
        for _ in range(25):
            rhs = self.residual(flat, step, salt, surface, gain)
            matrix = np.zeros((15, flat.size))
            for colour in range(12):
                probe = flat.astype(complex)
                probe[colour::12] += 1e-30j
                change = self.residual(probe, step, salt, surface, gain).imag / 1e-30
                chosen = column % 12 == colour
                matrix[band[chosen], column[chosen]] = change[row[chosen]]
            # Depleted cells have tiny rows: give every row a largest entry of one.
            largest = np.zeros(flat.size)
            np.maximum.at(largest, row, np.abs(matrix[band, column]))
            matrix[band, column] /= largest[row]
            update = solve_banded((7, 7), matrix, -rhs / largest)
            size = float(np.max(np.abs(update) / scale))
            if not np.isfinite(size):
                return None
            flat = flat + update * min(1.0, 3 / size)
            if size < UPDATE_TOLERANCE:
                return flat
        return None

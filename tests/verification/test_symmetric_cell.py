r"""Symmetric cell Li | binary salt | Li: steady gradient, limiting current, Sand time.

Between two foils a current i enters at z = 0 and leaves at z = L. Only lithium reacts,
so the anion is at rest in the steady state and

.. math::
   -F D_e \frac{dc}{dz} = (1 - t_+)\,i \quad\Rightarrow\quad
   c = c_0\Bigl[1 + \frac{i}{i_{lim}}\Bigl(1 - \frac{2z}{L}\Bigr)\Bigr], \qquad
   i_{lim} = \frac{2 F D_e c_0}{(1 - t_+) L}

With Newman's potential the electrolyte costs

.. math::
   \phi_e(0) - \phi_e(L) = \frac{iL}{\kappa}
   + \frac{2RT}{F}\Bigl(1 + \frac{d\ln f}{d\ln c}\Bigr)(1 - t_+) \ln\frac{c(0)}{c(L)}

and each foil :math:`(2RT/F)\,\mathrm{arsinh}[i/(2 i_0\sqrt{c/c_0})]`. In a cell much
thicker than the diffusion layer the salt at the plating foil falls like
:math:`c = c_0 (1 - \sqrt{t/\tau_S})` with Sand's time

.. math:: \tau_S = \pi D_e \Bigl[\frac{F c_0}{2 i (1 - t_+)}\Bigr]^2
"""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.constants import FARADAY
from fem_cell.solver.steps import Event
from fem_cell.unknowns import SALT_CONCENTRATION
from tests.support.models import THERMAL_VOLTAGE, BulkElectrolyte, CounterElectrode, electrolyte
from tests.support.running import Run, compose
from tests.support.slab import slab_mesh

KAPPA, DIFFUSIVITY, T_PLUS, C0, FACTOR = 0.136, 5e-12, 0.4, 3400.0, 1.6
EXCHANGE = 20.0
LENGTH = 50e-6
LIMIT = 2 * FARADAY * DIFFUSIVITY * C0 / ((1 - T_PLUS) * LENGTH)


def symmetric_cell(length: float, elements: int, grading: float = 1.0) -> Run:
    """Two foils of i0 = 20 A/m^2 with the salt between them, at rest."""
    mesh = slab_mesh(
        [("electrolyte", length * 1e6, elements)],
        width=length * 1e6 / elements,
        grading=grading,
    )
    salt = electrolyte(
        conductivity=f"{KAPPA} S/m",
        salt_diffusivity=f"{DIFFUSIVITY} m^2/s",
        transference_number=T_PLUS,
        salt_concentration=f"{C0} mol/m^3",
        thermodynamic_factor=FACTOR,
    )
    foil = CounterElectrode(salt, 0.0, EXCHANGE)
    cell = compose(mesh, {"electrolyte": BulkElectrolyte(salt)}, foil, foil)
    cell.set_initial(0.0, 0.0, 0.0)
    return Run(cell, tolerance=1e-4)


def salt_over_z(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Heights (m) of the nodes and c/c_0 there, loaded from the present state."""
    run.system.load(run.state)
    unknown = run.cell.unknown(SALT_CONCENTRATION, "electrolyte")
    z = unknown.value.function_space.tabulate_dof_coordinates()[:, 2]
    return z, unknown.value.x.array[: z.size]


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("share", [-0.5, 0.5, 0.95])
def test_steady_state(share):
    """Linear salt and the sum of the four voltages, also close to the limiting current.

    The linear profile is in the space of P1; of the transient, exp(-15) is left after 15
    times L^2/(pi^2 D), and what the time steps of tolerance 1e-4 leave. The
    voltage is exact but for ln c in the element at the depleted foil and the width 1e-4
    over which depletion is smoothed.
    """
    run = symmetric_cell(LENGTH, 40)
    current = share * LIMIT
    run.impose_current(current)
    run.advance(15 * LENGTH**2 / DIFFUSIVITY / np.pi**2, 0.1)
    z, salt = salt_over_z(run)
    error = np.abs(salt - (1 + share * (1 - 2 * z / LENGTH))).max()
    entry, exit_ = 1 + share, 1 - share
    ohmic = current * LENGTH / KAPPA
    diffusional = 2 * THERMAL_VOLTAGE * FACTOR * (1 - T_PLUS) * np.log(entry / exit_)
    foils = sum(
        2 * THERMAL_VOLTAGE * np.arcsinh(current / (2 * EXCHANGE * np.sqrt(c)))
        for c in (entry, exit_)
    )
    expected = ohmic + diffusional + foils
    print(f"i/i_lim {share}: salt error {error:.1e}, V {run.voltage:.6f}, exact {expected:.6f}")
    assert error < 3e-4
    assert run.voltage == pytest.approx(expected, abs=2e-4)
    assert run.inventory.lithium_error < 1e-9


@pytest.mark.skip_in_parallel
def test_no_steady_state_above_the_limiting_current():
    """At 1.3 i_lim the foil runs out of salt and the voltage leaves for good.

    The salt left over is what the transient series gives; only bounds are checked: the
    event must come after Sand's time of a thick cell (a thin one holds less salt but its
    other side replenishes it) and before ten diffusion times.
    """
    run = symmetric_cell(LENGTH, 40)
    current = 1.3 * LIMIT
    run.impose_current(current)
    event = Event("voltage", lambda _, x: 1.5 - run.system.voltage(x), 1e-4)
    result = run.advance(10 * LENGTH**2 / DIFFUSIVITY, 0.1, event)
    sand = np.pi * DIFFUSIVITY * (FARADAY * C0 / (2 * current * (1 - T_PLUS))) ** 2
    print(f"ended by {result.reason} at {result.time:.1f} s; Sand {sand:.1f} s")
    assert result.reason == "voltage"
    assert sand < result.time < LENGTH**2 / DIFFUSIVITY
    _, salt = salt_over_z(run)
    assert salt.min() < 0.005


@pytest.mark.skip_in_parallel
def test_sand_time():
    """In a thick cell salt falls with the root of time and runs out at Sand's time.

    The diffusion layer sqrt(D tau) is 1/20 of the cell, so the far side changes the foil
    by exp(-100). Graded elements of 0.2 % of the layer leave errors below 0.2 %; voltage
    rises by a volt within 0.2 % of Sand's time, of which depletion smoothed over 1e-4 of c_0
    is the least part.
    """
    current = 40.0
    sand = np.pi * DIFFUSIVITY * (FARADAY * C0 / (2 * current * (1 - T_PLUS))) ** 2
    run = symmetric_cell(20 * np.sqrt(DIFFUSIVITY * sand), 120, 100.0)
    run.impose_current(current)
    for share, left in ((0.25, 0.5), (0.64, 0.2), (0.9025, 0.05)):
        run.advance_to(share * sand, 1e-3 * sand)
        z, salt = salt_over_z(run)
        print(f"t/tau {share}: c/c0 {salt[z.argmax()]:.5f}, exact {left}")
        assert salt[z.argmax()] == pytest.approx(left, abs=2e-3)
        assert salt[z.argmin()] == pytest.approx(2 - left, abs=2e-3)
    limit = run.voltage + 1.0
    event = Event("voltage", lambda _, x: limit - run.system.voltage(x), 1e-4)
    result = run.advance(sand, 1e-3 * sand, event)
    print(f"voltage leaves at t/tau {result.time / sand:.4f}")
    assert result.reason == "voltage"
    assert result.time == pytest.approx(sand, rel=2e-3)

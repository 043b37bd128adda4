r"""Diffusion into a dense slab under constant flux, with any orientation of the crystal.

A slab of thickness L takes up a constant flux j at its face z = L, its back is sealed.
With :math:`\tau = D t/L^2` (Crank, The Mathematics of Diffusion, sec. 4.3.4; separation
of variables on the deviation from the parabola that moves up with the mean):

.. math::
   \frac{D\,\Delta s}{j L} = \tau + \frac{3z^2/L^2 - 1}{6}
   - \frac{2}{\pi^2}\sum_n \frac{(-1)^n}{n^2} e^{-n^2\pi^2\tau} \cos\frac{n\pi z}{L}

At :math:`\tau = 0.1` the face is at 0.356826 and the back at 0.007885. A transversely
isotropic crystal whose c-axis makes an angle :math:`\alpha` with z conducts like
:math:`D_{zz} = D_{ab}\sin^2\alpha + D_c\cos^2\alpha` where lateral flux is free (far
from the sides of a wide slab) and like :math:`1/D = \sin^2\alpha/D_{ab} +
\cos^2\alpha/D_c` where the sides of a narrow column block it: J_x = 0 then fixes
:math:`\partial_x s` and :math:`D = \det(D)/D_{xx}`, the inverse of :math:`(D^{-1})_{zz}`.

The slab is an electrode against a single-ion conductor; a constant current makes the
flux constant.
"""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.unknowns import STOICHIOMETRY
from tests.support.models import (
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
)
from tests.support.running import Array, Run, compose
from tests.support.slab import slab_mesh

THICKNESS = 20e-6
ACROSS, ALONG = 4e-13, 1e-13
"""D_ab and D_c, m^2/s."""

CURRENT = 1.0
"""A/m^2."""

TAU = 0.1


def series(tau: float, z: float) -> float:
    """D ds/(j L) at z in units of L."""
    n = np.arange(1, 200)
    decay = (-1.0) ** n / n**2 * np.exp(-((n * np.pi) ** 2) * tau) * np.cos(n * np.pi * z)
    return float(tau + (3 * z * z - 1) / 6 - 2 / np.pi**2 * decay.sum())


def slab(axis: tuple[float, float, float], width: float, across: int, elements: int) -> Run:
    """A crystal of 20 um below 2 um of electrolyte, half full."""
    mesh = slab_mesh(
        [("crystal", THICKNESS * 1e6, elements), ("separator", 2, 1)],
        width=width,
        across=across,
        deep=1,
    )
    ions = electrolyte("LPSCl")
    material = active(
        "LiCoO2", ions, diffusivity_ab=f"{ACROSS} m^2/s", diffusivity_c=f"{ALONG} m^2/s"
    )
    crystal = dense(material, axis)
    cell = compose(
        mesh,
        {"crystal": crystal, "separator": BulkElectrolyte(ions)},
        Contact(1e-6),
        CounterElectrode(ions, 0.0, 5.0),
        {("crystal", "separator"): ChargeTransfer(crystal, ions)},
    )
    cell.set_initial(0.6, float(material.open_circuit(0.6)), 0.0)
    return Run(cell, tolerance=3e-7)


def change_at(run: Run, diffusivity: float, z: float, near_axis: float) -> Array:
    """D ds/(j L) of the nodes at height z (units of L) within a distance of the middle in x."""
    unknown = run.cell.unknown(STOICHIOMETRY, "crystal")
    x = unknown.value.function_space.tabulate_dof_coordinates()
    middle = 0.5 * (x[:, 0].min() + x[:, 0].max())
    at = (np.abs(x[:, 2] - z * THICKNESS) < 1e-9) & (np.abs(x[:, 0] - middle) < near_axis)
    flux = CURRENT / run.cell.active_phases()["crystal"].charge_density
    return (unknown.value.x.array[at] - 0.6) * diffusivity / (flux * THICKNESS)


def discharge(run: Run, diffusivity: float, tau: float) -> None:
    """A constant current up to tau, counted from the switch-on."""
    run.impose_current(-CURRENT)
    run.advance_to(tau * THICKNESS**2 / diffusivity, 0.02)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize(
    ("axis", "diffusivity"), [((0, 0, 3), ALONG), ((1, 0, 0), ACROSS), ((1, 2, 0), ACROSS)]
)
def test_slab_with_a_principal_axis_along_the_flux(axis, diffusivity):
    """Face, middle and back within 2.5e-4 of jL/D.

    32 elements err by (1/32)^2/8 = 1.2e-4, time steps by 5e-5.
    """
    run = slab(axis, 2.0, 1, 32)
    discharge(run, diffusivity, TAU)
    assert series(TAU, 1.0) == pytest.approx(0.356826, abs=1e-6)
    assert series(TAU, 0.0) == pytest.approx(0.007885, abs=1e-6)
    for z in (0.0, 0.5, 1.0):
        value = change_at(run, diffusivity, z, 1.0).mean()
        print(f"axis {axis}, z/L {z}: {value:.6f}, exact {series(TAU, z):.6f}")
        assert value == pytest.approx(series(TAU, z), abs=2.5e-4)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("degrees", [30, 60])
def test_narrow_column_blocks_the_lateral_flux(degrees):
    """Width L/100: face and back within 1 % of the series with 1/D = (1/D)_zz.

    At both ends the lines of flux turn within a width: each turn is a resistance of
    less than a width, 1 % of L. The other limit, D_zz, is 15 % and 44 % larger.
    """
    sin2, cos2 = np.sin(np.deg2rad(degrees)) ** 2, np.cos(np.deg2rad(degrees)) ** 2
    diffusivity = 1 / (sin2 / ACROSS + cos2 / ALONG)
    run = slab((np.sqrt(sin2), 0, np.sqrt(cos2)), 0.2, 2, 32)
    discharge(run, diffusivity, TAU)
    for z in (0.0, 1.0):
        value = change_at(run, diffusivity, z, 1.0).mean()
        print(f"{degrees} degrees, z/L {z}: {value:.6f}, exact {series(TAU, z):.6f}")
        assert value == pytest.approx(series(TAU, z), abs=0.01 * series(TAU, 1.0))


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("degrees", [30, 60])
def test_wide_slab_leaves_the_lateral_flux_free(degrees):
    """In the middle of a slab of width 20 L the series holds with D_zz, within 1e-3.

    What the blocked sides change decays like exp(-pi x/L) in the steady state and faster
    before; ten thicknesses away nothing is left but the error of the mesh.
    """
    sin2, cos2 = np.sin(np.deg2rad(degrees)) ** 2, np.cos(np.deg2rad(degrees)) ** 2
    diffusivity = ACROSS * sin2 + ALONG * cos2
    run = slab((np.sqrt(sin2), 0, np.sqrt(cos2)), 400.0, 40, 16)
    discharge(run, diffusivity, TAU)
    for z in (0.0, 1.0):
        value = change_at(run, diffusivity, z, 11e-6).mean()
        print(f"{degrees} degrees, z/L {z}: {value:.6f}, exact {series(TAU, z):.6f}")
        assert value == pytest.approx(series(TAU, z), abs=1e-3)

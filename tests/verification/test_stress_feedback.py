r"""Stress that acts back on lithium, where the stress is a known function of the stoichiometry.

A layer that is held at its sides and free on top carries :math:`\sigma_{zz} = 0` and strains
along z only. With c along z or x, :math:`p = \beta:\sigma = -B_{eff} (s - s_0)`,

.. math::
   B_{eff} = \beta : C : \beta - \frac{(C : \beta)_{zz}^2}{C_{zzzz}},

at every point, so lithium diffuses with :math:`D\,(1 + B_{eff} / (F c_{max} |dU/ds|))`. A crystal
at rest that is as full all over is under one stress, and its potential is shifted by
:math:`p / (F c_{max})`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fem_cell.laws.constants import FARADAY
from fem_cell.laws.crystal import orientation_of_axis
from fem_cell.laws.stiffness import (
    chemical_strain,
    isotropic_stiffness,
    rotated_stiffness,
    strain_as_voigt,
    trigonal_stiffness,
)
from fem_cell.mechanics import ElasticPhase, PlaneFace, Sliding
from fem_cell.unknowns import STOICHIOMETRY
from tests.support.mechanics import GPA, LICRO2
from tests.support.models import (
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    electrolyte,
)
from tests.support.running import Array, Run, compose
from tests.support.slab import BOTTOM, SIDES, TOP, slab_mesh
from tests.support.stressed import Solid, body_of, couple, feedback_of, stressed

THICKNESS = 20e-6
D = 4e-13
"""m^2/s, in all directions, so that only stress tells the orientations apart."""

C_MAX = 51600.0
CURRENT = 20.0
"""A/m^2."""

TAU = 0.15
START = 0.6
BETA = 0.006, -0.053
HEXAGONAL = trigonal_stiffness({k: v * GPA for k, v in LICRO2.items() if k != "14"})
SEPARATOR = ElasticPhase(isotropic_stiffness(22 * GPA, 0.37))


def effective_stiffness(axis, beta=BETA) -> float:
    """B_eff of a layer held at its sides, J/m^3."""
    R = orientation_of_axis(axis)
    C, b = rotated_stiffness(HEXAGONAL, R), strain_as_voigt(chemical_strain(*beta, R))
    return float(b @ C @ b - (C @ b)[2] ** 2 / C[2, 2])


def layer(axis, elements: int, *, beta=BETA, reference=START, coupled=True, rigid=False):
    """A crystal below 2 um of electrolyte, held at its sides; the run and its body."""
    mesh = slab_mesh([("crystal", THICKNESS * 1e6, elements), ("separator", 2, 1)], width=2.0)
    ions = electrolyte("LPSCl")
    material = active(
        "LiCoO2",
        ions,
        diffusivity_ab=f"{D} m^2/s",
        diffusivity_c=f"{D} m^2/s",
        maximum_concentration=f"{C_MAX} mol/m^3",
    )
    crystal = stressed(material, orientation_of_axis(axis))
    cell = compose(
        mesh,
        {"crystal": crystal, "separator": BulkElectrolyte(ions)},
        Contact(1e-6),
        CounterElectrode(ions, 0.0, 5.0),
        {("crystal", "separator"): ChargeTransfer(crystal, ions)},
    )
    cell.set_initial(START, float(material.open_circuit(START)), 0.0)
    supports = [Sliding(BOTTOM), Sliding(SIDES), PlaneFace(TOP, stiffness=np.inf if rigid else 0.0)]
    solid = Solid(HEXAGONAL, *beta, reference)
    body = body_of(cell, "crystal", solid, supports, {"separator": SEPARATOR})
    run = Run(cell, tolerance=1e-5)
    return couple(run, feedback_of(cell, body, "crystal")) if coupled else run, body


def profile(run: Run) -> tuple[Array, Array]:
    """Stoichiometry at every height, mean over the cross-section; heights and values."""
    s = run.cell.unknown(STOICHIOMETRY, "crystal").value
    z = np.round(s.function_space.tabulate_dof_coordinates()[:, 2] / THICKNESS, 6)
    heights = np.unique(z)
    return heights, np.array([s.x.array[z == h].mean() for h in heights])


def reference_profile(stiffness: float, curve, heights: Array, points: int = 401) -> Array:
    """Finite volumes around points in one dimension, D (1 + B_eff / (F c_max |dU/ds|))."""
    z = np.linspace(0, 1, points)
    volumes = np.full(points, 1.0)
    volumes[[0, -1]] = 0.5
    width = THICKNESS / (points - 1)

    def rate(t: float, s: Array) -> Array:
        between = (s[1:] + s[:-1]) / 2
        slope = (np.asarray(curve(between + 1e-6)) - np.asarray(curve(between - 1e-6))) / 2e-6
        enhanced = D * (1 - stiffness / (FARADAY * C_MAX * slope))
        inside = -enhanced * np.diff(s) / width
        flux = np.concatenate([[0.0], inside, [-CURRENT / (FARADAY * C_MAX)]])
        return -np.diff(flux) / (width * volumes)

    band = np.eye(points, dtype=bool)
    pattern = band | np.roll(band, 1, axis=0) | np.roll(band, -1, axis=0)
    end, start = TAU * THICKNESS**2 / D, np.full(points, START)
    found = solve_ivp(
        rate, (0, end), start, method="BDF", rtol=1e-7, atol=1e-9, jac_sparsity=pattern
    )
    return np.interp(heights, z, found.y[:, -1])


@pytest.mark.skip_in_parallel
def test_layer_held_at_its_sides_diffuses_faster():
    """With c in the plane it cannot give way: the profile is that of the enhanced diffusivity.

    The enhancement changes the profile by 6 % of its range; 32 elements err by 5e-4 of it, of which
    two thirds are those of diffusion alone.
    """
    axis, elements = (1, 0, 0), 32
    run, _ = discharged(axis, elements)
    heights, s = profile(run)
    exact, plain = (
        reference_profile(B, curve_of(run), heights) for B in (effective_stiffness(axis), 0.0)
    )
    size = exact.max() - exact.min()
    wrong, effect = np.abs(s - exact).max() / size, np.abs(plain - exact).max() / size
    print(
        f"wrong by {wrong:.1e}, effect {effect:.1e}, {run.integrator.newton.turns.renewals} turns"
    )
    assert effect > 0.06
    assert wrong < 1e-3
    assert run.inventory.lithium_error < 1e-9


@pytest.mark.skip_in_parallel
def test_layer_that_gives_way_feels_little():
    """With c along z only the small swelling in the plane makes stress; the surface converges.

    At the surface the strain is that of half a cell inside: an error of first order.
    """
    axis, wrong = (0, 0, 1), []
    for elements in (16, 32):
        run, _ = discharged(axis, elements)
        heights, s = profile(run)
        exact = reference_profile(effective_stiffness(axis), curve_of(run), heights)
        wrong.append(np.abs(s - exact).max() / (exact.max() - exact.min()))
    print("wrong by " + ", ".join(f"{w:.1e}" for w in wrong))
    assert wrong[0] < 1e-2
    assert wrong[1] < 0.55 * wrong[0]


@pytest.mark.skip_in_parallel
def test_potential_at_rest_between_rigid_faces():
    r"""V - U(s) = p / (F c_max), two steps of ds = 0.1 and 0.2 from free of stress.

    The crystal (c along z, height h) swells against the separator (height l, modulus M) between
    rigid faces: one stress along z, :math:`C_{zz} e - b\,ds = -M e\,h/l` with
    :math:`b = (C:\beta)_{zz}`, and :math:`p = b\,e - \beta:C:\beta\,ds`.
    """
    beta = strain_as_voigt(chemical_strain(*BETA))
    b, modulus = (HEXAGONAL @ beta)[2], SEPARATOR.stiffness[2, 2]
    for ds in (0.1, 0.2):
        run, _ = layer((0, 0, 1), 4, reference=START - ds, rigid=True)
        run.impose_current(0.0)
        e = b * ds / (HEXAGONAL[2, 2] + modulus * THICKNESS / 2e-6)
        shift = (b * e - beta @ HEXAGONAL @ beta * ds) / (FARADAY * C_MAX)
        print(f"ds {ds}: shift {shift * 1e3:.4f} mV")
        assert abs(shift) > 0.04 * ds
        assert run.voltage - float(curve_of(run)(START)) == pytest.approx(shift, abs=1e-7)


@pytest.mark.skip_in_parallel
def test_feedback_vanishes_with_the_expansion():
    """The effect on the surface falls with the square of the expansion, and is nothing without."""
    surface = {}
    for scale in (0.0, 0.25, 0.5):
        run, _ = discharged((1, 0, 0), 8, beta=tuple(scale * b for b in BETA))
        surface[scale] = profile(run)[1][-1]
    alone, _ = discharged((1, 0, 0), 8, coupled=False)
    assert surface[0.0] == profile(alone)[1][-1]
    ratio = (surface[0.5] - surface[0.0]) / (surface[0.25] - surface[0.0])
    assert ratio == pytest.approx(4.0, rel=0.03)


def discharged(axis, elements: int, **options):
    """A layer after the constant current."""
    run, body = layer(axis, elements, **options)
    run.impose_current(-CURRENT)
    run.advance_to(TAU * THICKNESS**2 / D, 0.01)
    return run, body


def curve_of(run: Run):
    """U(s) of the crystal."""
    return run.cell.phases["crystal"].material.open_circuit

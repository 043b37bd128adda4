r"""Diffusion past a slit in a crystal that is meshed along its axes.

A row of slits across a layer leaves apertures d in a period b. By conformal mapping of the channel
(a diaphragm in a wide duct) it is as good as a longer layer,

.. math:: l = \frac{2 b}{\pi} \ln\frac{1}{\sin(\pi d / 2b)}

for an isotropic material, and :math:`l \sqrt{D_z / D_x}` by coordinates that are stretched until
the crystal looks isotropic, as far as the layer is thick beside the stretched period.
"""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.analysis.effective_diffusivity import steady_diffusivity
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.laws.crystal import orientation_of_axis
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from tests.support.models import active, electrolyte
from tests.support.running import compose
from tests.support.slab import script_mesh

HALF_PERIOD, SLIT = 4.0, 2.0
"""um; the slit reaches from the mirror plane."""

WITHIN = 1e-13
"""m^2/s"""


def through(crack: str, ratio: float, thickness: float, size: float) -> float:
    """D_ss / D_ab of a layer with the c axis along x. Collective."""
    table = {
        "width": f"{HALF_PERIOD} um",
        "thickness": f"{thickness} um",
        "separator_thickness": "10 um",
        "crack": crack,
        "crack_width": f"{SLIT} um",
        "crack_height": f"{thickness / 2} um",
        "mesh_size": f"{size} um",
        "vertical_size": f"{2 * size} um",
    }
    mesh, info = script_mesh("aligned_layer", table)
    ions = electrolyte("LPSCl")
    material = active(
        "LiCoO2", None, diffusivity_ab=f"{WITHIN} m^2/s", diffusivity_c=f"{WITHIN / ratio} m^2/s"
    )
    crystal = DenseActive(material, {0: orientation_of_axis((1, 0, 0))})
    phases = {"cathode": crystal, "separator": BulkElectrolyte(ions)}
    foil = CounterElectrode(ions, 0.62, 1.0)
    names = ("current_collector", "counter_electrode")
    cell = compose(mesh, phases, Contact(1e-6), foil, names=names)
    top = mesh.interface("cathode", "separator").reshape(-1, 4)[:, :2].ravel()
    bottom = mesh.surface_facets["current_collector"]
    found = steady_diffusivity(
        cell, "cathode", bottom, top, thickness * 1e-6, float(info["footprint"])
    )
    return found / WITHIN


@pytest.mark.parametrize(("ratio", "thickness"), [(1.0, 20.0), (16.0, 60.0)])
def test_slit_along_the_collector(ratio: float, thickness: float) -> None:
    """Longer by what the slit costs; at its edge the error falls with the size of the cells."""
    period, aperture = 2 * HALF_PERIOD, 2 * (HALF_PERIOD - SLIT)
    extra = 2 * period / np.pi * np.log(1 / np.sin(np.pi * aperture / (2 * period)))
    coarse, fine = (
        thickness / through("horizontal", ratio, thickness, size) - thickness for size in (0.2, 0.1)
    )
    exact = extra * np.sqrt(ratio)
    assert (fine - exact) / (coarse - exact) == pytest.approx(0.5, abs=0.05)
    assert 2 * fine - coarse == pytest.approx(exact, rel=0.01)


def test_crack_across_the_layer_costs_nothing() -> None:
    """No flux would cross it."""
    assert through("vertical", 1e4, 20.0, 0.2) == pytest.approx(1.0, rel=1e-9)

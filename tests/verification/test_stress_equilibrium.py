"""At rest lithium spreads until its full potential is the same everywhere.

Grains of different orientation that hold each other are under different stress, so their
stoichiometries must differ in equilibrium, across boundaries that resist by a jump. What drives
lithium within grains, across boundaries and across the interface must agree on that state,
or currents would flow for ever.
"""

from __future__ import annotations

import numpy as np
import pytest
from mpi4py import MPI

from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.interfaces.contact import Contact
from fem_cell.interfaces.counter_electrode import CounterElectrode
from fem_cell.laws.stiffness import isotropic_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, PlaneFace, Sliding, Swelling
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.unknowns import STOICHIOMETRY
from tests.support.crystals import COLLECTOR, COUNTER
from tests.support.mechanics import GPA, trigonal
from tests.support.models import active, electrolyte
from tests.support.running import Run, compose
from tests.support.slab import SIDES, script_mesh
from tests.support.stressed import couple, feedback_of

GRAINS = {
    "arrangement": "equiaxed",
    "grains": 4,
    "width": "6 um",
    "thickness": "8 um",
    "separator_thickness": "2 um",
    "mesh_size": "1.5 um",
}
D = "1e-13 m^2/s"
START, REFERENCE = 0.65, 0.5


def rested(transfer: float | None) -> Run:
    """Grains that were filled evenly, after a day of rest at open circuit."""
    mesh, info = script_mesh("dense_crystals", GRAINS)
    turned = {int(g["name"].partition(".")[2]): np.array(g["orientation"]) for g in info["grains"]}
    ions = electrolyte("LPSCl")
    material = active("LiCoO2", ions, diffusivity_ab=D, diffusivity_c=D)
    cathode = DenseActive(material, turned, transfer, feels_stress=True)
    cell = compose(
        mesh,
        {"cathode": cathode, "separator": BulkElectrolyte(ions)},
        Contact(1e-6),
        CounterElectrode(ions, 0.0, 5.0),
        {("cathode", "separator"): ChargeTransfer(cathode, ions)},
        names=(COLLECTOR, COUNTER),
    )
    cell.set_initial(START, float(material.open_circuit(START)), 0.0)
    s = cell.unknown(STOICHIOMETRY, "cathode")
    phases = {
        "cathode": ElasticPhase(
            trigonal(), Swelling(0.006, -0.053, s.value, s.sub_mesh, REFERENCE), turned
        ),
        "separator": ElasticPhase(isotropic_stiffness(22 * GPA, 0.37)),
    }
    body = Elasticity(mesh, phases, [Sliding(COLLECTOR), Sliding(SIDES), PlaneFace(COUNTER)])
    run = couple(Run(cell), feedback_of(cell, body, "cathode"))
    run.impose_current(0.0)
    run.advance(86400.0, 0.1)
    return run


def spread(values: np.ndarray) -> float:
    """Largest minus smallest over all ranks."""
    extremes = np.array([values.max(initial=-np.inf), -values.min(initial=np.inf)])
    MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
    return float(extremes.sum())


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("transfer", [None, 1e-8])
def test_one_potential_in_equilibrium(transfer):
    """Shifts by stress differ by 15 mV between places, the potential by 1 % of that at most."""
    run = rested(transfer)
    cell = run.cell
    s = cell.unknown(STOICHIOMETRY, "cathode").value.x.array
    work = cell.region["cathode"].stress_work
    shift = (work.held.x.array - work.stiffness.value * s) / cell.phases["cathode"].charge_density
    potential = np.asarray(cell.phases["cathode"].material.open_circuit(s)) + shift
    print(
        f"shift by stress {spread(shift) * 1e3:.3f} mV, stoichiometry {spread(s):.4f}, "
        f"potential {spread(potential) * 1e3:.4f} mV"
    )
    assert run.inventory.lithium_error < 1e-9
    assert spread(shift) > 0.01
    assert spread(potential) < 0.01 * spread(shift)

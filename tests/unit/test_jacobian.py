r"""The reduced Jacobian and the elimination against finite differences of the residual.

With the full Jacobian :math:`J = \partial F/\partial u + \sigma\,\partial F/\partial\dot u`
and a direction d (fields, inner particle unknowns and charge),

.. math::
   J d \approx \frac{F(u + h d, \dot u + \sigma h d) - F(u - h d, \dot u - \sigma h d)}{2h} = y

The reduced matrix A must give :math:`A\,d_{macro} = condense(y)`, and ``recover`` must
give back the inner and charge parts of d from y and the macro part.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from petsc4py import PETSc

from fem_cell.cell import AnyPhase, Cell
from fem_cell.interfaces.lithium_transfer import LithiumTransfer
from fem_cell.laws.crystal import orientation_of_axis
from fem_cell.materials import load_sheet
from fem_cell.materials.lithium_layer import lithium_layer
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.solver.system import System
from tests.support.models import (
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
    nmc,
    wall,
)
from tests.support.running import compose
from tests.support.slab import slab_mesh
from tests.support.stressed import stressed

SHIFT = 0.7
"""sigma, 1/s: particles, storage and potentials then weigh alike."""


def porous_cell() -> Cell:
    """Half-filled wall whose face reacts too, with films and double layers at both ends."""
    mesh = slab_mesh([("cathode", 60, 3), ("electrolyte", 20, 2)])
    salt = electrolyte()
    cathode = wall(nmc(salt), salt, pore_filling=0.6, radial_points=4)
    face = ChargeTransfer(cathode, salt, 2.0, 3e-3, 0.2)
    foil = CounterElectrode(salt, 0.1, 5.0, 2e-3, 0.2)
    phases: dict[str, AnyPhase] = {"cathode": cathode, "electrolyte": BulkElectrolyte(salt)}
    return compose(mesh, phases, Contact(1e-4), foil, {("cathode", "electrolyte"): face})


def dense_cell() -> Cell:
    """Tilted crystal against a single-ion conductor, the foil on the positive side."""
    mesh = slab_mesh([("separator", 20, 2), ("crystal", 20, 3)])
    ions = electrolyte("LPSCl")
    crystal = dense(active("LiCoO2", ions), (1.0, 0.5, 2.0))
    face = ChargeTransfer(crystal, ions, 4.0, 2e-3, 0.3)
    phases: dict[str, AnyPhase] = {"separator": BulkElectrolyte(ions), "crystal": crystal}
    foil = CounterElectrode(ions, 0.62, 5.0, 1e-3, 0.2)
    return compose(mesh, phases, foil, Contact(1e-4), {("crystal", "separator"): face})


def stressed_cell() -> Cell:
    """The same crystal under some stress that acts on its lithium."""
    mesh = slab_mesh([("separator", 20, 2), ("crystal", 20, 3)])
    ions = electrolyte("LPSCl")
    crystal = stressed(active("LiCoO2", ions), orientation_of_axis((1.0, 0.5, 2.0)))
    face = ChargeTransfer(crystal, ions, 4.0, 2e-3, 0.3)
    phases: dict[str, AnyPhase] = {"separator": BulkElectrolyte(ions), "crystal": crystal}
    foil = CounterElectrode(ions, 0.62, 5.0, 1e-3, 0.2)
    cell = compose(mesh, phases, foil, Contact(1e-4), {("crystal", "separator"): face})
    work = cell.region["crystal"].stress_work
    assert work is not None
    work.stiffness.value = 5e8
    work.held.interpolate(lambda x: 3e8 + 5e7 * np.sin(3e5 * x[2] + 2e5 * x[0]))
    return cell


def lithium_cell() -> Cell:
    """Li-B with pores about to be full, facing plain lithium."""
    mesh = slab_mesh([("foil", 20, 2), ("separator", 20, 2), ("anode", 20, 3)])
    ions = electrolyte("LPSCl")
    layers = {"anode": layer("Li-B"), "foil": layer("lithium-layer")}
    faces = {
        (name, "separator"): LithiumTransfer(model, ions, 1.0, 1e-4, 0.3)
        for name, model in layers.items()
    }
    phases: dict[str, AnyPhase] = {"separator": BulkElectrolyte(ions), **layers}
    return compose(mesh, phases, Contact(1e-4), Contact(1e-4), faces)


def layer(name: str) -> BoronSkeleton:
    """A layer under 2 MPa at room temperature, of a conductor that does not drown all else."""
    sheet = load_sheet(name).with_overrides({"electronic_conductivity": "1 S/m"})
    return BoronSkeleton(lithium_layer(sheet, 298.15, 2e6, 20e-6), sheet, 298.15, 2e6)


def perturbed(system: System, generator: np.random.Generator) -> tuple[PETSc.Vec, PETSc.Vec]:
    """A state away from equilibrium everywhere, and a rate of change."""
    cell = system.cell
    cell.set_initial(0.6, 3.8, 0.0)
    state = system.create_state()
    system.store(state, None, 0.3)
    state.array[:] += 0.03 * generator.uniform(-1, 1, state.array.size)
    rate = state.duplicate()
    rate.array[:] = 0.1 * generator.uniform(-1, 1, rate.array.size)
    return state, rate


def difference(
    system: System, state: PETSc.Vec, rate: PETSc.Vec, direction: PETSc.Vec, step: float
) -> PETSc.Vec:
    """J d by central differences."""
    ends = []
    for sign in (1, -1):
        u, v, f = state.copy(), rate.copy(), state.duplicate()
        u.axpy(sign * step, direction)
        v.axpy(sign * step * SHIFT, direction)
        system.residual(u, v, f)
        ends.append(f)
    ends[0].axpy(-1.0, ends[1])
    ends[0].scale(0.5 / step)
    return ends[0]


def directions(system: System, generator: np.random.Generator) -> dict[str, PETSc.Vec]:
    """One random direction in each unknown alone, in the inner ones, in Q, and in all."""
    ranges = {
        unknown.name: block.slice
        for unknown, block in zip(system.cell.unknowns, system.blocks, strict=True)
    }
    size = system.local_size
    ranges |= {"inner": slice(system.macro_size, size - 1), "charge": slice(size - 1, size)}
    ranges["everything"] = slice(0, size)
    made = {}
    for name, part in ranges.items():
        made[name] = system.create_state()
        made[name].array[part] = generator.uniform(-1, 1, size)[part]
    return made


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("control", ["current", "voltage"])
@pytest.mark.parametrize("make", [porous_cell, dense_cell, stressed_cell, lithium_cell])
def test_jacobian_agrees_with_finite_differences(make: Callable[[], Cell], control: str) -> None:
    """A d and what is recovered agree with central differences to 1e-6 of their size.

    A step of 1e-6 leaves h^2 f'''/6, about 1e-10 for sinh at some thermal voltages,
    and rounding of 1e-16/1e-6 of the largest terms, which exceed the sum by up to 1e3.
    """
    generator = np.random.default_rng(1)
    cell = make()
    system = System(cell)
    cell.control.set_current(2e-9) if control == "current" else cell.control.set_voltage(3.7)
    state, rate = perturbed(system, generator)
    for name, direction in directions(system, generator).items():
        rows = difference(system, state, rate, direction, 1e-6)
        system.assemble(state, rate, SHIFT)
        reduced = system.matrix.createVecLeft()
        system.condense(rows, reduced)
        macro, product = system.matrix.createVecRight(), system.matrix.createVecLeft()
        macro.array[:] = direction.array_r[: system.macro_size]
        system.matrix.mult(macro, product)
        scale = max(np.abs(reduced.array).max(), np.abs(product.array).max(), 1e-3)
        assert np.abs(product.array - reduced.array).max() < 1e-6 * scale, name
        recovered = system.create_state()
        system.recover(rows, macro, recovered)
        assert np.abs(recovered.array - direction.array).max() < 1e-6, name

"""Which terms of a balance are assembled once, and which again and again."""

from __future__ import annotations

import pytest
import ufl
from dolfinx import fem

from fem_cell.cell import AnyPhase, Cell
from fem_cell.solver.terms import sort_terms
from fem_cell.unknowns import SALT_CONCENTRATION
from tests.support.models import BulkElectrolyte, CounterElectrode, electrolyte
from tests.support.running import compose
from tests.support.slab import BOTTOM, slab_mesh

TERMS = {
    "diffusion": (lambda u, v, dx, ds: 2.0 * ufl.inner(ufl.grad(u.value), ufl.grad(v)) * dx, "K"),
    "decay": (lambda u, v, dx, ds: u.value * v * dx, "K"),
    "storage": (lambda u, v, dx, ds: u.rate * v * dx, "M"),
    "affine": (lambda u, v, dx, ds: (u.value - 1.0) * v * dx, "N"),
    "source": (lambda u, v, dx, ds: 3.0 * v * dx, "N"),
    "product": (lambda u, v, dx, ds: u.value * u.rate * v * dx, "N"),
    "power": (lambda u, v, dx, ds: u.value**2 * v * dx, "N"),
    "surface": (lambda u, v, dx, ds: u.value * v * ds, "N"),
}
"""A term and the part it belongs to."""


@pytest.fixture(scope="module")
def symmetric() -> Cell:
    salt = electrolyte()
    phases: dict[str, AnyPhase] = {"separator": BulkElectrolyte(salt)}
    foil = CounterElectrode(salt, 0.0, 5.0)
    return compose(slab_mesh([("separator", 20, 2)]), phases, foil, foil)


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("name", TERMS)
def test_terms_are_sorted(symmetric: Cell, name: str) -> None:
    make, part = TERMS[name]
    salt = symmetric.unknown(SALT_CONCENTRATION, "separator")
    mesh = symmetric.mesh
    dx, ds = mesh.dx(2)(mesh.phase_tags["separator"]), mesh.surface_measure(BOTTOM, 2)
    row = sort_terms(
        [make(salt, salt.test, dx, ds)], symmetric.unknowns, fem.Constant(mesh.mesh, 1.0)
    )
    assert bool(row.remainder) == (part == "N")
    entry = row.entries.get(symmetric.unknowns.index(salt))
    assert bool(entry and entry.stiffness) == (part == "K")
    assert bool(entry and entry.capacity) == (part == "M")


@pytest.mark.skip_in_parallel
def test_volumes_of_a_binary_salt_are_assembled_once(symmetric: Cell) -> None:
    """With the ohmic potential as unknown, nothing in a volume depends on the salt."""
    shift = fem.Constant(symmetric.mesh.mesh, 1.0)
    for unknown in symmetric.unknowns[:-1]:
        terms = symmetric.balances.terms[unknown.name]
        for term in sort_terms(terms, symmetric.unknowns, shift).remainder:
            assert all(i.integral_type() != "cell" for i in term.integrals())

r"""Current densities of a state, for pictures.

In the volume: constant in every cell, from the gradients of the potentials. Into
an electrode, through an interface or a foil: from the charge balance of the
electrolyte beside it, tested with the shape function v_k of every node,

.. math::
   I_k = \int_{\Omega_e} i_e \cdot \nabla v_k \,dx = \oint i_e \cdot n\, v_k \,ds,
   \qquad i_k = I_k \Big/ \int v_k \,ds

which is as accurate as the potential itself and conserves charge: the current
of all nodes adds up to what flows through the surface, but for the residual that
Newton's method leaves at inner nodes (some 1e-6 of the current at 1C). It is
the sum of all that passes: reaction at the face, double layer, and ions that
enter the pores of a filled wall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, la

from fem_cell.cell import AnyActive, Cell
from fem_cell.laws.expressions import Expression
from fem_cell.laws.transport import ohmic_current
from fem_cell.output.pieces import Piece
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.electrolyte import Electrolyte, PoreSpace
from fem_cell.phases.porous_active import PorousActive
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    Balances,
    Unknown,
    sum_of,
)

CENTRE = np.array([[0.25, 0.25, 0.25]])

Array = npt.NDArray[np.float64]


class CellCurrents:
    """Current density vectors in the cells of a phase; made collectively."""

    def __init__(self, cell: Cell, phase: str, piece: Piece) -> None:
        """Compile the laws of Ohm and of the electrolyte where the phase has them."""
        self._laws: dict[str, tuple[fem.Expression, Unknown, npt.NDArray[np.int32]]] = {}
        unknowns, model = cell.region[phase].unknowns, cell.phases[phase]
        if ELECTRODE_POTENTIAL in unknowns and isinstance(model, AnyActive | BoronSkeleton):
            phi = unknowns[ELECTRODE_POTENTIAL]
            sigma = _constant(phi, _electronic_conductivity(model))
            self._add("electronic", ohmic_current(sigma, phi.value), phi, piece)
        if OHMIC_POTENTIAL in unknowns and isinstance(model, BulkElectrolyte | PorousActive):
            psi = unknowns[OHMIC_POTENTIAL]
            self._add("ionic", _ionic_current(model, psi), psi, piece)

    def _add(self, name: str, law: Expression, unknown: Unknown, piece: Piece) -> None:
        if unknown.sub_mesh is None:
            raise TypeError(f"{unknown.name} is not a field")
        self._laws[f"{name}_current_density [A/m2]"] = (
            fem.Expression(law, CENTRE),
            unknown,
            piece.sub_cells(unknown.sub_mesh),
        )

    def evaluate(self) -> dict[str, Array]:
        """Arrays of shape (cells, 3) by name, A/m^2; for the loaded fields."""
        found = {}
        for name, (law, unknown, cells) in self._laws.items():
            values = law.eval(unknown.sub_mesh.mesh, cells)  # type: ignore[union-attr]
            found[name] = values.reshape(-1, 3)
        return found


class BoundaryCurrent:
    """Current density from the electrolyte into electrodes; made collectively.

    Args:
        cell: The cell.
        potential: Electrolyte potential whose phases hold the electrolyte.
        pieces: Surfaces through which current leaves it.
    """

    def __init__(self, cell: Cell, potential: Unknown, pieces: Sequence[Piece]) -> None:
        """Compile the charge balance of the electrolyte and measure the nodes."""
        balances = Balances()
        for name in potential.phases:
            if isinstance(cell.phases[name], BulkElectrolyte):
                cell.phases[name].add_terms(balances, cell.region[name])
        balance = sum_of(balances.terms[potential.name])
        self._balance = fem.form(balance, entity_maps=cell.entity_maps())
        index_map = potential.value.function_space.dofmap.index_map
        self._nodal, area = la.vector(index_map), la.vector(index_map)
        for piece in pieces:
            shares = np.repeat(piece.triangle_areas / 3.0, 3)
            np.add.at(area.array, piece.dofs(potential).ravel(), shares)
        area.scatter_reverse(la.InsertMode.add)
        area.scatter_forward()
        self._area = area.array

    def evaluate(self) -> Array:
        """i_k at every local degree of freedom, A/m^2; zero off the surfaces. Collective."""
        vector = self._nodal
        vector.array[:] = 0.0
        fem.assemble_vector(vector.array, self._balance)
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        on_surface = self._area > 0
        density = np.zeros_like(self._area)
        density[on_surface] = -vector.array[on_surface] / self._area[on_surface]
        return density


def _ionic_current(model: BulkElectrolyte | PorousActive, psi: Unknown) -> Expression:
    electrolyte: Electrolyte | None = model.electrolyte
    if electrolyte is None:
        raise TypeError("no electrolyte in this phase")
    pores = PoreSpace()
    if isinstance(model, PorousActive):
        pores = PoreSpace(model.porosity * model.pore_filling, model.bruggeman_exponent)

    bulk = electrolyte.sheet.value("conductivity", electrolyte.temperature)
    return ohmic_current(_constant(psi, bulk * pores.factor), psi.value)


def _electronic_conductivity(model: AnyActive | BoronSkeleton) -> float:
    if isinstance(model, BoronSkeleton):
        return model.electronic_conductivity
    return model.material("electronic_conductivity")


def _constant(unknown: Unknown, value: float) -> ufl.Constant:
    return fem.Constant(unknown.value.function_space.mesh, float(value))

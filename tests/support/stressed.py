"""Cells whose crystals feel stress, and the bodies that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fem_cell.cell import Cell
from fem_cell.laws.expressions import Expression
from fem_cell.mechanics import Elasticity, ElasticPhase, Swelling
from fem_cell.mechanics.conditions import Condition
from fem_cell.mechanics.feedback import Feedback
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.dense_active import DenseActive
from fem_cell.solver.integrator import Integrator
from fem_cell.unknowns import STOICHIOMETRY
from tests.support.running import Run

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solid:
    """How a crystal deforms.

    Attributes:
        stiffness: C in its axes, Pa, shape (6, 6).
        beta_a: Strain along a per unit of stoichiometry.
        beta_c: Strain along c.
        reference: s0.
    """

    stiffness: Array
    beta_a: float
    beta_c: float
    reference: float


def stressed(
    material: ActiveMaterial, rotation: Array, grain_boundary_transfer: float | None = None
) -> DenseActive:
    """A crystal that feels stress."""
    return DenseActive(material, {0: rotation}, grain_boundary_transfer, feels_stress=True)


def body_of(
    cell: Cell,
    crystal: str,
    solid: Solid,
    conditions: Sequence[Condition],
    others: dict[str, ElasticPhase] | None = None,
    body_force: Expression | None = None,
    degree: int = 1,
) -> Elasticity:
    """The elastic body of a cell. Collective."""
    model, s = cell.phases[crystal], cell.unknown(STOICHIOMETRY, crystal)
    swelling = Swelling(solid.beta_a, solid.beta_c, s.value, s.sub_mesh, solid.reference)
    phases = {crystal: ElasticPhase(solid.stiffness, swelling, model.orientations)}
    bodies = phases | (others or {})
    return Elasticity(cell.mesh, bodies, conditions, body_force=body_force, degree=degree)


def feedback_of(cell: Cell, body: Elasticity, crystal: str) -> Feedback:
    """What brings the stress of a body to a cell. Collective."""
    work = cell.region[crystal].stress_work
    return Feedback.of(body, {crystal: (work, cell.phases[crystal].charge_density)})


def couple(run: Run, feedback: Feedback) -> Run:
    """The run with another integrator, which is coupled."""
    run.integrator = replace_integrator(run.integrator, feedback)
    return run


def replace_integrator(old: Integrator, feedback: Feedback) -> Integrator:
    """A coupled integrator of the same kind."""
    return replace(old, coupling=feedback)

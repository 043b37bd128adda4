"""What an elastic body is made of: stiffness and swelling of phases, crystal by crystal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from fem_cell.errors import Fault, InputError
from fem_cell.laws.elasticity import strain_voigt, stress_voigt
from fem_cell.laws.expressions import Expression
from fem_cell.laws.stiffness import (
    check_stiffness,
    chemical_strain,
    rotated_stiffness,
    strain_as_voigt,
)
from fem_cell.mechanics.volumes import cell_volumes
from fem_cell.mesh import CellMesh, SubMesh
from fem_cell.mesh.grain_fields import grain_field

Array = npt.NDArray[np.float64]

VOIGT = 6
"""Components of a symmetric tensor."""


@dataclass(frozen=True, slots=True)
class Swelling:
    """Strain of a phase that follows its stoichiometry, beta (s - s0).

    Attributes:
        beta_a: Strain along the crystal's a axis per unit stoichiometry.
        beta_c: The same along c; an isotropic solid has both alike.
        stoichiometry: s, a field on a sub-mesh of the same parent mesh.
        sub_mesh: That sub-mesh.
        reference: s0, where the phase is free of stress.
    """

    beta_a: float
    beta_c: float
    stoichiometry: fem.Function
    sub_mesh: SubMesh
    reference: float


@dataclass(frozen=True, slots=True)
class ElasticPhase:
    """A phase of the body.

    Attributes:
        stiffness: C in the axes of the crystal, Pa, shape (6, 6).
        swelling: What it strains by itself; ``None`` for nothing.
        orientations: Rotation matrix of every grain by its number, columns a, b* and c, see
            :mod:`fem_cell.laws.crystal`. One with the number zero stands for all grains
            that are not listed.
    """

    stiffness: Array
    swelling: Swelling | None = None
    orientations: Mapping[int, Array] = field(default_factory=lambda: {0: np.eye(3)})


@dataclass(slots=True)
class Body:
    """Coefficients of Hooke's law on the parent mesh.

    Attributes:
        mesh: The parent mesh.
        phases: Its elastic phases by name.
        stiffness: C in the frame of the mesh, piecewise constant, shape (6, 6).
        swelling: Strain per unit stoichiometry, piecewise constant, six Voigt components.
    """

    mesh: CellMesh
    phases: Mapping[str, ElasticPhase]
    stiffness: fem.Function = field(init=False)
    swelling: fem.Function = field(init=False)

    def __post_init__(self) -> None:
        """Turn the properties into the frame of the mesh. Collective.

        Raises:
            InputError: A grain has no orientation, or a stiffness is none.
        """
        self._check_orientations()
        for name, phase in self.phases.items():
            check_stiffness(phase.stiffness, f"phases.{name}.stiffness")
        self.stiffness = self._sum(
            {
                name: {g: rotated_stiffness(p.stiffness, R) for g, R in self.rotations(name)}
                for name, p in self.phases.items()
            },
            "stiffness",
        )
        self.swelling = self._sum(
            {
                name: {
                    g: strain_as_voigt(chemical_strain(p.swelling.beta_a, p.swelling.beta_c, R))
                    if p.swelling
                    else np.zeros(VOIGT)
                    for g, R in self.rotations(name)
                }
                for name, p in self.phases.items()
            },
            "chemical_strain",
        )

    def rotations(self, phase: str) -> list[tuple[int, Array]]:
        """Number and orientation of every grain of a phase."""
        given = self.phases[phase].orientations
        return [(g, given.get(g, given.get(0, np.eye(3)))) for g in self._grains(phase)]

    def c_axis(self, phases: tuple[str, ...]) -> fem.Function:
        """Unit vector normal to the layers (003), zero outside the phases. Collective."""
        return self._sum(
            {name: {g: R[:, 2] for g, R in self.rotations(name)} for name in phases}, "c_axis"
        )

    def stress(self, phase: str, u: Expression) -> Expression:
        """Six components of C : (eps(u) - beta (s - s0)), Pa."""
        return stress_voigt(self.stiffness, self.elastic_strain(phase, u))

    def elastic_strain(self, phase: str, u: Expression) -> Expression:
        """Six components of eps(u) - beta (s - s0), shear doubled."""
        swelling = self.phases[phase].swelling
        if swelling is None:
            return strain_voigt(u)
        excess = swelling.stoichiometry - fem.Constant(self.mesh.mesh, float(swelling.reference))
        return strain_voigt(u) - excess * self.swelling

    def dx(self, phase: str, quadrature_degree: int) -> ufl.Measure:
        """Volume of a phase, on the parent mesh."""
        return self.mesh.dx(quadrature_degree)(self.mesh.phase_tags[phase])

    def entity_maps(self) -> list[object]:
        """Maps of the sub-meshes on which stoichiometries live."""
        maps = [p.swelling.sub_mesh.cell_map for p in self.phases.values() if p.swelling]
        return list({id(entity_map): entity_map for entity_map in maps}.values())

    def typical_nodal_stiffness(self) -> float:
        """C h of the body's cells, N/m. Collective."""
        cells = self.mesh.cells_of(self.phases, ghosts=False)
        stiffest = np.abs(self.stiffness.x.array).reshape(-1, VOIGT * VOIGT).max(axis=1)[cells]
        sizes = np.cbrt(cell_volumes(self.mesh)[cells])
        sums = self.mesh.comm.allreduce(np.array([(stiffest * sizes).sum(), len(cells)]))
        return float(sums[0] / max(sums[1], 1))

    def _grains(self, phase: str) -> list[int]:
        return list(self.mesh.grains.get(phase, ())) or [0]

    def _sum(self, values: Mapping[str, Mapping[int, Array]], name: str) -> fem.Function:
        """One field from those of all phases, which do not overlap."""
        fields = [grain_field(self.mesh, phase, grains, name) for phase, grains in values.items()]
        for other in fields[1:]:
            fields[0].x.array[:] += other.x.array
        return fields[0]

    def _check_orientations(self) -> None:
        faults = []
        for name, phase in self.phases.items():
            missing = set(self._grains(name)) - set(phase.orientations)
            if missing and 0 not in phase.orientations:
                listed = ", ".join(map(str, sorted(missing)))
                problem = f"has grains without an orientation: {listed}"
                faults.append(Fault(f"phases.{name}", problem, "give one for every grain"))
        if faults:
            raise InputError(faults)

r"""The split of the power at the terminals, see :mod:`fem_cell.power`.

.. math::
   V I = P_{rev} + \sum P_{loss} + \sum P_{stored} + \text{unaccounted}

Losses become heat; what is stored in gradients of lithium and salt (with stress, in strain) and
on double layers beside :math:`P_{rev}` comes back; in gradients it is the difference of what
concentration costs at the reactions and of what diffusion loses. What is unaccounted for measures
how well the equations are solved: no part closes the sum by definition.
Over a time in which gradients and layers return to where they were, losses are the difference
of the energies put in and taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from fem_cell.cell import Cell
from fem_cell.power import (
    DOUBLE_LAYERS,
    EQUILIBRIUM,
    FOIL,
    GRAIN_BOUNDARIES,
    LITHIUM_CURRENT,
    LITHIUM_DIFFUSION,
    LOSSES,
    SALT_DIFFUSION,
    SALT_POTENTIAL,
    STRESS,
    Power,
    Vertices,
)
from fem_cell.solver.nodal import VertexSums
from fem_cell.solver.system import System
from fem_cell.unknowns import STOICHIOMETRY, sum_of

Array = npt.NDArray[np.float64]
Key = tuple[str, str]
"""Place and kind of a power."""

TERMINAL, REVERSIBLE, UNACCOUNTED = "terminal", "reversible", "unaccounted"
STORED = ("stored in lithium gradients", "stored in salt gradients", "stored on double layers")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the parts, in the order in which they are measured.

    Attributes:
        losses: E.g. ``cathode electrons``.
    """

    losses: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every part."""
        return (TERMINAL, REVERSIBLE, *self.losses, *STORED, UNACCOUNTED)

    def as_table(self, values: Array) -> dict[str, Any]:
        """The parts sorted into losses and the rest."""
        parts = dict(zip(self.all, values.tolist(), strict=True))
        return {
            TERMINAL: parts[TERMINAL],
            REVERSIBLE: parts[REVERSIBLE],
            "losses": {name: parts[name] for name in self.losses},
            "stored": {name.removeprefix("stored "): parts[name] for name in STORED},
            UNACCOUNTED: parts[UNACCOUNTED],
        }


@dataclass(frozen=True, slots=True)
class _AtVertices:
    """What is integrated by the vertices of one phase."""

    keys: list[Key]
    sums: VertexSums

    @classmethod
    def of(cls, powers: list[Power], cell: Cell) -> _AtVertices:
        """Collective."""
        (vertices,) = {id(p.domain): p.domain for p in powers}.values()
        densities = [power.density for power in powers]
        return cls([(p.place, p.kind) for p in powers], VertexSums(densities, vertices, cell))


class LossMeter:
    """Measures the parts of a cell's power.

    Attributes:
        names: Of the parts.
    """

    def __init__(self, system: System) -> None:
        """Compile the integrals. Collective."""
        self.system = system
        cell = system.cell
        maps = cell.entity_maps()
        forms: dict[Key, list[ufl.Form]] = {}
        at_vertices: dict[str, list[Power]] = {}
        for power in cell.balances.powers:
            if isinstance(power.domain, Vertices):
                at_vertices.setdefault(power.domain.site.name, []).append(power)
            else:
                integral = power.density * power.domain
                forms.setdefault((power.place, power.kind), []).append(integral)
        self._forms = {k: fem.form(sum_of(f), entity_maps=maps) for k, f in forms.items()}
        self._vertex_sums = [_AtVertices.of(powers, cell) for powers in at_vertices.values()]
        self._active = cell.active_phases()
        self._particles = {cell.unknowns[i].phases[0]: i for i in system.particles}
        self._contents = {
            name: fem.form(region[STOICHIOMETRY].value * region.dx, entity_maps=maps)
            for name, region in cell.region.items()
            if name in self._active and name not in self._particles
        }
        self._full = {n: p.charge_density * cell.mesh.volume(n) for n, p in self._active.items()}
        inside = {(name, LITHIUM_DIFFUSION) for name in self._particles}
        keys = {(power.place, power.kind) for power in cell.balances.powers} | inside
        lost = [key for key in keys if key[1] in LOSSES]
        order = sorted(lost, key=lambda key: (LOSSES.index(key[1]), key[0]))
        self._losses = order
        self.names = Names(tuple(f"{place} {kind}" for place, kind in order))

    def measure(self, state: PETSc.Vec) -> Array:
        """Every part in watts, for a state that is loaded with its time derivative. Collective."""
        powers, mean = self._sums(state)
        system = self.system
        terminal = system.voltage(state) * system.currents()[0]

        def total(kind: str) -> float:
            return sum(value for key, value in powers.items() if key[1] == kind)

        equilibrium = total(EQUILIBRIUM)
        reversible = sum(
            current * self._potential(place, mean[place])
            for (place, kind), current in powers.items()
            if kind == LITHIUM_CURRENT
        )
        spent = total(LITHIUM_DIFFUSION) + total(GRAIN_BOUNDARIES)
        in_lithium = equilibrium + total(STRESS) - reversible - spent
        in_salt = total(SALT_POTENTIAL) - total(SALT_DIFFUSION)
        losses = [powers[key] for key in self._losses]
        parts = [reversible + total(FOIL), *losses, in_lithium, in_salt, total(DOUBLE_LAYERS)]
        return np.array([terminal, *parts, terminal - sum(parts)])

    def losses(self, state: PETSc.Vec) -> Array:
        """What becomes heat, by ``names.losses``, in watts, for a loaded state. Collective."""
        powers = self._sums(state)[0]
        return np.array([powers[key] for key in self._losses])

    def _potential(self, phase: str, stoichiometry: float) -> float:
        """U(s) of an active phase, V."""
        return float(self._active[phase].material.open_circuit(stoichiometry))

    def _sums(self, state: PETSc.Vec) -> tuple[dict[Key, float], dict[str, float]]:
        """Powers, and mean stoichiometry of every active phase, over all ranks."""
        powers = {key: float(fem.assemble_scalar(form)) for key, form in self._forms.items()}
        for group in self._vertex_sums:
            for key, value in zip(group.keys, group.sums.evaluate(), strict=True):
                powers[key] = powers.get(key, 0.0) + float(value)
        held = {
            name: self._active[name].charge_density * float(fem.assemble_scalar(form))
            for name, form in self._contents.items()
        }
        for name, index in self._particles.items():
            key = (name, LITHIUM_DIFFUSION)
            lost, held[name] = self._in_particles(state, name, index)
            powers[key] = powers.get(key, 0.0) + lost
        mine = np.array([*powers.values(), *held.values()])
        summed = np.zeros_like(mine)
        self.system.comm.Allreduce(mine, summed)
        totals = summed.tolist()
        means = {
            name: amount / self._full[name]
            for name, amount in zip(held, totals[len(powers) :], strict=True)
        }
        return dict(zip(powers, totals[: len(powers)], strict=True)), means

    def _in_particles(self, state: PETSc.Vec, phase: str, index: int) -> tuple[float, float]:
        """Power lost inside this rank's particles, W, and lithium in them, C (local)."""
        particle = self.system.particles[index]
        values = self.system.radial(state, index)
        slope = self._active[phase].material.open_circuit.slope

        def resistance(s: Array) -> Array:
            return -np.asarray(slope(s))

        scale = self.system.cell.current_scale
        lost = particle.rate * particle.matrices.diffusion(values, resistance)
        return (
            scale * float(np.dot(particle.capacity, lost)),
            scale * float(np.dot(particle.capacity, values @ particle.matrices.weights)),
        )
